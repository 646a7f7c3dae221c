"""What a device that is only plugged in can do to the console and the files of whoever asks it.

Every text of every answer has what a screen would obey, and no answer comes to an end.
"""

import csv
import io
import json
import subprocess

import pytest
from fake_terminal import HELLO, Fake
from guard import HUNG
from hypothesis import given
from hypothesis import strategies as st
from link_world import Publisher
from mutations import examples
from program import BORNE, borne

from borne import limits
from borne.journal.chained_log import ChainedLog
from borne.link import messages
from bornetools.link import courier, frames
from bornetools.link.client import Client, LinkFailure, read_file, send_file
from bornetools.link.source import Source
from bornetools.printable import is_printable

NASTY = "\x1b[2J\x1b]0;Qzyx\x07\r\n\u202eT-1\u200b\x9b\ufeff[bold]=cmd|' /C calc'!A0"
LONG = NASTY * 300
CHECK = {
    "reader": b"\x32\x01\x06\x07",
    "parts": NASTY,
    "rtc": 5,
    "uptime": 1,
    "heap": 1,
    "fault": NASTY,
}
RESULTS = {
    "hello": {**HELLO, "terminal": NASTY, "board": NASTY, "firmware": NASTY, NASTY: NASTY},
    "check": CHECK,
    "time": {"time": 5},
    "subscribe": {"identity": False},
    "commit": {"version": 3},
    "journal": {"data": b"", "cursor": 0},
    "get": {"size": 1, "data": b"{"},
}
COMMANDS = [
    ("terminal", "info"),
    ("terminal", "info", "--json"),
    ("terminal", "time"),
    ("terminal", "time", "--set"),
    ("terminal", "identify"),
    ("terminal", "reboot"),
    ("terminal", "events", "--count", "2"),
    ("terminal", "journal"),
    ("terminal", "receipts", "--format", "jsonl"),
    ("terminal", "journal", "--format", "csv"),
    ("doctor",),
    ("doctor", "--json"),
]


def printed(*arguments):
    """What `borne` prints, of which every character but the ends of lines is seen."""
    done = borne(*arguments)
    said = done.stdout + done.stderr
    assert [one for one in said if one != "\n" and not is_printable(one)] == []
    return done.exit_code, said


def says(results, told=()):
    """A terminal with these results; and, to a subscriber, these events."""

    def answer(name, fields):
        result = results.get(name, {})
        yield [0, result(fields)] if callable(result) else [0, result]
        if name == "subscribe" and fields["seconds"]:
            for kind, more in told:
                yield [0, 1 + messages.EVENTS.index(kind), more]

    return answer


def refuses(code):
    """One that answers `hello` and refuses all else."""

    def answer(name, fields):
        yield [0, RESULTS["hello"]] if name == "hello" else [code, {"detail": LONG, "files": LONG}]

    return answer


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_text_of_an_answer_reaches_the_screen_as_it_is(command):
    told = [("fault", {"code": NASTY, "detail": LONG, NASTY: b"\x1b"}), ("gone", {NASTY: [LONG]})]
    with Fake(says(RESULTS, told)) as fake:
        status, said = printed(*command, "--port", fake.port)
        assert "Traceback" not in said
        assert len(said) < 20_000
        assert status in (0, 1)


@pytest.mark.parametrize("code", [NASTY, LONG])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_text_of_a_refusal_reaches_the_screen_as_it_is(command, code):
    with Fake(refuses(code)) as fake:
        _, said = printed(*command, "--port", fake.port)
        assert len(said) < 3_000


def test_a_command_to_copy_has_nothing_of_a_strange_board():
    board = "X; rm -rf ~"
    results = {**RESULTS, "hello": {**HELLO, "board": board}, "check": {**CHECK, "reader": None}}
    with Fake(says(results)) as fake:
        rows = json.loads(printed("doctor", "--json", "--port", fake.port)[1])["parts"]
    assert [row for row in rows if "rm -rf" in row["do"]] == []


@pytest.mark.parametrize(
    ("command", "changes"),
    [
        ("info", {"as_of": 1 << 63}),
        ("info", {"time": 1 << 63}),
        ("info", {"terminal": None}),
        ("info", {"free": None}),
        ("info", {"time_zone": NASTY}),
        ("info", {"time_zone": ""}),
        ("check", {"parts": None}),
        ("check", {"uptime": None}),
        ("check", {"rtc": 1 << 60}),
    ],
)
def test_what_no_terminal_says_is_malformed(command, changes):
    hello, check = dict(HELLO), {**CHECK, "parts": "", "fault": ""}
    (hello if command == "info" else check).update(changes)
    asked = ["terminal", "info"] if command == "info" else ["doctor"]
    with Fake(says({**RESULTS, "hello": hello, "check": check})) as fake:
        status, said = printed(*asked, "--port", fake.port)
    assert status == 2
    assert "malformed" in said


