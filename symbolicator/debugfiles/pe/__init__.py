"""PE files as containers: Windows programs and DLLs, from Microsoft's compiler, clang, MinGW and others."""
