import asyncio

from support import run

from borne.ui import signals
from borne.ui.signals import Signals

SEVERITIES = ("accept", "warn", "refuse", "retry")


class Parts:
    """LED and buzzer that note what they are told."""

    def __init__(self):
        self.lights = []
        self.tones = []

    def rgb(self, red, green, blue):
        self.lights.append((red, green, blue))

    def tone(self, hertz):
        self.tones.append(hertz)


async def told(parts, tones):
    """Waits until the buzzer has been told that many tones, and that what follows had its turn."""
    while len(parts.tones) < tones:
        await asyncio.sleep_ms(5)
    await asyncio.sleep_ms(20)


def test_severities_differ_by_colour_and_by_rhythm():
    colours, rhythms = set(), set()
    for severity in SEVERITIES + ("reading",):
        colour, steps = signals._PATTERNS[severity]
        colours.add(colour)
        rhythms.add(tuple((bool(hertz), duration) for hertz, duration in steps))
    assert len(colours) == len(rhythms) == len(SEVERITIES) + 1
    assert len(set(signals._PATTERNS.values())) == len(signals._PATTERNS)


def test_a_pattern_ends_silent_with_its_light_on():
    async def play():
        parts = Parts()
        Signals(parts, parts).play("retry")
        # It has returned before the first step, with the colour already there.
        assert parts.lights == [(0, 0, 255)] and parts.tones == [0]
        await told(parts, 7)
        return parts

    parts = run(play())
    assert parts.tones == [0, 1047, 0, 1047, 0, 1047, 0]
    blue, dark = (0, 0, 255), (0, 0, 0)
    assert parts.lights == [blue, blue, dark, blue, dark, blue, blue]


def test_the_loop_goes_on_while_a_pattern_plays():
    async def play():
        parts = Parts()
        Signals(parts, parts).play("refuse")
        turns = 0
        while 220 not in parts.tones or parts.tones[-1]:
            turns += 1
            await asyncio.sleep_ms(5)
        return turns

    assert run(play()) > 20


def test_a_new_pattern_replaces_the_old():
    async def play():
        parts = Parts()
        player = Signals(parts, parts)
        player.play("refuse")
        await told(parts, 2)
        player.play("accept")
        await told(parts, 6)
        return parts

    parts = run(play())
    assert parts.tones == [0, 220, 0, 1319, 1760, 0]
    assert parts.lights[-1] == (0, 255, 0)


def test_rest_silences_at_once():
    async def play():
        parts = Parts()
        player = Signals(parts, parts)
        player.play("warn")
        await told(parts, 2)
        player.rest()
        before = len(parts.tones), len(parts.lights)
        await asyncio.sleep_ms(500)
        assert (len(parts.tones), len(parts.lights)) == before
        return parts

    parts = run(play())
    assert parts.tones[-1] == 0
    assert parts.lights[-1] == (40, 40, 40)


def test_the_test_plays_each_colour_with_a_tone_and_ends_dim():
    async def play():
        parts = Parts()
        Signals(parts, parts).test()
        await told(parts, 5)
        return parts

    steps = signals._TEST
    signals._TEST = [(colour, hertz, 5) for colour, hertz, _ in steps]
    try:
        parts = run(play())
    finally:
        signals._TEST = steps
    assert parts.lights == [(255, 0, 0), (0, 255, 0), (0, 0, 255), signals._DIM]
    assert parts.tones == [0, 523, 659, 784, 0]


def test_a_terminal_whose_display_is_silent_does_not_rest_in_the_light_of_one_that_is_ready():
    async def play():
        parts = Parts()
        player = Signals(parts, parts)
        player.rest()
        player.blind = True
        player.rest()
        player.test()
        await told(parts, 7)
        return parts.lights

    lights = run(play())
    assert lights[0] == (40, 40, 40)
    assert lights[1] == lights[-1] == (255, 0, 0)
