"""The terminal's uptime: the VM's ticks, which wrap within days, added up."""

import time


class Uptime:
    """A call returns whole seconds since construction. A call is due at least once in six days."""

    def __init__(self) -> None:
        self._last = time.ticks_ms()
        self._seconds = self._rest = 0

    def __call__(self) -> int:
        now = time.ticks_ms()
        self._rest += time.ticks_diff(now, self._last)
        self._last = now
        self._seconds += self._rest // 1000
        self._rest %= 1000
        return self._seconds
