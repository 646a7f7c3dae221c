"""Flashing terminals: MicroPython's image, our application, and what is one terminal's own."""
