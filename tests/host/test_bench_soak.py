"""`borne bench soak` with few taps, and what it says when something is wrong."""

from program import borne

from bornetools.bench import soak
from bornetools.emulator.machine.terminal import Terminal


def bench(*arguments):
    done = borne("bench", "soak", *arguments)
    return done.exit_code, done.stdout.splitlines()


def test_a_few_taps():
    assert bench("--taps", 25, "--seed", 3) == (0, ["25 taps (seed 3): 0 wrong"])


def test_a_wrong_verdict_and_a_lost_event_are_said(monkeypatch):
    real = Terminal.tap

    def swapped(terminal, phone):
        tap = real(terminal, phone)
        terminal.watch({"event": "gone", "lost": 2})
        return tap.__class__(**{**vars(tap), "code": "INTERNAL", "detail": "x"})

    monkeypatch.setattr(Terminal, "tap", swapped)
    monkeypatch.setattr(soak, "_WALLETS", 1.0)
    status, lines = bench("--taps", 1)
    assert status == 1
    assert lines[0] == "2 events lost before gone"
    assert lines[1].startswith("tap 1, mdoc")
    assert lines[1].endswith(": INTERNAL x")
    assert lines[2:] == ["1 taps (seed 1): 2 wrong"]
