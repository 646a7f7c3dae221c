"""A push button between a pin and ground, debounced."""

import time

from micropython import const

if False:  # for types only
    from machine import Pin

_SETTLED = const(20)  # ms without a change: contacts bounce for less


class Button:
    """`pin` is a machine.Pin with its pull-up on: low while the button is pressed."""

    def __init__(self, pin: "Pin") -> None:
        self._pin = pin
        # A button held at start counts from the first call on; the pull-up has had its time.
        time.sleep_ms(_SETTLED)
        self._raw = self._pressed = not pin()
        self._since = time.ticks_ms()

    def __call__(self) -> bool:
        """True while pressed. A level counts once two calls have seen it, some 20 ms apart."""
        now = time.ticks_ms()
        raw = not self._pin()
        if raw != self._raw:
            self._raw = raw
            self._since = now
        elif raw != self._pressed and time.ticks_diff(now, self._since) >= _SETTLED:
            self._pressed = raw
        return self._pressed
