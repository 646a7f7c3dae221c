"""The loops of AES-GCM in machine code, by MicroPython's viper emitter: borne.crypto.gcm says what they do.

A number of GF(2^128) is four words here, the most significant first: the coefficient of x^0 is the top bit
of the first (SP 800-38D section 6.3). Secret digits are indices into tables: no chip that Borne runs on has
a cache between its processor and the RAM of these tables.
"""

# ruff: noqa: F821
# Annotations are viper's own types here, and it has none for a function that returns nothing.
# mypy: disable-error-code="name-defined,attr-defined,valid-type,index,no-redef,no-untyped-def"
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
def multiples(h: ptr8, table: ptr32):
    # Entry 8 is h times 1, entry 4 times x, entry 2 times x^2, entry 1 times x^3; the others are sums.
    a = uint(0)
    b = uint(0)
    c = uint(0)
    d = uint(0)
    i = 0
    while i < 4:
        a = a << 8 | uint(h[i])
        b = b << 8 | uint(h[i + 4])
        c = c << 8 | uint(h[i + 8])
        d = d << 8 | uint(h[i + 12])
        i += 1
    entry = 8
    while entry > 0:
        at = entry << 2
        table[at] = int(a)
        table[at + 1] = int(b)
        table[at + 2] = int(c)
        table[at + 3] = int(d)
        out = d & 1
        d = d >> 1 | (c & 1) << 31
        c = c >> 1 | (b & 1) << 31
        b = b >> 1 | (a & 1) << 31
        a = a >> 1 ^ (out * 0xE1) << 24
        entry >>= 1
    entry = 2
    while entry < 16:  # up to the next power of two: this entry plus each one below it
        i = 1
        while i < entry:
            word = 0
            while word < 4:
                table[(entry + i << 2) + word] = table[(entry << 2) + word] ^ table[(i << 2) + word]
                word += 1
            i += 1
        entry <<= 1


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
