"""Native stacks: a family of tools a file, and what texts say beside them of where modules were loaded."""
