import asyncio
import gc
import random
import time

from fakes_pn532 import (
    ABORT,
    ACK,
    CATCH_UP,
    CMD,
    DEAD,
    LATE,
    NACK,
    RAW,
    RESET,
    RSP,
    TRANSPORTS,
    WAKE,
    FakeI2c,
    FakePin,
    FakeUart,
    Line,
    frame,
    hsu,
    i2c,
    spi,
)
from support import raises, run

from borne.errors import ChipError, GoneError
from borne.nfc.pn532 import Pn532
from borne.nfc.pn532_hsu import Hsu
from borne.nfc.pn532_i2c import I2c
from borne.nfc.pn532_spi import Spi

START = [
    WAKE(),
    CMD("14 01 00 01"),
    ACK(),
    RSP("15"),
    CMD("02"),
    ACK(),
    RSP("03 32 01 06 07"),
    CMD("12 14"),
    ACK(),
    RSP("13"),
    CMD("32 02 00 0B 0A"),
    ACK(),
    RSP("33"),
    CMD("32 05 FF 01 02"),
    ACK(),
    RSP("33"),
    CMD("32 01 00"),
    ACK(),
    RSP("33"),
]
START_AGAIN = START[:4] + [CATCH_UP()] + START[4:]  # after one in vain
FIELD_ON = [CMD("32 01 01"), ACK(), RSP("33")]
FIELD_OFF = [CMD("32 01 00"), ACK(), RSP("33")]
RELEASE = [CMD("52 00"), ACK(), RSP("53 00")] + FIELD_OFF
POLL = [CMD("4A 01 00"), ACK()]
PHONE = "4B 01 01 00 04 20 04 08 A1 B2 C3 05 78 80 70 02"


def play(trace, *steps, transports=TRANSPORTS):
    """Plays the trace on each transport; returns what the steps returned on the last."""
    for transport in transports:
        line = Line(trace)
        chip = Pn532(transport(line))

        results = []

        async def all_steps(chip=chip, results=results):
            for step in steps:
                results.append(await step(chip))

        run(all_steps())
        line.end()
    return results


def fails(kind, trace, *steps, transports=TRANSPORTS):
    """Plays the trace to its end on each transport; the last step raises `kind`, which is returned."""
    for transport in transports:
        line = Line(trace)
        chip = Pn532(transport(line))

        async def all_steps(chip=chip):
            for step in steps:
                await step(chip)

        error = raises(kind, run, all_steps())
        line.end()
    return error


async def start(chip):
    await chip.start()


async def poll(chip):
    return await chip.poll()


async def release(chip):
    await chip.release()


async def power_down(chip):
    await chip.power_down()


def send(data):
    async def step(chip):
        return bytes(await chip.exchange(data))

    return step


# Start


def test_start():
    for transport in TRANSPORTS:
        line = Line(START)
        chip = Pn532(transport(line))
        run(chip.start())
        line.end()
        assert chip.version == (0x32, 0x01, 0x06, 0x07)


def test_the_version_is_that_of_the_last_start():
    line = Line(START + START[:6] + [RSP("03 33 01 06 07")])
    chip = Pn532(hsu(line))
    run(chip.start())
    assert raises(ChipError, run, chip.start())
    assert chip.version is None


def test_a_chip_that_does_not_answer_has_no_version():
    silent = FIELD_ON + [CMD("4A 01 00"), ACK(), LATE(10000), ABORT()]
    line = Line(START + silent)
    chip = Pn532(hsu(line))
    run(chip.start())
    assert raises(ChipError, run, chip.poll())
    assert chip.version is None


def test_start_pulls_the_reset_pin():
    line = Line([RESET()] + START)
    run(Pn532(hsu(line), FakePin(line)).start())
    line.end()


def test_start_refuses_another_chip():
    error = fails(ChipError, START[:6] + [RSP("03 33 01 06 07")], start)
    assert str(error) == "not a PN532"


def test_a_version_of_another_length_is_refused():
    for version in ("03", "03 32 01 06", "03 32 01 06 07 00"):
        fails(ChipError, START[:6] + [RSP(version)], start)


# The dialogue: ACK, NACK, retransmission


def test_a_command_the_chip_missed_is_sent_again():
    play(START[:2] + [ABORT()] + START_AGAIN[1:], start)


