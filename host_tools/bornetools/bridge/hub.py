"""The hub of all events: it numbers them, keeps those that may be asked for later, and gives them to feeds.

The hub belongs to one event loop; only the loop's thread may touch it.
"""

import asyncio
import secrets
import time
from collections import deque
from typing import Any

from borne import limits
from borne.trust import freshness
from bornetools.bridge import events

FEED_MAX = 256  # events that wait for one reader; then the oldest make room
# Seconds for which a holder is kept: as long as a screen may show one.
IDENTITY_MAX = limits.REST_MAX

Event = dict[str, Any]


class Feed:
    """The events for one reader, in order. A slow reader misses the oldest: their `seq` is missing."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque(maxlen=FEED_MAX)
        self._some = asyncio.Event()

    def put(self, event: Event) -> None:
        self._waiting.append(event)
        self._some.set()

    async def get(self) -> Event:
        """Waits for the next event."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return self._waiting.popleft()


class Hub:
    """`last`: the last verdict's event, or None. `session`: new at each start; in it `seq` counts from 1."""

    def __init__(self) -> None:
        self.session = secrets.token_hex(4)
        self.seq = 0
        self.last: Event | None = None
        self._feeds: set[Feed] = set()
        self._state: Event = {"state": "disconnected", "reason": events.disconnected("UNPLUGGED")}
        self._terminal: str | None = None
        self._hello: dict[str, Any] = {}
        self._at = 0.0  # time.monotonic() of `_hello`

    def open(self) -> Feed:
        """A new feed, from the next event on. It has to be closed."""
        feed = Feed()
        self._feeds.add(feed)
        return feed

    def close(self, feed: Feed) -> None:
        self._feeds.discard(feed)

    def take(self, event: Event, hello: dict[str, Any] | None = None) -> None:
        """Forwards one of bornetools.bridge.events; `hello` is the terminal's answer, with `connected`."""
        if hello is not None:
            self._terminal, self._hello, self._at = hello["terminal"], hello, time.monotonic()
        self._follow(event)
        self.seq += 1
        event = events.stamped(event, self._terminal, self.session, self.seq)
        if event["event"] == "verdict":
            self.last = event
        if "holder" in event:
            asyncio.get_running_loop().call_later(IDENTITY_MAX, event.pop, "holder", None)
        for feed in self._feeds:
            feed.put(event)

    def terminal(self) -> dict[str, Any]:
        """The known state of the terminal now (docs/bridge.md)."""
        known: dict[str, Any] = {
            "session": self.session,
            "seq": self.seq,
            "state": self._state["state"],
            "reason": None,
            "terminal": self._terminal,
            "about": None,
            "age": None,
            "freshness": freshness.UNKNOWN,
        }
        if self._state["reason"]:
            reason = self._state["reason"]
            known["reason"] = {name: reason[name] for name in ("code", "title", "action")}
        if self._state["state"] != "disconnected":
            known["about"] = self._state["about"]
            known["age"], known["freshness"] = self._freshness()
        return known

    def _follow(self, event: Event) -> None:
        kind = event["event"]
        if kind == "disconnected":
            self._state = {"state": kind, "reason": event}
        elif kind == "connected":
            about = {name: event[name] for name in event if name not in ("event", "lost")}
            self._state = {"state": kind, "reason": None, "about": about}
        elif kind in ("ready", "remove"):
            self._state = {**self._state, "state": kind, "reason": None}
        elif kind == "fault" and event["code"] in _STANDING:
            self._state = {**self._state, "state": kind, "reason": event}

    def _freshness(self) -> tuple[int | None, str]:
        """The age of the trust data in seconds, and its judgement by the terminal's policy."""
        hello = self._hello
        now = hello["time"]
        if now is not None:
            now += int(time.monotonic() - self._at)
        judged: tuple[int | None, str] = freshness.judge(
            hello["as_of"], now, hello["warn_after"], hello["refuse_after"]
        )
        return judged


# Faults after which no phone is accepted until the terminal is ready again.
_STANDING = ("READER_RESET", "NO_READER", "INTERNAL", "DISPLAY")
