"""The loops of AES-GCM in machine code, by MicroPython's viper emitter: borne.crypto.gcm says what they do.

A number of GF(2^128) is four words here, the most significant first: the coefficient of x^0 is the top bit
of the first (SP 800-38D section 6.3). Every number takes the same instructions and addresses: a cache in
front of external RAM says nothing about it.
"""

# ruff: noqa: F821
# Annotations are viper's own types here, and it has none for a function that returns nothing.
# mypy: disable-error-code="name-defined,attr-defined,valid-type,index,no-redef,no-untyped-def"
import micropython


@micropython.viper
def ghash(state: ptr8, key: ptr8, data: ptr8, length: int):
    # Bit by bit, the last first: the product so far times x, plus the key where the bit is 1.
    e = uint(0)
    f = uint(0)
    g = uint(0)
    h = uint(0)
    i = 0
    while i < 4:
        e = e << 8 | uint(key[i])
        f = f << 8 | uint(key[i + 4])
        g = g << 8 | uint(key[i + 8])
        h = h << 8 | uint(key[i + 12])
        i += 1
    at = 0
    while at < length:
        a = uint(0)
        b = uint(0)
        c = uint(0)
        d = uint(0)
        i = 15
        while i >= 0:
            byte = uint(state[i])
            if at + i < length:
                byte ^= uint(data[at + i])
            bit = 0
            while bit < 8:
                mask = uint(0) - (byte & 1)  # all ones, or 0
                out = (d & 1) * 0xE1
                d = (d >> 1 | (c & 1) << 31) ^ h & mask
                c = (c >> 1 | (b & 1) << 31) ^ g & mask
                b = (b >> 1 | (a & 1) << 31) ^ f & mask
                a = a >> 1 ^ out << 24 ^ e & mask
                byte >>= 1
                bit += 1
            i -= 1
        i = 0
        while i < 4:
            shift = 24 - (i << 3)
            state[i] = int(a >> shift)
            state[i + 4] = int(b >> shift)
            state[i + 8] = int(c >> shift)
            state[i + 12] = int(d >> shift)
            i += 1
        at += 16


@micropython.viper
def count(blocks: ptr8, first: int, length: int):
    at = 12
    while at < length:
        blocks[at] = first >> 24
        blocks[at + 1] = first >> 16
        blocks[at + 2] = first >> 8
        blocks[at + 3] = first
        first += 1
        at += 16


@micropython.viper
def xor(data: ptr8, at: int, other: ptr8, length: int):
    i = 0
    while i < length:
        data[at + i] ^= other[i]
        i += 1
