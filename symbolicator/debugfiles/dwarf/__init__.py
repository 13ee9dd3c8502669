"""DWARF 2 to 5 in any container: units, functions, lines; whole files into a table, or unit by unit."""
