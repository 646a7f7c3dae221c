import hashlib
import json
import os
from binascii import hexlify

from support import scratch

from borne import integrity

FILES = {"main.py": b"import x\n", "borne/a.mpy": bytes(range(256)) * 9, "borne/b.mpy": b""}


class Screen:
    def __init__(self):
        self.lines = []
        self.shown = None

    def fill(self, colour):
        self.lines = []

    def text(self, text, x, y):
        assert x + 8 * len(text) <= 128 and y + 8 <= 64
        if text:
            self.lines.append(text)

    def show(self):
        self.shown = self.lines


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def manifest(files=FILES, count=None):
    lines = ["# borne 0.1.0 VM %d\n" % (len(files) if count is None else count)]
    for path, data in files.items():
        lines.append(hexlify(hashlib.sha256(data).digest()).decode() + "  " + path + "\n")
    return "".join(lines).encode()


def application():
    root = scratch("app") + "/"
    os.mkdir(root + "borne")
    for path, data in FILES.items():
        write(root + path, data)
    write(root + integrity.MANIFEST, manifest())
    return root


def refused(root):
    """Asserts that the application is refused aloud; returns why."""
    lines, screen = [], Screen()
    assert integrity.intact(root, lines.append, lambda: screen) is False
    event = json.loads(lines[0])
    assert len(lines) == 1 and event["event"] == "fault" and event["code"] == "INCOMPLETE"
    assert "INCOMPLET:" in screen.shown and "INCOMPLETE:" in screen.shown
    return event["detail"]


def test_what_is_whole_starts_and_says_nothing():
    said = []
    assert integrity.intact(application(), said.append, None) is True
    assert said == []


def test_without_its_manifest_it_does_not_start():
    root = application()
    os.remove(root + integrity.MANIFEST)
    assert "not copied to its end" in refused(root)


def test_a_file_that_is_missing_cut_or_of_another_version():
    for path, data in FILES.items():
        for other in (None, data[:-1], data + b"\0", bytes(len(data) + 1)):
            root = application()
            if other == data:
                continue
            if other is None:
                os.remove(root + path)
            else:
                write(root + path, other)
            assert path in refused(root)


def test_a_manifest_cut_anywhere_but_at_its_end_starts_nothing():
    whole = manifest()
    for size in range(0, len(whole), 7):
        root = application()
        write(root + integrity.MANIFEST, whole[:size])
        assert refused(root)


def test_a_manifest_that_is_none():
    for data in (
        b"",
        b"\xff" * 4000,
        b"# borne 0\n",
        b"# borne -1\n",
        b"# borne 99999\n",
        manifest(count=2),
        manifest(count=4),
        manifest().replace(b"  ", b" *"),
        b"# borne 1\n" + b"0" * 64 + b"  \n",
        b"# borne 1\n" + b"0" * 64 + b"  \xff\xfe\n",
        b"# borne 1\n" + b"0" * 64 + b"  " + b"x" * 300 + b"\n",
    ):
        root = application()
        write(root + integrity.MANIFEST, data)
        assert refused(root)


def test_without_a_screen_the_link_still_says_it():
    lines = []

    def no_display():
        raise ImportError("no module named 'board'")

    assert integrity.intact(scratch("app") + "/", lines.append, no_display) is False
    codes = [json.loads(line)["code"] for line in lines]
    assert codes == ["INCOMPLETE", "NO_SCREEN"]
