"""DWARF 2 to 5, whatever container it lies in: units, functions, lines; whole files into a table, or unit by unit."""
