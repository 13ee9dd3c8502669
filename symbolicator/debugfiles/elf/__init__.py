"""ELF: the container of Linux, Android and most systems without their own. gABI 4.1, and GNU's additions."""
