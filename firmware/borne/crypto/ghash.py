"""The loops of AES-GCM in machine code, by MicroPython's viper emitter: borne.crypto.gcm says what they do.

A number of GF(2^128) is four words here, the most significant first: the coefficient of x^0 is the top bit
of the first (SP 800-38D section 6.3). Tables are looked up by secret digits: no chip that Borne runs on
has a cache between its processor and the RAM that they lie in.
"""

# ruff: noqa: F821
# mypy: disable-error-code="name-defined,attr-defined,valid-type,index,no-redef"
import micropython


@micropython.viper
def ghash(state: ptr8, table: ptr32, rest: ptr16, data: ptr8, length: int):
    # Four bits of the product in a step, the last first: shift by four, then add digit * H (Shoup).
    at = 0
    while at < length:
        a = uint(0)
        b = uint(0)
        c = uint(0)
        d = uint(0)
        i = 15
        while i >= 0:
            byte = int(state[i])
            if at + i < length:
                byte ^= int(data[at + i])
            half = 0
            while half < 2:
                entry = (byte & 15) << 2
                out = uint(rest[int(d) & 15]) << 16
                d = (d >> 4 | (c & 15) << 28) ^ uint(table[entry + 3])
                c = (c >> 4 | (b & 15) << 28) ^ uint(table[entry + 2])
                b = (b >> 4 | (a & 15) << 28) ^ uint(table[entry + 1])
                a = (a >> 4) ^ out ^ uint(table[entry])
                byte >>= 4
                half += 1
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
def xor(data: ptr8, at: int, other: ptr8, length: int):
    i = 0
    while i < length:
        data[at + i] ^= other[i]
        i += 1
