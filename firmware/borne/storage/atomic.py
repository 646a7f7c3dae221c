"""Files replaced in one step: after a power cut the old one is there or the new one, whole.

littlefs promises just this much: a file that was closed is whole, and a rename happens or does not.
"""

import os

if False:  # for types only
    from typing import Iterable

    from borne.protocols import Bytes, File, OpenFile, Os


def replace(
    path: str, pieces: "Iterable[Bytes]", os_module: "Os" = os, open_file: "OpenFile" = open
) -> None:
    """Writes `pieces` (bytes each) beside `path` and renames that over it. Raises OSError; the old file then
    stays."""
    aside = path + ".new"
    with open_file(aside, "wb") as file:
        for piece in pieces:
            file.write(piece)
        sync(file, os_module)
    os_module.rename(aside, path)


def sync(file: "File", os_module: "Os") -> None:
    """Returns once what was written to `file` is on the flash or disk. Raises OSError."""
    file.flush()  # on MicroPython that is all of it
    if hasattr(os_module, "fsync"):
        os_module.fsync(file.fileno())
