"""The French social security number, NIR: 13 characters and a two-digit control key.

The form is INSEE's: sex, year and month of birth, département and commune of birth, order, key.
"""

import re

from bornetools.errors import UserError

_FORM = re.compile(r"[1-478]\d{4}(?:\d\d|2[AB])\d{6}\d\d", re.ASCII)


def control_key(body: str) -> str:
    """The two digits that follow the 13 characters of `body`: 97 - n mod 97.

    Corsica's 2A and 2B count as 19 and 18.
    """
    return f"{97 - int(body.replace('2A', '19').replace('2B', '18')) % 97:02}"


def check(text: str) -> str:
    """`text` without spaces, if it is a NIR with the right control key. Raises UserError.

    The message does not repeat the number: it is personal data, and errors end up in logs.
    """
    number = "".join(text.split()).upper()
    if not _FORM.fullmatch(number):
        raise UserError("the NIR is not 15 characters of the right form")
    if number[13:] != control_key(number[:13]):
        raise UserError("the NIR's control key is wrong")
    return number


def fictitious(birth_date: str, departement: str, order: int, *, woman: bool) -> str:
    """A NIR that passes every check and belongs to nobody: INSEE gives no commune the code 000.

    `birth_date` is `YYYY-MM-DD`; `departement` is of birth, two characters; `order` is 1..999.
    """
    body = f"{2 if woman else 1}{birth_date[2:4]}{birth_date[5:7]}{departement}000{order:03}"
    return body + control_key(body)
