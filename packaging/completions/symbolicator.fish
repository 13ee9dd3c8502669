# Completion of symbolicator for fish, for a folder of $fish_complete_path. What can be completed is asked of the program itself.
symbolicator completion fish 2>/dev/null | source
