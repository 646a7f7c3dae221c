"""Text of somebody else's (a terminal, a token, a file) before it is printed, written or typed.

A terminal's screen obeys escape sequences, and a reader's eye what reverses or hides characters: neither may
come from a device that has only been plugged in.
"""

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Control, format (bidi overrides and zero-width ones among them), surrogate, private-use and unassigned
# characters, and the separators of lines and paragraphs.
_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Invisible ones of other categories: Unicode's Default_Ignorable_Code_Point.
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
    """`text` in at most so many characters, each of which is seen: any other is U+FFFD.

    The last one of a text that was longer is an ellipsis.
    """
    given = text if isinstance(text, str) else str(text)
    shown = "".join(one if is_printable(one) else REPLACEMENT for one in given[:most])
    return shown if len(given) <= most else shown[: most - 1] + "…"


def is_printable(character: str) -> bool:
    """Whether it is seen, or is a space, and tells a screen or a program nothing else."""
    return unicodedata.category(character) not in _CATEGORIES and character not in _INVISIBLE
