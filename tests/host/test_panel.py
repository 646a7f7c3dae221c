"""The host's end of the emulated terminal's panel."""

import os
import threading
import tty

import pytest
from guard import HUNG

from bornetools.emulator.machine.panel import FRAME_SIZE, Panel, PanelError


@pytest.fixture
def panel():
    with Panel() as panel:
        yield panel


@pytest.fixture
def terminal(panel):
    """The terminal's end: a file descriptor."""
    handle = os.open(panel.path, os.O_RDWR | os.O_NOCTTY)
    yield handle
    os.close(handle)


def packet(kind, payload):
    return kind + len(payload).to_bytes(2, "little") + payload


def test_what_is_shown_before_anything_arrives(panel):
    assert panel.frame == bytes(FRAME_SIZE)
    assert panel.led == (0, 0, 0)
    assert list(panel.tones) == [0]


def test_packets_of_every_kind_in_any_pieces(panel, terminal):
    frame = bytes(range(256)) * 4
    data = packet(b"L", b"\x01\x02\xff") + packet(b"F", frame) + packet(b"Z", b"\x70\x03")
    for start in range(0, len(data), 7):
        os.write(terminal, data[start : start + 7])
        panel.settle()  # so that each piece is read by itself
    assert panel.wait_for(lambda p: p.tones[-1], HUNG) == 880
    assert panel.frame == frame
    assert panel.led == (1, 2, 255)


def test_frames_are_kept_in_order(panel, terminal):
    frames = [bytes([number]) * FRAME_SIZE for number in range(1, 6)]
    for frame in frames:
        os.write(terminal, packet(b"F", frame))
    panel.wait_for(lambda p: p.frame == frames[-1], HUNG)
    assert list(panel.frames) == [bytes(FRAME_SIZE), *frames]


def test_once_settled_all_that_was_sent_is_here(panel, terminal):
    for number in range(1, 51):
        os.write(terminal, packet(b"F", bytes([number]) * FRAME_SIZE) + packet(b"L", bytes(3)))
        panel.settle()
        assert panel.frame[0] == number
        assert len(panel.leds) == number + 1


def test_waiting_in_vain_times_out(panel):
    with pytest.raises(TimeoutError):
        panel.wait_for(lambda p: p.led != (0, 0, 0), 0.05)


@pytest.mark.parametrize("wrong", [b"X\x01\x00a", b"L\x02\x00ab", b"F\xff\xff"])
def test_what_is_no_packet_is_an_error_to_who_waits(panel, terminal, wrong):
    os.write(terminal, wrong)
    with pytest.raises(PanelError):
        panel.wait_for(lambda p: False, HUNG)


def test_the_reset_line_is_confirmed_after_the_chip_has_it():
    levels, held = [], threading.Event()

    def on_reset(level):
        assert held.wait(HUNG)
        levels.append(level)

    with Panel(on_reset) as panel:
        terminal = os.open(panel.path, os.O_RDWR | os.O_NOCTTY)
        os.write(terminal, packet(b"R", b"\x00"))
        os.set_blocking(terminal, False)
        with pytest.raises(BlockingIOError):
            os.read(terminal, 1)
        held.set()
        os.set_blocking(terminal, True)
        assert os.read(terminal, 1) == b"R"
        assert levels == [0]
        os.close(terminal)


def test_one_terminal_can_follow_another(panel):
    for level in (1, 2):
        terminal = os.open(panel.path, os.O_RDWR | os.O_NOCTTY)
        os.write(terminal, packet(b"L", bytes(3 * [level])))
        os.close(terminal)
        panel.wait_for(lambda p, level=level: p.led == (level,) * 3, HUNG)


def test_nothing_of_a_terminal_that_was_unplugged_reaches_the_next_one(panel, terminal):
    os.write(terminal, packet(b"B", b"") + packet(b"F", bytes(FRAME_SIZE))[:500])
    panel.settle()  # there is an answer that nobody reads, and half a packet
    panel.unplugged()
    panel.pressed = True
    os.write(terminal, packet(b"B", b"") + packet(b"L", b"\x07\x08\x09"))
    panel.wait_for(lambda p: p.led == (7, 8, 9), HUNG)
    assert os.read(terminal, 10) == b"\x01"


def look(terminal):
    """What the terminal sees of the button."""
    os.write(terminal, packet(b"B", b""))
    return os.read(terminal, 1)[0]


def test_a_short_press_is_seen_once_and_the_next_one_is_another(panel, terminal):
    tty.setraw(terminal)
    seen = [look(terminal)]
    for _ in range(2):
        panel.press(True)
        panel.press(False)
        seen.append(look(terminal))
    seen += [look(terminal), look(terminal)]
    assert seen == [0, 1, 0, 1, 0]


def test_a_press_that_is_held(panel, terminal):
    tty.setraw(terminal)
    panel.press(True)
    assert [look(terminal) for _ in range(3)] == [1, 1, 1]
    panel.press(False)
    assert look(terminal) == 0
