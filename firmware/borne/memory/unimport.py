"""Modules that are needed for a moment only, and must not take RAM afterwards."""

import sys

# Machine code: ports may never give its memory back, so each import would take more of it.
MACHINE_CODE = ("borne.crypto.ghash", "borne.crypto.limbs")


class Unimport:
    """A context manager that drops the firmware's modules imported in it, except MACHINE_CODE.

    A reference to a dropped module, or to an object in it, keeps the module: a function imported in a context
    may be called after it, and the module is freed with the function. The next import makes another copy.

    With `emptied`, nothing of the modules may be used after the context. MicroPython's garbage collector
    takes any word of the C stack for a reference: an emptied module that such a word happens to keep keeps
    nothing else. Without `emptied`, 5 kB stayed so in one start of three.

    Contexts may be nested. Never await in one: it would drop another task's imports, too.
    """

    def __init__(self, emptied: bool = False) -> None:
        self._emptied = emptied
        self._before = tuple(sys.modules)

    def __enter__(self) -> "Unimport":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.drop()

    def drop(self) -> None:
        """Drops the modules imported so far."""
        before, at = self._before, 0
        for name in list(sys.modules):
            if at < len(before) and name == before[at]:
                at += 1  # in the same order, as long as the table need not grow: no search
            elif name.startswith("borne.") and name not in before and name not in MACHINE_CODE:
                module = sys.modules.pop(name)
                if self._emptied:
                    module.__dict__.clear()
                package, _, last = name.rpartition(".")
                parent = sys.modules.get(package)  # None if it was dropped before
                if getattr(parent, last, None) is module:
                    delattr(parent, last)