def test_a_chip_that_is_late_is_told_to_stop_before_the_command_is_sent_again():
    version = [CMD("02"), LATE(1000), ABORT(), CATCH_UP(), CMD("02"), ACK(), RSP("03 32 01 06 07")]
    play(START[:4] + version + START[7:], start)


def test_a_silent_chip():
    sam = CMD("14 01 00 01")
    error = fails(ChipError, [WAKE(), sam, ABORT(), sam, ABORT(), sam, ABORT()], start)
    assert str(error) == "the PN532 is silent"


def test_a_chip_that_does_not_answer_in_time_is_told_to_stop():
    error = fails(ChipError, [WAKE(), CMD("14 01 00 01"), ACK(), LATE(1000000), ABORT()], start)
    assert str(error) == "no answer in time"


def test_a_silent_chip_can_be_started_again():
    sam = CMD("14 01 00 01")

    async def start_twice(chip):
        try:
            await chip.start()
        except ChipError:
            await chip.start()
            return True

    assert play([WAKE(), sam, ABORT(), sam, ABORT(), sam, ABORT()] + START_AGAIN, start_twice) == [
        True
    ]


def test_a_dead_bus():
    for trace in ([DEAD()], START[:1] + [DEAD()], START[:3] + [DEAD()]):
        fails(ChipError, trace, start)


def test_an_answer_without_its_ack_is_taken():
    play([START[0], START[1], START[3]] + START[4:], start, transports=(hsu, spi))
    # I2C reads an ACK's length first, so it has to ask for the rest.
    again = [START[3], NACK(), START[3]]
    play(START[:2] + again + START[4:], start, transports=(i2c,))


def test_a_spoiled_ack_does_not_send_the_command_twice():
    spoiled = RAW("00 00 FF 00 FE 00")
    play(FIELD_ON + [CMD("4A 01 00"), spoiled, RSP("4B 00")], poll)


def test_a_spoiled_answer_is_asked_for_again():
    for spoiled in (
        "00 00 FF 03 FD D5 4B 00 E1 00",  # DCS
        "00 00 FF 03 FC D5 4B 00 E0 00",  # LCS
        "00 00 FF FF FF 00 03 FC D5 4B 00 E0 00",  # LCS of an extended frame
        "00 00 FF FF FF 01 0A F5 D5 4B 00",  # longer than the chip's longest
        "00 00 FF FF FF 00 00 00",  # empty
    ):
        assert play(FIELD_ON + POLL + [RAW(spoiled), NACK(), RSP("4B 00")], poll) == [None]


def test_a_frame_cut_short_is_asked_for_again():
    cut = RAW("00 00 FF 03 FD D5 4B")
    assert play(FIELD_ON + POLL + [cut, NACK(), RSP("4B 00")], poll) == [None]


def test_only_so_many_spoiled_answers():
    spoiled = [RAW("00 00 FF 03 FD D5 4B 00 E1 00"), NACK()] * 7
    error = fails(ChipError, FIELD_ON + POLL + spoiled + [ABORT()], poll)
    assert str(error) == "the PN532 answers something else"


def test_garbage_before_a_frame():
    for garbage in (b"\x00", b"\x55\x00\x00", b"\xff\xff"):
        ack = ("chip", garbage + ACK()[1])
        answer = ("chip", garbage + RSP("4B 00")[1])
        trace = FIELD_ON + [CMD("4A 01 00"), ack, answer]
        assert play(trace, poll, transports=(hsu, spi)) == [None]


def test_the_syntax_error_frame():
    syntax_error = RAW("00 00 FF 01 FF 7F 81 00")
    error = fails(ChipError, START[:3] + [syntax_error, ABORT()], start)
    assert str(error) == "syntax error"


def test_a_stale_answer_is_drained_before_the_command():
    stale = RSP(PHONE)
    assert play(FIELD_ON + [stale] + POLL + [RSP("4B 00")], poll) == [None]


def test_a_stale_answer_after_the_command_is_dropped():
    stale = RSP("41 00 90 00")
    answered = [ACK(), stale, RSP("4B 00")]
    begin = FIELD_ON + [CMD("4A 01 00"), stale]
    assert play(begin + answered, poll, transports=(hsu, spi)) == [None]
    assert play(begin + [NACK(), stale] + answered, poll, transports=(i2c,)) == [None]


