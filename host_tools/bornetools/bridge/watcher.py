"""Follows one terminal: finds its port, subscribes, and finds the terminal again when it is replugged.

The port is opened for this program alone, as by every command: another program waits, or ends this one.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from borne.link import messages
from bornetools.bridge import events
from bornetools.bridge.say import Say
from bornetools.bridge.texts import DISCONNECTED
from bornetools.link import ports
from bornetools.link.client import (
    CannotOpen,
    Client,
    LinkFailure,
    Malformed,
    PortMissing,
    PortTaken,
    Refused,
)

# A terminal that restarts while its port stays has forgotten the subscription, so it is renewed often. A
# subscription lasts longer than the reading of a phone, which comes before a renewal.
_LEASE, _RENEW = 60, 5  # seconds
_PAUSE = 1.0  # seconds between searches for an absent terminal
_LOOK = 0.5  # seconds until the thread sees that it is to end
_TELLING = list(DISCONNECTED)  # of several ports' reasons, the one that tells most is told

# An event of bornetools.bridge.events; with `connected` also events.hello of the terminal's answer.
Tell = Callable[[dict[str, Any], dict[str, Any] | None], None]


class Watcher(threading.Thread):
    """`named`: a port's name; None: the only port that may have a terminal. With `identity` the terminal is
    asked for holders' identities. `tell(event, hello)` and `say` are called in this thread."""

    def __init__(self, named: str | None, identity: bool, tell: Tell, say: Say) -> None:
        super().__init__(name="watcher", daemon=True)
        self._named = named
        self._identity = identity
        self._tell = tell
        self._say = say
        self._stopping = threading.Event()
        self._terminal: str | None = None  # the id of the watched terminal, once it is known
        self._port = named
        self._neighbours: set[str] = set()  # ports that were present beside the terminal's
        self._code: str | None = None  # why there is no terminal, as told last

    def stop(self) -> None:
        """Ends the subscription and the thread, which has then to be joined."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            reasons = [self._watch(port) for port in self._ports()] or ["UNPLUGGED"]
            if self._stopping.is_set():
                return
            self._lost(min(reasons, key=_TELLING.index))
            self._stopping.wait(_PAUSE)

    def _ports(self) -> list[str]:
        """Ports where the terminal may be. A port that was present beside it is of another device."""
        found = ports.candidates()
        self._neighbours &= set(found)
        if self._terminal is None:
            return [self._named] if self._named else found
        moved = [port for port in found if port not in self._neighbours and port != self._port]
        return [port for port in (self._port, *moved) if port]

    def _watch(self, port: str) -> str:
        """Watches the terminal at `port` until it is gone. Returns the code of its absence."""
        if self._terminal is None and not self._named and len(ports.candidates()) > 1:
            return "CHOOSE_PORT"
        try:
            with Client(port) as client:
                told = client.request("hello")
                if told["protocol"] != messages.PROTOCOL:
                    return "OTHER_VERSION"
                hello = events.hello(told)
                if self._terminal not in (None, hello["terminal"]):
                    return "OTHER_TERMINAL"
                # A new subscription is told the reader's state, so an earlier one is ended.
                client.request("subscribe", seconds=0)
                allowed = self._subscribe(client)
                self._found(port, hello, allowed)
                self._listen(client, hello, allowed)
                with suppress(LinkFailure):
                    client.request("subscribe", seconds=0)
        except (Refused, Malformed, events.NotUnderstood):
            # The device speaks the link; a terminal that knows these commands cannot refuse them.
            return "OTHER_VERSION"
        except PortTaken:
            return "PORT_TAKEN"
        except PortMissing:
            return "UNPLUGGED"
        except CannotOpen:
            return "CANNOT_OPEN"
        except LinkFailure as failure:
            # A failure with a system error as its cause is a lost connection.
            return "UNPLUGGED" if failure.__cause__ else "NO_TERMINAL"
        except Exception as error:  # noqa: BLE001 - whatever a port's driver or another device does
            self._say.trouble("port", f"{port}: {type(error).__name__}: please report this")
            return "NO_TERMINAL"
        return "UNPLUGGED"

    def _subscribe(self, client: Client) -> bool:
        told = client.request("subscribe", seconds=_LEASE, identity=self._identity)
        return told["identity"] is True

    def _found(self, port: str, hello: dict[str, Any], allowed: bool) -> None:
        self._terminal, self._port, self._code = hello["terminal"], port, None
        self._neighbours = set(ports.candidates()) - {port}
        self._tell(events.connected(hello, port, allowed), hello)

    def _lost(self, code: str) -> None:
        if code != self._code:
            self._code = code
            self._tell(events.disconnected(code), None)

    def _listen(self, client: Client, hello: dict[str, Any], allowed: bool) -> None:
        renew = time.monotonic() + _RENEW
        while not self._stopping.is_set():
            if time.monotonic() >= renew:
                now = self._subscribe(client)
                renew = time.monotonic() + _RENEW
                if now != allowed:  # another release, with another policy
                    allowed = now
                    self._tell(events.connected(hello, client.port, allowed), hello)
            event = client.next_event(max(0.0, min(_LOOK, renew - time.monotonic())))
            if event:
                try:
                    self._tell(events.from_link(*event, self._identity), None)
                except events.NotUnderstood:
                    self._say.trouble(
                        "event", "the terminal has said something that this version does not know"
                    )
                    self._tell(events.not_understood(), None)
