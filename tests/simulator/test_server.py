"""The simulator's server: for its own page alone, and not to be ended by what is sent to it."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import aiohttp
import pytest

from bornetools.errors import UserError
from bornetools.simulator import command

MALFORMED = [
    "",
    "{",
    "[" * 3000,
    "null",
    "7",
    '"tap"',
    "[]",
    "{}",
    '{"do": null}',
    '{"do": ["tap"]}',
    '{"do": "__init__"}',
    '{"do": "tap"}',
    '{"do": "tap", "phone": {}}',
    '{"do": "change", "phone": "p1"}',
    '{"do": "change", "phone": "p1", "properties": {"slow": 1e999}}',
    '{"do": "change", "phone": "p1", "properties": {"born": []}}',
    '{"do": "revoke", "phone": 1}',
    '{"do": "policy"}',
    '{"do": "policy", "policy": {"minimum_age": NaN}}',
    '{"do": "wait"}',
    '{"do": "wait", "days": 1e9}',
    '{"do": "wait", "days": true}',
    '{"do": "language", "language": "de"}',
    '{"do": "language", "language": {}}',
]


def visit(running, test):
    """Runs the coroutine function `test(url, http)` at a simulator."""
    url, _ = running

    async def run():
        async with aiohttp.ClientSession() as http:
            await asyncio.wait_for(test(url, http), 120)

    asyncio.run(run())


async def until(socket, kind):
    """The next message of that type."""
    while True:
        message = await socket.receive_json()
        if message["type"] == kind:
            return message


@pytest.mark.parametrize("path", ["", "page/main.js", "live"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.example"},  # DNS rebinding
        {"Host": "127.0.0.1"},
        {"Host": "localhost:1"},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
    ],
)
def test_other_sites_are_refused(standing, path, headers):
    async def test(url, http):
        async with http.get(url + path, headers=headers) as answer:
            assert answer.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(url + "live", headers=headers)
        assert refused.value.status == 403

    visit(standing, test)


def test_the_page_is_served_with_a_strict_policy(standing):
    async def test(url, http):
        for path in ("", "page/main.js", "page/fr.json", "page/nothing.js"):
            async with http.get(url + path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.status == (404 if "nothing" in path else 200)
        for path in ("page/../server.py", "page/%2e%2e/server.py", "page/", "etc/passwd"):
            async with http.get(url + path) as answer:
                assert answer.status in (403, 404)

    visit(standing, test)


def test_malformed_requests_are_refused_and_end_nothing(running):
    async def test(url, http):
        async with http.ws_connect(url + "live", headers={"Origin": url.rstrip("/")}) as socket:
            await until(socket, "trace")  # the last of the greeting
            for text in MALFORMED:
                await socket.send_str(text)
                notice = await until(socket, "notice")
                assert notice["code"], text
            await socket.send_bytes(b"\x00\xff")
            await socket.send_str(json.dumps({"do": "tap", "phone": "p1"}))
            assert (await until(socket, "verdict"))["code"] == "VALID"

    visit(running, test)


def test_a_page_that_sends_too_much_is_cut_off_and_the_others_go_on(running):
    async def test(url, http):
        async with http.ws_connect(url + "live") as one, http.ws_connect(url + "live") as other:
            await until(other, "trace")
            await one.send_str("x" * 5000)
            while (await one.receive()).type != aiohttp.WSMsgType.CLOSE:
                pass
            await other.send_str(json.dumps({"do": "tap", "phone": "p3"}))
            assert (await until(other, "verdict"))["code"] == "EXPIRED"

    visit(running, test)


def test_who_comes_late_is_told_what_is(running):
    async def test(url, http):
        async with http.ws_connect(url + "live") as socket:
            await socket.send_str(json.dumps({"do": "tap", "phone": "p5"}))
            await until(socket, "verdict")
        async with http.ws_connect(url + "live") as socket:
            seen = set()
            while "trace" not in seen:
                message = await socket.receive_json()
                seen.add(message["type"])
                if message["type"] == "verdict":
                    assert message["code"] == "REVOKED"
        assert seen >= {"power", "screen", "led", "reader", "verdict", "phones", "shelf", "journal"}

    visit(running, test)


def test_a_port_that_is_taken(standing):
    async def test(url, http):
        port = int(url.rstrip("/").rsplit(":", 1)[1])
        with pytest.raises(UserError, match="cannot serve"):
            async with command.simulator(port, "en"):
                pass

    visit(standing, test)


def test_switching_off_and_on_is_no_fault(running):
    async def test(url, http):
        async with http.ws_connect(url + "live") as socket:
            await until(socket, "trace")
            for on in (False, True):
                await socket.send_str(json.dumps({"do": "power", "on": on}))
                while True:
                    message = await socket.receive_json()
                    assert message["type"] != "fault"
                    if message["type"] == "power" and message["on"] == on:
                        break

    visit(running, test)


def test_the_command_prints_its_address_opens_nothing_and_leaves_nothing(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    for screen in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(screen, None)
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from bornetools.cli import main; main()",
            "simulator",
            "--port",
            "0",
        ],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline().startswith("the simulator: http://127.0.0.1:")
        assert list(tmp_path.iterdir())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()
        process.stdout.close()
    assert not list(tmp_path.iterdir())
