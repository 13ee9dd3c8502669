"""What build outputs are worth: whether they will symbolicate, and what one file of theirs is."""