def test_a_chip_that_answers_too_little_is_told():
    with Fake(says({**RESULTS, "check": {**CHECK, "reader": b"\x32"}})) as fake:
        assert "no PN532" in printed("doctor", "--port", fake.port)[1]


@pytest.mark.parametrize(
    "strange",
    [
        b"\x83\x05\x00\xa1\x61x\xc5\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",  # a bigfloat beyond all
        b"\x83\x05\x00\xa1\x61x\xc2\x59\x03\xe8" + b"\xff" * 1000,
        b"\x83\x05\x00\xa1\x61x\xd8\x1c\x81\xd8\x1d\x00",  # a list that holds itself
        b"\x83\x05\x00\xa1\x61x" + b"\x81" * 300 + b"\x00",
        b"\x83\x05\x00\xa1\x61x\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00",
        b"\x83\x05\x00\xa1\x80\x01",
        b"\x83\x05\x00\xa1\x61x\xf7",
    ],
)
def test_what_is_strange_is_no_message(strange):
    from cobs import cobs

    check = __import__("zlib").crc32(strange).to_bytes(4, "little")
    assert frames.decode(cobs.encode(strange + check)) is None


texts = st.text(st.characters(codec="utf-8"), max_size=700)


@examples(100)
@given(texts, texts)
def test_any_text_of_any_message_is_printable(text, name):
    frame = frames.encode([5, text, {name: [text, {name: text}]}]).strip(b"\0")
    seq, what, fields = frames.decode(frame)
    ((found, (first, second)),) = fields.items()
    for one in (what, found, first, *second, *second.values()):
        assert all(map(is_printable, one))
        assert len(one) <= limits.CBOR_TEXT_MAX


def test_what_the_bridge_says_of_it():
    told = [("fault", {"code": "NO_READER", "detail": LONG})]
    with (
        Fake(says(RESULTS, told)) as fake,
        subprocess.Popen(
            [BORNE, "bridge", "--jsonl", "--port", fake.port],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running,
    ):
        lines = [running.stdout.readline() for _ in range(2)]
        running.terminate()
        _, said = running.communicate(timeout=HUNG)
    assert [one for one in said + "".join(lines) if one != "\n" and not is_printable(one)] == []
    for line in lines:
        for value in json.loads(line).values():
            assert all(map(is_printable, str(value)))


# Answers without an end.


@pytest.mark.parametrize("piece", [b"x" * limits.LINK_CHUNK_MAX, b"\n" * 1024, b"x"])
@pytest.mark.parametrize("log", ["journal", "receipts"])
def test_a_log_without_an_end_is_given_up(log, piece, tmp_path):
    out = tmp_path / "out.csv"
    with Fake(says({**RESULTS, "journal": lambda _: {"data": piece, "cursor": 7}})) as fake:
        status, said = printed(
            "terminal", log, "--port", fake.port, "--out", out, "--format", "csv"
        )
        assert len(fake.requests) < 1000
    assert status == 2
    assert "longer than one can be" in said
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_always_grows_is_given_up(tmp_path):
    given = iter(log_of(tmp_path, "T-1", times=3).splitlines(keepends=True))

    def read(fields):
        read.turn = not read.turn
        return {"data": next(given, b"") if read.turn else b"", "cursor": 7}

    read.turn = False
    results = {**RESULTS, "journal": read, "exported": {"exported": 0}}
    out = tmp_path / "out.csv"
    with Fake(says(results)) as fake:
        status, said = printed(
            "terminal", "journal", "--port", fake.port, "--out", out, "--format", "csv"
        )
    assert status == 2
    assert "does not come to an end" in said


def test_files_without_an_end_are_given_up():
    results = {
        "get": {"size": 1 << 40, "data": b"x" * 1024},
        "put": lambda fields: {"offset": 1024 if fields["offset"] == 0 else 0},
    }
    with Fake(says(results)) as fake, Client(fake.port) as client:
        with pytest.raises(LinkFailure, match="larger than it may be"):
            read_file(client, "timestamp.json", 2048)
        with pytest.raises(LinkFailure, match="does not come to the end"):
            send_file(client, "x", bytes(32), bytes(9000))
        assert len(fake.requests) < 100
    with (
        Fake(says({"get": {"size": 1, "data": b"x" * 1024}})) as fake,
        Client(fake.port) as client,
        pytest.raises(LinkFailure, match="larger than it may be"),
    ):
        read_file(client, "timestamp.json", 1000)


@pytest.mark.parametrize(
    "wanted",
    [
        [["keys.cbor", bytes(32), 1]] * 9,
        [[NASTY, bytes(32), 1]],
        [["../../etc/passwd", bytes(32), 1]],
        LONG,
    ],
    ids=("too many", "nasty", "outside", "text"),
)
def test_a_sync_says_nothing_of_it_as_it_is(tmp_path, wanted):
    publisher = Publisher(tmp_path / "repository")
    publisher.release()

    def answer(name, fields):
        if name == "commit":
            return [["WANTED", {"files": wanted, "detail": LONG}]]
        if name == "put":
            return [[0, {"offset": fields["offset"] + len(fields["data"])}]]
        if name == "time":
            return [["STEP_TOO_LARGE", {"detail": NASTY}]]
        return [[0, {**RESULTS["hello"], "root": 1}]] if name == "hello" else [["NAME", {}]]

    for more in ([], ["--json"]):
        with Fake(answer) as fake:
            status, said = printed("sync", "--port", fake.port, "--from", publisher.base, *more)
        assert status == 1
        assert "malformed" in said
    with Fake(refuses(NASTY)) as fake:
        assert printed("sync", "--port", fake.port, "--from", publisher.base)[0] == 1


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (3, "the terminal keeps release 3"),
        (4, "release 4 is in force on the terminal"),
        (None, "which release is in force is not known"),
    ],
)
def test_after_a_refused_commit_the_release_in_force_is_asked_for(tmp_path, after, expected):
    publisher = Publisher(tmp_path / "repository")
    publisher.release()
    committed = []

    def answer(name, fields):
        if name == "commit":
            committed.append(1)
            return [["INTERNAL", {"detail": "MemoryError: release 4 is in force"}]]
        if name == "put":
            return [[0, {"offset": fields["offset"] + len(fields["data"])}]]
        if name == "hello":
            if committed and after is None:
                return [["INTERNAL", {}]]
            return [[0, {**HELLO, "version": after if committed else 3, "time": None}]]
        return [["NAME", {}]]

    with Fake(answer) as fake:
        outcome = courier.sync(fake.port, Source(publisher.base))
        assert (outcome.before, outcome.after) == (3, after)
        committed.clear()
        assert expected in printed("sync", "--port", fake.port, "--from", publisher.base)[1]


