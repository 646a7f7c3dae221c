"""The app's reports on their way to a subscriber: a few wait, the oldest make room."""

import time

from borne import limits
from borne.link import messages


class Events:
    """A subscription ends by itself, so that a host that has gone leaves no line to fill up. One that
    begins is told first how the reader is: its last `ready` or `fault`."""

    def __init__(self):
        self._state = None
        self._waiting = []
        self._lost = 0
        self._until = None

    def subscribe(self, seconds):
        """From now on, for so many seconds, at most limits.LINK_SUBSCRIPTION_MAX; 0 ends it."""
        if seconds and self._until is None and self._state:
            self._waiting.append(self._state)
        seconds = min(seconds, limits.LINK_SUBSCRIPTION_MAX)
        self._until = time.ticks_add(time.ticks_ms(), seconds * 1000) if seconds else None
        if not seconds:
            self._waiting.clear()

    def report(self, event):
        """Takes a report of borne.app: a dict with `event`, one of messages.EVENTS."""
        if event["event"] in ("ready", "fault"):
            self._state = event
        if self._until is None:
            return
        if len(self._waiting) >= limits.LINK_EVENTS_MAX:
            self._waiting.pop(0)
            self._lost += 1
        self._waiting.append(event)

    def next(self):
        """(kind, fields) of the event to send next, or None. `lost` counts those before it."""
        if self._until is None:
            return None
        if time.ticks_diff(self._until, time.ticks_ms()) <= 0:
            self.subscribe(0)
            return None
        if not self._waiting:
            return None
        fields = dict(self._waiting.pop(0))
        kind = messages.EVENTS.index(fields.pop("event")) + 1
        if self._lost:
            fields["lost"] = self._lost
            self._lost = 0
        return kind, fields
