"""This computer's time for a terminal, which may want its operator's word for it."""

import time
from collections.abc import Callable

from bornetools import times
from bornetools.link.client import Client, Refused

_AGAIN = 1.0  # seconds between looks at whether the operator has pressed the button
_LONGEST = 600

Say = Callable[[str], None]


def offer(client: Client, say: Say, now: Callable[[], int] = times.now) -> int:
    """Offers the time, waiting for the operator if the terminal asks for that: `say` is told, in words.

    `now()` is the courier's time. Returns the terminal's time. Raises Refused or LinkFailure.
    """
    deadline = None
    while True:
        try:
            taken: int = client.request("time", time=now())["time"]
            return taken
        except Refused as refusal:
            within = refusal.result.get("confirm")
            if deadline is None and isinstance(within, int):
                deadline = time.monotonic() + min(within, _LONGEST)
                say(
                    f"{client.port}: the terminal asks whether the time is right:"
                    f" press its button within {within} seconds"
                )
            if deadline is None or time.monotonic() > deadline:
                raise
        time.sleep(_AGAIN)
