"""A terminal on a pty that says what a test wants it to."""

import os
import select
import threading
import tty

from guard import HUNG

from borne.link import framing, messages

HELLO = {
    "protocol": 1,
    "firmware": "0",
    "board": "FAKE",
    "terminal": "T-1",
    "free": 1,
    "root": 1,
    "version": 3,
    "as_of": 5,
    "warn_after": 604800,
    "refuse_after": 2592000,
    "time": None,
}
NAMES = {number: command[0] for number, command in enumerate(messages.COMMANDS, 1)}


class Fake:
    """A context manager: a terminal on a pty. `answer(name, fields)` gives the messages without their
    seq, [what, fields], or bytes to send as they are."""

    def __init__(self, answer):
        self._answer = answer
        self.requests = []
        self._line, self._port = os.openpty()
        tty.setraw(self._port)
        self.port = os.ttyname(self._port)
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.pull()
        os.close(self._port)

    def pull(self):
        """It is not there any more."""
        if self._thread.is_alive():
            os.write(self._stopping, b"x")
            self._thread.join(HUNG)
            for handle in (self._line, self._stop, self._stopping):
                os.close(handle)

    def _run(self):
        receiver = framing.Receiver()
        while True:
            payload = receiver.payload()
            if payload is None:
                space = receiver.space()
                if self._stop in select.select([self._line, self._stop], [], [])[0]:
                    return
                data = os.read(self._line, len(space))
                space[: len(data)] = data
                receiver.received(len(data))
                continue
            seq, command, fields = messages.decode(bytes(payload))
            self.requests.append((NAMES[command], fields))
            for one in self._answer(NAMES[command], fields):
                if isinstance(one, list):
                    one = framing.encode(messages.encode(*(one if len(one) == 3 else [seq, *one])))
                os.write(self._line, one)
