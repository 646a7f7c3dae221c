"""A reader on this computer, read as the terminal reads."""
