"""Small parts: LED, buzzer and button."""

import time

import fakes_machine

from borne.parts.absent import Absent
from borne.parts.button import Button
from borne.parts.buzzer import Buzzer
from borne.parts.rgb_led import RgbLed
from borne.parts.ws2812 import Ws2812


def test_rgb_led():
    led = RgbLed(25, 26, 27)
    pwm = fakes_machine.PWM.made
    assert [pwm[pin].duty for pin in (25, 26, 27)] == [0, 0, 0]
    led.rgb(255, 128, 1)
    assert [pwm[pin].duty for pin in (25, 26, 27)] == [65535, 32896, 257]
    led.rgb(0, 0, 0)
    assert [pwm[pin].duty for pin in (25, 26, 27)] == [0, 0, 0]


def test_ws2812_starts_dark():
    led = Ws2812(3)
    led.rgb(1, 2, 3)
    *_, dark, (pin, encoding, timing, data) = fakes_machine.sent
    assert dark == (3, 0, timing, bytes(3))
    assert (pin, encoding, data) == (3, 0, b"\x02\x01\x03")
    assert all(1100 <= high + low <= 1400 for high, low in (timing[:2], timing[2:]))  # 1.25 us


def test_buzzer():
    buzzer = Buzzer(32)
    pwm = fakes_machine.PWM.made[32]
    assert pwm.duty == 0
    buzzer.tone(880)
    assert (pwm.hertz, pwm.duty) == (880, 32768)
    buzzer.tone(0)
    assert pwm.duty == 0


def test_what_is_absent_takes_everything():
    Absent().rgb(1, 2, 3)
    Absent().tone(440)


class Clock:
    """A `time` whose ticks move by hand, and wrap where the interpreter's do."""

    ticks_diff = staticmethod(time.ticks_diff)

    def __init__(self, now):
        self.now = now

    def pass_ms(self, ms):
        self.now = time.ticks_add(self.now, ms)

    sleep_ms = pass_ms

    def ticks_ms(self):
        return self.now


def pressed_after(steps, start=0, level=1):
    """What a Button whose pin has `level` says at each of `steps`, (milliseconds later, level)."""
    from borne.parts import button as module

    real, module.time = module.time, Clock(start)
    try:
        pin = fakes_machine.Pin(33, value=level)
        button, said = Button(pin), []
        for later, level in steps:
            module.time.pass_ms(later)
            pin(level)
            said.append(button())
        return said
    finally:
        module.time = real


def test_button_is_low_when_pressed_and_has_to_settle():
    assert pressed_after([(50, 1), (50, 0), (10, 0), (10, 0), (50, 0)]) == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_bouncing_contacts_count_once():
    steps = [(0, 0), (5, 1), (5, 0), (5, 1), (5, 0), (19, 0), (1, 0), (30, 1), (5, 0), (30, 0)]
    said = pressed_after(steps)
    assert said == [False] * 6 + [True] * 4


def test_button_let_go():
    assert pressed_after([(0, 0), (20, 0), (100, 1), (20, 1)]) == [False, True, True, False]


def test_a_button_held_at_start_is_seen_at_once():
    assert pressed_after([(0, 0), (500, 1), (20, 1)], level=0) == [True, True, False]


def test_button_over_the_wrap_of_the_ticks():
    assert pressed_after([(0, 0), (25, 0)], start=time.ticks_add(0, -10)) == [False, True]