# Files.


def log_of(tmp_path, terminal, times=1):
    """The lines of a log that a terminal of that name has written, byte for byte."""
    log = ChainedLog(str(tmp_path / "journal"), terminal, lambda: None)
    for code in ("=1+1", "+1", "-1", "@x", "FINE") * times:
        log.append(1_800_000_000, (("fault", code), ("detail", "@SUM(1+1)")))
    data, cursor = b"", 0
    while True:
        piece, cursor = log.read(cursor, 1024)
        if not piece:
            return data
        data += piece


def serves(data, hello=HELLO):
    def read(fields):
        piece = data[fields["cursor"] :][:1024]
        return {"data": piece, "cursor": fields["cursor"] + len(piece)}

    return says({"hello": hello, "journal": read})


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    out = tmp_path / "out.csv"
    with Fake(serves(log_of(tmp_path, "=cmd|' /C calc'!A0"))) as fake:
        printed(
            "terminal", "journal", "--port", fake.port, "--keep", "--out", out, "--format", "csv"
        )
    rows = list(csv.reader(io.StringIO(out.read_text(), newline="")))
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert "'=cmd|' /C calc'!A0" in cells
    assert "'=1+1" in cells
    assert "FINE" in cells
    assert printed("terminal", "verify-journal", out)[0] == 0
    out.write_text(out.read_text().replace("'=1+1", "=1+1"))
    assert printed("terminal", "verify-journal", out)[0] in (1, 2)


@pytest.mark.parametrize("form", ["csv", "jsonl", "text"])
def test_lines_that_are_none_are_shown_without_what_a_screen_obeys(tmp_path, form):
    lines = log_of(tmp_path, "T-1")
    nasty = lines + NASTY.encode() + b"\n=cmd|x\n\xff\x9b\n" + b"'=x\n"
    with Fake(serves(nasty)) as fake:
        status, _ = printed("terminal", "journal", "--port", fake.port, "--format", form)
        assert status == 1
        if form != "text":
            out = tmp_path / "out"
            printed("terminal", "journal", "--port", fake.port, "--out", out, "--format", form)
            assert all(one == "\n" or is_printable(one) for one in out.read_text())
            assert printed("terminal", "verify-journal", out)[0] in (1, 2)


@pytest.mark.parametrize("log", ["journal", "receipts"])
def test_an_export_is_its_owners_alone_and_costs_no_neighbour(tmp_path, log):
    out, state = tmp_path / "X", tmp_path / "S"
    neighbours = [tmp_path / name for name in ("X.new", "S.new")]
    for one in neighbours:
        one.write_text("mine")
    empty = says({"hello": HELLO, "journal": {"data": b"", "cursor": 0}})
    lines = serves(log_of(tmp_path, "T-1"))
    with Fake(lines if log == "journal" else empty) as fake:
        more = ["--keep", "--format", "jsonl", "--out", out, "--state", state]
        assert printed("terminal", log, "--port", fake.port, *more)[0] == 0
    assert out.stat().st_mode & 0o777 == 0o600
    if log == "journal":
        assert state.stat().st_mode & 0o777 == 0o600
    assert [one.read_text() for one in neighbours] == ["mine", "mine"]
    assert len(list(tmp_path.iterdir())) == (5 if log == "journal" else 4)
