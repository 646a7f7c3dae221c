"""A WS2812 ("NeoPixel") as the RGB LED: it keeps its colour by itself."""

from machine import Pin, bitstream

# Nanoseconds high and low, of 0 and of 1: WS2812B data sheet, "Data transfer time".
_TIMING = (400, 850, 800, 450)


class Ws2812:
    def __init__(self, pin: int) -> None:
        self._pin = Pin(pin, Pin.OUT)
        self.rgb(0, 0, 0)  # the colour of the last program is still there

    def rgb(self, red: int, green: int, blue: int) -> None:
        """Each 0 to 255."""
        bitstream(self._pin, 0, _TIMING, bytes((green, red, blue)))
