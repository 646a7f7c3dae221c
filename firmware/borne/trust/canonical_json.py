"""OLPC canonical JSON: the bytes that TUF signatures cover (specification, section 4.2).

Keys in the order of their code points, no white space, only `"` and `\\` escaped, integers only, UTF-8.
The output is that of securesystemslib's encode_canonical, encoded.
"""

from borne import limits
from borne.errors import TrustError

if False:  # for types only
    from typing import Callable

    from borne.protocols import Hasher


def digest(value: object, hasher: "Hasher") -> bytes:
    """The digest by `hasher` of the canonical form of a value of json.loads. Raises TrustError."""
    write(value, hasher.update)
    return hasher.digest()


def write(
    value: object, out: "Callable[[bytes], object]", depth: int = limits.TUF_DEPTH_MAX
) -> None:
    """Calls `out(bytes)` with the canonical form of `value`, piece by piece.

    Raises TrustError: a number that is no integer, half a surrogate pair, or nested too deep.
    """
    if depth == 0:
        raise TrustError("FORMAT", "JSON nested too deep")
    if isinstance(value, str):
        out(_string(_utf8(value)))
    elif value is True:
        out(b"true")
    elif value is False:
        out(b"false")
    elif value is None:
        out(b"null")
    elif isinstance(value, int):
        out(str(value).encode())
    elif isinstance(value, list):
        separator = b"["
        for item in value:
            out(separator)
            write(item, out, depth - 1)
            separator = b","
        out(b"]" if value else b"[]")
    elif isinstance(value, dict):
        separator = b"{"
        # Sorted as UTF-8, which is the order of code points.
        for key in sorted(value, key=_utf8):
            out(separator)
            out(_string(_utf8(key)))
            out(b":")
            write(value[key], out, depth - 1)
            separator = b","
        out(b"}" if value else b"{}")
    else:
        raise TrustError("FORMAT", "JSON number is not an integer")


def _string(raw: bytes) -> bytes:
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _utf8(text: object) -> bytes:
    if not isinstance(text, str):  # MicroPython's json module takes other keys
        raise TrustError("FORMAT", "JSON key is not a string")
    try:
        raw = text.encode()
    except UnicodeError:
        raise TrustError("FORMAT", "JSON text with half a surrogate pair")
    return _joined(raw) if b"\xed" in raw else raw


def _joined(raw: bytes) -> bytes:
    """MicroPython's json module leaves an escaped surrogate pair as two characters of three bytes each,
    ED A0..AF xx and ED B0..BF xx. Both are joined here to the character that they stand for."""
    result = b""
    start = 0
    at = raw.find(b"\xed")
    while at >= 0:
        if raw[at + 1] < 0xA0:  # U+D000 to U+D7FF
            at = raw.find(b"\xed", at + 1)
            continue
        if raw[at + 1] > 0xAF or raw[at + 3 : at + 4] != b"\xed" or raw[at + 4] < 0xB0:
            raise TrustError("FORMAT", "JSON text with half a surrogate pair")
        high = (raw[at + 1] & 0x0F) << 6 | raw[at + 2] & 0x3F
        low = (raw[at + 4] & 0x0F) << 6 | raw[at + 5] & 0x3F
        result += raw[start:at] + chr(0x10000 + (high << 10 | low)).encode()
        start = at + 6
        at = raw.find(b"\xed", start)
    return result + raw[start:]
