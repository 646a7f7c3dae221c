"""The bridge's hub and API in this process: what one client can do to the others, and what is remembered."""

import asyncio
import contextlib
import json
import logging
from types import SimpleNamespace

import pytest
from bridge_world import WAIT, check
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from borne.verify.verdict import SEVERITIES
from bornetools.bridge import access, address, api, events, hub, texts
from bornetools.bridge.hub import Hub
from bornetools.bridge.say import Say
from bornetools.languages import LANGUAGES

HELLO = {
    "terminal": "T-1",
    "board": "ESP32",
    "firmware": "0.1.0",
    "version": 7,
    "as_of": 1000,
    "time": 2000,
    "warn_after": 1500,
    "refuse_after": 9000,
}


def verdict(code="VALID", **more):
    fields = {"code": code, "severity": SEVERITIES[code], "detail": "", **more}
    return events.from_link("verdict", fields, True)


WHO = {
    "family": "Qzyxfamily",
    "given": "",
    "birth_date": "1985-02-14",
    "nir": "255081416802538",
    "rank": 0,
    "until": None,
    "delegate": None,
    "name_from": "card",
}


def with_api(scene):
    """Plays `scene`, a function from (Hub, port) to a coroutine. Returns what went wrong, as it is said."""
    said = Said()

    async def play():
        here = Hub()
        served = api.Api(here, access.Access("x" * 43, frozenset()), said)
        with address.listening(0) as line:
            try:
                await served.start(line)
                await scene(here, line.getsockname()[1])
            finally:
                await served.stop()

    asyncio.run(asyncio.wait_for(play(), 2 * WAIT))
    return said.lines


class Said(Say):
    """Keeps the lines."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def __call__(self, text):
        self.lines.append(text)


def client(port):
    headers = {"Authorization": "Bearer " + "x" * 43}
    return connect(f"ws://127.0.0.1:{port}/v1/events", additional_headers=headers)


async def handshake(port):
    """A WebSocket that nobody reads."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    request = [
        "GET /v1/events HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Authorization: Bearer " + "x" * 43,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    writer.write("\r\n".join([*request, "", ""]).encode())
    assert b"101" in await reader.readline()
    return writer


def test_one_that_reads_nothing_delays_nobody_and_takes_no_memory():
    count = 20_000  # some 8 MB, far more than what a line takes

    async def scene(here, port):
        slow = await handshake(port)
        async with client(port) as quick:
            assert json.loads(await quick.recv())["event"] == "hello"
            got = 0
            for at in range(1, count + 1):
                here.take(verdict())
                if at % 100 == 0:
                    while got < at:
                        event = json.loads(await quick.recv())
                        got += 1
                        assert event["seq"] == got
            assert len(here._feeds) == 2
            assert max(len(feed._waiting) for feed in here._feeds) == hub.FEED_MAX
        slow.close()

    assert with_api(scene) == []


def test_one_that_reads_nothing_for_long_is_closed(monkeypatch):
    async def scene(here, port):
        with monkeypatch.context() as soon:
            soon.setattr(api, "_HEARTBEAT", 0.2)
            slow = await handshake(port)
            while not here._feeds:
                await asyncio.sleep(0)
        async with client(port) as quick:
            assert json.loads(await quick.recv())["event"] == "hello"
            while len(here._feeds) > 1:
                here.take(verdict())
                assert json.loads(await quick.recv())["seq"] == here.seq
        slow.close()

    assert with_api(scene) == []


def test_one_that_was_too_slow_sees_what_it_has_missed():
    async def scene():
        here = Hub()
        feed = here.open()
        for _ in range(hub.FEED_MAX + 5):
            here.take(verdict())
        seqs = [(await feed.get())["seq"] for _ in range(hub.FEED_MAX)]
        assert seqs == list(range(6, hub.FEED_MAX + 6))

    asyncio.run(scene())


def test_so_many_websockets_and_no_more():
    async def scene(here, port):
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(api.CLIENTS_MAX):
                await stack.enter_async_context(client(port))
            with pytest.raises(InvalidStatus) as answer:
                await stack.enter_async_context(client(port))
            assert answer.value.response.status_code == 503
        while here._feeds:
            await asyncio.sleep(0.001)
        async with client(port) as again:
            assert json.loads(await again.recv())["event"] == "hello"

    assert with_api(scene) == []


