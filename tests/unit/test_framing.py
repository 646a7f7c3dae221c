import os
from binascii import crc32, unhexlify

from support import raises

from borne import limits
from borne.errors import DecodeError
from borne.link.framing import Receiver, encode


def feed(receiver, data):
    """What comes of `data`, in pieces as large as the receiver takes: payloads, and "spoiled"."""
    found = []
    data = bytes(data)
    while True:
        try:
            payload = receiver.payload()
        except DecodeError:
            found.append("spoiled")
            continue
        if payload is not None:
            found.append(bytes(payload))
            continue
        if not data:
            return found
        space = receiver.space()
        piece = data[: min(len(space), 64)]
        space[: len(piece)] = piece
        receiver.received(len(piece))
        data = data[len(piece) :]


def payloads():
    for size in range(12):
        yield bytes(size)
        yield b"\x01" * size
    for size in range(240, 270):
        yield bytes([1 + at % 255 for at in range(size)])
        yield bytes([1 + at % 255 for at in range(size)]) + b"\0"
        yield b"\0" + bytes([at % 3 for at in range(size)])
    yield os.urandom(limits.LINK_CHUNK_MAX)
    yield b"\xff" * (limits.LINK_FRAME_MAX - 4 - 7)


def test_the_bytes_of_a_frame():
    # CRC-32 of "123456789" is CBF43926.
    assert encode(b"123456789") == unhexlify("000e" + "313233343536373839" + "2639f4cb" + "00")
    # CRC-32 of no bytes is 0: four zeros to stuff.
    assert encode(b"") == unhexlify("00" + "0101010101" + "00")


def test_what_is_encoded_comes_back_byte_by_byte_and_at_once():
    for payload in payloads():
        frame = encode(payload)
        assert frame[0] == 0 and frame.find(b"\0", 1) == len(frame) - 1
        assert feed(Receiver(), frame) == [payload]
        receiver = Receiver()
        found = []
        for at in range(len(frame)):
            found += feed(receiver, frame[at : at + 1])
        assert found == [payload]


def test_frames_that_share_a_zero_or_have_many():
    one, two = encode(b"one"), encode(b"two")
    assert feed(Receiver(), one + two + two) == [b"one", b"two", b"two"]
    assert feed(Receiver(), one[:-1] + two[:-1] + b"\0\0\0") == [b"one", b"two"]


def test_every_spoiled_bit_is_noticed_and_the_next_frame_is_read():
    frame = encode(b"\0payload\0")
    for bit in range(8, 8 * (len(frame) - 1)):
        spoiled = bytearray(frame)
        spoiled[bit // 8] ^= 1 << bit % 8
        found = feed(Receiver(), bytes(spoiled) + bytes(encode(b"next")))
        assert found[-1] == b"next" and found[:-1], bit
        assert set(found[:-1]) == {"spoiled"}, bit


def test_a_frame_cut_anywhere_costs_only_itself():
    frame = encode(b"\0payload\0")
    for end in range(2, len(frame) - 1):
        assert feed(Receiver(), frame[:end] + encode(b"next")) == ["spoiled", b"next"]


def test_no_frame_is_longer_than_the_buffer():
    longest = b"\xff" * (limits.LINK_FRAME_MAX - 4 - 6)
    assert len(encode(longest)) == limits.LINK_FRAME_MAX + 2  # the 0x00 in front and behind
    assert feed(Receiver(), encode(longest) + encode(b"next")) == [longest, b"next"]
    for more in (1, 2, 100, limits.LINK_FRAME_MAX, 5 * limits.LINK_FRAME_MAX):
        too_long = encode(longest + b"\xff" * more)
        assert feed(Receiver(), too_long + encode(b"next")) == ["spoiled", b"next"], more


def test_noise_gives_nothing_and_ends_with_the_next_frame():
    receiver = Receiver()
    for _ in range(30):
        noise = os.urandom(700)
        assert set(feed(receiver, noise)) <= {"spoiled"}
        assert feed(receiver, encode(b"still here"))[-1] == b"still here"


def test_a_payload_without_room_for_a_crc_is_spoiled():
    for payload in (b"", b"\x01", b"\x01\x02\x03"):
        receiver = Receiver()
        frame = bytes([len(payload) + 1]) + payload + b"\0"
        assert feed(receiver, frame) == ["spoiled"]


def test_a_payload_is_a_view_that_costs_no_copy():
    receiver = Receiver()
    frame = encode(b"payload")
    space = receiver.space()
    space[: len(frame)] = frame
    receiver.received(len(frame))
    view = receiver.payload()
    assert isinstance(view, memoryview) and bytes(view) == b"payload"
    assert raises(TypeError, receiver.received, None)
    assert crc32(b"payload") == int.from_bytes(frame[-5:-1], "little")
