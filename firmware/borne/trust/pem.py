"""Public keys in TUF metadata: ECDSA P-256 in PEM. Nothing else is read."""

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
