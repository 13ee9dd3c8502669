"""JavaScript stacks: one file for each engine or reporter."""