def test_a_frame_with_another_tfi_is_not_an_answer():
    echo = ("chip", frame(0xD4, b"\x4b\x00"))
    short = ("chip", frame(0xD5, b""))
    assert play(FIELD_ON + POLL + [echo, short, RSP("4B 00")], poll) == [None]


def test_double_answers():
    twice = [RSP("4B 00"), RSP("4B 00")]
    assert play(FIELD_ON + POLL + twice + POLL + [RSP("4B 00")], poll, poll) == [None, None]


def test_double_acks():
    assert play(FIELD_ON + [CMD("4A 01 00"), ACK(), ACK(), RSP("4B 00")], poll) == [None]


def test_extended_frames_for_short_answers():
    extended = RAW("00 00 FF FF FF 00 03 FD D5 4B 00 E0 00")
    assert play(FIELD_ON + POLL + [extended], poll) == [None]


# Cards


def test_poll_without_a_card():
    assert play(FIELD_ON + POLL + [RSP("4B 00")], poll) == [None]


def test_poll_finds_a_phone():
    (card,) = play(FIELD_ON + POLL + [LATE(5), RSP(PHONE)], poll)
    assert (card.sens_res, card.sel_res, card.iso_dep) == (0x0004, 0x20, True)
    assert card.uid == bytes.fromhex("08A1B2C3")
    assert card.ats == bytes.fromhex("78807002")


def test_poll_finds_a_card_without_iso_dep():
    (card,) = play(FIELD_ON + POLL + [RSP("4B 01 01 00 44 08 07 04 11 22 33 44 55 66")], poll)
    assert not card.iso_dep
    assert (card.sens_res, card.sel_res, card.ats) == (0x0044, 0x08, b"")
    assert len(card.uid) == 7


def test_target_data_is_checked():
    for data in (
        "01",  # nothing after the number of targets
        "01 02 00 04 20 04 08 A1 B2 C3 05 78 80 70 02",  # another target number
        "01 01 00 04 20 05 08 A1 B2 C3 05 78 80 70 02",  # no such NFCID1
        "01 01 00 04 20 0A 08 A1 B2 C3 05 78",  # NFCID1 beyond the data
    ):
        fails(ChipError, FIELD_ON + POLL + [RSP("4B " + data)], poll)


def test_a_card_with_a_wrong_ats_cannot_do_iso_dep():
    for ats in ("", "00", "04 78 80 70 02", "06 78 80 70 02", "FF 78"):
        answer = RSP("4B 01 01 00 04 20 04 08 A1 B2 C3" + ats)
        (card,) = play(FIELD_ON + POLL + [answer], poll)
        assert (card.sel_res, card.iso_dep, card.ats) == (0x20, False, b"")


def test_the_number_of_targets_is_checked():
    for data in ("4B", "4B 02", "4B FF"):
        fails(ChipError, FIELD_ON + POLL + [RSP(data)], poll)


def test_each_cut_of_the_target_data_is_refused():
    whole = bytes.fromhex(PHONE)
    for size in range(1, whole.index(0x05)):
        cut = ("chip", frame(0xD5, whole[:size]))
        fails(ChipError, FIELD_ON + POLL + [cut], poll, transports=[hsu])


# InDataExchange


def test_exchange():
    trace = [CMD("40 01 00 A4 04 00"), ACK(), LATE(3), RSP("41 00 90 00")]
    assert play(trace, send(b"\x00\xa4\x04\x00")) == [b"\x90\x00"]


def test_an_empty_answer():
    assert play([CMD("40 01 00"), ACK(), RSP("41 00")], send(b"\x00")) == [b""]


def test_the_longest_answer_in_one_frame():
    data = bytes([index & 0xFF for index in range(262)])
    assert play([CMD("40 01 00"), ACK(), RSP("41 00", data)], send(b"\x00")) == [data]


def test_a_long_command_is_chained():
    data = bytes([index % 251 for index in range(2 * 262 + 1)])
    trace = [
        CMD("40 41", data[:262]),
        ACK(),
        RSP("41 00"),
        CMD("40 41", data[262:524]),
        ACK(),
        RSP("41 00"),
        CMD("40 01", data[524:]),
        ACK(),
        RSP("41 00 90 00"),
    ]
    assert play(trace, send(data)) == [b"\x90\x00"]


