"""The host's end of the link against terminals that lie, and its use of the control lines."""

import hashlib
import os

import pytest
import serial
from fake_terminal import HELLO, Fake
from guard import HUNG

from bornetools.link import client as client_module
from bornetools.link import courier
from bornetools.link.client import (
    CannotOpen,
    Client,
    LinkFailure,
    PortMissing,
    PortTaken,
    Refused,
    read_file,
    send_file,
)

DATA = bytes(range(256)) * 10
DIGEST = hashlib.sha256(DATA).digest()


def answers(*given):
    """A terminal that gives one after the other."""
    left = list(given)
    return lambda name, fields: left.pop(0) if left else []


def test_what_is_no_answer_is_passed_over():
    def answer(name, fields):
        yield b"boot: 1.2.3\r\n\0\0\x05\x01\0" + os.urandom(200).replace(b"\0", b"") + b"\0"
        yield [999, 0, {}]  # of an earlier request
        yield [0, 3, {}]
        yield [0, 77, {"of": "a newer terminal"}]
        yield [0, HELLO]

    with Fake(answer) as fake, Client(fake.port) as client:
        assert client.request("hello") == HELLO
        assert client.next_event(0) == ("gone", {})
        assert client.next_event(0) is None
    assert fake.requests == [("hello", {})]


class Seconds:
    """To wait at each try: a moment where nothing will come."""

    def __init__(self, *each: float) -> None:
        self._each = list(each)

    def __radd__(self, now: float) -> float:
        return now + self._each.pop(0)


def test_a_request_is_repeated_until_it_is_answered():
    silence = [[], [[0, "FRAME", {}]], [b"\x03\x03"], [b"\0", [0, HELLO]]]
    seconds = Seconds(0.1, HUNG, 0.1, HUNG, 0.1, 0.1, 0.1, 0.1)
    with Fake(answers(*silence)) as fake, Client(fake.port, (seconds, 4)) as client:
        assert client.request("hello") == HELLO
        assert len(fake.requests) == 4
        with pytest.raises(LinkFailure, match="no terminal answers"):
            client.request("hello")


@pytest.mark.parametrize("result", [{}, {**HELLO, "version": -1}, {**HELLO, "terminal": b"T"}])
def test_a_malformed_answer(result):
    with (
        Fake(answers([[0, result]])) as fake,
        Client(fake.port) as client,
        pytest.raises(LinkFailure, match="malformed"),
    ):
        client.request("hello")


def test_a_refusal_has_a_code():
    refusals = answers([["ROLLBACK", {"detail": "x"}]], [[5, {}]])
    with Fake(refusals) as fake, Client(fake.port) as client:
        with pytest.raises(Refused) as refused:
            client.request("commit")
        assert (refused.value.code, refused.value.result) == ("ROLLBACK", {"detail": "x"})
        with pytest.raises(Refused):
            client.request("commit")


def test_a_file_goes_from_where_the_terminal_has_it():
    moved = []
    replies = answers(
        [["OFFSET", {"offset": 1500}]], [[0, {"offset": 2524}]], [[0, {"offset": 2560}]]
    )
    with Fake(replies) as fake, Client(fake.port) as client:
        assert send_file(client, "keys.cbor", DIGEST, DATA, moved.append) == 1024 + 36
    assert [(fields["offset"], fields["data"]) for _, fields in fake.requests] == [
        (0, DATA[:1024]),
        (1500, DATA[1500:2524]),
        (2524, DATA[2524:]),
    ]
    assert sum(moved) == len(DATA)


def test_a_file_spoiled_by_an_earlier_courier_is_sent_anew_once():
    replies = answers([["HASH", {}]], [[0, {"offset": 3}]])
    with Fake(replies) as fake, Client(fake.port) as client:
        assert send_file(client, "x.cbor", DIGEST, b"abc") == 3
    replies = answers([["HASH", {}]], [["HASH", {}]])
    with Fake(replies) as fake, Client(fake.port) as client, pytest.raises(Refused):
        send_file(client, "x.cbor", DIGEST, b"abc")


@pytest.mark.parametrize(
    "answer",
    [
        [0, {"offset": 5000}],
        [0, {"offset": 0}],
        ["OFFSET", {"offset": 0}],
        ["OFFSET", {"offset": "0"}],
        ["OFFSET", {}],
        ["OFFSET", {"offset": -1}],
    ],
)
def test_a_terminal_that_loses_its_place(answer):
    with (
        Fake(lambda *_: [answer]) as fake,
        Client(fake.port) as client,
        pytest.raises(LinkFailure, match="loses its place"),
    ):
        send_file(client, "keys.cbor", DIGEST, DATA)


def test_a_file_that_never_ends():
    with (
        Fake(lambda *_: [[0, {"size": 1 << 40, "data": b"x" * 1000}]]) as fake,
        Client(fake.port) as client,
        pytest.raises(LinkFailure, match="larger"),
    ):
        read_file(client, "timestamp.json", 2000)


