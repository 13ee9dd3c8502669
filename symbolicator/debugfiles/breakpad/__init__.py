"""Breakpad symbol files (`.sym`): text, converted from another debug format by `dump_syms`. `compiling.py` writes its table."""
