"""The check that the application on the flash is the one sent, before more of it is imported than it takes to
show that the terminal starts.

`borne flash` copies the application as files, and a plug may be pulled in between. The file `app.sha256`
is removed before the first of them changes and written after the last, so that a mixture of two versions
never starts. The device's main.py is:

    for _ in range(2):
        try:
            from borne import integrity

            if integrity.intact():
                import terminal
            break
        except KeyboardInterrupt:
            pass

The loop survives one ctrl-C, a byte of a frame that came early. The format of app.sha256 is

    # borne <version> <board> <number of files>
    <SHA-256 in hexadecimal>  <path>

as sha256sum writes and checks it. The check finds accidents. It is no protection against an attacker who may
write the flash, and so app.sha256.

This module needs nothing of the application: it has to run when the application is not whole.
"""

import gc
import hashlib
import json
from binascii import hexlify

from micropython import const

if False:  # for types only
    from typing import Callable

    from borne.parts.protocols import Display
    from borne.protocols import File

MANIFEST = "app.sha256"
_FILES_MAX = const(256)
_LINE_MAX = const(200)  # 64 digits, two spaces, a path, a line feed
_BLOCK = const(1024)

# Both languages, as there may be no settings yet: 16 columns of framebuf's own font, and no accents in it.
_SCREEN = (
    "LOGICIEL",
    "INCOMPLET:",
    "a reinstaller",
    "",
    "SOFTWARE",
    "INCOMPLETE:",
    "install it again",
)
_ROW = const(9)  # pixels


def intact(
    root: str = "",
    report: "Callable[[str], object]" = print,
    display: "Callable[[], Display] | None" = None,
) -> bool:
    """Whether the application below `root` (a path that ends in a slash, or nothing) is whole.

    If not, reports the fault: a line of JSON to `report`, and a text on the screen. `display()` gives the
    Display, by default the board's, which then shows at once that the terminal starts.
    """
    display = display or _board_display
    try:
        display()  # the comparison takes seconds
    except Exception:  # noqa: BLE001, S110 - the comparison tells what is missing or mixed
        pass
    fault = find_fault(root)
    gc.collect()
    return fault is None or tell(fault, report, display)


def tell(
    fault: str,
    report: "Callable[[str], object]",
    display: "Callable[[], Display] | None",
) -> bool:
    """Reports a fault, as `intact` does. Returns False."""
    display = display or _board_display
    report(json.dumps({"event": "fault", "code": "INCOMPLETE", "detail": fault}))
    try:
        _show(display())
    except Exception as error:  # noqa: BLE001  the board's part may be what is missing or mixed
        report(json.dumps({"event": "fault", "code": "NO_SCREEN", "detail": type(error).__name__}))
    return False


def find_fault(root: str = "") -> str | None:
    """The fault of the application, in English, or None."""
    try:
        with open(root + MANIFEST, "rb") as file:
            return _compare(file, root)
    except OSError:
        return "the application was not copied to its end"
    except ValueError:  # no number, or no text: UnicodeError is a ValueError
        return MANIFEST + " is malformed"


def _compare(file: "File", root: str) -> str | None:
    """The fault of the files named in the manifest `file`, or None. Raises ValueError, OSError."""
    count = int(file.readline(_LINE_MAX).rsplit(b" ", 1)[-1])
    if not 0 < count <= _FILES_MAX:
        raise ValueError
    buffer = memoryview(bytearray(_BLOCK))
    for _ in range(count):
        line = file.readline(_LINE_MAX)
        path = line[66:-1].decode()
        if line[64:66] != b"  " or line[-1:] != b"\n" or not path:
            raise ValueError
        if _sha256(root + path, buffer) != line[:64]:
            return path + " is missing or not what was sent"
    if file.readline(_LINE_MAX):
        raise ValueError
    return None


def _sha256(path: str, buffer: memoryview) -> bytes | None:
    """The file's hash in hexadecimal (bytes); None if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while True:
                length = file.readinto(buffer)
                if length < len(buffer):
                    digest.update(buffer[:length])
                    return hexlify(digest.digest())
                digest.update(buffer)
    except OSError:
        return None


def _board_display() -> "Display":
    from borne.starting import parts

    return parts.display


def _show(display: "Display") -> None:
    display.fill(0)
    for row, text in enumerate(_SCREEN):
        display.text(text, 0, row * _ROW)
    display.show()
