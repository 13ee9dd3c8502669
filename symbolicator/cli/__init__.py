"""The command line: one file a command. `program.py` holds them together and loads each when it is called."""
