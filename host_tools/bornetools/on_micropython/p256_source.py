"""Writes the generated parts of the firmware's P-256: unrolled products, and the base point's tables.

    python -m bornetools.on_micropython.p256_source

tests/host/test_p256.py compares the checked-in files with this output, and the table with another library.
"""

from pathlib import Path

from bornetools import files, firmware

_LIMBS, _BITS = 20, 13
_NATIVE_WIDTH = 6  # of the base point's signed windows in firmware/native
_WIDTH, _LONG = 100, 170

_LIMBS_HEAD = '''\
"""Arithmetic modulo the prime of P-256 in machine code, by MicroPython's viper emitter.

Made by `python -m bornetools.on_micropython.p256_source`: products are unrolled, which takes half the
instructions of a loop. borne.crypto.field says what the functions do, and does the same with Python integers.

An element is 20 limbs of 13 bits, least significant first, each in 16 bits of a bytearray. With 13 bits
twenty products, a carry and the reduction add up to less than 2^31: no column overflows. Products are
Montgomery's, modulo 2^260. The prime is 2^256 - 2^224 + 2^192 + 2^96 - 1, so the digit that cancels a
column is the column itself, and its multiple of the prime four shifts, 96 bits and more further up. These
digits lie in the result's limbs until those are due.
"""

# ruff: noqa: E501, F821
# fmt: off
# Annotations are viper's own types here, and it has none for a function that returns nothing.
# mypy: disable-error-code="name-defined,attr-defined,valid-type,no-untyped-def"
import micropython
'''

_LIN = """

@micropython.viper
def lin(a: ptr16, x: int, b: ptr16, y: int, r: ptr16):
    # The multiple of the prime that leaves between one and a little over two of it.
    q = ((a[19] * x + b[19] * y) >> 9) - 1
"""

_PACKING = """

@micropython.viper
def load(data: ptr8, at: int, r: ptr16):
    c = 0
    bits = 0
    limb = 0
    end = at + 32
    while limb < 20:
        while bits < 13 and at < end:
            c |= data[at] << bits
            bits += 8
            at += 1
        r[limb] = c & 0x1FFF
        c >>= 13
        bits -= 13
        limb += 1


@micropython.viper
def store(a: ptr16, data: ptr8, at: int):
    c = 0
    bits = 0
    limb = 0
    end = at + 32
    while at < end:
        while bits < 8 and limb < 20:
            c |= a[limb] << bits
            bits += 13
            limb += 1
        data[at] = c & 0xFF
        c >>= 8
        bits -= 8
        at += 1


@micropython.viper
def select(table: ptr32, count: int, entry: int, to: ptr32):
    i = 0
    while i < 16:
        word = 0
        at = i
        n = 0
        while n < count:
            word |= table[at] & (((n ^ entry) - 1) >> 31)
            at += 16
            n += 1
        to[i] = word
        i += 1
"""

# Where the prime's powers of two lie above a limb: limbs, bits, sign.
_PRIME = ((7, 5, "+"), (14, 10, "+"), (17, 3, "-"), (19, 9, "+"))


def limbs() -> str:
    """The text of limbs.py."""
    lines = ["", "", "@micropython.viper", "def mul(a: ptr16, b: ptr16, r: ptr16):"]
    for column in range(2 * _LIMBS - 1):
        pairs = _pairs(column)
        lines += _column(column, [f"a[{i}]*b[{column - i}]" for i in pairs])
    lines += ["    r[19] = c >> 13", "", "", "@micropython.viper", "def sqr(a: ptr16, r: ptr16):"]
    for column in range(2 * _LIMBS - 1):
        twice = [f"a[{i}]*a[{column - i}]" for i in _pairs(column) if i < column - i]
        terms = []
        if twice:
            twice[0] = "((" + twice[0]
            twice[-1] += ") << 1)"
            terms += twice
        if column % 2 == 0:
            terms.append(f"a[{column // 2}]*a[{column // 2}]")
        lines += _column(column, terms)
    lines.append("    r[19] = c >> 13")
    text = _LIMBS_HEAD + "\n".join(lines) + "\n" + _LIN
    for limb in range(_LIMBS):
        line = f"a[{limb}] * x + b[{limb}] * y"
        for above, shift, sign in _PRIME:
            if limb == above:
                line += f" {'-' if sign == '+' else '+'} (q << {shift})"
        text += f"    c = {'(c >> 13) + ' if limb else ''}{line}{'' if limb else ' + q'}\n"
        text += f"    r[{limb}] = c{' & 0x1FFF' if limb < _LIMBS - 1 else ''}\n"
    return text + _PACKING


