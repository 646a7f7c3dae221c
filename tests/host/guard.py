"""How long a test waits for what takes a moment."""

HUNG = 120  # seconds: only what hangs takes so long, on whatever machine
