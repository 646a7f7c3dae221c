"""The PN532 as a reader of ISO-DEP cards, over any transport (UM0701-02, sections 6 and 7).

A command is `frame -> ACK -> answer` (section 6.2.2). A lost or spoiled frame is requested again. A command
without an answer is aborted; since chip or host may only have been late, late answers are skipped before the
next command. If that fails, ChipError is raised: then `start` again.
One task at a time uses a Pn532.
"""

import asyncio
import time

from micropython import const

from borne import limits
from borne.errors import ChipError, DecodeError, GoneError
from borne.memory.scrub import wipe
from borne.nfc import pn532_frame, pn532_status
from borne.nfc.pn532_card import Card

if False:  # for types only
    from typing import Callable

    from borne.parts.protocols import Transport
    from borne.protocols import Bytes

_DIAGNOSE = const(0x00)
_GET_FIRMWARE_VERSION = const(0x02)
_SET_PARAMETERS = const(0x12)
_SAM_CONFIGURATION = const(0x14)
_POWER_DOWN = const(0x16)
_RF_CONFIGURATION = const(0x32)
_IN_DATA_EXCHANGE = const(0x40)
_IN_LIST_PASSIVE_TARGET = const(0x4A)
_IN_RELEASE = const(0x52)

_NORMAL_MODE = const(b"\x01\x00\x01")  # no SAM, no timeout, P70_IRQ driven: section 7.2.10
_AUTOMATIC_RATS = const(b"\x14")  # and automatic ATR_RES: the state after reset, section 7.2.9
_FIELD_OFF = const(b"\x01\x00")  # RFConfiguration items, section 7.3.1
_FIELD_ON = const(b"\x01\x01")
_TIMINGS = const(b"\x02\x00\x0b\x0a")  # ATR_RES 102 ms, retry 51 ms: the state after reset
_MAX_RETRIES = const(b"\x05\xff\x01\x02")  # MxRtyPassiveActivation 2: three attempts for one poll
_ONE_TYPE_A = const(b"\x01\x00")  # MaxTg 1, 106 kbit/s type A: section 7.3.5
_WAKE_BY_BUS = const(b"\xb0")  # by I2C, SPI or HSU: section 7.2.11

_CARD_PRESENCE = const(b"\x06")  # the test by R(NAK): section 7.2.1
_ECHO = const(b"\xd5\x01\x00")  # of the communication line test, from TFI on
_TARGET = const(0x01)
_MORE = const(0x40)  # MI, in Tg and in the status byte: section 7.3.8
_STATUS = const(0x3F)
_PN532 = const(0x32)  # IC, in the answer of GetFirmwareVersion

_PRESENCE_TRIES = const(2)
_PRESENCE_MS = const(100)  # a chip waits 77 for most phones: FWI 8
_USUAL_SIZE = const(64)  # bytes of an answer's frame, except InDataExchange's
_SILENT = const("the PN532 is silent")
_QUIET_MS = const(5)  # after that, the rest of a frame has arrived
_LAST_LOOKS = const(10)  # after the timeout, for a host that was held up meanwhile
_FIELD_MS = const(6)  # 5 ms without field reset a card, 5 ms with field ready it: ISO/IEC 14443-3


