"""The link as a task of the app's event loop: requests in, answers and events out.

Each step is bounded: at most so many bytes in or out, or one request. No request is begun while a phone is
being read. No input ends the task.
"""

import asyncio
import gc
import time

from micropython import const

from borne import limits
from borne.errors import DecodeError, StoreError, TrustError
from borne.link import messages
from borne.link.framing import Receiver, encode
from borne.link.handlers import handle
from borne.link.messages import LinkError
from borne.link.services import LinkServices

if False:  # for types only
    from borne.parts.protocols import Stream
    from borne.protocols import Bytes, TicksMs

_PIECE = const(64)  # bytes at a time: 6 ms of a line at 115200 baud
_IDLE = const(5)  # ms between looks at a silent line
_ENOSPC = const(28)


class Link:
    """The link over `stream`."""

    def __init__(self, stream: "Stream", services: LinkServices) -> None:
        self._stream = stream
        self._services = services
        self._receiver = Receiver()
        self._courier: "TicksMs | None" = None  # when a courier was last at work

    async def run(self) -> None:
        """Never returns, and raises nothing that comes from the line."""
        said = None  # the last reported exception's class: once, as each frame may raise it
        while True:
            try:
                worked = await self.step()
            except OSError:  # the line is gone, and perhaps comes back
                worked = False
            except Exception as error:  # noqa: BLE001 - a link that has ended could not be told to go on
                worked = False
                if said is not type(error):
                    said = type(error)
                    self._services.fault("LINK", said.__name__)
            await asyncio.sleep_ms(0 if worked else _IDLE)

    async def step(self) -> bool:
        """Answers a frame, or reads, or sends an event. Returns whether there was anything to do."""
        try:
            payload = self._receiver.payload()
        except DecodeError:
            await self._send(0, messages.FRAME, {})
            return True
        if payload is not None:
            await self._answer(payload)
            return True
        if self._stream.any():
            space = self._receiver.space()
            count = self._stream.readinto(space, min(_PIECE, len(space)))
            self._receiver.received(count or 0)
            return True
        events = self._services.events
        frame = events.frame()
        if not frame:
            self._miss_courier()
            return False
        whole = False
        try:
            whole = await self._write(frame)
        finally:
            events.sent(whole)
        return True

    def _miss_courier(self) -> None:
        """Forgets the update of a silent courier: it must hold back neither room in RAM nor combs."""
        if self._courier is None:
            return
        if time.ticks_diff(time.ticks_ms(), self._courier) > limits.LINK_COURIER_MAX:
            self._courier = None
            self._services.update.forget()

    async def _answer(self, payload: memoryview) -> None:
        try:
            seq, command, fields = messages.decode(payload)
        except DecodeError:
            await self._send(0, messages.MESSAGE, {})
            return
        if seq == 0 or command == messages.OK or isinstance(command, str):
            return  # an echo of an answer or event: a reply to it would come back for ever
        await self._services.pause()
        what, result = await self._result(command, fields)
        await self._send(seq, what, result)
        if command in messages.CARRYING:
            self._courier = time.ticks_ms()

    async def _result(self, command: int, fields: dict) -> tuple[int | str, dict]:
        """OK or a refusal's code, and the answer's map."""
        try:
            return messages.OK, await handle(self._services, command, fields)
        except LinkError as error:
            return error.code, error.result
        except TrustError as error:
            return error.code, {"detail": str(error)}
        except StoreError as error:
            return messages.STORE, {"detail": str(error)}
        except OSError as error:
            full = error.args and error.args[0] == _ENOSPC
            return "FULL" if full else messages.STORE, {}
        except MemoryError:
            gc.collect()
            version = self._services.store.version
            force = "release %d is in force" % version if version else "no release is in force"
            return messages.INTERNAL, {"detail": "MemoryError: " + force}
        except Exception as error:  # noqa: BLE001 - the outermost guard: refused, and the link goes on
            return messages.INTERNAL, {"detail": type(error).__name__}

    async def _send(self, seq: int, what: int | str, fields: dict) -> None:
        await self._write(encode(messages.encode(seq, what, fields)))

    async def _write(self, frame: "Bytes") -> bool:
        """Sends a frame, in pieces. Returns False if the line took nothing for long: the frame is lost."""
        frame = memoryview(frame)
        at = 0
        since = time.ticks_ms()
        while at < len(frame):
            sent = self._stream.write(frame[at : at + _PIECE])
            if sent:
                at += sent
                since = time.ticks_ms()
            elif time.ticks_diff(time.ticks_ms(), since) > limits.LINK_WRITE_TIMEOUT:
                return False
            await asyncio.sleep_ms(0 if sent else 1)
        return True
