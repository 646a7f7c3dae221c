"""Phones read by a reader on this computer, as the terminal reads them."""
