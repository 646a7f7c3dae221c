"""A terminal on a serial port: requests, answers and events."""

import contextlib
import errno
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import serial

from borne import limits
from borne.link import messages
from bornetools.link import answers, frames, ports
from bornetools.printable import printable

BAUD = 115200
_FRAME_MAX = 64 * 1024  # far more than a terminal sends: longer data is no frame
_LOOK = 0.05  # seconds between looks at a silent port
_EVENTS_MAX = 1000
_CODE_MAX = 40
_REPEATS = 4  # times that a file is sent, at most, to a terminal that loses what it has
_CTRL_C = 3
_SHORT, _SEQS = 64, 300  # bytes of a frame for which other seqs are tried; how many
# Seconds for one try, and tries. A terminal answers after the tap that it is busy with; at a commit it
# checks signatures and writes lists. Every request is idempotent: docs/link.md.
_PATIENCE = {"commit": (30.0, 10), "put": (10.0, 5)}
_USUAL_PATIENCE = (5.0, 4)


class LinkFailure(Exception):
    """The port, or the device on it, does not behave like a terminal."""


class CannotOpen(LinkFailure):
    """The port cannot be opened."""


class PortTaken(CannotOpen):
    """Another program has the port."""


class PortMissing(CannotOpen):
    """There is no such port."""


class Malformed(LinkFailure):
    """The device speaks the link, but its answer is none that this version knows."""