def test_the_longest_command_in_one_frame_is_not_chained():
    data = bytes(262)
    assert play([CMD("40 01", data), ACK(), RSP("41 00 90 00")], send(data)) == [b"\x90\x00"]


def test_a_chained_answer_is_joined():
    first, last = bytes([1]) * 262, bytes([2]) * 250
    trace = [
        CMD("40 01 AA"),
        ACK(),
        RSP("41 40", first),
        CMD("40 01"),
        ACK(),
        RSP("41 00", last),
    ]
    assert play(trace, send(b"\xaa")) == [first + last]


def test_an_answer_beyond_the_bound_is_refused():
    part = [CMD("40 01"), ACK(), RSP("41 40", bytes(262))]
    fails(GoneError, [CMD("40 01 AA")] + part[1:] + part, send(b"\xaa"))


def test_an_answer_without_an_end_is_refused():
    fails(GoneError, [CMD("40 01 AA"), ACK(), RSP("41 40")], send(b"\xaa"))


def test_card_errors_by_name():
    for status, name in (
        ("01", "time out"),
        ("0B", "RF protocol error"),
        ("13", "data format"),
        ("27", "command not acceptable in this context"),
        ("3F", "unknown error code"),
    ):
        error = fails(GoneError, [CMD("40 01 AA"), ACK(), RSP("41" + status)], send(b"\xaa"))
        assert str(error) == name


def test_an_error_in_the_middle_of_a_chain():
    error = fails(GoneError, [CMD("40 41", bytes(262)), ACK(), RSP("41 01")], send(bytes(263)))
    assert str(error) == "time out"


def test_an_answer_without_status():
    fails(ChipError, [CMD("40 01 AA"), ACK(), RSP("41")], send(b"\xaa"))


# Between taps


def test_release_takes_the_field_away_and_poll_gives_it_back():
    nobody = POLL + [RSP("4B 00")]
    play(FIELD_ON + nobody + nobody + RELEASE + FIELD_ON + nobody, poll, poll, release, poll)


def test_release_of_a_card_that_is_gone():
    play([CMD("52 00"), ACK(), RSP("53 27")] + FIELD_OFF, release)


def test_power_down_and_wake_up():
    down = [CMD("16 B0"), ACK(), RSP("17 00")]
    nobody = POLL + [RSP("4B 00")]
    trace = FIELD_ON + nobody + FIELD_OFF + down + START[:4] + FIELD_ON + nobody
    play(trace, poll, power_down, poll)


def test_power_down_refused():
    fails(ChipError, [CMD("16 B0"), ACK(), RSP("17 01")], power_down)


def test_a_wake_up_that_fails_is_tried_again():
    down = [CMD("16 B0"), ACK(), RSP("17 00")]
    sam = CMD("14 01 00 01")

    async def poll_twice(chip):
        try:
            await chip.poll()
        except ChipError:
            return await chip.poll()

    trace = (
        down
        + [WAKE(), sam, ABORT(), sam, ABORT(), sam, ABORT()]
        + START_AGAIN[:5]
        + FIELD_ON
        + POLL
        + [RSP("4B 00")]
    )
    assert play(trace, power_down, poll_twice) == [None, None]


def test_a_chip_that_does_not_wake_from_power_down_is_not_sent_there_again():
    sam = CMD("14 01 00 01")
    asleep = [CMD("16 B0"), ACK(), RSP("17 00"), WAKE()] + [sam, ABORT()] * 3
    nobody = POLL + [RSP("4B 00")]

    async def poll_in_vain(chip):
        try:
            await chip.poll()
        except ChipError:
            return "a fault"

    trace = (
        START + FIELD_ON + nobody + FIELD_OFF + asleep + START_AGAIN + FIELD_ON + nobody + FIELD_OFF
    )
    trace += FIELD_ON + nobody
    steps = (start, poll, power_down, poll_in_vain, start, poll, power_down, power_down, poll)
    assert play(trace, *steps)[3] == "a fault"


def test_a_chip_that_does_not_wake_from_a_reset_may_go_down_later():
    silent = [WAKE()] + [CMD("14 01 00 01"), ABORT()] * 3
    down = [CMD("16 B0"), ACK(), RSP("17 00")]

    async def start_in_vain(chip):
        try:
            await chip.start()
        except ChipError:
            return "a fault"

    assert play(silent + START_AGAIN + down, start_in_vain, start, power_down)[0] == "a fault"


