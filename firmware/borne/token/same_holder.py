"""Whether two documents are of one person, by names and birth date.

Each document of an EUDI wallet has its own device key, and numbers are of different name spaces: a PID's
number is unique for its issuer alone (PID rulebook 2.3), an EHIC's for the social security (common PuB-EAA
rulebook 2.2). Documents agree only if both state family name, given name and birth date. Two spellings of
a name agree as on travel documents (ICAO Doc 9303-3, 4 and 6): without case, marks and apostrophes, a hyphen
as a space. A PID's given name includes middle names (PID rulebook 2.2), so one given name may continue the
other.
"""

from micropython import const

from borne.errors import DecodeError
from borne.token import dates, health_cover

if False:  # for types only
    from borne.protocols import Map

# U+00C0 to U+017F without marks, in capitals; ? stands for no letter, or for two.
_LATIN_FIRST = const(0xC0)
_LATIN = const(
    "AAAAAA?CEEEEIIIIDNOOOOO?OUUUUY??AAAAAA?CEEEEIIIIDNOOOOO?OUUUUY?YAAAAAACCCCCCCCDDDDEEEEEEEEEEGGGGGGGG"
    "HHHHIIIIIIIIII??JJKKQLLLLLLLLLLNNNNNNNNNOOOOOO??RRRRRRSSSSSSSSTTTTTTUUUUUUUUUUUUWWYYYZZZZZZS"
)
# A character and its two letters. In the second list, the character without its mark is valid, too.
_TWO = const("ÆAEæAEŒOEœOEßSSẞSSÞTHþTHĲIJĳIJ")
_TWO_AT_CHOICE = const("ÄAEäAEÖOEöOEÜUEüUEØOEøOEÅAAåAA")
# A character and its replacement: Romanian and Greek.
_ONE = const("ȘSșSȚTțTΆΑΈΕΉΗΊΙΌΟΎΥΏΩάΑέΕήΗίΙόΟύΥώΩΪΙΫΥϊΙϋΥΐΙΰΥςΣ")
_LEFT_OUT = const("'’‘ʼ`´.")
_HYPHENS = const("‐‑–")
_SPACES = const(", \xa0")


def agree(one: "Map", other: "Map") -> bool:
    """True if both state the same names and birth date. Fields are those of borne.token.attributes."""
    for field in (health_cover.FAMILY, health_cover.GIVEN, health_cover.BIRTH_DATE):
        if field not in one or field not in other:
            return False
    day = _day(one[health_cover.BIRTH_DATE])
    if day is None or day != _day(other[health_cover.BIRTH_DATE]):
        return False
    return _alike(one, other, health_cover.FAMILY) and _alike(one, other, health_cover.GIVEN)


def _day(value: object) -> str | None:
    """A complete birth date, else None: a date with parts 00 does not distinguish persons."""
    try:
        return health_cover.full_date(value, dates.is_date)
    except DecodeError:
        return None


def _alike(one: "Map", other: "Map", field: int) -> bool:
    first, second = one[field], other[field]
    if not isinstance(first, str) or not isinstance(second, str):
        return False
    if first == second:
        return True
    for two in (_TWO, _TWO + _TWO_AT_CHOICE):
        left, right = _plain(first, two), _plain(second, two)
        words = _words(left.replace("-", " "))
        if words and words == _words(right.replace("-", " ")):
            return True
        if field == health_cover.GIVEN and _goes_on(_words(left), _words(right)):
            return True
    return False


def _goes_on(one: list[str], other: list[str]) -> bool:
    """True if one list begins with the other. A hyphenated name is one word: Jean is not Jean-Pierre."""
    both = min(len(one), len(other))
    return both > 0 and one[:both] == other[:both]


def _words(plain: str) -> list[str]:
    return [word for word in plain.split(" ") if word]


def _plain(name: str, two: str) -> str:
    """`name` in capitals without marks, its words with spaces or hyphens between them."""
    parts = []
    for character in name:
        code = ord(character)
        if character in _LEFT_OUT or 0x300 <= code < 0x370:  # combining marks
            continue
        if character in _SPACES:
            parts.append(" ")
            continue
        at = two.find(character) if code >= _LATIN_FIRST else -1
        if at >= 0:
            parts.append(two[at + 1 : at + 3])
        elif _LATIN_FIRST <= code < _LATIN_FIRST + len(_LATIN):
            letter = _LATIN[code - _LATIN_FIRST]
            parts.append(character if letter == "?" else letter)
        elif _ONE.find(character) % 2 == 0:  # else absent, or itself a replacement
            parts.append(_ONE[_ONE.find(character) + 1])
        elif character in _HYPHENS:
            parts.append("-")
        elif 0x3B1 <= code <= 0x3C9 or 0x430 <= code < 0x450:  # Greek, Cyrillic
            parts.append(chr(code - 0x20))
        elif 0x450 <= code < 0x460:
            parts.append(chr(code - 0x50))
        else:
            parts.append(character.upper() if code < 0x80 else character)
    return "".join(parts)
