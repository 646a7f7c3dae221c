"""The bridge's local API: who may ask, what is answered, and what one client can do to the others."""

import asyncio
import contextlib
import http.client
import json
import logging
import os
import socket
import stat
from urllib.parse import urlsplit

import pytest
from bridge_world import WAIT, Bridge, check
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from borne.verify.verdict import SEVERITIES
from bornetools.bridge import access, api, events, hub, texts
from bornetools.bridge.hub import Hub
from bornetools.bridge.openapi import DOCUMENT
from bornetools.errors import UserError

PAGE = "https://software.example"
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


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    """A bridge without a terminal, which pages of one origin may use."""
    with Bridge(tmp_path_factory.mktemp("api"), "x", "--http", 0, "--origin", PAGE) as running:
        running.wait_for("disconnected")
        yield running


def ask(bridge, path="/v1/terminal", method="GET", host=None, **headers):
    """(status, body, headers) of an answer, with just these headers and the host's."""
    where = urlsplit(bridge.url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=WAIT)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_host=True)
        for value in [where.netloc] if host is None else host:
            connection.putheader("Host", value)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data else None, answer.headers


def refused(answer):
    status, body, headers = answer
    check("Error", body)
    assert headers["Content-Type"].startswith("application/json")
    return status, body["error"]


def bearer(bridge):
    return {"Authorization": "Bearer " + bridge.token}


