"""The emulated machine that the firmware runs on: VM or QEMU, panel, flash, cable."""
