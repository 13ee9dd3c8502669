"""JavaScript's stacks: an engine or a reporter a file."""