class Repository:
    """A Source that has what is asked for."""

    def __init__(self):
        self.asked = []

    def metadata(self, root):
        return {"timestamp.json": b"{}", "4.snapshot.json": b"{}", "4.targets.json": b"{}"}

    def targets_version(self, found):
        return 4

    def target(self, name, sha256, size):
        self.asked.append(name)
        return b"x" * size


def wants(*files):
    """A terminal that takes everything, and asks for these files for ever."""

    def answer(name, fields):
        if name == "put":
            yield [0, {"offset": fields["offset"] + len(fields["data"])}]
        elif name == "commit":
            yield ["WANTED", {"files": list(files)}]
        else:
            known = {"hello": HELLO, "time": {"time": 5}, "get": {"size": 1, "data": b"x"}}
            yield [0, known[name]]

    return answer


@pytest.mark.parametrize(
    "files",
    [
        [],
        ["keys.cbor"],
        [["keys.cbor", DIGEST]],
        [["keys.cbor", DIGEST[1:], 1]],
        [["keys.cbor", DIGEST, -1]],
        [["keys.cbor", DIGEST, 1 << 40]],
        [["../keys/root.pem", DIGEST, 1]],
        [["/etc/hostname.txt", DIGEST, 1]],
        [["status/../../x.rsl", DIGEST, 1]],
        [["a.cbor?x=1", DIGEST, 1]],
        [["keys.cbor", DIGEST, 1], ["a\0.cbor", DIGEST, 1]],
    ],
)
def test_a_terminal_gets_no_file_by_a_name_that_is_none(files):
    source = Repository()
    with Fake(wants(*files)) as fake:
        outcome = courier.sync(fake.port, source)
    assert outcome.status == "failed"
    assert "malformed" in outcome.explanation
    assert source.asked == []


def test_a_terminal_that_wants_files_without_end():
    with Fake(wants(["keys.cbor", DIGEST, 1])) as fake:
        outcome = courier.sync(fake.port, Repository())
    assert (outcome.status, outcome.after) == ("failed", 3)
    assert "without end" in outcome.explanation


def test_another_version_of_the_link():
    with Fake(lambda *_: [[0, {**HELLO, "protocol": 2}]]) as fake:
        outcome = courier.sync(fake.port, Repository())
    assert "another version" in outcome.explanation


def test_opening_a_port_never_sets_rts_without_dtr(monkeypatch):
    """That holds an ESP32 in reset. Systems set both when a port is opened."""
    states = []

    class Port(serial.Serial):
        def _update_dtr_state(self):
            self._lines = (self._dtr_state, self._lines[1])
            states.append(self._lines)

        def _update_rts_state(self):
            self._lines = (self._lines[0], self._rts_state)
            states.append(self._lines)

        def open(self):
            self._lines = (True, True)
            super().open()

    monkeypatch.setattr(client_module.serial, "Serial", Port)
    with Fake(lambda *_: []) as fake, Client(fake.port):
        pass
    assert (False, True) not in states
    assert states[-1] == (False, False)


def test_a_port_that_another_program_has_or_that_is_not_there():
    with (
        Fake(lambda *_: []) as fake,
        Client(fake.port),
        pytest.raises(PortTaken, match="cannot open: another program has it"),
    ):
        Client(fake.port)
    with pytest.raises(PortMissing, match="is it plugged in"):
        Client("/dev/not-there")
    with pytest.raises(CannotOpen) as refused:
        Client(os.devnull)
    assert not isinstance(refused.value, PortTaken | PortMissing)


@pytest.mark.parametrize("command", ["hello", "subscribe"])
def test_what_is_sent_to_a_terminal_that_may_still_start_has_no_ctrl_c(command, monkeypatch):
    fields = {"seconds": 60, "identity": True} if command == "subscribe" else {}
    sent = []
    with Fake(lambda *_: []) as fake, Client(fake.port, (0, 1)) as client:
        monkeypatch.setattr(client, "_write", sent.append)
        for _ in range(300):  # of which by chance some twenty would have one
            with pytest.raises(LinkFailure, match="no terminal answers"):
                client.request(command, **fields)
    assert len(set(sent)) == 300
    assert b"\x03" not in b"".join(sent)


def test_a_request_that_cannot_be_without_ctrl_c_is_sent_all_the_same():
    with Fake(lambda *_: [[0, {}]]) as fake, Client(fake.port) as client:
        client.request("identify", seconds=3)
    assert fake.requests == [("identify", {"seconds": 3})]


def test_a_port_that_is_pulled_out():
    with Fake(lambda *_: []) as fake, Client(fake.port) as client:
        fake.pull()
        with pytest.raises(LinkFailure, match="connection is lost|no terminal answers"):
            client.request("hello")