def test_a_chip_that_refuses_power_down_is_not_asked_again():
    async def refused(chip):
        try:
            await chip.power_down()
        except ChipError:
            return "a fault"

    assert play([CMD("16 B0"), ACK(), RSP("17 01")], refused, power_down) == ["a fault", None]


# Whether the card is still there


def test_the_card_answers_from_its_session_or_it_does_not():
    asked = [CMD("00 06"), ACK()]

    async def present(chip):
        return await chip.present(), chip.version

    version = (0x32, 0x01, 0x06, 0x07)
    for trace, there in (
        ([RSP("01 00")], True),
        ([RSP("01 01")] + asked + [RSP("01 00")], True),  # a block was lost
        ([RSP("01 01")] + asked + [RSP("01 01")], False),
        ([RSP("01 27")] + asked + [RSP("01")], False),
        # The chip waits as long as the card may take: it is told to stop.
        ([LATE(1000), ABORT(), CATCH_UP()] + asked + [LATE(1000), ABORT()], False),
        ([LATE(1000), ABORT(), CATCH_UP(RSP("01 01"))] + asked + [RSP("01 00")], True),
    ):
        assert play(START + asked + trace, start, present)[1] == (there, version)
    syntax = [RAW("00 00 FF 01 FF 7F 81 00"), ABORT()]
    twice = asked + syntax + [CATCH_UP()] + asked + syntax
    assert play(START + twice, start, present)[1] == (False, version)


def test_what_is_left_of_dropped_commands_is_no_other_ones_answer():
    async def poll_in_vain(chip):
        return str(await _error(chip.poll()))

    found = [ACK(), RSP(PHONE)] * 5  # more frames than may be skipped for one answer
    trace = FIELD_ON + POLL + [LATE(100000), ABORT(), CATCH_UP(*found)] + POLL + [RSP("4B 00")]
    assert play(trace, poll_in_vain, poll) == ["no answer in time", None]


async def _error(step):
    try:
        await step
    except ChipError as error:
        return error


class _LateUart:
    """A machine.UART with a chip that has a card. Its first frames are late by some ms, and then come one by
    one."""

    def __init__(self, late):
        self._late = time.ticks_add(time.ticks_ms(), late)
        self._frames = []

    def any(self):
        if not self._frames or time.ticks_diff(time.ticks_ms(), self._late) < 0:
            return 0
        return len(self._frames[0])

    def readinto(self, buffer, size):
        said = self._frames[0]
        buffer[:size] = said[:size]
        if size < len(said):
            self._frames[0] = said[size:]
        else:
            self._frames.pop(0)
            self._late = time.ticks_add(time.ticks_ms(), 15)
        return size

    def write(self, data):
        data = bytes(data)
        if data != ABORT()[1]:
            card = {0x00: b"\x00", 0x32: b"", 0x4A: bytes.fromhex(PHONE)[1:]}[data[6]]
            answer = data[7:-2] if data[6:8] == b"\x00\x00" else card
            self._frames += [ACK()[1], frame(0xD5, bytes([data[6] + 1]) + answer)]
        return len(data)


def test_a_line_that_is_late_once_makes_no_fault():
    async def looks(chip):
        there = await chip.present()
        await chip.drop()
        card = await chip.poll()
        return there, card.uid, await chip.present()

    for late in (0, 50, 130, 200, 500, 900):
        chip = Pn532(Hsu(_LateUart(late)))
        assert run(looks(chip)) == (True, bytes.fromhex("08A1B2C3"), True), late


# Waiting


def test_the_loop_goes_on_while_the_chip_waits_for_a_card():
    for transport in TRANSPORTS:
        line = Line(FIELD_ON + POLL + [LATE(50), RSP("4B 00")])
        chip = Pn532(transport(line))
        turns = []

        async def others(turns=turns):
            while True:
                turns.append(1)
                await asyncio.sleep_ms(1)

        async def both(chip=chip, others=others):
            task = asyncio.create_task(others())
            await chip.poll()
            task.cancel()

        run(both())
        line.end()
        assert len(turns) >= 25


