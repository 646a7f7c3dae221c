"""The display while nobody taps: shown again and again, and what is said when it stops answering."""

import asyncio

from support import run

from borne.ui.display_watch import watch


class Display:
    """Answers as `script` says, one show after the other; then the run ends."""

    def __init__(self, script):
        self.answers = True
        self._script = list(script)

    def show(self):
        if not self._script:
            raise asyncio.CancelledError
        self.answers = self._script.pop(0)


def said(script, taps=0):
    """What is said while the display answers as in `script`, in order; the first looks meet `taps`."""
    what = []
    busy = [True] * taps

    class Signals:
        blind = False

        def play(self, pattern):
            assert self.blind
            what.append(pattern)

    def back():
        assert not signals.blind
        what.append("back")

    def fault(code, text):
        what.append(code)
        assert text == "the display does not answer"

    signals = Signals()
    display = Display(script)
    real = display.show

    def show():
        assert not busy
        real()

    display.show = show

    async def watched():
        try:
            await watch(display, signals, lambda: bool(busy) and busy.pop(), back, fault)
        except asyncio.CancelledError:
            pass

    run(watched())
    return what


def test_a_display_that_answers():
    assert said([True] * 9) == []


def test_a_fault_is_said_once_and_its_end_too():
    assert said([True, False, False, False]) == ["blind", "DISPLAY"]
    assert said([False, True, True]) == ["blind", "DISPLAY", "back"]
    assert said([False, True, False]) == ["blind", "DISPLAY", "back", "blind", "DISPLAY"]


def test_nothing_is_shown_while_a_phone_is_read():
    assert said([True, False], taps=3) == ["blind", "DISPLAY"]
