"""ECDSA signatures as X.509 certificates and TUF metadata have them: in DER."""


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
