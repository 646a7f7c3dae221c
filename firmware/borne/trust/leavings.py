"""Files left on the flash by couriers: deleted, unless verified targets name them.

    wanted          SHA-256 of each file that the newest verified targets name, one after the other, until
                    their release is in force

The names of a folder are looked at one at a time: an earlier firmware may have left thousands.
"""

from binascii import unhexlify

from micropython import const

from borne.storage import atomic

if False:  # for types only
    from typing import Collection, Iterator

    from borne.protocols import File, OpenFile, Os

_HEX = const(64)
_DIGEST = const(32)
_PIECE = const(512)  # whole digests
_ENOENT = const(2)


def want(path: str, files: "Collection[str]", os_module: "Os", open_file: "OpenFile") -> None:
    """Writes `files` (SHA-256 in hexadecimal) to the file `path`; without any, deletes it. Raises OSError."""
    if files:
        atomic.replace(path, (unhexlify(sha256) for sha256 in files), os_module, open_file)
        return
    try:
        os_module.remove(path)
    except OSError as error:
        if error.errno != _ENOENT:
            raise


def collect(
    folder: str,
    kept: "Collection[bytes]",
    more: "Collection[str]",
    wanted: str,
    dropped: str,
    os_module: "Os",
    open_file: "OpenFile",
) -> None:
    """Deletes from `folder` all files except those whose names begin with a hash in `kept` (bytes), `more`
    (hexadecimal) or the file `wanted`; also deletes all with `dropped`, unless empty, in their names.

    Raises OSError.
    """
    try:
        file = open_file(wanted, "rb")
    except OSError:
        file = None
    try:
        # Repeated, as a file system may pass over a name while others are deleted.
        while _delete(folder, kept, more, file, dropped, os_module):
            pass
    finally:
        if file:
            file.close()


def _delete(
    folder: str,
    kept: "Collection[bytes]",
    more: "Collection[str]",
    wanted: "File | None",
    dropped: str,
    os_module: "Os",
) -> bool:
    """Returns whether anything was deleted."""
    deleted = False
    for name in _names(folder, os_module):
        sha256 = name[:_HEX]
        try:
            digest = unhexlify(sha256)
        except ValueError:
            digest = b""
        if (
            (dropped and dropped in name)
            or len(digest) != _DIGEST
            or not (digest in kept or sha256 in more or (wanted and _names_it(wanted, digest)))
        ):
            os_module.remove(folder + "/" + name)
            deleted = True
    return deleted


def _names(folder: str, os_module: "Os") -> "Iterator[str]":
    """The names in `folder`; none if it is not there."""
    try:
        if not hasattr(os_module, "ilistdir"):  # on computers, which have room for all of them
            yield from os_module.listdir(folder)
            return
        for entry in os_module.ilistdir(folder):
            yield entry[0]
    except OSError as error:
        if error.errno != _ENOENT:
            raise


def _names_it(wanted: "File", digest: bytes) -> bool:
    wanted.seek(0)
    while True:
        piece = wanted.read(_PIECE)
        if digest in piece:
            return True
        if len(piece) < _PIECE:
            return False
