"""This computer's time, offered to a terminal, which may ask its operator to confirm."""

import time
from collections.abc import Callable

from bornetools import times
from bornetools.link.client import Client, Refused

_AGAIN = 1.0  # seconds between looks at whether the operator has pressed the button
_LONGEST = 600

_ASKS = (
    "whether the time is right: press its button",
    "whether to turn its clock back: if the lower one of the two times on its screen is right, hold its"
    " button for 3 seconds,",
)

Say = Callable[[str], None]


def offer(client: Client, say: Say, now: Callable[[], int] = times.now) -> int:
    """Offers the time, and waits for the operator if the terminal asks for that; `say` is told, in words.

    `now()` is the courier's time. Returns the terminal's time. Raises Refused, also when the operator says
    no, or LinkFailure.
    """
    deadline = None
    while True:
        try:
            taken: int = client.request("time", time=now())["time"]
            return taken
        except Refused as refusal:
            within = refusal.result.get("confirm")
            if not isinstance(within, int):
                raise
            if deadline is None:
                deadline = time.monotonic() + min(within, _LONGEST)
                what = _ASKS[refusal.code == "BELOW_FLOOR"]
                say(f"{client.port}: the terminal asks {what} within {within} seconds")
            if time.monotonic() > deadline:
                raise
        time.sleep(_AGAIN)