class Pn532:
    """The chip on `transport`; `reset_pin`, if wired, is a machine.Pin on RSTPDN (0 = reset).

    `version` is (IC, Ver, Rev, Support) after `start`, and None once the chip does not answer. `bus_us` and
    `card_us` add up the microseconds of transfers between host and chip, and of the chip's work: mostly with
    the card.
    """

    def __init__(
        self, transport: "Transport", reset_pin: "Callable[[int], object] | None" = None
    ) -> None:
        self._transport = transport
        self._reset_pin = reset_pin
        self._out = bytearray(limits.PN532_FRAME_MAX)
        self._in = bytearray(limits.PN532_FRAME_MAX)
        self._joined = memoryview(bytearray(limits.PN532_RESPONSE_MAX))
        self._asleep = False
        self._behind = False  # the chip may still answer an aborted command
        self._went_down = False  # the chip has to wake from PowerDown, not from a reset
        self._goes_down = True
        self._field_on = False
        self.version: tuple[int, ...] | None = None
        self.reset_times()

    def reset_times(self) -> None:
        """Sets `bus_us` and `card_us` to zero."""
        self.bus_us = 0
        self.card_us = 0

    async def start(self) -> None:
        """Resets the chip, if the pin is wired, and makes it ready. Raises ChipError."""
        self.version = None
        if self._reset_pin is not None:
            self._reset_pin(0)
            await asyncio.sleep_ms(2)
            self._reset_pin(1)
            await asyncio.sleep_ms(10)
        self._asleep = True
        self._went_down = False
        version = await self._command(_GET_FIRMWARE_VERSION)
        if len(version) != 4 or version[0] != _PN532:
            raise ChipError("not a PN532")
        self.version = tuple(version)
        await self._command(_SET_PARAMETERS, _AUTOMATIC_RATS)
        await self._command(_RF_CONFIGURATION, _TIMINGS)
        await self._command(_RF_CONFIGURATION, _MAX_RETRIES)
        await self._switch_field(False)

    async def poll(self) -> Card | None:
        """Looks once for a card of ISO 14443 type A and selects it. Returns a Card, or None.

        Raises ChipError.
        """
        if not self._field_on:
            await self._switch_field(True)
        answer = await self._command(
            _IN_LIST_PASSIVE_TARGET, _ONE_TYPE_A, timeout_ms=limits.PN532_POLL_TIMEOUT
        )
        if len(answer) == 0 or answer[0] > 1:
            raise ChipError("number of targets")
        return Card(answer[1:]) if answer[0] else None

    async def exchange(self, command: "Bytes") -> memoryview:
        """Sends `command` (bytes-like) to the selected card. Returns its answer, a memoryview that is
        valid until the next call.

        Raises GoneError with the name of the PN532's status, and ChipError.
        """
        command = memoryview(command)
        while len(command) > limits.PN532_EXCHANGE_MAX:
            await self._exchange(_TARGET | _MORE, command[: limits.PN532_EXCHANGE_MAX])
            command = command[limits.PN532_EXCHANGE_MAX :]
        more, part = await self._exchange(_TARGET, command)
        if not more:
            return part
        size = 0
        while True:
            end = size + len(part)
            # An empty part that promises more would make an endless answer.
            if end > len(self._joined) or (more and not len(part)):
                raise GoneError("answer too long")
            self._joined[size:end] = part
            size = end
            if not more:
                return self._joined[:size]
            more, part = await self._exchange(_TARGET, b"")

    async def present(self) -> bool:
        """Whether the selected ISO-DEP card has stayed in the field ever since.

        Only such a card answers R(NAK): a card that has left and come back, or another card, has no session
        (ISO/IEC 14443-4, section 7.5.5.2). The test is made twice, for a block may be lost. Without an answer
        the chip waits for as long as the card may take, up to 5 s; but no card computes anything here. Raises
        ChipError if the chip itself is silent.
        """
        version = self.version
        for _ in range(_PRESENCE_TRIES):
            try:
                answer = await self._command(
                    _DIAGNOSE,
                    _CARD_PRESENCE,
                    timeout_ms=_PRESENCE_MS,
                )
            except ChipError as error:
                if error.args[0] == _SILENT:  # and not only late
                    raise
                self.version = version
                continue
            if bytes(answer) == b"\x00":
                return True
        return False

    async def release(self) -> None:
        """Releases the card, and switches the field off: the next `poll` selects the card anew.

        Raises ChipError.
        """
        # The status does not matter: without a card there is nothing to release.
        await self._command(_IN_RELEASE, b"\x00", timeout_ms=limits.PN532_RELEASE_TIMEOUT)
        await self._switch_field(False)

    async def drop(self) -> None:
        """Switches the field off for a silent card, without InRelease and the wait for the card's answer.

        Raises ChipError.
        """
        await self._switch_field(False)

    async def power_down(self) -> None:
        """Switches the field off, and puts the chip to sleep until the next command. A chip that has once
        refused, or has not woken up, stays awake from then on.

        Raises ChipError.
        """
        if self._field_on:
            await self._switch_field(False)
        if not self._goes_down:
            return
        answer = await self._command(_POWER_DOWN, _WAKE_BY_BUS)
        if bytes(answer) != b"\x00":
            self._goes_down = False
            raise ChipError("PowerDown refused")
        self._asleep = self._went_down = True
        await asyncio.sleep_ms(2)  # the chip sleeps 1 ms after its answer: section 7.2.11

    def forget(self) -> None:
        """Overwrites the card's answers, and the commands to it."""
        wipe(self._out)
        wipe(self._in)
        wipe(self._joined)

    async def _switch_field(self, on: bool) -> None:
        await self._command(_RF_CONFIGURATION, _FIELD_ON if on else _FIELD_OFF)
        self._field_on = on
        await asyncio.sleep_ms(_FIELD_MS)

    async def _exchange(self, target: int, data: "Bytes") -> tuple[int, memoryview]:
        """One InDataExchange. Returns whether more follows, and the memoryview of its data."""
        answer = await self._command(
            _IN_DATA_EXCHANGE,
            bytes((target,)),
            data,
            limits.PN532_CARD_TIMEOUT,
            limits.PN532_FRAME_MAX,
            attempts=1,  # a repeated command could reach the card twice, and be answered twice
        )
        if len(answer) == 0:
            raise ChipError("no status")
        status = answer[0] & _STATUS
        if status != pn532_status.NO_ERROR:
            raise GoneError(pn532_status.name(status))
        return answer[0] & _MORE, answer[1:]

    async def _command(
        self,
        command: int,
        parameters: bytes = b"",
        data: "Bytes" = b"",
        timeout_ms: int = limits.PN532_COMMAND_TIMEOUT,
        expected: int = _USUAL_SIZE,
        attempts: int = limits.PN532_RETRIES,
    ) -> memoryview:
        """Runs one command. Returns a memoryview of PD1..PDn of its answer; raises ChipError."""
        if self._asleep:
            await self._wake()
        begin = pn532_frame.DATA
        middle = begin + len(parameters)
        end = middle + len(data)
        self._out[begin:middle] = parameters
        self._out[middle:end] = data
        began = time.ticks_us()
        worked_before = self.card_us
        answered = False
        try:
            # SAMConfiguration wakes the chip up: before it no other command is understood.
            if self._behind and command != _SAM_CONFIGURATION:
                await self._catch_up()
            self._transport.drain(self._in)  # a stale answer
            await self._send(pn532_frame.build(self._out, command, end - begin), command, attempts)
            answer = await self._answer(command + 1, timeout_ms, expected)
            answered = True
        except OSError:
            raise ChipError("the bus to the PN532 fails")
        finally:
            if not answered:
                self.version = None
                await self._abort()
        elapsed = time.ticks_diff(time.ticks_us(), began)
        self.bus_us += elapsed - (self.card_us - worked_before)
        return answer

    async def _wake(self) -> None:
        # Section 7.2.10: until SAMConfiguration the chip is in its low battery mode.
        self._asleep = False
        awake = False
        try:
            await self._transport.wake()
            await self._command(_SAM_CONFIGURATION, _NORMAL_MODE)
            awake = True
        except OSError:
            raise ChipError("the bus to the PN532 fails")
        finally:
            self._asleep = not awake
            if self._went_down:
                self._went_down, self._goes_down = False, awake

    async def _send(self, frame: memoryview, command: int, attempts: int) -> None:
        """Sends `frame` until the chip answers: usually with the ACK."""
        for attempt in range(attempts):
            if attempt:
                # The chip may only be late: a late answer is one to the attempt before.
                await self._abort()
                if command == _SAM_CONFIGURATION:
                    self._transport.drain(self._in)
                else:
                    await self._catch_up()
            self._transport.write(frame)
            # A command that may not be repeated waits as long as others with their repetitions.
            if await self._wait(
                limits.PN532_ACK_TIMEOUT if attempts > 1 else limits.PN532_LATE_TIMEOUT
            ):
                return
        raise ChipError(_SILENT)

    async def _catch_up(self) -> None:
        """Skips answers to aborted commands, however late. The chip answers in order, so the echo of a
        number never sent before (the communication line test, section 7.2.1) comes last."""
        for _ in range(limits.PN532_RETRIES):
            number: int = time.ticks_us()  # type: ignore[assignment]  # any number not sent before
            echo = _ECHO + (number & 0xFFFFFF).to_bytes(3, "big")
            frame = bytearray(pn532_frame.DATA + len(echo))
            frame[pn532_frame.DATA : pn532_frame.DATA + 4] = echo[2:]
            self._transport.write(pn532_frame.build(frame, _DIAGNOSE, 4))
            began = time.ticks_ms()
            while await self._wait(
                limits.PN532_CATCH_UP_TIMEOUT - time.ticks_diff(time.ticks_ms(), began)
            ):
                try:
                    count = await self._transport.read(self._in, len(self._in))
                    if pn532_frame.opened(self._in, count) == echo:
                        self._behind = False
                        return
                except DecodeError:
                    pass
                await asyncio.sleep_ms(1)  # endless noise must not block the event loop
                if time.ticks_diff(time.ticks_ms(), began) > limits.PN532_CATCH_UP_TIMEOUT:
                    break
        raise ChipError(_SILENT)

    async def _answer(self, code: int, timeout_ms: int, expected: int) -> memoryview:
        """PD1..PDn of the answer with PD0 `code`, due within `timeout_ms` of its ACK."""
        acknowledged = False
        began = time.ticks_ms()
        for _ in range(limits.PN532_FRAMES_MAX):
            waiting = time.ticks_us()
            if not await self._wait(timeout_ms - time.ticks_diff(time.ticks_ms(), began)):
                raise ChipError("no answer in time")
            if acknowledged:
                self.card_us += time.ticks_diff(time.ticks_us(), waiting)
            try:
                count = await self._transport.read(
                    self._in, expected if acknowledged else len(pn532_frame.ACK)
                )
                data = pn532_frame.opened(self._in, count)
            except DecodeError:
                # A spoiled ACK: the chip has the command, and a second one could reach the card
                # twice. A spoiled answer: the chip sends it again.
                if acknowledged:
                    await asyncio.sleep_ms(_QUIET_MS)
                    self._transport.drain(self._in)
                    self._transport.write(pn532_frame.NACK)
                acknowledged = True
                continue
            if data is None:
                acknowledged = True
                began = time.ticks_ms()
            elif data[0] == pn532_frame.SYNTAX_ERROR:
                raise ChipError("syntax error")
            elif len(data) > 1 and data[0] == pn532_frame.CHIP and data[1] == code:
                return data[2:]  # also when the ACK was lost
        raise ChipError("the PN532 answers something else")

    async def _wait(self, timeout_ms: int) -> bool:
        """Whether the chip has a frame ready within `timeout_ms`. The loop allocates nothing."""
        began = time.ticks_ms()
        looks = _LAST_LOOKS
        while not self._transport.ready():
            if time.ticks_diff(time.ticks_ms(), began) > timeout_ms:
                if not looks:
                    return False
                looks -= 1
            await asyncio.sleep_ms(1)
        return True

    async def _abort(self) -> None:
        """Aborts the command by a host ACK (section 6.2.1.3); also when a task is cancelled."""
        self._behind = True
        try:
            self._transport.write(pn532_frame.ACK)
        except OSError:
            return
        await asyncio.sleep_ms(_QUIET_MS)
