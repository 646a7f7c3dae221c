"""What a device that is only plugged in can do to the bridge: it speaks the link, and says what it likes."""

import json
import os
import threading
import tty
from contextlib import suppress

import pytest
from bridge_world import Bridge, Told, check, next_event
from guard import HUNG
from hypothesis import given
from hypothesis import strategies as st
from mutations import examples

from borne import limits
from borne.link import messages
from bornetools.bridge import events
from bornetools.link import client, frames
from bornetools.printable import is_printable

NASTY = "\x1b[2J\x1b]0;Qzyx\x07\n\u202eT-1\u200b\x9b\ufeff"
HELLO = {
    "protocol": messages.PROTOCOL,
    "firmware": "1.0",
    "board": "ESP32",
    "terminal": "T-1",
    "free": 1,
    "root": 1,
    "version": 7,
    "as_of": 1000,
    "warn_after": 10,
    "refuse_after": 20,
    "time": 2000,
}
VERDICT = {"code": "VALID", "severity": "accept", "detail": ""}
HOLDER = {
    "family": NASTY,
    "given": "Ana",
    "birth_date": "1985-02-14",
    "nir": "255081416802538",
    "rank": 0,
    "until": None,
    "delegate": None,
    "name_from": "card",
}


class Liar(threading.Thread):
    """A context manager: a device that answers `hello` with this map, `subscribe` with that one, and then
    tells these events."""

    def __init__(self, hello, told=(), subscribed=None):
        super().__init__(daemon=True)
        self._hello, self._told = hello, told
        self._subscribed = subscribed or {"identity": True}
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        os.close(self._theirs)
        self.join(HUNG)  # else it would answer for the next one, whose file has the same number
        assert not self.is_alive()
        os.close(self._ours)

    def run(self):
        arrived = b""
        with suppress(OSError):  # nobody has the other side any more
            while True:
                arrived += os.read(self._ours, 4096)
                *whole, arrived = arrived.split(b"\0")
                for frame in whole:
                    if frame and (message := frames.decode(frame)):
                        self._answer(*message)

    def _answer(self, seq, command, fields):
        if command == frames.NUMBERS["hello"]:
            self._say(seq, messages.OK, self._hello)
        else:
            self._say(seq, messages.OK, self._subscribed)
        if fields.get("seconds"):
            for kind, more in self._told:
                self._say(0, 1 + messages.EVENTS.index(kind), more)

    def _say(self, *message):
        os.write(self._ours, frames.encode(list(message)))


def plugged_in(tmp_path, liar):
    running = Bridge(tmp_path, liar.port, "--http", 0, "--jsonl", "--identity")
    running.plug()
    return running


def all_printable(text):
    return all(one == "\n" or is_printable(one) for one in text)


def test_what_it_calls_itself_is_printed_without_what_a_screen_obeys(tmp_path):
    hello = {**HELLO, "terminal": NASTY, "board": NASTY, "firmware": NASTY}
    told = [
        ("fault", {"code": "NO_READER", "detail": NASTY}),
        ("verdict", {**VERDICT, "detail": NASTY, "holder": HOLDER}),
    ]
    with Liar(hello, told) as liar, plugged_in(tmp_path, liar) as running:
        with running.events() as software:
            seen = [next_event(software, kind) for kind in ("fault", "verdict")]
        connected = running.stderr.find("is connected")
        assert all_printable(connected)
        assert "T-1" in connected
        assert check("Terminal", running.get("/terminal")[1])["terminal"]
        assert all_printable(seen[0]["detail"] + seen[1]["detail"])
        assert all_printable(seen[1]["holder"]["family"])
        assert running.end() == 0
        assert all_printable(running.stderr.text)
        for line in running.stdout.text.splitlines():
            assert "\\u001b" not in line
            check("Event", json.loads(line))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"protocol": 99}, "OTHER_VERSION"),
        ({"protocol": 99, "free": None, "time": "2027-01-01"}, "OTHER_VERSION"),
        ({"protocol": "2"}, "OTHER_VERSION"),
        ({"terminal": "x" * 65}, "OTHER_VERSION"),
        ({"terminal": "x" * 5000}, "OTHER_VERSION"),
        ({"terminal": ""}, None),
        ({"terminal": None}, "OTHER_VERSION"),
        ({"board": 3}, "OTHER_VERSION"),
        ({"time": limits.TIME_MAX + 1}, "OTHER_VERSION"),
        ({"warn_after": None}, "OTHER_VERSION"),
        ({"as_of": None, "warn_after": None, "refuse_after": None}, "OTHER_VERSION"),
        ({"root": None, "version": None, "as_of": None, "time": None}, None),
    ],
)
def test_one_that_answers_what_this_version_does_not_know_is_another_version(
    monkeypatch, changed, code
):
    with Liar({**HELLO, **changed}) as liar, Told(monkeypatch, [liar.port]) as told:
        event = told.next("connected", "disconnected")
        assert event.get("code") == code


