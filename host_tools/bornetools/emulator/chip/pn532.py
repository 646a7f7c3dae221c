"""A PN532 in software, on its high-speed UART: bytes in, frames out, and no I/O of its own.

Facts from NXP's user manual UM0701-02. Features that a host cannot see (analogue settings, the SAM, target
mode, modulations other than type A at 106 kbit/s) are accepted without effect, find no card, or are refused
with the chip's own error frame.
"""

from collections.abc import Generator

from bornetools.emulator.chip import frames
from bornetools.emulator.chip.field import Field
from bornetools.emulator.chip.pace import NoPace, Pace
from bornetools.emulator.chip.pn532_commands import OK, Answer, Commands, SyntaxFault

_BAUD_RATES = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)
_WAKE_EDGES = 5  # rising edges on the line that wake the chip up: section 7.2.11
_WAKE_BY_HSU = 0x10  # of PowerDown's WakeUpEnable


class Pn532:
    """One chip over a `field`. Times are seconds of the caller's monotonic clock.

    Not for several threads at once. `silent` set to True: no more answers until a reset, as from a hung chip.
    `baud` is the rate that SetSerialBaudRate asked for, None before.
    """

    def __init__(self, field: Field, pace: Pace | None = None) -> None:
        self._field = field
        self._pace = pace or NoPace()
        self._held = False
        self._power_on()

    def _power_on(self) -> None:
        self.silent = False
        self.baud: int | None = None
        self._commands = Commands(self._field, self._pace)
        self._table = self._commands.table | {
            0x10: self._set_serial_baud_rate,
            0x16: self._power_down,
        }
        self._parser = frames.Parser()
        self._running: Generator[float, None, bytes] | None = None
        self._due = 0.0
        self._last = b""
        self._asked_baud: int | None = None
        self._going_down = False
        # After a reset the chip sleeps as after PowerDown: a host has to wake it up first.
        self._asleep = True
        self._wakes = True  # by bytes on the line
        self._edges = 0

    def reset(self, level: int) -> None:
        """The reset line, RSTPD_N: 0 holds the chip in reset, 1 lets it go."""
        self._held = not level
        if self._held:
            self._commands.field_off()
            self._power_on()

    @property
    def due(self) -> float | None:
        """Time at which `advance` has to be called next; None: when bytes arrive."""
        return None if self._running is None else self._due

    def receive(self, data: bytes, now: float) -> list[bytes]:
        """Takes bytes from the host. Returns the frames to send at once: an ACK for each command, and the
        answers to all commands but the last, which `advance` continues."""
        if self.silent or self._held:
            return []
        out = []
        for frame in self._parser.feed(self._wake(data)):
            if frame is frames.ACK:
                self._acknowledged()
            elif frame is frames.NACK:
                if self._running is None and self._last:
                    out.append(self._last)
            else:
                out += self.advance(now)
                self._running = self._execute(frame)  # a new command aborts one that still runs
                self._due = now
                out.append(frames.ACK)
        return out

    def advance(self, now: float) -> list[bytes]:
        """Continues the command under way. Returns its answer's frame if it is done."""
        if self.silent or self._held:
            self._running = None
        while self._running is not None and self._due <= now:
            try:
                self._due += next(self._running)
            except StopIteration as done:
                self._last = frames.data(done.value)
            except SyntaxFault:
                self._last = frames.SYNTAX_ERROR
            else:
                continue
            self._running = None
            if self._going_down:
                self._sleep()
            return [self._last]
        return []

    def _execute(self, payload: bytes) -> Generator[float, None, bytes]:
        if len(payload) < 2 or payload[0] != frames.TO_CHIP or payload[1] not in self._table:
            raise SyntaxFault
        answer = self._table[payload[1]](payload[2:])
        if isinstance(answer, Generator):
            answer = yield from answer
        return bytes([frames.TO_HOST, payload[1] + 1]) + answer

    def _acknowledged(self) -> None:
        """The host's ACK: aborts the command under way, or ends a change of the baud rate."""
        self._running = None
        self.baud = self._asked_baud or self.baud
        self._asked_baud = None

    def _wake(self, data: bytes) -> bytes:
        """The bytes of `data` that the chip receives: bytes that wake it up are lost."""
        for at, byte in enumerate(data):
            if not self._asleep:
                return data[at:]
            if self._wakes:
                # 8N1, lowest bit first: a start bit 0, the byte, a stop bit 1
                line = "0" + f"{byte:08b}"[::-1] + "1"
                self._edges += line.count("01")
            self._asleep = self._edges < _WAKE_EDGES
        return b""

    def _set_serial_baud_rate(self, data: bytes) -> Answer:
        if len(data) != 1 or data[0] >= len(_BAUD_RATES):
            raise SyntaxFault
        self._asked_baud = _BAUD_RATES[data[0]]  # from the host's ACK of the answer on
        return b""

    def _power_down(self, data: bytes) -> Answer:
        if not 1 <= len(data) <= 2:
            raise SyntaxFault
        self._wakes = bool(data[0] & _WAKE_BY_HSU)
        self._going_down = True
        return bytes([OK])

    def _sleep(self) -> None:
        self._going_down = False
        self._asleep = True
        self._edges = 0
        self._commands.field_off()
