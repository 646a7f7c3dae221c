"""The emulated chip and phones in its field, as traces of its serial line. Time is virtual."""

import pytest

from bornetools.emulator.chip import frames
from bornetools.emulator.chip.field import Busy, Gone
from bornetools.emulator.chip.pace import Pace
from bornetools.emulator.chip.pn532 import Pn532

ACK = "0000FF00FF00"
FOUND = "D54B 01 01 0004 20 04 08010203 0578778100"
NONE_FOUND = "D54B 00"
FIELD_OFF, FIELD_ON = "D432 01 00", "D432 01 01"


def test_bounded_retries_answer_in_bounded_time(host):
    began = host.now
    host.trace(("D44A 01 00", NONE_FOUND))
    assert host.now - began == pytest.approx(0.015)  # one attempt and two more


def test_endless_retries_wait_for_a_phone(host, field, echo):
    host.trace(("D432 05 FF 01 FF", "D533"))
    host.begin("D44A 01 00")
    assert host.wait(3600) == ""
    field.put(echo)
    assert host.wait(0.01) == frames.data(bytes.fromhex(FOUND)).hex().upper()


@pytest.mark.parametrize("modulation", ["01 00FFFF0100", "02 00FFFF0100", "03 00", "04"])
def test_other_modulations_find_nothing(host, field, echo, modulation):
    field.put(echo)
    host.trace(("D44A 01" + modulation, NONE_FOUND), ("D44A 01 00", FOUND))


def test_one_certain_uid(host, field, echo):
    field.put(echo)
    host.trace(("D44A 01 00 08010204", NONE_FOUND), ("D44A 01 00 08010203", FOUND))


def test_a_released_phone_is_found_only_after_the_field_was_off(host, field, echo):
    field.put(echo)
    host.trace(("D44A 01 00", FOUND), ("D452 01", "D553 00"), ("D44A 01 00", NONE_FOUND))
    host.trace((FIELD_OFF, "D533"), (FIELD_ON, "D533"), ("D44A 01 00", FOUND))
    assert echo.resets == 2


def test_the_same_phone_put_down_again_is_found_again(host, field, echo):
    field.put(echo)
    host.trace(("D44A 01 00", FOUND))
    field.remove()
    field.put(echo)
    host.trace(("D440 01 01", "D541 01"), ("D44A 01 00", FOUND), ("D440 01 01", "D541 00 01 9000"))
    assert echo.resets == 2


# Exchange


@pytest.fixture
def listed(host, field, echo):
    field.put(echo)
    host.trace(("D44A 01 00", FOUND))
    return host


def test_apdus_go_through(listed, echo):
    listed.trace(("D440 01 00A4", "D541 00 00A4 9000"), ("D440 01 00B0", "D541 00 00B0 9000"))
    assert echo.apdus == [b"\x00\xa4", b"\x00\xb0"]


def test_long_responses_come_in_extended_frames(listed, echo):
    echo.answers[b"\x01"] = bytes(256) + b"\x90\x00"
    assert listed.ask("D440 01 01") == b"\xd5\x41\x00" + bytes(256) + b"\x90\x00"


def test_the_host_says_that_more_follows(listed, echo):
    listed.trace(("D440 41" + "01" * 262, "D541 00"), ("D440 41 02", "D541 00"))
    assert echo.apdus == []
    assert listed.ask("D440 01 03")[:3] == b"\xd5\x41\x40"
    assert echo.apdus == [b"\x01" * 262 + b"\x02\x03"]


def test_the_chip_says_that_more_follows(listed, echo):
    response = bytes(range(256)) * 2 + b"\x90\x00"
    echo.answers[b"\x01"] = response
    assert listed.ask("D440 01 01") == b"\xd5\x41\x40" + response[:262]
    assert listed.ask("D440 01") == b"\xd5\x41\x00" + response[262:]
    listed.trace(("D440 01 02", "D541 00 02 9000"))


def test_a_busy_phone_only_takes_longer(listed, echo):
    echo.answers[b"\x01"] = Busy()
    listed.trace(("D440 01 01", "D541 00 01 9000"))


