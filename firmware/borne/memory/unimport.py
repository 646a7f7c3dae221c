"""Modules that are needed for a moment only, and then are not to take RAM."""

import sys

# Machine code: ports may never give its memory back, so each import would take more of it.
MACHINE_CODE = ("borne.crypto.ghash", "borne.crypto.limbs")


class Unimport:
    """A context that drops the modules of the firmware that were imported in it, but MACHINE_CODE.

    Whoever refers to a dropped module, or to something of it, keeps that; the next import makes another copy.

    Contexts may lie in each other, those of several tasks, too. A task must not go on in its context while a
    context lasts that another task began later: its end would drop what the first has imported meanwhile. So
    whoever waits in a context waits by `pause`, which does not return while a phone is read.
    """

    def __init__(self) -> None:
        self._before = tuple(sys.modules)

    def __enter__(self) -> "Unimport":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.drop()

    def drop(self) -> None:
        """Drops already what was imported so far."""
        for name in list(sys.modules):
            if name.startswith("borne.") and name not in self._before and name not in MACHINE_CODE:
                module = sys.modules.pop(name)
                package, _, last = name.rpartition(".")
                parent = sys.modules.get(package)  # None if it was dropped before
                if getattr(parent, last, None) is module:
                    delattr(parent, last)
