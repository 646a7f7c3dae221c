"""The check that the image with the application is the one written, before any other part of it is imported.

A boot loader for UF2 files writes page by page, and a plug may be pulled in between: then the new image ends
in the rest of the old one. On the page after the image's last one is its label, which `borne image` makes,
filled up with zeros:

    # borne <version> <board> <bytes of the image>
    <SHA-256 in hexadecimal>  image
    <CRC-32, eight hexadecimal digits>

`borne flash` goes by SHA-256, which takes an RP2040 half a second; each start goes by the CRC, which takes
less. Like app.sha256 of borne.integrity it finds accidents, and is no protection against an attacker.

An ESP chip's boot loader compares an image with its hash by itself: there nothing is done here.
"""

from binascii import crc32

from micropython import const

from borne import integrity

if False:  # for types only
    from typing import Callable

    from borne.parts.protocols import Display

_PAGE = const(256)


def intact(
    report: "Callable[[str], object]" = print, display: "Callable[[], Display] | None" = None
) -> bool:
    """Whether the image that runs is whole. If not, reports the fault, as integrity.intact does."""
    try:
        flash = __import__("borne_image").flash()
    except ImportError:
        return True
    fault = find_fault(flash)
    return fault is None or integrity.tell(fault, report, display)


def find_fault(flash: memoryview) -> str | None:
    """The fault of an image that ends with its label, in English, or None."""
    size = len(flash) - _PAGE
    lines = bytes(flash[size:]).rstrip(b"\0").split(b"\n")
    if lines[2:] != [b"%08x" % crc32(flash[:size]), b""]:
        return "the image was not written to its end"
    return None
