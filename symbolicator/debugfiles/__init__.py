"""Native debug files: ELF, and later Mach-O, PE, WebAssembly and Breakpad; bytes to positions."""
