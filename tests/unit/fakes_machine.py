"""MicroPython's module `machine` that notes what is built on which pin.

Importing this puts it in place of the real one.
"""

import sys

built = []  # (kind, positional and keyword arguments), pins as their numbers


def _note(kind, place, options):
    names = {name: value.id if isinstance(value, Pin) else value for name, value in options.items()}
    built.append((kind, place.id if isinstance(place, Pin) else place, names))


class Holder:
    """A chip that was sending when the processor restarted: it holds SDA low until it has seen `clocks`."""

    def __init__(self, scl, sda, clocks):
        self.scl, self.sda, self.clocks = scl, sda, clocks
        self.seen = self.stops = 0

    def holds(self):
        return self.seen < self.clocks

    def edge(self, pin, lines):
        """`pin` has risen, with the levels `lines` of all pins."""
        if pin == self.scl:
            self.seen += 1
        elif pin == self.sda and lines.get(self.scl) == 1 and not self.holds():
            self.stops += 1


class Pin:
    IN, OUT, OPEN_DRAIN, PULL_UP = 0, 1, 3, 2
    lines = {}  # level by the number of an open-drain pin
    holder = None  # of the I2C bus

    def __init__(self, id, mode=None, pull=None, value=None):
        self.id = id
        self.level = 1 if pull == self.PULL_UP else value
        if mode == self.OPEN_DRAIN:
            self.lines[id] = value  # the bus that it becomes is noted
        elif mode is not None:
            _note("Pin", id, {"mode": mode, "pull": pull, "value": value})

    def __call__(self, level=None):
        if level is None:
            held = self.holder and self.id == self.holder.sda and self.holder.holds()
            return 0 if held else self.level
        if self.id in self.lines:
            before, self.lines[self.id] = self.lines[self.id], level
            if self.holder and level > before:
                self.holder.edge(self.id, self.lines)
        self.level = level
        return None


class PWM:
    made = {}

    def __init__(self, pin, freq, duty_u16):
        _note("PWM", pin, {})
        self.pin, self.hertz, self.duty = pin.id, freq, duty_u16
        self.made[pin.id] = self

    def freq(self, hertz):
        self.hertz = hertz

    def duty_u16(self, duty):
        self.duty = duty


class UART:
    def __init__(self, id, baudrate, tx, rx, txbuf, rxbuf):
        _note(
            "UART", id, {"baudrate": baudrate, "tx": tx, "rx": rx, "txbuf": txbuf, "rxbuf": rxbuf}
        )


class SPI:
    def __init__(self, id, baudrate, sck, mosi, miso):
        _note("SPI", id, {"baudrate": baudrate, "sck": sck, "mosi": mosi, "miso": miso})


class I2C:
    """A bus with the chips of `chips`, {address: object with write(bytes) and read(count)}. The timeout is
    for the whole transfer, as on rp2."""

    chips = {}

    def __init__(self, id, scl, sda, freq, timeout):
        _note("I2C", id, {"scl": scl, "sda": sda, "freq": freq, "timeout": timeout})
        self._freq, self._timeout = freq, timeout

    def _chip(self, address, size):
        """The chip at `address`, for a transfer of `size` bytes after the address."""
        clocks = 9 * (1 + size)  # eight bits and their acknowledgement
        if Pin.holder and Pin.holder.holds() or clocks * 1000000 > self._timeout * self._freq:
            raise OSError(110)  # ETIMEDOUT
        if address not in self.chips:
            raise OSError(5)  # EIO: nobody acknowledges
        return self.chips[address]

    def writeto(self, address, data):
        self._chip(address, len(data)).write(bytes(data))

    def writeto_mem(self, address, register, data):
        self._chip(address, 1 + len(data)).write(bytes((register,)) + bytes(data))

    def readfrom_into(self, address, buffer):
        buffer[:] = self._chip(address, len(buffer)).read(len(buffer))

    def readfrom_mem_into(self, address, register, buffer):
        self.writeto(address, bytes((register,)))
        self.readfrom_into(address, buffer)


sent = []  # (pin, encoding, timing, bytes), by bitstream


def bitstream(pin, encoding, timing, data):
    sent.append((pin.id, encoding, timing, bytes(data)))


class _Machine:
    resets = 0

    def reset(self):
        self.resets += 1

    def unique_id(self):
        return b"\x24\x0a\xc4\x12\x34\x56"


machine = _Machine()
for kind in (Pin, PWM, UART, SPI, I2C):
    setattr(machine, kind.__name__, kind)
machine.bitstream = bitstream
sys.modules["machine"] = machine
