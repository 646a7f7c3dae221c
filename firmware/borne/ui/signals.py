"""LED and buzzer: each severity has a colour, and a rhythm of its own for ears and for eyes that
do not tell colours apart. Light and sound keep the same rhythm; then the light stays."""

import asyncio

from micropython import const

if False:  # for types only
    from borne.parts.protocols import Buzzer, Led

_GREEN = const((0, 255, 0))
_AMBER = const((255, 120, 0))
_RED = const((255, 0, 0))
_BLUE = const((0, 0, 255))
_CYAN = const((0, 255, 255))
_DIM = (40, 40, 40)
_WHITE = const((255, 255, 255))
_VIOLET = const((120, 0, 120))
_DARK = const((0, 0, 0))
_BLINK = const(250)  # ms

# A colour, then steps of (hertz, milliseconds); at 0 hertz both buzzer and light are off. The light stays.
_PATTERNS = {
    "accept": (_GREEN, ((1319, 80), (1760, 160))),  # one short, rising
    "warn": (_AMBER, ((880, 150), (0, 150), (880, 150))),  # two
    "refuse": (_RED, ((220, 800),)),  # one long, low
    "retry": (_BLUE, ((1047, 60), (0, 60), (1047, 60), (0, 60), (1047, 60))),  # three quick
    "reading": (_WHITE, ((1047, 20),)),  # a click
    "busy": (_VIOLET, ()),  # silent
    "remove": (_CYAN, ()),  # silent
    "fault": (_RED, ((0, 400),)),  # silent
    # Three, low: nobody can read what it is.
    "blind": (_RED, ((220, 200), (0, 200), (220, 200), (0, 200), (220, 200))),
}


# A colour, hertz and milliseconds: each colour of the LED, and rising tones.
_TEST = ((_RED, 523, 1000), (_GREEN, 659, 1000), (_BLUE, 784, 1000))


class Signals:
    """Plays on `led` and `buzzer`. `blind`, to be set: the display is silent, and the light at rest red."""

    def __init__(self, led: "Led", buzzer: "Buzzer") -> None:
        self.blind = False
        self._led = led
        self._buzzer = buzzer
        self._task: asyncio.Task | None = None

    def play(self, severity: str) -> None:
        """Lights up for a severity, or another key of _PATTERNS, and returns: the pattern goes on by itself,
        and replaces another.

        Has to be called within a running event loop.
        """
        self._silence()
        colour, steps = _PATTERNS[severity]
        self._led.rgb(*colour)
        self._task = asyncio.create_task(self._play(colour, steps))

    def light(self, severity: str) -> None:
        """Shows the pattern's last light, at once and without a sound: nothing new has happened."""
        self._silence()
        self._led.rgb(*_PATTERNS[severity][0])

    def identify(self, seconds: int) -> None:
        """Blinks white for so many seconds, or until something else is played."""
        self._silence()
        self._task = asyncio.create_task(self._blink(seconds))

    def test(self) -> None:
        """Red, green and blue, each with a tone of its own, or until something else is played."""
        self._silence()
        self._task = asyncio.create_task(self._test())

    def rest(self) -> None:
        """Silence, and the dim light of a terminal that is ready, or red."""
        self._silence()
        self._led.rgb(*self._resting())

    def _resting(self) -> tuple[int, int, int]:
        return _RED if self.blind else _DIM

    def _silence(self) -> None:
        if self._task:
            self._task.cancel()
            self._task = None
        self._buzzer.tone(0)

    async def _play(self, colour: tuple[int, int, int], steps: tuple) -> None:
        for hertz, duration in steps:
            self._led.rgb(*(colour if hertz else _DARK))
            self._buzzer.tone(hertz)
            await asyncio.sleep_ms(duration)
        self._buzzer.tone(0)
        self._led.rgb(*colour)

    async def _test(self) -> None:
        for colour, hertz, duration in _TEST:
            self._led.rgb(*colour)
            self._buzzer.tone(hertz)
            await asyncio.sleep_ms(duration)
        self._buzzer.tone(0)
        self._led.rgb(*self._resting())

    async def _blink(self, seconds: int) -> None:
        for _ in range(seconds * 1000 // (2 * _BLINK)):
            self._led.rgb(*_WHITE)
            await asyncio.sleep_ms(_BLINK)
            self._led.rgb(*_DARK)
            await asyncio.sleep_ms(_BLINK)
        self._led.rgb(*self._resting())
