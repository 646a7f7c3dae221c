from fakes_pn532 import frame
from support import raises

from borne import limits
from borne.errors import DecodeError
from borne.nfc import pn532_frame


def _built(command, data):
    buffer = bytearray(limits.PN532_FRAME_MAX)
    buffer[pn532_frame.DATA : pn532_frame.DATA + len(data)] = data
    return bytes(pn532_frame.build(buffer, command, len(data)))


def _received(said):
    buffer = bytearray(limits.PN532_FRAME_MAX)
    buffer[: len(said)] = said
    return buffer, len(said)


def test_a_frame_as_the_manual_prints_it():
    assert _built(0x02, b"") == bytes.fromhex("0000ff02fed4022a00")


def test_frames_around_the_limit_of_the_normal_form():
    for size in (0, 1, 252, 253, 254, 255, 263):
        data = bytes([index & 0xFF for index in range(size)])
        assert _built(0x40, data) == frame(0xD4, b"\x40" + data)


def test_more_than_one_frame_carries_is_refused():
    raises(ValueError, _built, 0x40, bytes(264))


def test_what_is_built_is_opened():
    for size in (0, 253, 254, 263):
        said = frame(0xD5, b"\x41" + bytes(size))
        assert bytes(pn532_frame.opened(*_received(said))) == b"\xd5\x41" + bytes(size)


def test_missing_never_reaches_into_the_next_frame():
    for said in (pn532_frame.ACK, frame(0xD5, b"\x03"), frame(0xD5, bytes(264))):
        for garbage in (b"", b"\x00", b"\xff\x55", b"\x00\x00\x00"):
            whole = garbage + said
            for lost_preamble in (0, 1):
                stream = (whole + pn532_frame.ACK)[lost_preamble:]
                buffer = bytearray(limits.PN532_FRAME_MAX)
                count = 0
                while True:
                    more = pn532_frame.missing(buffer, count)
                    if not more:
                        break
                    buffer[count : count + more] = stream[count : count + more]
                    count += more
                assert count == len(whole) - lost_preamble


def test_an_ack_is_none():
    assert pn532_frame.opened(*_received(pn532_frame.ACK)) is None


def test_each_wrong_byte_is_noticed():
    said = frame(0xD5, b"\x03\x32\x01\x06\x07")
    for index in range(1, len(said) - 1):  # preamble and postamble may be anything
        spoiled = bytearray(said)
        spoiled[index] ^= 0x10
        raises(DecodeError, pn532_frame.opened, *_received(spoiled))


def test_a_nack_from_the_chip_is_refused():
    raises(DecodeError, pn532_frame.opened, *_received(pn532_frame.NACK))


def test_a_frame_cut_short_is_refused():
    said = frame(0xD5, b"\x03\x32\x01\x06\x07")
    for count in range(len(said) - 1):
        buffer, _ = _received(said)
        raises(DecodeError, pn532_frame.opened, buffer, count)
        assert pn532_frame.missing(buffer, count) > 0


def test_lengths_beyond_the_chips_own_are_refused():
    for high, low in ((0, 0), (1, 10), (0xFF, 0xFF)):
        head = bytes([0, 0, 0xFF, 0xFF, 0xFF, high, low, (-high - low) & 0xFF])
        raises(DecodeError, pn532_frame.missing, *_received(head))


def test_garbage_without_an_end_is_refused():
    buffer = bytearray(limits.PN532_FRAME_MAX)
    raises(DecodeError, pn532_frame.missing, buffer, len(buffer))
