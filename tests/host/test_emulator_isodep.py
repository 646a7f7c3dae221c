"""The phone's side of ISO-DEP, frame by frame. Left what the reader sends, right what it hears."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bornetools.emulator.chip import isodep
from bornetools.emulator.chip.field import Busy, Gone
from bornetools.emulator.chip.isodep_reader import RATS, ProtocolError, Reader, Silence

SILENCE = None
RATS_256 = "E0 80", "05 78 77 81 00"  # FSDI 8
RATS_16 = "E0 00", "05 78 77 81 00"  # FSDI 0: 16 bytes, 13 of them data


@pytest.fixture
def card(echo):
    card = isodep.Card(echo)
    assert card.request()
    assert card.select() == echo.uid
    return card


def trace(card, *exchanges):
    for command, answer in exchanges:
        heard = card.transmit(bytes.fromhex(command))
        assert (command, heard) == (command, answer and bytes.fromhex(answer))


def test_rats_then_numbered_blocks(card, echo):
    trace(
        card,
        RATS_256,
        ("02 00A4", "02 00A4 9000"),
        ("03 00B0", "03 00B0 9000"),
        ("02 01", "02 01 9000"),
    )
    assert echo.apdus == [b"\x00\xa4", b"\x00\xb0", b"\x01"]


def test_before_rats_nothing_is_answered(card):
    trace(card, ("02 00A4", SILENCE), RATS_256[:1] + (SILENCE,))  # it fell back to idle
    assert card.request()


def test_rats_only_once(card):
    trace(card, RATS_256, ("E0 80", SILENCE))


def test_pps_only_right_after_rats(card):
    trace(card, RATS_256, ("D0 11 05", "D0"), ("02 01", "02 01 9000"), ("D0 11 05", SILENCE))


def test_the_reader_chains(card, echo):
    trace(card, RATS_256, ("12 0102", "A2"), ("13 03", "A3"), ("02 04", "02 01020304 9000"))
    assert echo.apdus == [bytes([1, 2, 3, 4])]


def test_the_card_chains_at_the_readers_frame_size(card, echo):
    echo.answers[b"\x01"] = bytes(range(30))
    trace(
        card,
        RATS_16,
        ("02 01", "12 000102030405060708090A0B0C"),
        ("A3", "13 0D0E0F10111213141516171819"),
        ("A2", "02 1A1B1C1D"),
        ("A3", SILENCE),  # nothing follows
    )


def test_an_answer_that_got_lost_is_sent_again(card, echo):
    echo.answers[b"\x01"] = bytes(20)
    first, second = "12" + "00" * 13, "03" + "00" * 7
    trace(card, RATS_16, ("02 01", first), ("B2", first), ("A3", second), ("B3", second))
    assert echo.apdus == [b"\x01"]


def test_a_command_that_got_lost_is_asked_for(card, echo):
    trace(card, RATS_256, ("02 01", "02 01 9000"), ("B3", "A2"), ("03 02", "03 02 9000"))
    assert echo.apdus == [b"\x01", b"\x02"]


def test_an_empty_block_asks_for_presence_only(card, echo):
    trace(card, RATS_256, ("02", "02"), ("03 05", "03 05 9000"))
    assert echo.apdus == [b"\x05"]


def test_a_busy_phone_asks_for_time(card, echo):
    echo.answers[b"\x01"] = Busy()
    trace(card, RATS_256, ("02 01", "F2 01"), ("B2", "F2 01"), ("F2 01", "02 01 9000"))
    assert echo.apdus == [b"\x01", b"\x01"]


def test_time_that_was_not_asked_for(card):
    trace(card, RATS_256, ("F2 01", SILENCE))


def test_deselect_halts_and_only_wupa_wakes(card, echo):
    trace(card, RATS_256, ("C2", "C2"), ("02 01", SILENCE))
    assert not card.request()
    assert card.request(wake=True)
    assert echo.resets == 1  # once, when it came in: being halted forgets nothing


def test_field_off_resets_and_reqa_finds_it_again(card, echo):
    trace(card, RATS_256, ("C2", "C2"))
    card.power_off()
    assert echo.resets == 2
    assert card.request()


def test_an_activated_card_ignores_requests(card):
    trace(card, RATS_256)
    assert not card.request()
    assert not card.request(wake=True)


@pytest.mark.parametrize(
    "block", ["", "0A 00 01", "06 00 01", "AA 00", "E2", "FF", "42 01", "00", "02" + "00" * 254]
)
def test_what_is_no_block_for_this_card_is_ignored(card, echo, block):
    trace(card, RATS_256, (block, SILENCE), ("02 01", "02 01 9000"))
    assert echo.apdus == [b"\x01"]


def test_the_longest_frame_is_taken(card, echo):
    trace(card, RATS_256)
    assert card.transmit(b"\x02" + bytes(253))[0] == 0x12  # 253 and SW: more than 253, so it chains
    assert echo.apdus == [bytes(253)]


def test_gone_comes_out(card, echo):
    echo.answers[b"\x01"] = Gone()
    trace(card, RATS_256)
    with pytest.raises(Gone):
        card.transmit(b"\x02\x01")


def finish(steps):
    """Runs a generator of the reader's to its end. Returns its value."""
    try:
        while True:
            next(steps)
    except StopIteration as done:
        return done.value


