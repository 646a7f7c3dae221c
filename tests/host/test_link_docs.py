"""docs/link.md: its examples byte by byte, by libraries that the firmware does not share; its tables."""

import ast
import re
import zlib
from pathlib import Path

import cbor2
import pytest
from cobs import cobs

from borne import limits
from borne.link import framing, messages
from bornetools.link import explain

TEXT = (Path(__file__).parents[2] / "docs" / "link.md").read_text()
EXAMPLES = re.findall(r"^message (.+?)\nframe   (.+?)(?=\nmessage|\n```)", TEXT, re.S | re.M)


def literal(text):
    text = re.sub(r"h'([0-9a-f]*)'", r"bytes.fromhex('\1')", " ".join(text.split()))
    text = re.sub(r"bytes\.fromhex\('([0-9a-f]*)'\)", lambda m: repr(bytes.fromhex(m[1])), text)
    for name, value in (("null", "None"), ("false", "False"), ("true", "True")):
        text = text.replace(name, value)
    return ast.literal_eval(text)


@pytest.mark.parametrize(("message", "frame"), EXAMPLES)
def test_example(message, frame):
    message, frame = literal(message), bytes.fromhex(frame)
    payload = cbor2.dumps(message, canonical=True)
    data = payload + zlib.crc32(payload).to_bytes(4, "little")
    assert frame == b"\0" + cobs.encode(data) + b"\0"
    assert frame == framing.encode(messages.encode(*message))
    seq, what, fields = message
    if seq == 0 and isinstance(what, int):
        assert 1 <= what <= len(messages.EVENTS)
    elif isinstance(what, str):
        assert what in explain.CODES
    elif what != messages.OK:
        assert messages.takes(fields, messages.COMMANDS[what - 1][1])


def test_there_are_examples():
    assert len(EXAMPLES) == 21


def rows(title):
    table = TEXT[TEXT.index(title) :].split("\n\n")[0]
    return [line.split("|")[1:-1] for line in table.splitlines()[2:]]


def test_tables_say_what_the_code_says():
    commands = rows("| command |")
    assert [row[0].split() for row in commands] == [
        [str(number), command[0]] for number, command in enumerate(messages.COMMANDS, 1)
    ]
    for row, command in zip(commands, messages.COMMANDS, strict=True):
        named = re.findall(r"`([a-z_0-9]+)`", row[1] + row[2])
        wanted = [item.split(":")[0] for item in (command[1] + " " + command[2]).split()]
        assert named == wanted, command
    assert [row[0].split() for row in rows("| kind |")] == [
        [str(number), name] for number, name in enumerate(messages.EVENTS, 1)
    ]
    codes = {code for row in rows("| code |") for code in re.findall(r"`([A-Z_]+)`", row[0])}
    assert codes | {"FRAME", "MESSAGE"} == set(explain.CODES)
    for bound in ("CHUNK_MAX", "FRAME_MAX", "SUBSCRIPTION_MAX", "IDENTIFY_MAX"):
        assert str(getattr(limits, "LINK_" + bound)) in TEXT
