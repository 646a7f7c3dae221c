"""Foreign text (of a terminal, a token, a file) before it is printed, written or typed.

Escape sequences control a console's screen, and some characters reverse or hide others: neither may come
from a device that has only been plugged in.
"""

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Control, format (bidi overrides and zero-width ones among them), surrogate, private-use and unassigned
# characters, and the separators of lines and paragraphs.
_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Invisible characters of other categories: Unicode's Default_Ignorable_Code_Point.
_INVISIBLE = frozenset(
    map(
        chr,
        (
            0x034F,  # combining grapheme joiner
            *(0x115F, 0x1160, 0x3164, 0xFFA0),  # Hangul fillers
            *(0x17B4, 0x17B5),  # Khmer inherent vowels
            *range(0x180B, 0x1810),  # Mongolian variation selectors
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)


def printable(text: object, most: int = 200) -> str:
    """`text` in at most `most` characters, all visible: any other is replaced by U+FFFD.

    A longer text ends in an ellipsis.
    """
    given = text if isinstance(text, str) else str(text)
    shown = "".join(one if is_printable(one) else REPLACEMENT for one in given[:most])
    return shown if len(given) <= most else shown[: most - 1] + "…"


def is_printable(character: str) -> bool:
    """Whether `character` is visible or a space, and no command to a screen or a program."""
    return unicodedata.category(character) not in _CATEGORIES and character not in _INVISIBLE
