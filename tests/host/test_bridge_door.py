"""What whoever reaches the bridge's port can do without the token, and how each error is told: as JSON."""

import contextlib
import json
import re
import socket
import threading
from urllib.parse import urlsplit

import pytest
from bridge_world import WAIT, Bridge, check

from bornetools.bridge import api, door

PAGE = "https://software.example"
FILES = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({0}, {0}))"


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    with Bridge(tmp_path_factory.mktemp("door"), "x", "--http", 0, "--origin", PAGE) as running:
        running.wait_for("disconnected")
        yield running


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A bridge that does not wait for long, but for WebSockets."""
    first = (
        "from bornetools.bridge import api, door; door.PENDING_SECONDS = 0.3; api._HEARTBEAT = 3600"
    )
    with Bridge(tmp_path_factory.mktemp("door"), "x", "--http", 0, first=first) as running:
        yield running


def line(bridge):
    where = urlsplit(bridge.url)
    return socket.create_connection((where.hostname, where.port), WAIT)


def all_of(connection):
    """What is said until it is closed."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            said += part
    return said


def one_answer(connection):
    """What is said to a request, up to its end; it is not always that of the connection."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += (part := connection.recv(65536))
        assert part, said
    length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", said)[1])
    while len(said.partition(b"\r\n\r\n")[2]) < length:
        said += (part := connection.recv(65536))
        assert part, said
    return said


def refusal(said):
    """(status, error) of an answer's bytes, which are one answer whole, and nothing after it."""
    head, _, body = said.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in headers)}
    assert re.fullmatch(r"HTTP/(0\.9|1\.[01]) \d{3} .+", status)
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert int(headers["content-length"]) == len(body)
    assert headers["cache-control"] == "no-store"
    assert "aiohttp" not in headers["server"].lower()
    return int(status.split()[1]), check("Error", json.loads(body))["error"]


def test_a_thousand_idle_connections_keep_nobody_out(tmp_path):
    """As many as a program may usually have files: one line tells of them, and software does not notice."""
    with (
        Bridge(tmp_path, "x", "--http", 0, first=FILES.format(1024)) as running,
        running.events() as software,
        contextlib.ExitStack() as stack,
    ):
        running.wait_for("disconnected")
        before = running.stderr.text.count("\n")
        idle = [stack.enter_context(line(running)) for _ in range(1010)]
        assert check("Terminal", running.get("/terminal")[1])["state"] == "disconnected"
        running.stderr.find(f"more than {door.PENDING_MAX} connections have not shown the token")
        assert idle[0].recv(1) == b""  # the oldest was closed
        assert idle[-1].send(b"GET /v1/terminal HTTP/1.1\r\n") > 0  # the newest was not
        with running.events():
            software.ping().wait(WAIT)
        assert running.end() == 0
        assert running.stderr.text.count("\n") == before + 1


def test_a_flood_of_connections_keeps_nobody_out(bridge):
    over = threading.Event()

    def flood():
        kept = []
        while not over.is_set():
            kept.append(line(bridge))
            if len(kept) > 200:
                kept.pop(0).close()
        for one in kept:
            one.close()

    flooding = [threading.Thread(target=flood) for _ in range(2)]
    for one in flooding:
        one.start()
    try:
        for _ in range(50):
            assert bridge.get("/terminal")[0] == 200
    finally:
        over.set()
        for one in flooding:
            one.join(WAIT)


def test_when_no_more_files_can_be_opened_a_line_says_so_and_software_is_served(tmp_path):
    """The limit is that of the bridge, so that connections reach it before there are too many of them."""
    with (
        Bridge(tmp_path, "x", "--http", 0, first=FILES.format(40)) as running,
        contextlib.ExitStack() as stack,
    ):
        running.wait_for("disconnected")
        for _ in range(60):
            stack.enter_context(line(running))
        running.stderr.find("too many files are open")
        assert running.get("/terminal")[0] == 200
        with running.events() as software:
            software.ping().wait(WAIT)
        assert running.end() == 0
        assert running.stderr.text.count("too many files") == 1
        assert "Traceback" not in running.stderr.text


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (b"", None),
        (b"G", (408, "TIME")),
        (b"GET /v1/terminal HTTP/1.1\r\nHost: x\r\n", (408, "TIME")),
        (b"POST /v1/terminal HTTP/1.0\r\nContent-Length: 9\r\n\r\nx", (421, "HOST")),
    ],
)
def test_a_head_that_does_not_come_is_not_waited_for(impatient, said, wanted):
    with line(impatient) as connection:
        connection.sendall(said)
        answer = all_of(connection)
        assert (refusal(answer) if answer else None) == wanted


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(impatient):
    with line(impatient) as connection:
        connection.settimeout(0.02)
        connection.send(b"GET /v1/terminal HTTP/1.1\r\nX: ")
        answer = b""
        while not answer:
            connection.send(b"x")
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(65536)
        assert refusal(answer) == (408, "TIME")


