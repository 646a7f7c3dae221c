"""An RGB LED with a common cathode, each colour on a PWM pin of its own."""

from machine import PWM, Pin
from micropython import const

_HERTZ = const(1000)  # too fast for eyes
_STEP = const(257)  # 255 becomes 65535


class RgbLed:
    def __init__(self, red: int, green: int, blue: int) -> None:
        self._red = PWM(Pin(red), freq=_HERTZ, duty_u16=0)
        self._green = PWM(Pin(green), freq=_HERTZ, duty_u16=0)
        self._blue = PWM(Pin(blue), freq=_HERTZ, duty_u16=0)

    def rgb(self, red: int, green: int, blue: int) -> None:
        """Each 0 to 255."""
        self._red.duty_u16(red * _STEP)
        self._green.duty_u16(green * _STEP)
        self._blue.duty_u16(blue * _STEP)
