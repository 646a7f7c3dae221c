"""The NIR, the French insured number: 13 characters and a control key of two digits."""

from borne.token.dates import is_digits

if False:  # for types only
    from typing import TypeGuard


def is_valid(value: object) -> "TypeGuard[str]":
    """True for 15 characters whose control key is 97 - n mod 97; Corsica's 2A and 2B count as 19, 18."""
    if not isinstance(value, str) or len(value) != 15:
        return False
    number = value[:13]
    if number[5:7] in ("2A", "2B"):
        number = number[:5] + ("19" if number[6] == "A" else "18") + number[7:]
    if not is_digits(number) or not is_digits(value[13:]):
        return False
    return int(value[13:]) == 97 - int(number) % 97
