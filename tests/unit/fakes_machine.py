"""MicroPython's module `machine` that notes what is built on which pin.

Importing this puts it in place of the real one.
"""

import sys

built = []  # (kind, positional and keyword arguments), pins as their numbers


def _note(kind, place, options):
    names = {name: value.id if isinstance(value, Pin) else value for name, value in options.items()}
    built.append((kind, place.id if isinstance(place, Pin) else place, names))


class Pin:
    IN, OUT, PULL_UP = 0, 1, 2

    def __init__(self, id, mode=None, pull=None, value=None):
        self.id = id
        self.level = 1 if pull == self.PULL_UP else value
        if mode is not None:
            _note("Pin", id, {"mode": mode, "pull": pull, "value": value})

    def __call__(self, level=None):
        if level is None:
            return self.level
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
    """A bus with the chips of `chips`, {address: object with write(bytes) and read(count)}."""

    chips = {}

    def __init__(self, id, scl, sda, freq, timeout):
        _note("I2C", id, {"scl": scl, "sda": sda, "freq": freq, "timeout": timeout})

    def _chip(self, address):
        if address not in self.chips:
            raise OSError(19)  # ENODEV: nobody acknowledges
        return self.chips[address]

    def writeto(self, address, data):
        self._chip(address).write(bytes(data))

    def writeto_mem(self, address, register, data):
        self._chip(address).write(bytes((register,)) + bytes(data))

    def readfrom_mem_into(self, address, register, buffer):
        chip = self._chip(address)
        chip.write(bytes((register,)))
        buffer[:] = chip.read(len(buffer))


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
