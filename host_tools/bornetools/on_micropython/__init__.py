"""MicroPython on this computer: its compilers, its VM, its source, and programs that run there."""
