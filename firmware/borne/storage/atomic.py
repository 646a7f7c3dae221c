"""Files replaced in one step: after a power cut the whole old file is there, or the whole new one.

littlefs guarantees just this: a closed file is whole, and a rename happens or does not.
"""

import os

if False:  # for types only
    from typing import Iterable

    from borne.protocols import Bytes, File, OpenFile, Os


def replace(
    path: str, pieces: "Iterable[Bytes]", os_module: "Os" = os, open_file: "OpenFile" = open
) -> None:
    """Writes `pieces` (bytes each) to a file beside `path`, then renames that file to `path`. Raises OSError;
    the old file then stays."""
    aside = path + ".new"
    with open_file(aside, "wb") as file:
        for piece in pieces:
            file.write(piece)
        sync(file, os_module)
    os_module.rename(aside, path)


def sync(file: "File", os_module: "Os") -> None:
    """Returns once all data written to `file` are on the flash or disk. Raises OSError."""
    file.flush()  # enough on MicroPython
    if hasattr(os_module, "fsync"):
        os_module.fsync(file.fileno())
