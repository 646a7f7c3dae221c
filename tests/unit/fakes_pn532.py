"""The buses of a PN532, byte by byte: fakes of machine.UART, I2C, SPI and Pin that play a bus trace.

A trace is a list of what host and chip say, in order. What the host sends has to be what the trace
says next; then the chip says what follows, up to the host's next turn.
"""

from borne.nfc.pn532_hsu import Hsu
from borne.nfc.pn532_i2c import I2c
from borne.nfc.pn532_spi import Spi

_ACK = b"\x00\x00\xff\x00\xff\x00"
_NACK = b"\x00\x00\xff\xff\x00\x00"


def frame(tfi, data):
    """A frame as UM0701-02, section 6.2.1, draws it; written without the firmware's own code."""
    data = bytes([tfi]) + data
    size = len(data)
    if size < 256:
        head = bytes([0x00, 0x00, 0xFF, size, (256 - size) % 256])
    else:
        high, low = divmod(size, 256)
        head = bytes([0x00, 0x00, 0xFF, 0xFF, 0xFF, high, low, (512 - high - low) % 256])
    return head + data + bytes([(-sum(data)) % 256, 0x00])


def CMD(text, data=b""):
    """The host sends a command: hexadecimal, and more bytes."""
    return "host", frame(0xD4, bytes.fromhex(text) + data)


def RSP(text, data=b""):
    """The chip answers."""
    return "chip", frame(0xD5, bytes.fromhex(text) + data)


def ACK():
    return "chip", _ACK


def RAW(text):
    """The chip says these bytes."""
    return "chip", bytes.fromhex(text)


def ABORT():
    """The host sends ACK: drop the command."""
    return "host", _ACK


def NACK():
    """The host wants the last answer again."""
    return "host", _NACK


def CATCH_UP(*leftovers):
    """The host sends a number to be repeated. First the chip says what is left, then it repeats it."""
    return "number", leftovers


def WAKE():
    """The host wakes the chip up, in its bus's way."""
    return "host", "wake"


def LATE(times):
    """The chip is asked `times` times whether it is ready before it is."""
    return "late", times


def RESET():
    """The host pulls the reset pin low and lets it go."""
    return "host", "reset"


def DEAD():
    """From here on each use of the bus is an error (I2C: nobody acknowledges)."""
    return "dead", None


class Line:
    """The trace, and how far it has been played."""

    def __init__(self, trace):
        self._trace = list(trace)

    def host(self, said):
        """The host says `said` (bytes, or "wake" or "reset")."""
        self.check()
        if self._trace and self._trace[0][0] == "late":
            self._trace.pop(0)  # the host did not wait for it
        expected = self._trace.pop(0) if self._trace else ("nothing", None)
        if expected[0] == "number":
            number = bytes(said)[8:-2]
            if bytes(said) != frame(0xD4, b"\x00\x00" + number):
                raise AssertionError("host said " + _text(said) + ", wanted a number's")
            self._trace[0:0] = list(expected[1]) + [ACK(), RSP("01 00", number)]
            return
        if expected != ("host", said):
            raise AssertionError("host said " + _text(said) + ", wanted " + _text(expected[1]))

    def check(self):
        if self._trace and self._trace[0][0] == "dead":
            raise OSError(19)

    def ready(self):
        """Whether the chip has something to say now."""
        self.check()
        if self._trace and self._trace[0][0] == "late":
            left = self._trace[0][1] - 1
            self._trace[0:1] = [("late", left)] if left else []
            return False
        return bool(self._trace) and self._trace[0][0] == "chip"

    def take(self):
        """What the chip says next."""
        kind, said = self._trace.pop(0)
        assert kind == "chip", "the host reads when nothing is ready"
        return said

    def peek(self):
        return self._trace[0][1]

    def put_back(self, said):
        self._trace.insert(0, ("chip", said))

    def end(self):
        """The trace has been played to its end."""
        if self._trace and self._trace[0][0] == "dead":
            return
        assert not self._trace, "not played: " + str([_text(said) for _, said in self._trace])


def _text(said):
    return str(said) if said is None or isinstance(said, (str, int)) else bytes(said).hex()


class FakeUart:
    """machine.UART: a stream. `lump` is how many bytes it holds at a time."""

    def __init__(self, line, lump=7):
        self._line = line
        self._lump = lump

    def any(self):
        return min(self._lump, len(self._line.peek())) if self._line.ready() else 0

    def readinto(self, buffer, size):
        said = self._line.take()
        taken = said[:size]
        buffer[: len(taken)] = taken
        if len(said) > size:
            self._line.put_back(said[size:])
        return len(taken)

    def write(self, data):
        data = bytes(data)
        self._line.host("wake" if data == b"\x55\x55" + bytes(14) else data)
        return len(data)


class FakeI2c:
    """machine.I2C with the chip at address 0x24."""

    def __init__(self, line):
        self._line = line

    def writeto(self, address, data):
        assert address == 0x24
        data = bytes(data)
        self._line.host("wake" if data == b"\x00" else data)
        return len(data)

    def readfrom_into(self, address, buffer):
        assert address == 0x24
        size = len(buffer)
        if size == 1:
            buffer[0] = 1 if self._line.ready() else 0
            return
        # One transaction: what is not read of a frame is lost, and after it comes what may.
        said = b"\x01" + self._line.take() if self._line.ready() else b"\x00"
        buffer[:] = (said + bytes([0xAA]) * size)[:size]


class FakeSpi:
    """machine.SPI, most significant bit first, and its chip select; the chip's bits are the other way."""

    def __init__(self, line):
        self._line = line
        self._mosi = None
        self._miso = None

    def cs(self, level):
        if not level:
            assert self._mosi is None, "selected twice"
            self._mosi = bytearray()
            return
        sent, self._mosi, self._miso = self._mosi, None, None
        if not sent:
            self._line.host("wake")
        elif sent[0] == 0x01:
            self._line.host(bytes(sent[1:]))

    def write(self, data):
        for byte in data:
            self._clock(byte)

    def readinto(self, buffer):
        for index in range(len(buffer)):
            buffer[index] = self._clock(0)

    def write_readinto(self, data, buffer):
        assert len(data) == len(buffer)
        for index in range(len(buffer)):
            buffer[index] = self._clock(data[index])

    def _clock(self, byte):
        assert self._mosi is not None, "clock without chip select"
        answer = 0xFF
        if self._mosi and self._mosi[0] == 0x02:
            answer = 1 if self._line.ready() else 0
        elif self._mosi and self._mosi[0] == 0x03:
            if self._miso is None:
                self._miso = bytearray(self._line.take())
            answer = self._miso[0] if self._miso else 0xAA
            self._miso = self._miso[1:]
        self._mosi.append(_MIRRORED[byte])
        return _MIRRORED[answer]


class FakePin:
    """machine.Pin on RSTPDN."""

    def __init__(self, line):
        self._line = line
        self._level = 1

    def __call__(self, level):
        if level and not self._level:
            self._line.host("reset")
        self._level = level


_MIRRORED = bytes(sum((byte >> bit & 1) << 7 - bit for bit in range(8)) for byte in range(256))


def hsu(line):
    return Hsu(FakeUart(line))


def i2c(line):
    return I2c(FakeI2c(line))


def spi(line):
    fake = FakeSpi(line)
    return Spi(fake, fake.cs)


TRANSPORTS = (hsu, i2c, spi)
