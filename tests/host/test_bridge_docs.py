"""docs/bridge.md: its examples are run, its tables say what the API says."""

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bridge_world import WAIT, Bridge, check, hold
from program import BORNE
from virtual_terminal import VirtualTerminal

from bornetools.bridge import address, api, door, template, texts, x11_keys
from bornetools.bridge.hub import FEED_MAX, IDENTITY_MAX
from bornetools.bridge.openapi import DOCUMENT

pytestmark = pytest.mark.usefixtures("quick_p256")

TEXT = (Path(__file__).parents[2] / "docs" / "bridge.md").read_text()
EXAMPLES = dict(re.findall(r"^```(python|javascript)\n(.+?)^```", TEXT, re.S | re.M))
PORT = "127.0.0.1:8737"


@pytest.fixture(scope="module")
def terminal(world):
    with VirtualTerminal(world.flash) as terminal:
        yield terminal


def example(language, bridge):
    """An example, with the port at which this bridge listens."""
    assert PORT in EXAMPLES[language]
    return EXAMPLES[language].replace(PORT, bridge.url.split("/")[2])


def tapped(phones, terminal, *cases):
    for case in cases:
        hold(terminal, phones[case])


def test_the_python_example(phones, terminal, tmp_path):
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path),
        "PATH": f"{BORNE.parent}:{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    with Bridge(tmp_path, terminal.port, "--http", 0) as running:
        running.plug()
        running.wait_for("ready")
        loop = "    for message in socket:\n"
        program = example("python", running).replace(loop, "    print('open')\n" + loop)
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as software:
            assert software.stdout.readline() == b"open\n"
            tapped(phones, terminal, "valid", "revoked")
            lines = [software.stdout.readline().decode() for _ in range(2)]
            software.terminate()
    assert lines == ["VALID accept Valide\n", "REVOKED refuse Carte révoquée\n"]


CHROMIUM = shutil.which("chromium")
PAGE = """<!DOCTYPE html><meta charset="utf-8"><script>
%s
const say = (what) => fetch("/told", { method: "POST", body: JSON.stringify(what) });
follow(async () => "%s", (event) => {
  if (event.event === "hello") say(event);
  else lastVerdict("%s").then((last) => say({ event, last }), (error) => say(String(error)));
});
lastVerdict("wrong").catch((error) => say({ refused: String(error) }));
</script>"""


class Site:
    """A context manager: a web site with one page, and what that tells it."""

    def __enter__(self):
        site = self
        self.page = b""
        self._told = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path == "/" else 404)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(site.page if self.path == "/" else b"")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()
                site._told.put(json.loads(body))

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def told(self):
        return self._told.get(timeout=2 * WAIT)


@contextmanager
def browser(folder, url):
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={folder}", url]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as program:
        try:
            yield
        finally:
            program.terminate()


@pytest.mark.root
@pytest.mark.skipif(not CHROMIUM, reason="no browser: apt install chromium")
def test_the_javascript_example_in_a_browser(phones, terminal, tmp_path):
    with (
        Site() as site,
        Bridge(tmp_path, terminal.port, "--http", 0, "--origin", site.origin) as running,
    ):
        running.plug()
        running.wait_for("ready")
        page = PAGE % (example("javascript", running), running.token, running.token)
        site.page = page.encode()
        with browser(tmp_path / "profile", site.origin):
            first = [site.told(), site.told()]
            assert {"refused": first[0].get("refused") or first[1].get("refused")} in first
            assert "this is not the token" in str(first)
            (hello,) = [one for one in first if "event" in one]
            check("Hello", hello)
            tapped(phones, terminal, "valid")
            told = site.told()
            assert check("Verdict", told["event"])["code"] == "VALID"
            assert told["last"] == told["event"]


@pytest.mark.root
@pytest.mark.skipif(not CHROMIUM, reason="no browser: apt install chromium")
def test_a_browser_keeps_pages_of_other_origins_out(terminal, tmp_path):
    """Even with the token: the WebSocket does not open, and fetch gets no answer that the page could read."""
    with Site() as site, Bridge(tmp_path, terminal.port, "--http", 0) as running:
        running.plug()
        running.wait_for("ready")
        where = running.url.removeprefix("http:")
        site.page = (
            '<script>const say = (what) => fetch("/told", { method: "POST", body: JSON.stringify(what) });'
            f'const token = "{running.token}";'
            f'const socket = new WebSocket("ws:{where}/events", ["borne.v1", "borne.token." + token]);'
            'socket.onopen = () => say("open"); socket.onerror = () => say("closed");'
            f'fetch("http:{where}/terminal", {{ headers: {{ Authorization: "Bearer " + token }} }})'
            '.then(() => say("answered"), () => say("unread"));</script>'
        ).encode()
        with browser(tmp_path / "profile", site.origin):
            assert {site.told(), site.told()} == {"closed", "unread"}


def rows(title):
    table = TEXT[TEXT.index(title) :].split("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def names(text):
    return set(re.findall(r"`([A-Za-z_]+)`", text))


def test_the_tables_say_what_the_api_says():
    paths = {row[0].strip("`").removeprefix("GET ") for row in rows("| request |")}
    assert paths == set(DOCUMENT["paths"])
    schemas = DOCUMENT["components"]["schemas"]
    common = {"event", "session", "seq", "time", "terminal", "lost"}
    kinds = set()
    for kind, _, more in rows("| event |"):
        kind = kind.strip("`")
        kinds.add(kind)
        if kind != "hello":
            assert names(more) | common == set(schemas[kind.capitalize()]["properties"]), kind
    assert kinds == {one["$ref"].split("/")[-1].lower() for one in schemas["Event"]["oneOf"]}
    assert set(schemas["Holder"]["properties"]) <= names(TEXT[TEXT.index("## Identity") :])
    codes = TEXT[TEXT.index("Codes of `disconnected`") : TEXT.index("## Identity")]
    assert names(codes) - {"disconnected"} == set(texts.DISCONNECTED)
    assert {*template.FIELDS, *template.KEYS} <= names(TEXT[TEXT.index("## Typing") :])


def test_the_numbers_are_the_codes():
    assert f"{address.ADDRESS}:{address.PORT}" == PORT
    assert f"at most {api.CLIENTS_MAX} WebSockets, {FEED_MAX} events each" in TEXT
    assert IDENTITY_MAX == 60  # "after a minute"
    assert f"after {door.PENDING_SECONDS:g} seconds" in TEXT
    assert f"if {door.PENDING_MAX} connections are newer" in TEXT
    assert f"more than {door.HEAD_MAX // 1024} KiB" in TEXT
    assert f"another character {x11_keys.REST:g} seconds after" in TEXT