class Refused(LinkFailure):
    """The terminal refuses: `code` (str), and `result`, the answer's map."""

    def __init__(self, code: str, result: dict[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.result = result


class Client:
    """A context manager: the terminal on `port`, a device's name. Raises CannotOpen.

    `patience` is (seconds for one try, tries) for all commands, in place of each command's own.
    """

    def __init__(self, port: str, patience: tuple[float, int] | None = None) -> None:
        self.port = port
        self.events: deque[tuple[str, dict[str, Any]]] = deque(maxlen=_EVENTS_MAX)
        self._patience = patience
        self._seq = 0
        self._arrived = b""
        self._line = serial.Serial(baudrate=BAUD, timeout=_LOOK, write_timeout=10, exclusive=True)
        self._line.port = port
        # The usual circuit holds an ESP32 in reset while RTS is up and DTR down. Opening raises both; so
        # RTS goes down first, then DTR, and the two never pass through that state.
        self._line.rts = False
        try:
            self._line.open()
            with contextlib.suppress(OSError):  # a pty has no such lines
                self._line.dtr = False
        except (OSError, ValueError) as error:
            raise _cannot_open(port, error) from error

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the port."""
        self._line.close()

    def request(self, command: str, **fields: Any) -> dict[str, Any]:
        """The result map of one of messages.COMMANDS. Raises Refused or LinkFailure."""
        seconds, tries = self._patience or _PATIENCE.get(command, _USUAL_PATIENCE)
        frame = self._frame(command, fields)
        for _ in range(tries):
            self._write(frame)
            answer = self._answer(time.monotonic() + seconds)
            if answer is None:
                continue
            what, result = answer
            if what != messages.OK:
                raise Refused(printable(what, _CODE_MAX), result)
            found = answers.known(command, result)
            if found is None:
                raise Malformed(f"{self.port}: this terminal's answer to {command} is malformed")
            return found
        raise LinkFailure(f"{self.port}: no terminal answers")

    def next_event(self, seconds: float) -> tuple[str, dict[str, Any]] | None:
        """The next event (its name in messages.EVENTS, its fields); None if none comes in `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.events:
            message = self._receive(deadline)
            if message is None:
                return None
            self._keep_event(message)
        return self.events.popleft()

    def _frame(self, command: str, fields: dict[str, Any]) -> bytes:
        """The frame of the next request. A short frame has no byte 0x03, if another seq helps: a terminal
        that still starts takes 0x03 for ctrl-C, and the second one stops it at its prompt."""
        for _ in range(_SEQS):
            # A random seq hardly repeats: the line may have answers to earlier requests, or to others.
            self._seq = 1 + secrets.randbelow(messages.SEQ_MAX)
            frame = frames.encode([self._seq, frames.NUMBERS[command], fields])
            if _CTRL_C not in frame or len(frame) > _SHORT:
                break
        return frame

    def _answer(self, deadline: float) -> tuple[int | str, dict[str, Any]] | None:
        """(0 or code, map) for the request under way; None: ask again."""
        while (message := self._receive(deadline)) is not None:
            seq, what, fields = message
            if seq == self._seq:
                return what, fields
            if seq == 0 and isinstance(what, str):
                return None  # the request, or data on the line before it, could not be read
            self._keep_event(message)
        return None

    def _keep_event(self, message: list[Any]) -> None:
        event = frames.event(message)
        if event:
            self.events.append(event)

    def _write(self, frame: bytes) -> None:
        try:
            self._line.write(frame)
        except OSError as error:
            raise LinkFailure(f"{self.port}: the connection is lost") from error

    def _receive(self, deadline: float) -> list[Any] | None:
        """The next message; None if none comes by `deadline`. Malformed frames are skipped."""
        while True:
            frame, zero, rest = self._arrived.partition(b"\0")
            if zero:
                self._arrived = rest
                message = frames.decode(frame)
                if message is not None:
                    return message
                continue
            if time.monotonic() >= deadline:
                return None
            try:
                data = self._line.read(max(1, self._line.in_waiting))
            except (OSError, TypeError) as error:  # TypeError: pyserial's, closed meanwhile
                raise LinkFailure(f"{self.port}: the connection is lost") from error
            self._arrived = (self._arrived + data)[-_FRAME_MAX:]


def _cannot_open(port: str, error: Exception) -> CannotOpen:
    # On Windows only pyserial's text has the number.
    number, text = getattr(error, "errno", None), str(error)
    if number in (errno.EAGAIN, errno.EBUSY) or "PermissionError(13" in text:
        return PortTaken(
            f"{port}: cannot open: another program has it (borne bridge, perhaps): end that first"
        )
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or "FileNotFoundError(2" in text:
        return PortMissing(ports.missing(port))
    return CannotOpen(f"{port}: cannot open: {error}")


def send_file(
    client: Client,
    name: str,
    sha256: bytes,
    data: bytes,
    moved: Callable[[int], None] = lambda count: None,
) -> int:
    """Sends the part of a file that the terminal lacks. Returns the number of bytes sent.

    `moved(count)` is called with the bytes that the terminal has more (or fewer), sent now or earlier.
    Raises Refused or LinkFailure.
    """
    at = total = stuck = 0
    again = False
    for _ in range(_REPEATS * (len(data) // limits.LINK_CHUNK_MAX + 2)):
        chunk = data[at : at + limits.LINK_CHUNK_MAX]
        fields = {"name": name, "sha256": sha256, "size": len(data), "offset": at, "data": chunk}
        try:
            offset = client.request("put", **fields)["offset"]
            total += len(chunk) if offset == at + len(chunk) else 0
        except Refused as refusal:
            if refusal.code == messages.OFFSET:
                offset = refusal.result.get("offset")
            elif refusal.code == "HASH" and not again:
                offset, again = 0, True  # the data of an earlier attempt was spoiled
            else:
                raise
        stuck = stuck + 1 if offset == at else 0
        if not isinstance(offset, int) or not 0 <= offset <= len(data) or stuck > 3:
            raise LinkFailure(f"{client.port}: this terminal loses its place in {name}")
        moved(offset - at)
        at = offset
        if at == len(data):
            return total
    raise LinkFailure(f"{client.port}: this terminal does not come to the end of {name}")


def read_file(client: Client, name: str, most: int) -> bytes | None:
    """A file of the terminal's release, None if there is none. Raises LinkFailure."""
    data: bytes = b""
    while True:
        try:
            result = client.request("get", name=name, offset=len(data))
        except Refused as refusal:
            if refusal.code == messages.NAME:
                return None
            raise
        data += result["data"]
        if len(data) > most:
            raise LinkFailure(f"{client.port}: {name} is larger than it may be")
        if len(data) >= result["size"] or not result["data"]:
            return data