def test_what_a_client_says_means_nothing_and_too_much_of_it_ends_it():
    async def scene(here, port):
        async with client(port) as talking, client(port) as other:
            await talking.send("x" * 1000)
            await talking.send("x" * 5000)
            await talking.wait_closed()
            assert talking.close_code == 1009
            await other.recv()
            here.take(verdict())
            assert json.loads(await other.recv())["code"] == "VALID"

    assert with_api(scene) == []


def test_the_end_of_the_bridge_is_said():
    async def play():
        served = api.Api(Hub(), access.Access("x" * 43, frozenset()), Said())
        with address.listening(0) as line:
            await served.start(line)
            socket = await client(line.getsockname()[1]).__aenter__()
            await served.stop()
            await asyncio.wait_for(socket.wait_closed(), WAIT)
        assert socket.close_code == 1001

    asyncio.run(play())


def test_who_the_holder_was_is_forgotten_everywhere(monkeypatch):
    monkeypatch.setattr(hub, "IDENTITY_MAX", 0.01)

    async def scene():
        here = Hub()
        feed = here.open()
        here.take(verdict(holder=WHO))
        assert here.last["holder"]["family"] == "Qzyxfamily"
        while "holder" in here.last:
            await asyncio.sleep(0.001)
        assert check("Verdict", await feed.get()) == here.last

    asyncio.run(scene())


def test_what_fails_here_is_told_without_its_content(monkeypatch, caplog, capsys):
    def broken(self):
        raise ValueError("Qzyxfamily")

    monkeypatch.setattr(Hub, "terminal", broken)

    async def scene(here, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        request = f"GET /v1/terminal HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n"
        writer.write((request + "Authorization: Bearer " + "x" * 43 + "\r\n\r\n").encode())
        answer = await reader.read()
        assert b" 500 " in answer
        assert b"borne bridge failed" in answer
        assert b"Qzyx" not in answer
        writer.close()

    with caplog.at_level(logging.DEBUG):
        said = with_api(scene)
    assert said == ["the request failed: ValueError: please report this"]
    assert "Qzyx" not in caplog.text + str(capsys.readouterr())


def test_the_terminals_state_and_the_age_of_its_data(monkeypatch):
    monkeypatch.setattr(hub, "time", SimpleNamespace(monotonic=lambda: 5.0))

    async def scene():
        here = Hub()
        assert check("Terminal", here.terminal())["reason"]["code"] == "UNPLUGGED"
        for as_of, time, freshness in (
            (1000, 2000, "fresh"),
            (1000, 3000, "warn"),
            (1000, 20_000, "refuse"),
            (None, 2000, "unknown"),
            (1000, None, "unknown"),
            (3000, 2000, "fresh"),
        ):
            hello = {**HELLO, "as_of": as_of, "time": time}
            here.take(events.connected(hello, "COM3", True), hello)
            told = check("Terminal", here.terminal())
            assert (told["state"], told["freshness"]) == ("connected", freshness)
            age = None if None in (as_of, time) else max(0, time - as_of)
            assert told["age"] == age
        for kind, fields, state in (
            ("ready", {}, "ready"),
            ("fault", {"code": "JOURNAL_FULL", "detail": "x"}, "ready"),
            ("fault", {"code": "NO_READER", "detail": "x"}, "fault"),
            ("remove", {}, "remove"),
            ("fault", {"code": "DISPLAY", "detail": "x"}, "fault"),
            ("ready", {"lost": 3}, "ready"),
        ):
            here.take(events.from_link(kind, fields, False))
            told = check("Terminal", here.terminal())
            assert told["state"] == state
            assert (told["reason"] is None) == (state != "fault")
            assert told["about"]["port"] == "COM3"

    asyncio.run(scene())


def test_every_code_has_words_for_people():
    for code in (
        *SEVERITIES,
        *texts.DISCONNECTED,
        "NO_READER",
        "DISPLAY",
        "JOURNAL_FULL",
        "ANYTHING",
    ):
        words = texts.of(code)
        assert all(words[part][one] for part in ("title", "action") for one in LANGUAGES)
        assert words["title"]["fr"] != words["title"]["en"]
