"""The optional native module: P-256 in C (firmware/native), used if it is in the image or its file is intact.

An image of `borne image` has it. The file is borne_p256.mpy in a folder of sys.path. It ends with SHA-256 of
all bytes before, because MicroPython checks such a file neither for damage nor for its end, and runs what it
got. The digest detects accidents. It is no protection against an attacker with write access to the flash, and
so to the terminal.
"""

import hashlib
import sys

from micropython import const

from borne.crypto import p256

if False:  # for types only
    from typing import Callable

    from borne.protocols import File

FILE = "borne_p256.mpy"
_HASH = const(32)
_PIECE = const(256)
_SIZE_MAX = const(32768)

# RFC 6979, appendix A.2.5: the key, and its signature of SHA-256("sample").
_KEY = (
    b"\x60\xfe\xd4\xba\x25\x5a\x9d\x31\xc9\x61\xeb\x74\xc6\x35\x6d\x68\xc0\x49\xb8\x92\x3b\x61\xfa\x6c"
    b"\xe6\x69\x62\x2e\x60\xf2\x9f\xb6\x79\x03\xfe\x10\x08\xb8\xbc\x99\xa4\x1a\xe9\xe9\x56\x28\xbc\x64"
    b"\xf2\xf1\xb2\x0c\x2d\x7e\x9f\x51\x77\xa3\xc2\x94\xd4\x46\x22\x99"
)
_SIGNATURE = (
    b"\xef\xd4\x8b\x2a\xac\xb6\xa8\xfd\x11\x40\xdd\x9c\xd4\x5e\x81\xd6\x9d\x2c\x87\x7b\x56\xaa\xf9\x91"
    b"\xc3\x4d\x0e\xa8\x4e\xaf\x37\x16\xf7\xcb\x1c\x94\x2d\x65\x7c\x41\xd4\x36\xc7\xa1\xb6\xe2\x9f\x65"
    b"\xf3\xe9\x00\xdb\xb9\xaf\xf4\x06\x4d\xc4\xab\x2f\x84\x3a\xcd\xa8"
)
# x of 2*G. With r = s = this x and the key G, digest r leads to G + G, and digest -r to G - G.
_DOUBLE = 0x7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978


def load() -> str | None:
    """Makes p256.verify use the native module, if there is one. Returns the module's fault, in English; None:
    the module is in use, or there is none."""
    verify = None
    try:
        verify = __import__("borne_image").verify
    except ImportError:
        size = _find()
        if size is None:
            return None
        if not size:
            return "the native module is damaged"
    try:
        verify = verify or __import__("borne_p256").verify
        if not _passes(verify):
            return "the native module fails its test"
    except (ImportError, AttributeError, TypeError, ValueError):
        return "the native module does not load"  # of another processor, or MicroPython
    except MemoryError:
        return "no memory for the native module"
    p256.use(verify)
    return None


def _find() -> int | None:
    """The size of the first such file on sys.path; 0: the file is damaged; None: no file."""
    for folder in sys.path:
        try:
            with open(folder + "/" + FILE if folder else FILE, "rb") as file:
                return _whole(file)
        except OSError:
            pass  # not here
    return None


def _whole(file: "File") -> int:
    """The size of `file` without its last 32 bytes if these are SHA-256 of the rest, else 0."""
    size = file.seek(0, 2) - _HASH
    if not 0 < size <= _SIZE_MAX:
        return 0
    file.seek(0)
    hasher = hashlib.sha256()
    piece = memoryview(bytearray(_PIECE))
    left = size
    while left:
        count = file.readinto(piece[: min(left, _PIECE)])
        if not count:
            return 0
        hasher.update(piece[:count])
        left -= count
    return size if file.read(_HASH) == hasher.digest() else 0


def _passes(verify: "Callable[[bytes, bytes, bytes], bool]") -> bool:
    """Whether `verify` tells a good signature from bad ones, and handles a doubling and infinity in sums."""
    digest = hashlib.sha256(b"sample").digest()
    wrong = bytes([digest[0] ^ 1]) + digest[1:]
    base = p256.BASE[0].to_bytes(32, "big") + p256.BASE[1].to_bytes(32, "big")
    r = _DOUBLE.to_bytes(32, "big")
    return (
        verify(_KEY, digest, _SIGNATURE) is True
        and verify(_KEY, wrong, _SIGNATURE) is False
        and verify(_KEY, digest, _SIGNATURE[:32] + r) is False
        and verify(base, r, r + r) is True
        and verify(base, (p256.N - _DOUBLE).to_bytes(32, "big"), r + r) is False
    )
