"""A 128x64 OLED display on I2C that may fall silent and come back: unplugged, or for a moment without power.

Each picture goes out with the commands that set the panel up, so that one that has lost power shows it. A
panel at work takes the same values again, and nothing of it is seen.
"""

import framebuf
from micropython import const

if False:  # for types only
    from borne.parts.i2c_bus import Bus

WIDTH = const(128)
HEIGHT = const(64)
ADDRESS = const(0x3C)  # SA0 low, as on nearly every module
DATA = const(0x40)  # control byte of both chips: data for the display's RAM follow


class Oled(framebuf.FrameBuffer):
    """The display on `bus`, a Bus. `answers`: it took the last picture."""

    def __init__(self, bus: "Bus", buffer: memoryview, stride: int) -> None:
        self._bus = bus
        super().__init__(buffer, WIDTH, HEIGHT, framebuf.MONO_VLSB, stride)
        self.fill(0)
        self.show()

    def show(self) -> None:
        """Sends the picture. When nothing answers, the bus is freed, and the picture sent once more."""
        for _ in range(2):
            try:
                self._send()
                self.answers = True
                return
            except OSError:
                self._bus.free()
        self.answers = False

    def _send(self) -> None:
        """Sends set-up and picture. Raises OSError."""
        raise NotImplementedError