def test_an_apdu_without_its_ack_is_never_sent_twice():
    error = fails(ChipError, [CMD("40 01 AA"), LATE(1000000), ABORT()], send(b"\xaa"))
    assert str(error) == "the PN532 is silent"


def test_a_cancelled_exchange_is_aborted():
    for transport in TRANSPORTS:
        line = Line(
            FIELD_ON
            + [CMD("40 01 AA"), ACK(), LATE(1000000), ABORT(), CATCH_UP(RSP("41 00 66 66"))]
            + [CMD("40 01 BB"), ACK(), RSP("41 00 90 00")]
        )
        chip = Pn532(transport(line))

        async def cancelled(chip=chip):
            await chip._switch_field(True)
            task = asyncio.create_task(chip.exchange(b"\xaa"))
            await asyncio.sleep_ms(20)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                return bytes(await chip.exchange(b"\xbb"))

        assert run(cancelled()) == b"\x90\x00"
        line.end()


class _Silent:
    """A machine.UART, I2C, SPI and Pin on which nobody ever says anything, without allocating."""

    def any(self):
        return 0

    def readfrom_into(self, _address, buffer):
        buffer[0] = 0

    def write_readinto(self, _data, buffer):
        buffer[1] = 0

    def __call__(self, _level):
        pass


def test_waiting_allocates_nothing():
    silent = _Silent()
    for transport in (Hsu(silent), I2c(silent), Spi(silent, silent)):
        chip = Pn532(transport)
        used = [run(_allocated(chip, times)) for times in (10, 10, 200)]
        assert used[2] <= used[1], (used, transport)


async def _allocated(chip, ms):
    """Bytes allocated while the chip is waited for in vain; 0 where nothing tells."""
    if not hasattr(gc, "mem_alloc"):
        return 0
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    await chip._wait(ms)
    used = gc.mem_alloc() - before
    gc.enable()
    return used


def test_time_is_split_between_bus_and_card():
    line = Line([CMD("40 01 AA"), ACK(), LATE(30), RSP("41 00 90 00")])
    chip = Pn532(hsu(line))
    run(chip.exchange(b"\xaa"))
    assert chip.card_us > 20000
    assert chip.bus_us < chip.card_us
    chip.reset_times()
    assert (chip.bus_us, chip.card_us) == (0, 0)


class _Noise:
    """A machine.UART on a line that is full of what looks like the beginning of frames."""

    def __init__(self, seed):
        random.seed(seed)

    def any(self):
        return random.getrandbits(3)

    def readinto(self, buffer, size):
        for index in range(size):
            choice = random.getrandbits(3)
            buffer[index] = _LIKELY[choice] if choice < 7 else random.getrandbits(8)
        return size

    def write(self, data):
        return len(data)


_LIKELY = b"\x00\x00\xff\x00\xd5\x4b\x03"


def test_noise_is_a_chip_error():
    for seed in range(30):
        error = raises(ChipError, run, Pn532(Hsu(_Noise(seed))).start())
        assert str(error)


# What is of one bus only


def test_hsu_with_one_byte_at_a_time():
    line = Line(START)
    run(Pn532(Hsu(FakeUart(line, lump=1))).start())
    line.end()


def test_hsu_with_ack_and_answer_in_one_lump():
    both = ("chip", ACK()[1] + RSP("15")[1])
    line = Line(START[:2] + [both] + START[4:])
    run(Pn532(Hsu(FakeUart(line, lump=100))).start())
    line.end()


def test_i2c_reads_a_longer_frame_again():
    data = "01 01 00 04 20 04 08 A1 B2 C3 40" + "00" * 63
    line = Line(FIELD_ON + POLL + [RSP("4B" + data), NACK(), LATE(3), RSP("4B" + data)])
    card = run(Pn532(i2c(line)).poll())
    line.end()
    assert card.ats == bytes(63)


def test_i2c_with_its_irq_pin_leaves_the_bus_alone():
    line = Line(FIELD_ON + POLL + [LATE(20), RSP("4B 00")])
    bus = FakeI2c(line)
    reads = []
    read = bus.readfrom_into

    def counted(address, buffer):
        reads.append(len(buffer))
        read(address, buffer)

    bus.readfrom_into = counted
    chip = Pn532(I2c(bus, irq=lambda: 0 if line.ready() else 1))
    assert run(chip.poll()) is None
    line.end()
    assert reads.count(1) == 0
