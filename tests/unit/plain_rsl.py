"""Revocation lists and deltas written the plain way, as docs/revocation.md reads: strings of bits."""

import hashlib
import struct

URI = "https://issuer.example/status/1"
ISSUED = 1_800_000_000
EXPIRES = ISSUED + 86400


def code(gap, parameter):
    """The bits of a gap, Golomb's code, as text."""
    quotient, rest = gap // parameter, gap % parameter
    width = 0
    while 2 ** (width + 1) <= parameter:
        width += 1
    short = 2 ** (width + 1) - parameter
    if rest >= short:
        rest += short
        width += 1
    bits = ""
    for place in range(width):
        bits = str(rest >> place & 1) + bits
    return "1" * quotient + "0" + bits


def blocks(indices, block_size, parameter):
    """The blocks of increasing indices, as bytes."""
    done = []
    bits = ""
    last = 0
    for index in indices:
        fits = bits and (index - last - 1) // parameter < 8 * block_size
        more = code(index - last - 1, parameter) if fits else ""
        if not fits or len(bits) + len(more) > 8 * block_size:
            if bits:
                done.append(padded(bits, block_size))
            bits = ""
            for place in range(32):
                bits = str(index >> place & 1) + bits
        else:
            bits += more
        last = index
    if bits:
        done.append(padded(bits, -(-len(bits) // 8)))
    return b"".join(done)


def padded(bits, size):
    bits += "1" * (8 * size - len(bits))
    return bytes([int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)])


def header(count, size=1000, **fields):
    """The header of a list; `fields` change what it says."""
    said = {
        "magic": b"BRSL",
        "form": 1,
        "value": 1,
        "block_size": 64,
        "parameter": 5,
        "version": 1,
        "issued_at": ISSUED,
        "expires": EXPIRES,
        "uri": URI.encode(),
        "uri_size": None,
    }
    said.update(fields)
    uri = said["uri"]
    return (
        struct.pack(
            ">4sBBHIIIIQQH",
            said["magic"],
            said["form"],
            said["value"],
            said["block_size"],
            said["parameter"],
            size,
            count,
            said["version"],
            said["issued_at"],
            said["expires"],
            len(uri) if said["uri_size"] is None else said["uri_size"],
        )
        + uri
    )


def whole(indices, size=1000, block_size=64, parameter=5, **fields):
    """A list."""
    head = header(len(indices), size, block_size=block_size, parameter=parameter, **fields)
    return head + blocks(indices, block_size, parameter)


def delta(old, new, changes, old_version, block_size=64, parameter=9, form=1, count=None):
    """The delta between two lists (bytes), with the new one's header; all are of one block size."""
    head = 42 + int.from_bytes(new[40:42], "big")
    fixed = struct.pack(
        ">4sBIII32s32s",
        b"BRSD",
        form,
        parameter,
        len(changes) if count is None else count,
        old_version,
        hashlib.sha256(old).digest(),
        hashlib.sha256(new).digest(),
    )
    return fixed + new[:head] + blocks(changes, block_size, parameter)
