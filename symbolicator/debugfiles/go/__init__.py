"""Go's own tables, which stripping leaves in a program."""
