"""The emulated chip's serial line and its own commands, as traces. Time is virtual: nothing sleeps."""

import pytest

ACK, NACK = "0000FF00FF00", "0000FFFF0000"
SYNTAX_ERROR = "0000FF01FF7F8100"
FOUND = "D54B 01 01 0004 20 04 08010203 0578778100"
FIELD_ON = "D432 01 01"


def test_version_byte_for_byte(sleeper):
    assert sleeper.send("55 55 00 00 00 00FF02FED4022A00") == ACK
    assert sleeper.wait() == "0000FF06FAD50332010607E800"


@pytest.mark.parametrize("preamble", ["55", "00" * 10, "5555" + "00" * 14])
def test_a_sleeping_chip_wakes_up(sleeper, preamble):
    assert sleeper.send(preamble) == ""
    sleeper.trace(("D402", "D503 32010607"))


@pytest.mark.parametrize("preamble", ["", "00", "0000"])
def test_a_frame_that_wakes_the_chip_is_lost(sleeper, preamble):
    assert sleeper.send(preamble + "0000FF02FED4022A00") == ""
    assert sleeper.wait(10) == ""
    sleeper.trace(("D402", "D503 32010607"))


def test_bytes_arrive_one_by_one(host):
    sent = [host.send(f"{byte:02X}") for byte in bytes.fromhex("0000FF02FED4022A00")]
    assert sent == [""] * 7 + [ACK, ""]


def test_garbage_before_a_frame_is_skipped(host):
    assert host.send("12 FF 34 00 00 00 00 FF 02 FE D4 02 2A 00") == ACK


@pytest.mark.parametrize(
    "broken", ["0000FF02FDD4022A00", "0000FF02FED4022B00", "0000FFFFFFFFFF0200"]
)
def test_a_wrong_checksum_or_length_gets_no_ack(host, broken):
    assert host.send(broken) == ""
    assert host.wait(10) == ""
    host.trace(("D402", "D503 32010607"))


def test_extended_frames_both_ways(host):
    line = "D400 00" + "A5" * 262  # the longest: 265 bytes with TFI
    assert host.ask(line).hex() == "d50100" + "a5" * 262
    assert host.send("0000FFFFFF0109F6") == ""
    assert host.send("D40000" + "A5" * 262 + "4E00") == ACK
    assert host.wait()[:16] == "0000FFFFFF0109F6"


@pytest.mark.parametrize(
    ("length", "head"),
    [(254, "0000FFFE02"), (255, "0000FFFF01"), (256, "0000FFFFFF0100FF")],
)
def test_frames_around_the_border(host, length, head):
    host.begin("D400 00" + "5A" * (length - 3))
    assert host.wait().startswith(head + "D501005A")


@pytest.mark.parametrize(
    "payload",
    ["D4", "D4FF", "D502", "D402 00", "D400", "D400 55", "D406 63", "D408 6302", "D410", "D410 09"]
    + ["D412", "D414", "D414 00", "D416", "D432", "D432 05 00", "D432 03 00", "D440", "D44A 01"]
    + ["D44A 03 00", "D44A 01 09", "D444", "D452", "D454", "D48C 00"],
)
def test_what_the_chip_cannot_parse_is_a_syntax_error(host, payload):
    host.begin(payload)
    assert host.wait() == SYNTAX_ERROR
    host.trace(("D402", "D503 32010607"))


def test_nack_repeats_the_last_answer(host):
    host.begin("D402")
    answer = host.wait()
    assert host.send(NACK) == answer
    assert host.send(ACK) == ""  # an ACK of the answer: nothing to abort
    assert host.send(NACK + NACK) == answer * 2


def test_nack_without_an_answer_repeats_nothing(sleeper):
    assert sleeper.send("55" + NACK) == ""
    sleeper.ask("D402")
    sleeper.begin("D44A 01 00")
    assert sleeper.send(NACK) == ""


def test_an_ack_aborts(host, field, echo):
    host.trace(("D432 05 FF 01 FF", "D533"))
    host.begin("D44A 01 00")
    assert host.wait(10) == ""
    assert host.send(ACK) == ""
    field.put(echo)
    assert host.wait(10) == ""
    host.trace(("D402", "D503 32010607"))


def test_a_new_command_ends_the_one_before(host, field):
    host.trace(("D432 05 FF 01 FF", "D533"))
    host.begin("D44A 01 00")
    host.trace(("D402", "D503 32010607"))
    assert host.wait(10) == ""


def test_commands_in_a_row_are_answered_in_a_row(host):
    version = "0000FF02FED4022A00"
    answer = "0000FF06FAD50332010607E800"
    assert host.send(version * 2) == ACK + answer + ACK
    assert host.wait() == answer


def test_the_baud_rate_changes_with_the_hosts_ack(host):
    host.trace(("D410 07", "D511"))
    assert host.chip.baud is None
    host.send(ACK)
    assert host.chip.baud == 921600


@pytest.mark.parametrize("command", ["D416 F0", "D416 B0 00"])
def test_power_down_until_woken_up(host, field, echo, command):
    field.put(echo)
    host.trace(("D44A 01 00", FOUND), (command, "D517 00"))
    assert echo.resets == 2  # its field is off
    assert host.send("0000FF02FED4022A00") == ""
    assert host.wait(10) == ""
    host.trace(("D402", "D503 32010607"))


def test_power_down_without_hsu_wakes_up_by_reset_only(host):
    host.trace(("D416 20", "D517 00"))
    assert host.send("55" * 20 + "0000FF02FED4022A00") == ""
    host.chip.reset(0)
    host.chip.reset(1)
    assert host.send("55" * 20 + "0000FF02FED4022A00") == ACK


def test_reset_holds_and_forgets(host, field, echo):
    field.put(echo)
    host.trace(("D44A 01 00", FOUND))
    host.begin("D440 01 01")
    host.chip.reset(0)
    assert (host.chip.due, host.send("55" + "0000FF02FED4022A00")) == (None, "")
    host.chip.reset(1)
    assert echo.resets == 2
    host.send("55")
    host.trace(("D440 01 00", "D541 27"), ("D44A 01 00", FOUND))


def test_a_silent_chip_recovers_by_reset(host):
    host.begin("D402")
    host.chip.silent = True
    assert (host.wait(10), host.send("55 0000FF02FED4022A00")) == ("", "")
    host.chip.reset(0)
    host.chip.reset(1)
    assert host.send("55 0000FF02FED4022A00") == ACK


# Its own commands


def test_registers_have_no_status_byte(host):
    host.trace(
        ("D406 6339", "D507 26"),
        ("D408 6302 80 6303 81", "D509"),
        ("D406 6303 6302 633D", "D507 81 80 00"),
    )


def test_the_transmitter_register_shows_the_field(host):
    host.trace(("D406 6304", "D507 80"), (FIELD_ON, "D533"), ("D406 6304", "D507 83"))


def test_diagnose(host):
    host.trace(("D400 00 6C69", "D501 00 6C69"), ("D400 01", "D501 00"), ("D400 02", "D501 00"))


def test_configuration_items(host):
    for item in (
        "01 01",
        "02 000B0A",
        "04 00",
        "0A" + "00" * 11,
        "0B" + "00" * 8,
        "0C 000000",
        "0D" + "00" * 9,
    ):
        host.trace(("D432" + item, "D533"))


def test_general_status(host, field, echo):
    host.trace(("D404", "D505 00 00 00 00"))
    field.put(echo)
    host.trace(("D44A 01 00", FOUND), ("D404", "D505 00 01 01 01 00 00 00 00"))
