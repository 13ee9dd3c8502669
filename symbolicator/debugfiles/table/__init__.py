"""The table that every native debug format compiles to: its columns, and the look-ups on it."""
