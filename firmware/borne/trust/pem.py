"""Public keys in TUF metadata: those of borne.crypto.algorithms, in PEM. Nothing else is read."""

import binascii

from micropython import const

from borne.crypto.algorithms import Ecdsa, PublicKey

_BEGIN = const("-----BEGIN PUBLIC KEY-----")
_END = const("-----END PUBLIC KEY-----")
_PEM_MAX = const(256)


def public_key(text: str, algorithm: Ecdsa) -> PublicKey | None:
    """The PublicKey for `algorithm` in the PEM `text`; None for anything else."""
    text = text.strip()
    if len(text) > _PEM_MAX or not text.startswith(_BEGIN) or not text.endswith(_END):
        return None
    body = text[len(_BEGIN) : -len(_END)].replace("\r", "").replace("\n", "").encode()
    try:
        der = binascii.a2b_base64(body)
    except ValueError:
        return None
    # Encoded again, because a2b_base64 skips characters that are not base64.
    head = _head(algorithm)
    size = len(head) + algorithm.coordinates * algorithm.size
    if der[: len(head)] != head or len(der) != size or binascii.b2a_base64(der)[:-1] != body:
        return None
    point = algorithm.point(der[len(head) :])
    return PublicKey(algorithm, point[0], point[1]) if point else None


def _head(algorithm: Ecdsa) -> bytes:
    """A SubjectPublicKeyInfo up to the coordinates: RFC 5480 section 2. DER leaves no choice in it."""
    coordinates = algorithm.coordinates * algorithm.size
    before = b"\0" + algorithm.prefix  # no unused bits
    bits = b"\x03" + _length(len(before) + coordinates) + before
    return b"\x30" + _length(len(algorithm.spki) + len(bits) + coordinates) + algorithm.spki + bits


def _length(size: int) -> bytes:
    return bytes((size,)) if size < 0x80 else bytes((0x81, size))
