"""The trace: all traffic between terminal, PN532 and phone, each frame with its fields.

Frames on the bus are shown as they are. APDUs are the data of InDataExchange; a phone's answer is put
together from its GET RESPONSEs. A wallet's answer is encrypted for the terminal.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from bornetools.emulator.chip import frames
from bornetools.simulator import trace_apdus, trace_frames
from bornetools.simulator.trace_texts import Field

KEPT = 400  # entries, the newest
_HELD = 64  # frames not yet known to belong to a tap
_DIAGNOSE, _EXCHANGE, _LIST = 0x00, 0x40, 0x4A
_MI = 0x40
_GET_RESPONSE = 0xC0


class Trace:
    """`entries` holds the latest; `tell(entries)` is called with new ones, in the chip's own thread.

    While no phone is read, the terminal polls many times a second, for a phone or for its removal. With
    `polls` these frames are told, too.
    """

    def __init__(self, tell: Callable[[list[dict[str, Any]]], None]) -> None:
        self.entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.polls = False
        self._tell = tell
        self._began = time.monotonic()
        self._count = 0
        self._lock = threading.Lock()
        self._parsers = {False: frames.Parser(), True: frames.Parser()}
        self._held: deque[tuple[float, bool, bytes]] = deque(maxlen=_HELD)
        self._reading = False
        self._command = self._response = self._answer = b""
        self._answered = True  # another answer is then a repetition: UM0701-02 section 6.2.1.5
        self._asked = self._last = 0  # INS of the command that is answered, and of the last APDU

    def watch(self, to_host: bool, data: bytes) -> None:
        """Takes bytes of the bus: ChipOnPty.watch."""
        with self._lock:
            new: list[dict[str, Any]] = []
            for payload in self._parsers[to_host].feed(data):
                new += self._frame(time.monotonic() - self._began, to_host, bytes(payload))
            self.entries.extend(new)
        if new:
            self._tell(new)

    def _frame(self, at: float, to_host: bool, payload: bytes) -> list[dict[str, Any]]:
        """The entries of a frame, and of the frames that were held until their purpose was clear."""
        code = payload[1] if len(payload) > 1 and payload[0] == frames.TO_CHIP else None
        if code in (
            _LIST,
            _DIAGNOSE,
        ):  # the next poll begins: for a phone, or for its removal
            self._reading = False
            held, self._held = list(self._held), deque(maxlen=_HELD)
            self._held.append((at, to_host, payload))
            return [self._bus(*one, poll=True) for one in held] if self.polls else []
        if not self._reading and code != _EXCHANGE:
            self._held.append((at, to_host, payload))
            return []
        new = []
        if not self._reading:
            self._reading = True
            new = [self._bus(*one) for one in self._held]
            self._held.clear()
        new.append(self._bus(at, to_host, payload))
        return new + self._apdu(at, to_host, payload)

    def _apdu(self, at: float, to_host: bool, payload: bytes) -> list[dict[str, Any]]:
        if payload[:2] == bytes((frames.TO_CHIP, _EXCHANGE)) and len(payload) > 2:
            self._answered = False
            self._command += payload[3:]
            if payload[2] & _MI or len(self._command) < 4:
                return []
            apdu, self._command = self._command, b""
            self._last = apdu[1]
            if self._last != _GET_RESPONSE:
                self._asked, self._answer = self._last, b""
            return [self._entry("apdu", at, "phone", apdu, *trace_apdus.command(apdu))]
        if payload[:2] != bytes((frames.TO_HOST, _EXCHANGE + 1)) or self._answered:
            return []
        self._answered = True
        if len(payload) < 4:
            self._command = self._response = b""
            return []
        self._response += payload[3:]
        if payload[2] & _MI or len(self._response) < 2:
            return []
        apdu, self._response = self._response, b""
        self._answer += apdu[:-2]
        new = [self._entry("apdu", at, "host", apdu, *trace_apdus.response(apdu, self._asked))]
        if apdu[-2] != 0x61 and self._asked == trace_apdus.ENVELOPE:
            fields = trace_apdus.session_data(self._answer)
            if fields:
                new.append(self._entry("token", at, "host", self._answer, "SessionData", fields))
        if apdu[-2] != 0x61 and self._asked == 0x88:
            fields = trace_apdus.answer(self._answer)
            if fields:
                new.append(self._entry("token", at, "host", self._answer, "token + proof", fields))
        return new

    def _bus(self, at: float, to_host: bool, payload: bytes, poll: bool = False) -> dict[str, Any]:
        whole = payload if payload in (frames.ACK, frames.NACK) else frames.data(payload)
        to = "host" if to_host else "chip"
        return self._entry("bus", at, to, whole, *trace_frames.frame(payload), poll=poll)

    def _entry(
        self,
        layer: str,
        at: float,
        to: str,
        data: bytes,
        name: str,
        fields: list[Field],
        poll: bool = False,
    ) -> dict[str, Any]:
        self._count += 1
        return {
            "n": self._count,
            "ms": round(at * 1000),
            "layer": layer,
            "to": to,
            "name": name,
            "hex": data.hex(),
            "fields": [[field.name, bytes(field.data).hex(), field.text] for field in fields],
            "poll": poll,
        }
