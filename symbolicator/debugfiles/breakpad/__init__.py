"""Breakpad's symbol files (`.sym`): text, made of another debug format by `dump_syms`. `compiling.py` makes its table."""
