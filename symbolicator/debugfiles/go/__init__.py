"""Go's own tables, which stripping keeps in a program."""
