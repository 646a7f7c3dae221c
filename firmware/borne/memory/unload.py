"""Modules that are needed for a moment only, and then are not to take RAM."""

import sys


def unload(names):
    """Drops those of the modules `names` (dotted) that are loaded. What still refers to one keeps it."""
    for name in names:
        if sys.modules.pop(name, None):
            package, _, module = name.rpartition(".")
            delattr(sys.modules[package], module)
