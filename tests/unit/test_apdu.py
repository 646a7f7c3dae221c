from fakes_card import C, FakeCard, R
from support import raises, run

from borne import limits
from borne.errors import ApduError, DecodeError, GoneError
from borne.nfc import apdu


def transmit(trace, *args, **kwargs):
    """What the command brings, once the trace has been played to its end."""
    card = FakeCard(*trace)
    response = bytes(run(apdu.transmit(card, *args, **kwargs)))
    card.end()
    return response


def fails(kind, trace, *args, **kwargs):
    card = FakeCard(*trace)
    error = raises(kind, run, apdu.transmit(card, *args, **kwargs))
    card.end()
    return error


def test_case_1():
    assert transmit([C("00 44 00 00"), R("9000")], 0x44, 0, 0, le=0) == b""


def test_case_2():
    assert transmit([C("00 B0 01 02 10"), R("9000", b"abc")], 0xB0, 1, 2, le=16) == b"abc"
    assert transmit([C("00 B0 01 02 00"), R("9000", b"abc")], 0xB0, 1, 2) == b"abc"


def test_case_3():
    assert transmit([C("00 D6 00 00 02 AA BB"), R("9000")], 0xD6, 0, 0, b"\xaa\xbb", 0) == b""


def test_case_4():
    trace = [C("80 88 00 00 02 AA BB 00"), R("9000", b"xyz")]
    assert transmit(trace, 0x88, 0, 0, b"\xaa\xbb", cla=0x80) == b"xyz"


def test_256_bytes_in_one_response():
    data = bytes(range(256))
    assert transmit([C("00 B0 00 00 00"), R("9000", data)], 0xB0, 0, 0) == data


def test_255_bytes_are_one_command():
    data = bytes(255)
    assert transmit([C("00 88 00 00 FF", data + b"\0"), R("9000")], 0x88, 0, 0, data) == b""


def test_more_are_chained():
    data = bytes([index % 251 for index in range(511)])
    trace = [
        C("10 88 00 00 FF", data[:255]),
        R("9000"),
        C("10 88 00 00 FF", data[255:510]),
        R("9000"),
        C("00 88 00 00 01", data[510:] + b"\0"),
        R("9000", b"ok"),
    ]
    assert transmit(trace, 0x88, 0, 0, data) == b"ok"


def test_a_chain_ends_with_the_first_error():
    error = fails(ApduError, [C("10 88 00 00 FF", bytes(255)), R("6884")], 0x88, 0, 0, bytes(256))
    assert (error.sw, str(error)) == (0x6884, "command chaining not supported")


def test_too_much_data_is_not_sent():
    fails(ValueError, [], 0x88, 0, 0, bytes(limits.APDU_COMMAND_MAX + 1))


def test_get_response():
    first, second = bytes([1]) * 256, bytes([2]) * 256
    trace = [
        C("00 88 00 00 00"),
        R("6100", first),
        C("00 C0 00 00 00"),
        R("6103", second),
        C("00 C0 00 00 03"),
        R("9000", b"end"),
    ]
    assert transmit(trace, 0x88, 0, 0) == first + second + b"end"


def test_get_response_is_not_sent_with_the_data_again():
    trace = [C("00 88 00 00 01 AA 00"), R("6102"), C("00 C0 00 00 02"), R("9000", b"ab")]
    assert transmit(trace, 0x88, 0, 0, b"\xaa") == b"ab"


def test_an_error_after_a_part():
    trace = [C("00 88 00 00 00"), R("6101", b"a"), C("00 C0 00 00 01"), R("6985")]
    assert fails(ApduError, trace, 0x88, 0, 0).sw == 0x6985


def test_the_right_le():
    trace = [C("00 B0 00 00 00"), R("6C04"), C("00 B0 00 00 04"), R("9000", b"abcd")]
    assert transmit(trace, 0xB0, 0, 0) == b"abcd"


def test_the_right_le_of_get_response():
    trace = [
        C("00 B0 00 00 00"),
        R("6110", b"ab"),
        C("00 C0 00 00 10"),
        R("6C02"),
        C("00 C0 00 00 02"),
        R("9000", b"cd"),
    ]
    assert transmit(trace, 0xB0, 0, 0) == b"abcd"


def test_statuses_by_name():
    for sw, name in (
        (0x6A82, "file or application not found"),
        (0x6985, "conditions of use not satisfied"),
        (0x6D00, "instruction not supported"),
        (0x1234, "unknown status"),
    ):
        error = fails(ApduError, [C("00 44 00 00"), R("{:04X}".format(sw))], 0x44, 0, 0, le=0)
        assert (error.sw, str(error)) == (sw, name)
        assert apdu.sw_name(sw) == name


def test_a_response_without_status():
    for response in ("", "90"):
        fails(DecodeError, [C("00 44 00 00"), R(response)], 0x44, 0, 0, le=0)


def test_the_longest_response():
    parts = limits.APDU_RESPONSE_MAX // 256
    trace = [C("00 88 00 00 00"), R("6100", bytes(256))]
    trace += [C("00 C0 00 00 00"), R("6100", bytes(256))] * (parts - 2)
    last = [C("00 C0 00 00 00"), R("9000", bytes(256))]
    assert len(transmit(trace + last, 0x88, 0, 0)) == limits.APDU_RESPONSE_MAX
    one_more = [C("00 C0 00 00 00"), R("6100", bytes(256)), C("00 C0 00 00 00"), R("9000", b"x")]
    assert fails(DecodeError, trace + one_more, 0x88, 0, 0).reason == "response too long"


def test_a_response_without_an_end():
    more = [C("00 C0 00 00 01"), R("6101")] * (limits.APDU_PARTS_MAX - 1)
    error = fails(DecodeError, [C("00 88 00 00 00"), R("6101")] + more, 0x88, 0, 0)
    assert error.reason == "response without an end"


def test_wrong_le_for_ever():
    trace = [C("00 B0 00 00 00"), R("6C01")]
    trace += [C("00 B0 00 00 01"), R("6C01")] * (limits.APDU_PARTS_MAX - 1)
    fails(DecodeError, trace, 0xB0, 0, 0)


def test_a_card_that_leaves():
    gone = GoneError("time out")
    fails(
        GoneError,
        [C("00 88 00 00 00"), R("6101"), C("00 C0 00 00 01"), ("error", gone)],
        0x88,
        0,
        0,
    )
