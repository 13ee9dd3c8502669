"""ELF: the container of Linux, Android and most systems without one of their own. gABI 4.1, and what GNU added to it."""
