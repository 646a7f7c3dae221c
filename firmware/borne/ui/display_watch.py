"""The display, watched between taps: a panel that comes back shows the picture within two seconds."""

import asyncio

from micropython import const

if False:  # for types only
    from typing import Callable

    from borne.parts.protocols import Display
    from borne.protocols import Fault
    from borne.ui.signals import Signals

_AGAIN = const(2000)  # ms after which the picture is sent again


async def watch(
    display: "Display",
    signals: "Signals",
    busy: "Callable[[], bool]",
    back: "Callable[[], None]",
    fault: "Fault",
) -> None:
    """Never returns. A display that falls silent is a fault, told once, and seen and heard; `back` is called
    when it answers again. While `busy()`, a phone is read, nothing is done, and nothing lies in the heap."""
    while True:
        await asyncio.sleep_ms(_AGAIN)
        if busy():
            continue
        display.show()
        if display.answers != signals.blind:
            continue
        signals.blind = not display.answers
        if signals.blind:
            signals.play("blind")
            fault("DISPLAY", "the display does not answer")
        else:
            back()
