"""A passive piezo buzzer on a PWM pin."""

from machine import PWM, Pin
from micropython import const

_REST_HERTZ = const(2000)  # unheard: the duty is 0
_HALF = const(32768)  # of 65535: a square wave is the loudest


class Buzzer:
    def __init__(self, pin: int) -> None:
        self._pwm = PWM(Pin(pin), freq=_REST_HERTZ, duty_u16=0)

    def tone(self, hertz: int) -> None:
        """Sounds until the next call; 0 is silence."""
        if hertz:
            self._pwm.freq(hertz)
        self._pwm.duty_u16(_HALF if hertz else 0)
