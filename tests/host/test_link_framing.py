"""The firmware's framing against the cobs package and zlib, which are independent of it."""

import zlib

from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from borne import limits
from borne.errors import DecodeError
from borne.link.framing import Receiver, encode

payloads = st.one_of(
    st.binary(max_size=limits.LINK_CHUNK_MAX),
    st.lists(st.sampled_from([b"\0", b"\x01" * 253, b"\x02" * 254, b"\x03" * 255])).map(
        lambda parts: b"".join(parts)[: limits.LINK_CHUNK_MAX]
    ),
)


def reference(payload):
    return cobs.encode(payload + zlib.crc32(payload).to_bytes(4, "little"))


@given(payloads)
def test_encodes_as_cobs_does(payload):
    assert encode(payload) == b"\0" + reference(payload) + b"\0"


@given(st.lists(st.one_of(payloads, st.binary(min_size=1, max_size=100)), max_size=4))
def test_decodes_what_cobs_and_the_crc_let_through_and_nothing_else(blocks):
    """Each block is taken for the inside of a frame: mostly it is none."""
    for block in [*blocks, *map(reference, blocks)]:
        block = block.replace(b"\0", b"\x07")
        if not block:
            continue
        try:
            data = cobs.decode(block)
            right = len(data) >= 4 and zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "little")
            expected = data[:-4] if right else "spoiled"
        except cobs.DecodeError:
            expected = "spoiled"
        receiver = Receiver()
        space = receiver.space()
        if len(block) >= len(space):
            continue
        space[: len(block) + 1] = block + b"\0"
        receiver.received(len(block) + 1)
        try:
            found = bytes(receiver.payload())
        except DecodeError:
            found = "spoiled"
        assert found == expected
