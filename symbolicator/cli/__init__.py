"""The command line: one file for each command. `program.py` loads each when it is called."""