def over(transmit):
    def air(frame):
        yield 0.0
        return transmit(frame)

    return air


class Scripted:
    """Answers one response after the other, asking for time before each if it is `busy`."""

    uid = bytes.fromhex("08 01 02 03")

    def __init__(self, fsci, responses, busy):
        self.ats = bytes([0x05, 0x70 | fsci, 0x77, 0x81, 0x00])
        self.heard = []
        self._responses = responses
        self._busy = self._asked = busy

    def reset(self):
        pass

    def apdu(self, command):
        if self._asked:
            self._asked = False
            raise Busy
        self._asked = self._busy
        self.heard.append(command)
        return self._responses[len(self.heard) - 1]


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=600), st.binary(max_size=600)), max_size=4),
    st.integers(0, 8),
    st.integers(0, 8),
    st.booleans(),
)
def test_reader_and_card_bring_everything_across(exchanges, fsci, fsdi, busy):
    phone = Scripted(fsci, [response for _, response in exchanges], busy)
    card = isodep.Card(phone)
    card.select()
    assert card.transmit(bytes([0xE0, fsdi << 4])) == phone.ats
    reader = Reader(over(card.transmit), phone.ats)
    for command, response in exchanges:
        assert finish(reader.exchange(command)) == response
    assert phone.heard == [command for command, _ in exchanges]


def test_the_reader_tells_silence_from_nonsense(echo):
    for answer, error in (
        (None, Silence),
        (b"", Silence),
        (b"\x03", ProtocolError),
        (b"\xa2", ProtocolError),
    ):
        reader = Reader(over(lambda _, answer=answer: answer), echo.ats)
        with pytest.raises(error):
            finish(reader.exchange(b"\x01"))


def test_rats_asks_for_64_bytes():
    assert isodep.frame_size(RATS[1] >> 4) == 64


@pytest.mark.parametrize(
    ("ats", "size", "milliseconds"),
    [
        ("01", 32, 4.8),  # TL alone: FSCI 2, FWI 4
        ("02 05", 64, 4.8),
        ("05 78 77 81 00", 256, 77.3),
        ("03 78 77", 256, 4.8),  # promises TB and ends before it
        ("03 28 E0", 256, 4949),  # no TA; FWI 14
        ("03 2C F0", 256, 4949),  # reserved FSCI and FWI
    ],
)
def test_what_an_ats_says(ats, size, milliseconds):
    assert isodep.frame_size_card(bytes.fromhex(ats)) == size
    assert isodep.frame_waiting_time(bytes.fromhex(ats)) * 1000 == pytest.approx(
        milliseconds, rel=0.01
    )