def test_whoever_has_shown_the_token_stays(impatient):
    request = (
        f"GET /v1/terminal HTTP/1.1\r\nHost: {urlsplit(impatient.url).netloc}\r\n"
        f"Authorization: Bearer {impatient.token}\r\n\r\n"
    ).encode()
    with line(impatient) as connection, impatient.events() as software, line(impatient) as idle:
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert all_of(idle) == b""  # meanwhile that one's time is over
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        software.ping().wait(WAIT)


GET = "GET /v1/terminal HTTP/1.1\r\n"
HOST = "Host: HOST:PORT\r\n".replace("HOST:PORT", "{host}")
TOKEN = "Authorization: Bearer {token}\r\n"
EVENTS = "GET /v1/events HTTP/1.1\r\n" + HOST + TOKEN
SOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        # What is no request.
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", (400, "REQUEST")),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n", (400, "REQUEST")),
        ("GET /v1/terminal HTTP/9.9\r\n" + HOST, (400, "REQUEST")),
        ("GET /v1/terminal\r\n", (421, "HOST")),  # HTTP/0.9
        ("GET  HTTP/1.1\r\n" + HOST, (400, "REQUEST")),
        ("G\x01T /v1/terminal HTTP/1.1\r\n" + HOST, (400, "REQUEST")),
        ("hello\r\n", (400, "REQUEST")),
        ("\x00\x00\x00\r\n", (400, "REQUEST")),
        (GET + HOST + "no header\r\n", (400, "REQUEST")),
        (GET + HOST + "a\x01b: c\r\n", (400, "REQUEST")),
        (GET + HOST + TOKEN + "X: a\x00b\r\n", (400, "REQUEST")),
        (GET + HOST + TOKEN + "Content-Length: x\r\n", (400, "REQUEST")),
        (GET + HOST + TOKEN + "Content-Length: -1\r\n", (400, "REQUEST")),
        (GET + HOST + TOKEN + "Content-Length: 1\r\nContent-Length: 2\r\n", (400, "REQUEST")),
        (
            GET + HOST + TOKEN + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            (400, "REQUEST"),
        ),
        ("GET http://127.0.0.1:99999999/ HTTP/1.1\r\n" + HOST + TOKEN, (400, "REQUEST")),
        # A head that is too large.
        ("GET /" + 20_000 * "x" + " HTTP/1.1\r\n" + HOST + TOKEN, (431, "HEAD")),
        (GET + HOST + TOKEN + "X: " + 20_000 * "x" + "\r\n", (431, "HEAD")),
        (GET + HOST + TOKEN + 2_000 * "X: yyyyyy\r\n", (431, "HEAD")),
        (GET + HOST + "X" * 40_000, (431, "HEAD")),
        # Another host, page, or none that may ask.
        (GET + TOKEN, (400, "REQUEST")),
        ("GET /v1/terminal HTTP/1.0\r\n" + TOKEN, (421, "HOST")),
        (GET + "Host: attacker.example\r\n" + TOKEN, (421, "HOST")),
        (GET + "Host: \xff\xfe\r\n" + TOKEN, (421, "HOST")),
        ("CONNECT attacker.example:443 HTTP/1.1\r\nHost: attacker.example:443\r\n", (421, "HOST")),
        (GET + HOST + TOKEN + "Origin: https://other.example\r\n", (403, "ORIGIN")),
        (GET + HOST, (401, "TOKEN")),
        (GET + HOST + "Authorization: Bearer \xff\xfe\r\n", (401, "TOKEN")),
        (GET + HOST + TOKEN + TOKEN, (401, "TOKEN")),
        ("PUT /x HTTP/1.1\r\n" + HOST + "Content-Length: 4000000000\r\n", (401, "TOKEN")),
        (GET + HOST + "Expect: 100-continue\r\n", (401, "TOKEN")),
        # What there is not.
        ("GET /v2/terminal HTTP/1.1\r\n" + HOST + TOKEN, (404, "PATH")),
        ("GET /v1/%zz HTTP/1.1\r\n" + HOST + TOKEN, (404, "PATH")),
        ("GET /v1/\xff\xfe HTTP/1.1\r\n" + HOST + TOKEN, (400, "REQUEST")),
        ("GET /v1/../../etc/passwd HTTP/1.1\r\n" + HOST + TOKEN, (404, "PATH")),
        ("OPTIONS * HTTP/1.1\r\n" + HOST + TOKEN, (404, "PATH")),
        ("POST /v1/terminal HTTP/1.1\r\n" + HOST + TOKEN, (405, "METHOD")),
        ("TRACE /v1/terminal HTTP/1.1\r\n" + HOST + TOKEN, (405, "METHOD")),
        ("BREW /v1/terminal HTTP/1.1\r\n" + HOST + TOKEN, (400, "REQUEST")),
        (GET + HOST + TOKEN + "Content-Length: 2000\r\n", (413, "BODY")),
        (GET + HOST + TOKEN + "Transfer-Encoding: chunked\r\n", (413, "BODY")),
        # A WebSocket that is none.
        (EVENTS, (426, "UPGRADE")),
        (EVENTS + SOCKET + "Sec-WebSocket-Version: 13\r\n", (426, "UPGRADE")),
        (EVENTS + SOCKET + "Sec-WebSocket-Version: 12\r\n" + KEY, (426, "UPGRADE")),
        (
            EVENTS + SOCKET + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n",
            (426, "UPGRADE"),
        ),
        (EVENTS + "Upgrade: h2c\r\nConnection: Upgrade\r\n", (426, "UPGRADE")),
        (EVENTS.replace("GET", "POST") + SOCKET + KEY, (405, "METHOD")),
        (EVENTS + SOCKET + KEY + "Sec-WebSocket-Protocol: borne.v2\r\n", (400, "PROTOCOL")),
        (EVENTS.replace(TOKEN, "") + SOCKET + KEY, (401, "TOKEN")),
    ],
)
def test_every_error_is_json(bridge, head, wanted):
    head = head.format(host=urlsplit(bridge.url).netloc, token=bridge.token)
    with line(bridge) as connection:
        connection.sendall(head.encode("latin-1") + b"\r\n")
        assert refusal(one_answer(connection)) == wanted
        if wanted[0] in (400, 401, 403, 413, 421, 431) and wanted[1] != "PROTOCOL":
            assert all_of(connection) == b""  # nothing more is read
    assert bridge.get("/terminal")[0] == 200


