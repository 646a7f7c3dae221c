"""What TUF metadata says of ECDSA P-256: public keys in PEM, signatures in DER. Nothing else is read."""

import binascii

_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
# SubjectPublicKeyInfo of an uncompressed point on secp256r1 (RFC 5480 section 2). DER leaves no choice
# in it, so the bytes before the coordinates are always these.
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_SIZE = 27 + 64
_PEM_MAX = 256


def public_key(text):
    """The point (x, y), two ints, of a P-256 key in PEM; None for anything else.

    Whether it lies on the curve is left to borne.crypto.p256.verify.
    """
    text = text.strip()
    if len(text) > _PEM_MAX or not text.startswith(_BEGIN) or not text.endswith(_END):
        return None
    body = text[len(_BEGIN) : -len(_END)].replace("\r", "").replace("\n", "").encode()
    try:
        der = binascii.a2b_base64(body)
    except ValueError:
        return None
    # Encoded again, because a2b_base64 skips what is not base64.
    if der[:27] != _SPKI or len(der) != _SIZE or binascii.b2a_base64(der)[:-1] != body:
        return None
    return int.from_bytes(der[27:59], "big"), int.from_bytes(der[59:], "big")


def signature(der):
    """r || s (64 bytes) of an Ecdsa-Sig-Value (RFC 3279 section 2.2.3); None unless strict DER."""
    if not 8 <= len(der) <= 72 or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    r, at = _integer(der, 2)
    s, at = _integer(der, at)
    return r + s if at == len(der) else None


def _integer(der, at):
    """(32 bytes, where the next element starts) of the INTEGER at `at`; (b"", 0): not one."""
    end = at + 2 + der[at + 1] if len(der) > at + 2 and der[at] == 0x02 else 0
    value = der[at + 2 : end]
    if end > len(der) or not value or value[0] & 0x80:
        return b"", 0
    if value[0] == 0 and len(value) > 1:
        if not value[1] & 0x80:  # not the shortest form
            return b"", 0
        value = value[1:]
    if len(value) > 32:
        return b"", 0
    return bytes(32 - len(value)) + value, end