def _pairs(column: int) -> range:
    return range(max(0, column - _LIMBS + 1), min(column, _LIMBS - 1) + 1)


def _column(column: int, terms: list[str]) -> list[str]:
    """Lines that add a column's products and the prime's multiples, and put down its limb."""
    for above, shift, sign in _PRIME:
        if 0 <= column - above < _LIMBS:
            terms.append(f"{sign} (r[{column - above}] << {shift})")
    lines, line = [], "    c = (c >> 13) +" if column else "    c ="
    for number, term in enumerate(terms):
        term = f" {term}" if term[0] in "+-" or not number else f" + {term}"
        if len(line) + len(term) > _LONG - 2:
            lines.append(line + " \\")
            line = "       "
        line += term
    return [*lines, line, f"    r[{column % _LIMBS}] = c & 0x1FFF"]


def base() -> str:
    """The text of p256_base.py."""
    from borne.crypto import comb, p256

    table = comb.build(*p256.BASE, comb.WIDTH)
    lines, line = [], ""
    for byte in table:
        piece = '\\"' if byte == ord('"') else repr(bytes([byte]))[2:-1]
        if len(line) + len(piece) > _WIDTH - 8:
            lines.append(line)
            line = ""
        line += piece
    lines.append(line)
    body = "\n".join(f'    b"{one}"' for one in lines)
    return f'''\
"""The comb (borne.crypto.comb) of P-256's base point: 8 kB, in flash where the application is frozen.

Made by `python -m bornetools.on_micropython.p256_source`.
"""

# fmt: off
TABLE = (
{body}
)
'''


def native_base() -> str:
    """The text of firmware/native/p256_base.h."""
    from borne.crypto import jacobian, p256
    from borne.crypto.field import P, invert_int

    one = (*p256.BASE, 1)
    twice, lines = jacobian.double(one), []
    for _ in range(1 << (_NATIVE_WIDTH - 2)):
        inverse = invert_int(one[2], P)
        x, y = one[0] * inverse**2 % P, one[1] * inverse**3 % P
        lines += ["    {", f"        {_element(x)},", f"        {_element(2 * y % P)},", "    },"]
        one = jacobian.add(one, twice)
    body = "\n".join(lines)
    return f"""\
// The odd multiples 1, 3, 5... of P-256's base point: x and 2*y, as p256_field.h has elements.
//
// Made by `python -m bornetools.on_micropython.p256_source`.

static const affine_t BASE[1 << (BASE_WIDTH - 2)] = {{
{body}
}};
"""


def _element(value: int) -> str:
    """The initializer of an element of firmware/native."""
    from borne.crypto.field import P

    value = (value << 261) % P
    return "{ " + ", ".join(f"0x{value >> 29 * i & 0x1FFFFFFF:08X}" for i in range(9)) + " }"


def main() -> None:
    folder = Path(firmware.MODULES) / "borne" / "crypto"
    files.replace(folder / "limbs.py", limbs().encode())
    files.replace(folder / "p256_base.py", base().encode())
    files.replace(firmware.NATIVE / "p256_base.h", native_base().encode())


if __name__ == "__main__":
    firmware.prepare()
    main()
