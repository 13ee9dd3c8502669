"""Apple's Mach-O as containers: headers, sections, symbols, and the slices of fat files."""