def test_it_listens_on_this_computer_alone(bridge):
    port = urlsplit(bridge.url).port
    listening = []
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}") as table:
            rows = [line.split() for line in list(table)[1:]]
        listening += [row[1] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"]
    assert listening == [f"0100007F:{port:04X}"]


def test_without_the_token_nothing_is_told(bridge):
    for path in ("/v1/terminal", "/v1/verdicts/last", "/v1/events", "/v1/openapi.json", "/v1/x"):
        for headers in (
            {},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer " + bridge.token[:-1]},
            {"Authorization": "Bearer " + bridge.token + "x"},
            {"Authorization": "Bearer é"},
            {"Authorization": "Basic " + bridge.token},
            {"Sec_WebSocket_Protocol": "borne.v1"},
            {"Sec_WebSocket_Protocol": "borne.token." + bridge.token[::-1]},
            {
                "Authorization": "Bearer " + bridge.token,
                "Sec_WebSocket_Protocol": "borne.token." + bridge.token,
            },
        ):
            answer = ask(bridge, path, **headers)
            assert refused(answer) == (401, "TOKEN"), headers
            assert answer[2]["WWW-Authenticate"] == "Bearer"
        assert refused(ask(bridge, f"{path}?token={bridge.token}")) == (401, "TOKEN")
    assert ask(bridge, Authorization="bearer  " + bridge.token)[0] == 200


def test_another_name_of_this_computer_is_refused(bridge):
    """A page whose name was made to point here (DNS rebinding) has no Origin of another."""
    port = urlsplit(bridge.url).port
    for host in (
        ["attacker.example"],
        [f"attacker.example:{port}"],
        [f"127.0.0.1:{port}.attacker.example"],
        ["127.0.0.1"],
        [f"127.0.0.1:{port + 1}"],
        [f"127.0.0.2:{port}"],
        [f"[::1]:{port}"],
    ):
        assert refused(ask(bridge, host=host, **bearer(bridge))) == (421, "HOST"), host
    assert ask(bridge, host=[f"localhost:{port}"], **bearer(bridge))[0] == 200


def test_pages_of_other_origins_are_refused(bridge):
    for origin in (
        "https://other.example",
        "http://software.example",
        "https://software.example:444",
        "https://software.example.attacker.example",
        "https://SOFTWARE.example",
        "null",
        "",
        "*",
        bridge.url.removesuffix("/v1"),
    ):
        for method in ("GET", "OPTIONS"):
            answer = ask(bridge, method=method, Origin=origin, **bearer(bridge))
            assert refused(answer) == (403, "ORIGIN"), origin
            assert "Access-Control-Allow-Origin" not in answer[2]


def test_pages_of_the_origin_that_is_named_may_ask(bridge):
    status, _, headers = ask(
        bridge, method="OPTIONS", Origin=PAGE, Access_Control_Request_Method="GET"
    )
    assert (status, headers["Access-Control-Allow-Methods"]) == (204, "GET")
    assert headers["Access-Control-Allow-Headers"] == "Authorization"
    assert headers["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Credentials" not in headers
    status, body, headers = ask(bridge, Origin=PAGE, **bearer(bridge))
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    assert headers["Vary"] == "Origin"
    check("Terminal", body)
    answer = ask(bridge, Origin=PAGE)  # the page can read why
    assert refused(answer) == (401, "TOKEN")
    assert answer[2]["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Origin" not in ask(bridge, **bearer(bridge))[2]


def test_answers_are_kept_nowhere_and_say_nothing_of_the_server(bridge):
    for answer in (ask(bridge, **bearer(bridge)), ask(bridge)):
        assert answer[2]["Cache-Control"] == "no-store"
        assert answer[2]["X-Content-Type-Options"] == "nosniff"
        assert answer[2]["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "aiohttp" not in str(answer[2])


def test_what_cannot_be_asked_is_said(bridge):
    for path, method, wanted in (
        ("/", "GET", (404, "PATH")),
        ("/v1/verdicts", "GET", (404, "PATH")),
        ("/v1/terminal", "POST", (405, "METHOD")),
        ("/v1/terminal", "OPTIONS", (405, "METHOD")),
        ("/v1/events", "GET", (426, "UPGRADE")),
    ):
        assert refused(ask(bridge, path, method, **bearer(bridge))) == wanted


def test_a_request_that_is_none_is_not_written_down(bridge):
    where = urlsplit(bridge.url)
    for data in (
        b"GET /v1/Qzyx HTTP/9.9\r\nAuthorization: Bearer Qzyx\r\n\r\n",
        b"GET /v1/terminal HTTP/1.1\r\nHost: x\r\nQzyx\x01: Qzyx\r\n\r\n",
        b"GET /v1/terminal HTTP/1.1\r\nHost: x\r\nContent-Length: Qzyx\r\n\r\n",
        b"\x16\x03\x01Qzyx\r\n\r\n",
        b"GET /v1/terminal HTTP/1.1\r\nHost: Qzyx\r\nHost: Qzyx\r\n\r\n",
        b"GET /" + 20_000 * b"Qzyx" + b" HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection((where.hostname, where.port), WAIT) as line:
            line.sendall(data)
            assert line.recv(100).startswith(b"HTTP/1.")
    assert ask(bridge, "/v1/Qzyx", **bearer(bridge))[0] == 404
    assert "Qzyx" not in bridge.stderr.text
    assert bridge.token not in bridge.stderr.text


def test_the_description_is_openapi_and_covers_what_there_is(bridge):
    status, document, _ = ask(bridge, "/v1/openapi.json", **bearer(bridge))
    assert (status, document) == (200, DOCUMENT)
    validate(document, cls=OpenAPIV31SpecValidator)
    for path in document["paths"]:
        assert ask(bridge, path, **bearer(bridge))[0] in (200, 204, 426)


def test_a_description_that_is_none_is_found():
    broken = {**DOCUMENT, "paths": {"/v1/x": {"get": {"responses": {"200": {}}}}}}
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


@pytest.mark.parametrize(
    ("offered", "spoken"),
    [
        (None, None),
        (["borne.v1"], "borne.v1"),
        (["borne.v1", "borne.token.TOKEN"], "borne.v1"),
        (["borne.token.TOKEN", "borne.v1"], "borne.v1"),
    ],
)
def test_a_websockets_token_comes_in_a_header_or_among_its_protocols(bridge, offered, spoken):
    offered = offered and [one.replace("TOKEN", bridge.token) for one in offered]
    shown = any("token" in one for one in offered or [])
    more = {"origin": PAGE} if shown else {"additional_headers": bearer(bridge)}
    with bridge.connect(subprotocols=offered, **more) as socket:
        assert socket.subprotocol == spoken  # and never the token
        check("Hello", json.loads(socket.recv(WAIT)))
        assert bridge.token not in str(socket.response.headers)


@pytest.mark.parametrize(
    ("status", "error", "more"),
    [
        (401, "TOKEN", {}),
        (401, "TOKEN", {"subprotocols": ["borne.v1"]}),
        (401, "TOKEN", {"subprotocols": ["borne.v1", "borne.token.x"]}),
        (400, "PROTOCOL", {"subprotocols": ["borne.token.TOKEN"]}),
        (400, "PROTOCOL", {"subprotocols": ["borne.v2", "borne.token.TOKEN"]}),
        (
            403,
            "ORIGIN",
            {"subprotocols": ["borne.v1", "borne.token.TOKEN"], "origin": "https://b.example"},
        ),
    ],
)
def test_a_websocket_that_may_not_be_is_refused(bridge, status, error, more):
    if "subprotocols" in more:
        offered = [one.replace("TOKEN", bridge.token) for one in more["subprotocols"]]
        more = {**more, "subprotocols": offered}
    with pytest.raises(InvalidStatus) as answer, bridge.connect(**more):
        pass
    assert answer.value.response.status_code == status
    assert json.loads(answer.value.response.body)["error"] == error
    assert bridge.token not in bridge.stderr.text


# In this process: an API whose hub the test feeds.


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
}


def with_api(scene):
    """Plays `scene`, a function from (Hub, port) to a coroutine. Returns what went wrong, as it is said."""
    said = []

    async def play():
        here = Hub()
        served = api.Api(here, access.Access("x" * 43, frozenset()), said.append)
        try:
            await scene(here, await served.start(0))
        finally:
            await served.stop()

    asyncio.run(asyncio.wait_for(play(), 2 * WAIT))
    return said


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
                        event = json.loads(await asyncio.wait_for(quick.recv(), WAIT))
                        got += 1
                        assert event["seq"] == got
            assert len(here._feeds) == 2
            assert max(len(feed._waiting) for feed in here._feeds) == hub.FEED_MAX
        slow.close()

    assert with_api(scene) == []


def test_one_that_reads_nothing_for_long_is_closed(monkeypatch):
    monkeypatch.setattr(api, "_HEARTBEAT", 0.2)

    async def scene(here, port):
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
    socket = None

    async def scene(here, port):
        nonlocal socket
        socket = await client(port).__aenter__()

    async def play():
        here = Hub()
        served = api.Api(here, access.Access("x" * 43, frozenset()), print)
        await scene(here, await served.start(0))
        await served.stop()
        await asyncio.wait_for(socket.wait_closed(), WAIT)
        assert socket.close_code == 1001

    asyncio.run(play())


def test_a_port_that_is_taken_is_said():
    async def scene(here, port):
        other = api.Api(here, access.Access("x" * 43, frozenset()), print)
        with pytest.raises(UserError, match="another program does"):
            await other.start(port)

    with_api(scene)


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


def test_the_terminals_state_and_the_age_of_its_data():
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
            assert told["age"] in (age, age and age + 1)
        for kind, fields, state in (
            ("ready", {}, "ready"),
            ("fault", {"code": "JOURNAL_FULL", "detail": "x"}, "ready"),
            ("fault", {"code": "NO_READER", "detail": "x"}, "fault"),
            ("ready", {"lost": 3}, "ready"),
        ):
            here.take(events.from_link(kind, fields, False))
            told = check("Terminal", here.terminal())
            assert told["state"] == state
            assert (told["reason"] is None) == (state == "ready")
            assert told["about"]["port"] == "COM3"

    asyncio.run(scene())


def test_every_code_has_words_for_people():
    for code in (*SEVERITIES, *texts.DISCONNECTED, "NO_READER", "JOURNAL_FULL", "ANYTHING"):
        words = texts.of(code)
        assert all(words[part][one] for part in ("title", "action") for one in ("fr", "en"))
        assert words["title"]["fr"] != words["title"]["en"]


# The token's file.


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "borne"


def test_the_token_is_made_once_and_for_its_user_alone(home):
    old = os.umask(0)
    try:
        first = access.token()
    finally:
        os.umask(old)
    assert access.token() == first
    assert len(first) == 43
    path = access.token_file()
    assert path == home / "bridge-token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    path.unlink()
    assert access.token() != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644])
def test_a_token_that_others_may_know_is_refused(home, mode):
    access.token()
    access.token_file().chmod(mode)
    with pytest.raises(UserError, match="others may know the token"):
        access.token()


def test_what_is_no_token_is_refused(home):
    access.token()
    path = access.token_file()
    for content in ("", "short", "é" * 50, "a" * 42, "a b" * 30):
        path.write_text(content)
        with pytest.raises(UserError, match="has no token"):
            access.token()
    path.unlink()
    path.symlink_to(home / "elsewhere")
    with pytest.raises(UserError, match="cannot be read"):
        access.token()
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match="not yours alone"):
        access.token()


def test_the_command_names_the_file_and_not_the_token(tmp_path):
    running = Bridge(tmp_path, None, "--print-token-file")
    assert running.ended() == 0
    path = tmp_path / "borne" / "bridge-token"
    assert running.stdout.text.strip() == str(path)
    assert path.read_text().strip() not in running.stdout.text + running.stderr.text
