"""`borne bridge` as a program of its own, at an emulated terminal, and clients that share nothing with it."""

import json
import os
import queue
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
from guard import HUNG
from websockets.sync.client import connect

from bornetools.bridge import watcher as watcher_module
from bornetools.bridge.openapi import DOCUMENT
from bornetools.bridge.say import Say
from bornetools.bridge.watcher import Watcher
from bornetools.emulator.machine.terminal import TAP_TIMEOUT
from bornetools.link import ports

WAIT = HUNG  # seconds, for whatever is waited for

# `borne bridge`, which looks for its terminal, at it, and at whether it is to end, more often.
_RESTLESS = """
from bornetools.bridge import watcher
watcher._PAUSE = watcher._LOOK = 0.05
watcher._RENEW = 0.5
"""
_MAIN = """
from bornetools.cli import main
main()
"""


def hold(terminal, phone):
    """Taps without the emulator's own subscription, which would be another one. Returns the Tap."""
    terminal.field.put(phone)
    try:
        return terminal.verdict()
    finally:
        terminal.field.remove()
        terminal.wait_event("gone", "ready", timeout=TAP_TIMEOUT)


def check(name, value):
    """Whether a JSON value is what the API's description says."""
    schema = {**DOCUMENT, "$ref": f"#/components/schemas/{name}"}
    jsonschema.Draft202012Validator(schema).validate(value)
    return value


class Bridge:
    """A context manager: the program, with its user's configuration in the folder `home`.

    The terminal's port, which may be None, is there once it is plugged in. `first` is a program that is run
    before.
    """

    def __init__(self, home, port, *arguments, first=""):
        self.home = Path(home)
        self._port = port
        self._name = self.home / "ttyBorne"  # one that stays, as in /dev/serial/by-id
        if port:
            arguments = ("--port", self._name, *arguments)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RESTLESS + first + _MAIN, "bridge", *map(str, arguments)],
            env={**os.environ, "XDG_CONFIG_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.stdout, self.stderr = _Lines(self._process.stdout), _Lines(self._process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def plug(self, port=None):
        """Plugs the terminal in, perhaps at another port than before."""
        self.unplug()
        self._name.symlink_to(port or self._port)

    def unplug(self):
        """Its port is not there any more."""
        self._name.unlink(missing_ok=True)

    def end(self):
        """Asks it to end. Returns its exit status."""
        self._process.terminate()
        return self.ended()

    def ended(self):
        """Waits for its end. Returns its exit status."""
        status = self._process.wait(WAIT)
        self.stdout.join()
        self.stderr.join()
        return status

    @property
    def url(self):
        """Where it listens, once it does."""
        return self.stderr.find("http://").split(",")[0]

    @property
    def token(self):
        return self.token_file.read_text().strip()

    @property
    def token_file(self):
        """It is there once something listens."""
        return self.home / "borne" / f"bridge-token-{urlsplit(self.url).port}"

    def signal(self, number):
        self._process.send_signal(number)

    def get(self, path, headers=None, method="GET"):
        """(status, body, headers) of an answer; the body decoded if it is JSON."""
        headers = {"Authorization": "Bearer " + self.token} if headers is None else headers
        request = urllib.request.Request(self.url + path, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=WAIT) as answer:
                status, data, told = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            status, data, told = error.code, error.read(), error.headers
        return status, json.loads(data) if data else None, told

    @contextmanager
    def events(self):
        """A WebSocket, with what it has said first taken."""
        with self.connect(additional_headers={"Authorization": "Bearer " + self.token}) as socket:
            check("Hello", json.loads(socket.recv(WAIT)))
            yield socket

    def connect(self, **more):
        return connect(self.url.replace("http:", "ws:") + "/events", **more)

    def wait_for(self, state):
        """Asks for the terminal after each event until that is its state. Returns what it is told."""
        with self.events() as socket:
            while (told := check("Terminal", self.get("/terminal")[1]))["state"] != state:
                socket.recv(WAIT)
        return told


def next_event(socket, *kinds):
    """The next event of these kinds."""
    return _first(kinds, lambda: check("Event", json.loads(socket.recv(WAIT))))


def _first(kinds, next_of_all):
    """The first event of these kinds. Raises AssertionError after 100 others."""
    others = []
    while len(others) < 100:
        event = next_of_all()
        if event["event"] in kinds:
            return event
        others.append(event)
    raise AssertionError(f"none of {kinds}, but {others[-3:]}")


class Told:
    """A context manager: a Watcher in this process, and what it tells."""

    def __init__(self, monkeypatch, found, identity=False):
        self.ports = found
        monkeypatch.setattr(ports, "candidates", lambda: list(self.ports))
        for seconds in ("_PAUSE", "_LOOK"):
            monkeypatch.setattr(watcher_module, seconds, 0.05)
        self._queue = queue.Queue()
        self.watcher = Watcher(None, identity, lambda event, hello: self._queue.put(event), Say())

    def __enter__(self):
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.watcher.stop()
        self.watcher.join(WAIT)
        assert not self.watcher.is_alive()

    def next(self, *kinds):
        return _first(kinds, lambda: self._queue.get(timeout=WAIT))


class _Lines(threading.Thread):
    """Reads a program's output as it comes; `text` is all of it so far."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self._stream = stream
        self._queue = queue.Queue()
        self._lines = []
        self.start()

    def run(self):
        with self._stream:
            for line in self._stream:
                self._queue.put(line)
        self._queue.put(None)

    def next(self):
        """The next line. Raises AssertionError if there is none."""
        line = self._queue.get(timeout=WAIT)
        assert line is not None, f"the program has ended, after {self._lines}"
        self._lines.append(line)
        return line.rstrip("\n")

    def find(self, part):
        """The first line of all that has `part` in it, waited for."""
        for line in self._lines:
            if part in line:
                return line.rstrip("\n")
        while part not in (line := self.next()):
            pass
        return line

    @property
    def text(self):
        while not self._queue.empty():
            line = self._queue.get()
            if line is None:
                self._queue.put(None)
                break
            self._lines.append(line)
        return "".join(self._lines)