@pytest.mark.parametrize("target", ["00", "02"])
def test_a_target_that_was_not_listed(listed, target):
    listed.trace(
        ("D440" + target + "01", "D541 27"), ("D454" + target, "D555 27"), ("D452 02", "D553 27")
    )


def test_no_target_at_all(host):
    host.trace(("D440 01 01", "D541 27"), ("D452 00", "D553 00"), ("D444 00", "D545 00"))
    host.trace(("D444 01", "D545 27"), ("D400 06", "D501 27"))


def test_a_removed_phone_is_a_timeout_after_its_waiting_time(listed, field):
    field.remove()
    began = listed.now
    listed.trace(("D440 01 01", "D541 01"))
    assert listed.now - began == pytest.approx(0.0773, rel=0.01)  # FWI 8
    listed.trace(("D432 04 02", "D533"))
    began = listed.now
    listed.trace(("D440 01 01", "D541 01"))
    assert listed.now - began == pytest.approx(3 * 0.0773, rel=0.01)


def test_a_phone_that_leaves_while_it_computes(listed, field, echo):
    echo.answers[b"\x01"] = Gone()
    listed.trace(("D440 01 01", "D541 01"), (FIELD_OFF, "D533"), ("D44A 01 00", NONE_FOUND))
    assert field.presence() == (1, None)


def test_a_phone_taken_away_while_it_computes(listed, field, echo):
    echo.apdu = lambda command: field.remove() or b"\x90\x00"
    listed.trace(("D440 01 01", "D541 01"))


def test_another_phone_does_not_continue_the_first_ones_exchange(listed, field, echo):
    field.put(type(echo)())
    listed.trace(("D440 01 01", "D541 01"), ("D44A 01 00", FOUND))
    assert echo.apdus == []


def test_field_off_forgets_the_target(listed):
    listed.trace((FIELD_OFF, "D533"), ("D440 01 01", "D541 27"))


def test_a_deselected_target_is_selected_again(listed, echo):
    listed.trace(("D444 01", "D545 00"), ("D454 01", "D555 00"), ("D440 01 01", "D541 00 01 9000"))
    listed.trace(("D444 00", "D545 00"), ("D440 01 02", "D541 00 02 9000"))
    assert echo.resets == 1


def test_presence_check(listed, field):
    listed.trace(("D400 06", "D501 00"), ("D440 01 01", "D541 00 01 9000"), ("D400 06", "D501 00"))
    field.remove()
    listed.trace(("D400 06", "D501 01"))


# Raw frames


def test_the_host_may_run_iso_dep_itself(host, field, echo):
    field.put(echo)
    host.trace(
        ("D412 00", "D513"),  # no automatic RATS
        ("D44A 01 00", "D54B 01 01 0004 20 04 08010203"),
        ("D442 E080", "D543 00 0578778100"),
        ("D442 02 00A4", "D543 00 02 00A4 9000"),
        ("D442 C2", "D543 00 C2"),
        ("D442 03 00A4", "D543 01"),
    )


@pytest.mark.parametrize(("index", "seconds"), [("01", 0.0001), ("0A", 0.0512), ("10", 3.2768)])
def test_raw_silence_ends_with_the_configured_timeout(host, index, seconds):
    host.trace(("D432 02 000B" + index, "D533"))
    began = host.now
    host.trace(("D442 E080", "D543 01"))
    assert host.now - began == pytest.approx(seconds)


def test_raw_without_timeout_waits_for_the_host(host):
    host.trace(("D432 02 000B00", "D533"))
    host.begin("D442")
    assert host.wait(3600) == ""
    host.send(ACK)
    assert host.chip.due is None


def test_time_on_the_air(field, host, echo):
    """20 bytes there and 258 back at 106 kbit/s: 25 to 30 ms."""
    field.put(echo)
    echo.answers[bytes(20)] = bytes(256) + b"\x90\x00"
    host.chip = Pn532(field, Pace())
    host.send("55")
    host.trace(("D44A 01 00", FOUND))
    began = host.now
    host.ask("D440 01" + "00" * 20)
    assert 0.025 < host.now - began < 0.030
