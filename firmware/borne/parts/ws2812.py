"""A WS2812 ("NeoPixel") as the RGB LED: it keeps its colour by itself."""

from machine import Pin
from neopixel import NeoPixel


class Ws2812:
    def __init__(self, pin: int) -> None:
        self._pixel = NeoPixel(Pin(pin, Pin.OUT), 1)
        self.rgb(0, 0, 0)  # the colour of the last program is still there

    def rgb(self, red: int, green: int, blue: int) -> None:
        """Each 0 to 255."""
        self._pixel[0] = (red, green, blue)
        self._pixel.write()