def test_after_an_error_nothing_more_is_read(bridge):
    """A second request that comes with a refused one, or with the rest of its body, is no request."""
    host = urlsplit(bridge.url).netloc
    good = (
        f"GET /v1/terminal HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {bridge.token}\r\n\r\n"
    )
    for first in (
        f"GET /v1/terminal HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "nothing\r\n\r\n",
        good.replace("\r\n\r\n", "\r\nContent-Length: 5000\r\n\r\n"),
        f"GET /v1/terminal HTTP/1.1\r\nHost: {host}\r\nX: {20_000 * 'x'}\r\n\r\n",
    ):
        with line(bridge) as connection:
            connection.sendall((first + good).encode())
            assert refusal(all_of(connection))[0] in (400, 401, 413, 431)


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (GET + HOST + TOKEN + "\r\n", 200),
        (GET + HOST + "\r\n", 401),
        (GET + HOST + TOKEN + "\r\n" + "GET /x HTTP/1.1\r\n" + HOST + TOKEN + "\r\n", 200),
        (GET + HOST + TOKEN, 400),
        ("hello\r\n", 400),
        (GET + HOST + TOKEN + "Content-Length: 9\r\n\r\nx", 200),
        ("", None),
    ],
)
def test_whoever_says_nothing_more_is_answered_and_closed(bridge, head, wanted):
    head = head.format(host=urlsplit(bridge.url).netloc, token=bridge.token)
    with line(bridge) as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        said = all_of(connection)
        if wanted is None:
            assert said == b""
        elif wanted == 200:
            assert said.startswith(b"HTTP/1.1 200 ")
        else:
            assert refusal(said)[0] == wanted


def test_a_websocket_whose_client_is_gone_ends_at_once(impatient):
    """And not when it does not answer the next ping."""
    bridge = impatient
    head = EVENTS + SOCKET + KEY + "Sec-WebSocket-Version: 13\r\n\r\n"
    head = head.format(host=urlsplit(bridge.url).netloc, token=bridge.token)
    with line(bridge) as connection:
        connection.sendall(head.encode())
        said = connection.recv(65536)
        while b'"hello"' not in said:
            said += connection.recv(65536)
        connection.sendall(b"\x81\x80\0\0\0\0")  # an empty text
        connection.shutdown(socket.SHUT_WR)
        all_of(connection)


def test_one_websocket_too_many_is_told_in_json(bridge):
    with contextlib.ExitStack() as stack:
        for _ in range(api.CLIENTS_MAX):
            stack.enter_context(bridge.events())
        head = EVENTS + SOCKET + KEY + "Sec-WebSocket-Version: 13\r\n\r\n"
        head = head.format(host=urlsplit(bridge.url).netloc, token=bridge.token)
        with line(bridge) as connection:
            connection.sendall(head.encode())
            assert refusal(one_answer(connection)) == (503, "CLIENTS")


def test_nothing_of_all_that_is_written_down(bridge):
    assert bridge.token not in bridge.stderr.text
    assert "Traceback" not in bridge.stderr.text
    assert len(bridge.stderr.text) < 1000
