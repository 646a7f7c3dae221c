"""The bridge's local API: who may ask, and what is answered."""

import contextlib
import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest
from bridge_world import WAIT, Bridge, check
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from websockets.exceptions import InvalidStatus

from bornetools.bridge.openapi import DOCUMENT

PAGE = "https://software.example"


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
