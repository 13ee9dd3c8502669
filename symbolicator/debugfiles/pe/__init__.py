"""PE files as containers: programs and DLLs of Windows, of Microsoft's compiler, clang, MinGW and others."""
