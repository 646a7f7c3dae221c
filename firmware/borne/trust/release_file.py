"""The file release.cbor: {1: version uint, 2: time uint, 3: {name tstr: SHA-256 bstr}}."""

from micropython import const

from borne import limits
from borne.errors import DecodeError, TrustError
from borne.token import cbor

if False:  # for types only
    from typing import Iterator

    from borne.protocols import Encoded

_VERSION = const(1)
_TIME = const(2)
_NAMES = const(3)
_MAP = const(5)  # CBOR's major type
_DIGEST = const(32)


def decode(data: "Encoded") -> tuple[int, int, dict[str, bytes]]:
    """The version, time and digests by name of a release. Raises DecodeError."""
    fields = cbor.decode(data)
    if not isinstance(fields, dict):
        raise DecodeError("not a release")
    version, time, names = fields.get(_VERSION), fields.get(_TIME), fields.get(_NAMES)
    for number in (version, time):
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise DecodeError("release's number is not one")
    if not isinstance(names, dict):
        raise DecodeError("release without files")
    for name, digest in names.items():
        if not isinstance(name, str) or not isinstance(digest, bytes) or len(digest) != _DIGEST:
            raise DecodeError("release's file is not a hash")
    return version, time, names  # type: ignore[return-value]  # checked by the loop


def check(version: int, time: int, digests: dict[str, bytes]) -> None:
    """Raises TrustError FORMAT for a release that `decode` would refuse."""
    size = 0
    for piece in encoded(version, time, digests):
        size += len(piece)
    names = max([0] + [len(name.encode()) for name in digests])
    if min(version, time) < 0 or size > limits.RELEASE_MAX or names > limits.CBOR_TEXT_MAX:
        raise TrustError("FORMAT", "release beyond its bounds")


def encoded(version: int, time: int, digests: dict[str, bytes]) -> "Iterator[bytes]":
    """Yields release.cbor in pieces: all its names make it long, and a heap in use has short holes."""
    yield cbor.head(_MAP, 3) + cbor.encode(_VERSION) + cbor.encode(version)
    yield cbor.encode(_TIME) + cbor.encode(time)
    yield cbor.encode(_NAMES) + cbor.head(_MAP, len(digests))
    for name in sorted(digests, key=cbor.encode):
        yield cbor.encode(name) + cbor.encode(digests[name])
