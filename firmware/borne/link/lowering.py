"""The clock's floor, lowered where it lies ahead of the right time: the two ways in which it falls.

This module is hardly ever needed, so it is loaded when an offered time lies below the floor. The journal has
both floors before the floor falls: without that entry the floor stays.
"""

import borne
from borne import limits
from borne.link.messages import LOGS

if False:  # for types only
    from borne.link.services import LinkServices
    from borne.ui.question import Question

_KEY = "LOWER_CLOCK"  # of the texts


def forget_releases(services: "LinkServices") -> bool:
    """Forgets the times of releases, if a root has withdrawn a key of timestamp or snapshot, so that these
    are deleted (TUF 5.3.11). Returns whether the floor has fallen. Raises OSError."""
    clock = services.clock
    if services.store.sha256("timestamp.json") or clock.floor_without_releases() >= clock.floor():
        return False
    _lower(services, clock.floor_without_releases(), "a root has withdrawn the releases' key")
    return True


def ask(services: "LinkServices", question: "Question", seconds: int) -> bool:
    """Asks the operator, once a start, to confirm the time `seconds`, below the floor. Returns whether that
    question is shown."""
    clock = services.clock
    if services.may_lower and not question.shown and seconds >= borne.BUILT:
        asked = clock.uptime()

        def held() -> None:
            now = seconds + clock.uptime() - asked
            try:
                if now < clock.floor():
                    _lower(services, now, "the operator held the button")
                clock.offer(now, confirmed=True)
            except OSError:
                services.fault("CLOCK", "the floor cannot be lowered")

        services.may_lower = False
        before, text = services.clock_text(clock.floor()), services.clock_text(seconds)
        question.ask(_KEY, text, limits.CLOCK_CONFIRM_WITHIN, held, limits.CLOCK_HOLD, before)
    return question.shown is not None and question.shown[0] == _KEY


def _lower(services: "LinkServices", seconds: int, why: str) -> None:
    fields = (("floor_before", services.clock.floor()), ("floor", seconds), ("detail", why))
    services.logs[LOGS.index("journal")].append(services.clock.now(), fields)
    services.clock.lower(seconds)
