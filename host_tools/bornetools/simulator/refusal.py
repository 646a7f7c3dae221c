"""The simulator's refusals of the page's requests. The page has the words, in both languages."""

from bornetools.errors import UserError

# The words where there is no page: logs and tests.
WORDS = {
    "request": "the simulator does not know this request",
    "off": "the terminal is switched off",
    "phone": "there is no such phone",
    "properties": "these properties cannot be",
    "made": "this token is of the demo's making: choose another kind first",
    "issuer": "this token is not of the issuer whose list is published",
    "policy": "terminals would refuse this policy",
    "days": "1 to 366 days can pass",
    "language": "a terminal speaks fr or en",
    "terminal": "the terminal did not do it: unplug it, and plug it in again",
}


class Refusal(UserError):
    """Carries a `code` of WORDS."""

    def __init__(self, code: str) -> None:
        super().__init__(WORDS[code])
        self.code = code
