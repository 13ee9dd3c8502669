"""The table that every native debug format compiles to: its columns, and look-ups in it."""