def test_so_is_one_whose_subscription_it_does_not_know(monkeypatch):
    with Liar(HELLO, subscribed={"identity": 1}) as liar, Told(monkeypatch, [liar.port]) as told:
        assert told.next("connected", "disconnected").get("code") == "OTHER_VERSION"


@pytest.mark.parametrize("changed", [{"time": 1.5}, {"free": 2**70}])
def test_what_does_not_speak_the_link_is_no_terminal(monkeypatch, changed):
    monkeypatch.setattr(client, "_USUAL_PATIENCE", (0.2, 2))
    with Liar({**HELLO, **changed}) as liar, Told(monkeypatch, [liar.port]) as told:
        assert told.next("connected", "disconnected").get("code") == "NO_TERMINAL"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("verdict", {}),
        ("verdict", {**VERDICT, "code": NASTY}),
        ("verdict", {**VERDICT, "severity": "refuse"}),
        ("verdict", {**VERDICT, "detail": ["x"]}),
        ("verdict", {**VERDICT, "lost": -1}),
        ("verdict", {**VERDICT, "lost": 2**60}),
        ("verdict", {**VERDICT, "holder": "Qzyx"}),
        ("verdict", {**VERDICT, "holder": {**HOLDER, "rank": True}}),
        ("verdict", {**VERDICT, "holder": {**HOLDER, "delegate": ["a"]}}),
        ("verdict", {**VERDICT, "holder": {**HOLDER, "family": "x" * 5000}}),
        ("verdict", {**VERDICT, "holder": {**HOLDER, "delegate": ["a", NASTY * 99, "b"]}}),
        ("fault", {"code": NASTY, "detail": ""}),
        ("fault", {"code": "", "detail": ""}),
        ("fault", {"detail": ""}),
        ("ready", {"lost": "many"}),
        ("gone", {"lost": None}),
    ],
)
def test_an_event_that_no_terminal_tells_is_told_as_not_understood(
    monkeypatch, capsys, kind, fields
):
    with (
        Liar(HELLO, 3 * [(kind, fields), ("ready", {})]) as liar,
        Told(monkeypatch, [liar.port], identity=True) as told,
    ):
        told.next("connected")
        for _ in range(3):
            assert told.next(*messages.EVENTS).get("code") == "NOT_UNDERSTOOD"
            assert told.next(*messages.EVENTS)["event"] == "ready"  # it goes on
    assert capsys.readouterr() == (
        "",
        "the terminal has said something that this version does not know\n",
    )


@pytest.mark.parametrize("lost", [1.5, 2**70])
def test_an_event_that_is_no_message_of_the_link_is_passed_over(monkeypatch, lost):
    with (
        Liar(HELLO, [("gone", {"lost": lost}), ("ready", {})]) as liar,
        Told(monkeypatch, [liar.port]) as told,
    ):
        told.next("connected")
        assert told.next(*messages.EVENTS)["event"] == "ready"


def test_a_detail_that_is_too_long_costs_no_verdict(monkeypatch):
    with (
        Liar(HELLO, [("verdict", {**VERDICT, "detail": NASTY * 300})]) as liar,
        Told(monkeypatch, [liar.port]) as told,
    ):
        told.next("connected")
        event = told.next(*messages.EVENTS)
    assert event["code"] == "VALID"
    assert len(event["detail"]) == 256
    assert all_printable(event["detail"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@examples(100)
@given(st.dictionaries(st.sampled_from(sorted(HELLO)), ANYTHING))
def test_of_hello_only_what_is_bounded_and_seen_is_kept(changed):
    try:
        told = events.hello({**HELLO, **changed})
    except events.NotUnderstood:
        return
    for value in told.values():
        assert value is None or isinstance(value, (int, str))
        if isinstance(value, str):
            assert len(value) <= 64
            assert all(map(is_printable, value))
        elif value is not None:
            assert 0 <= value <= limits.TIME_MAX
    json.dumps(told, allow_nan=False)
