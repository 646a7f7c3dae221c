"""ECDSA signatures in DER, the form of X.509 certificates and TUF metadata."""


def signature(der: bytes, size: int) -> bytes | None:
    """r || s (`size` bytes each) of an Ecdsa-Sig-Value (RFC 3279 section 2.2.3); None unless strict DER."""
    if len(der) < 8 or der[0] != 0x30:
        return None
    start = 3 if der[1] == 0x81 and der[2] >= 0x80 else 2  # the long form where it is the shortest
    if der[start - 1] != len(der) - start:
        return None
    r, at = _integer(der, start, size)
    s, at = _integer(der, at, size)
    return r + s if at == len(der) else None


def _integer(der: bytes, at: int, size: int) -> tuple[bytes, int]:
    """(`size` bytes, where the next element starts) of the INTEGER at `at`; (b"", 0): not one."""
    end = at + 2 + der[at + 1] if len(der) > at + 2 and der[at] == 0x02 else 0
    value = der[at + 2 : end]
    if end > len(der) or not value or value[0] & 0x80:
        return b"", 0
    if value[0] == 0 and len(value) > 1:
        if not value[1] & 0x80:  # not the shortest form
            return b"", 0
        value = value[1:]
    if len(value) > size:
        return b"", 0
    return bytes(size - len(value)) + value, end
