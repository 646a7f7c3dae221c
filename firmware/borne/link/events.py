"""The queue of the app's reports to a subscriber: a few wait, and the oldest make room.

The holder's identity goes only to a subscriber that has asked for it, and is forgotten when the app forgets
it.
"""

import time

from borne import limits
from borne.link import messages
from borne.link.framing import encode

if False:  # for types only
    from borne.protocols import Event, TicksMs
    from borne.verify.verdict import Holder


class Events:
    """A subscription expires, so that no line fills up after its host has gone. The first event is the
    reader's last `ready`, `fault` or `remove`."""

    def __init__(self) -> None:
        self._state: "Event | None" = None
        self._waiting: "list[Event]" = []
        self._lost = 0
        self._until: "TicksMs | None" = None
        self._identity = False
        # The frame under way, if it has the holder's identity; and the number of events that are lost if a
        # frame does not arrive.
        self._sending: bytearray | None = None
        self._carried = 0

    def subscribe(self, seconds: int, identity: bool = False) -> None:
        """Begins a subscription of `seconds`, at most limits.LINK_SUBSCRIPTION_MAX; 0 ends it. With
        `identity`, verdicts have the holder's identity, where the policy lets the app report it."""
        if seconds and self._until is None and self._state:
            self._waiting.append(self._state)
        seconds = min(seconds, limits.LINK_SUBSCRIPTION_MAX)
        self._until = time.ticks_add(time.ticks_ms(), seconds * 1000) if seconds else None
        self._identity = bool(seconds) and identity
        if not self._identity:
            self.forget()
        if not seconds:
            self._waiting.clear()
            self._lost = self._carried = 0  # nobody misses them

    def report(self, event: "Event") -> None:
        """Takes a report of borne.app: a dict with `event`, one of messages.EVENTS, and perhaps `holder`
        (borne.verify.verdict.Holder)."""
        if event["event"] in ("ready", "fault", "remove"):
            self._state = event
        if not self._lasts():
            return
        if not self._identity:
            event.pop("holder", None)
        if len(self._waiting) >= limits.LINK_EVENTS_MAX:
            self._waiting.pop(0)
            self._lost += 1
        self._waiting.append(event)

    def forget(self) -> None:
        """Deletes all data of a holder. The rest of a frame under way becomes 0x00, which means nothing on
        the line, and the event counts as lost."""
        for event in self._waiting:
            event.pop("holder", None)
        if self._sending:
            self.sent(False)

    def frame(self) -> bytearray | None:
        """The frame (bytearray) of the event to send next, or None. `sent` has to follow."""
        event = self.next()
        if event is None:
            return None
        self._carried = 1 + event[1].get("lost", 0)
        frame = encode(messages.encode(0, event[0], event[1]))
        if "holder" in event[1]:
            self._sending = frame
        return frame

    def sent(self, whole: bool = True) -> None:
        """Call it after the last `frame`; `whole` is False if that was given up: its events count as lost."""
        if not whole:
            self._lost += self._carried
        self._carried = 0
        if self._sending:
            self._sending[:] = bytes(len(self._sending))
        self._sending = None

    def next(self) -> "tuple[int, Event] | None":
        """(kind, fields) of the event to send next, or None. `lost` counts the lost events before it."""
        if not self._lasts() or not self._waiting:
            return None
        fields = dict(self._waiting.pop(0))
        kind = messages.EVENTS.index(fields.pop("event")) + 1
        if "holder" in fields:
            fields["holder"] = _fields(fields["holder"])
        if self._lost:
            fields["lost"] = self._lost
            self._lost = 0
        return kind, fields

    def _lasts(self) -> bool:
        """Whether the subscription lasts."""
        if self._until is not None and time.ticks_diff(self._until, time.ticks_ms()) <= 0:
            self.subscribe(0)
        return self._until is not None


def _fields(holder: "Holder") -> "Event":
    return {
        "family": holder.family,
        "given": holder.given,
        "birth_date": holder.birth_date,
        "nir": holder.nir,
        "rank": holder.rank,
        "until": holder.until,
        "delegate": holder.delegate,
        "name_from": holder.name_from,
    }
