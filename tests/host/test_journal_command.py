"""`borne terminal journal`, `receipts` and `verify-journal` against the emulated terminal."""

import base64
import csv
import hashlib
import json
import shutil

import pytest
from demo_world import NOW, flash_with
from program import borne
from virtual_terminal import VirtualTerminal

from borne import limits
from borne.journal.chained_log import ChainedLog
from bornetools.journal import chain as chains
from bornetools.journal import export
from bornetools.link.client import Client

pytestmark = pytest.mark.usefixtures("quick_p256")


@pytest.fixture(scope="module")
def new(world, tmp_path_factory):
    return flash_with(world, tmp_path_factory.mktemp("new"), NOW - 3600, receipts=True)


@pytest.fixture
def flash(new, tmp_path):
    """A terminal's flash, whose policy has receipts."""
    return shutil.copytree(new, tmp_path / "flash")


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A full journal, filled up by the firmware's own code, but not by thousands of taps."""
    folder = tmp_path_factory.mktemp("full") / "journal"
    log = ChainedLog(str(folder), "EMULATED-1", lambda: None)
    log.refuse_when_full = True
    with pytest.raises(OSError, match="28"):
        append_for_ever(log)
    return folder


def run(*arguments, status=0):
    """(stdout, stderr) of `borne terminal`."""
    done = borne("terminal", *arguments, status=status)
    return done.stdout, done.stderr


def rows(path):
    """The entries of an export."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()[1:]]
    with path.open(newline="") as file:
        return list(csv.DictReader(file))[1:]


def numbers(path):
    return [int(row["n"]) for row in rows(path)]


def test_from_tap_to_verified_export(flash, phones, tmp_path):
    kept, first, second, third, fourth = (
        tmp_path / name for name in ("0.jsonl", "1.jsonl", "2.jsonl", "3.csv", "4.csv")
    )
    state = tmp_path / "state"
    with VirtualTerminal(flash) as terminal:
        on = ("--port", terminal.port)
        for case in ("valid", "no application", "valid"):
            terminal.tap(phones[case])
        text, _ = run("journal", *on)
        assert text.count("VALID  ") == 2
        assert "NO_APPLICATION" in text
        printed, _ = run("journal", *on, "--format", "jsonl")
        run("journal", *on, "--format", "jsonl", "--out", kept, "--keep")
        assert kept.read_text() == printed
        assert numbers(kept) == [1, 2, 3, 4]
        run("journal", *on, "--format", "jsonl", "--state", state, "--out", first)
        assert first.read_text() == printed
        terminal.tap(phones["revoked"])
        more = ("--state", state, "--keep", "--format", "jsonl")
        _, said = run("journal", *on, *more, "--out", second)
        assert numbers(second) == [5, 6]
        assert "entries 5 to 6" in said
        terminal.tap(phones["expired"])
        run("journal", *on, "--state", state, "--format", "csv", "--out", third)
        (row,) = rows(third)
        assert (row["n"], row["verdict"], row["purpose"]) == ("7", "EXPIRED", "consultation")
        run("journal", *on, "--state", state, "--format", "csv", "--out", fourth)
        assert numbers(fourth) == [8]
        _, said = run("journal", *on, "--format", "jsonl", "--out", first, status=2)
        assert "exists already" in said
        _, said = run("journal", *on, "--out", tmp_path / "x", status=2)
        assert "--out needs --format" in said
    assert list(tmp_path.glob("*.new")) == []
    verified, _ = run("verify-journal", first, second, third, fourth)
    assert verified.count("\n") == 4
    assert "entries 1 to 4" in verified
    _, said = run("verify-journal", second, first, status=1)
    assert "entry 6: was exported before and is not there" in said
    _, said = run("verify-journal", first, fourth, status=1)
    assert "entries 5 to 7 are missing" in said
    first.write_text(first.read_text().replace("NO_APPLICATION", "VALID"))
    _, said = run("verify-journal", first, status=1)
    assert f"{first}: entry 3: hash does not follow" in said
    _, said = run("verify-journal", state, status=2)
    assert str(state) in said


def test_receipts_for_billing(flash, phones, tmp_path):
    out = tmp_path / "receipts.jsonl"
    with VirtualTerminal(flash) as terminal:
        on = ("--port", terminal.port)
        for case in ("valid", "revoked", "no entitlement"):
            terminal.tap(phones[case])
        run("receipts", *on, "--format", "jsonl", "--out", out)
        assert run("receipts", *on)[0].count("\n") == 1
        journal, _ = run("journal", *on, "--format", "jsonl")
    _, receipt = rows(out)
    valid = [json.loads(line) for line in journal.splitlines()][2]
    assert (valid["verdict"], valid["receipt"]) == ("VALID", receipt["n"])
    holder = phones["valid"]._holder_key.public_key().public_numbers()
    key = holder.x.to_bytes(32, "big") + holder.y.to_bytes(32, "big")
    assert base64.b64decode(receipt["key"]) == key
    token = hashlib.sha256(phones["valid"].token).digest()
    assert base64.b64decode(receipt["token"]) == token
    assert run("verify-journal", out)[0].count("receipts, entries 1 to 2") == 1
    # The chain made anew over another purpose: the holder did not sign that.
    chain = chains.follow(out.read_bytes().split(b"\n", 1)[1])
    body = chain.lines[1][: chain.lines[1].index(b', "hash"')]
    body = body.replace(b"consultation", b"admission")
    digest = hashlib.sha256(bytes.fromhex(chain.entries[0]["hash"]) + body).hexdigest()
    forged = chain.lines[0] + b"\n" + body + b', "hash": "' + digest.encode() + b'"}\n'
    chain = chains.follow(forged)
    assert chain.problems == []
    out.write_text(export.render("receipts", chain, "jsonl"))
    _, said = run("verify-journal", out, status=1)
    assert "entry 2: the holder's signature does not verify" in said


def test_taps_during_an_export_are_in_it(flash, phones, tmp_path, monkeypatch):
    out = tmp_path / "out.jsonl"
    real = Client.request
    taps = []

    def meanwhile(client, command, **fields):
        if command == "exported" and len(taps) < 2:
            taps.append(terminal.tap(phones["valid"]))
        return real(client, command, **fields)

    with VirtualTerminal(flash) as terminal:
        terminal.tap(phones["valid"])
        monkeypatch.setattr(Client, "request", meanwhile)
        run("journal", "--port", terminal.port, "--format", "jsonl", "--out", out)
        assert numbers(out) == [1, 2, 3, 4]
        after = tmp_path / "after.jsonl"
        run("journal", "--port", terminal.port, "--format", "jsonl", "--out", after)
        assert numbers(after) == [5]
    run("verify-journal", out, after)


def test_an_altered_journal_is_exported_kept_and_located(flash, phones, tmp_path):
    broken, again, last = (tmp_path / name for name in ("1.jsonl", "2.jsonl", "3.jsonl"))
    options = ("--format", "jsonl", "--out")
    with VirtualTerminal(flash) as terminal:
        for _ in range(3):
            terminal.tap(phones["valid"])
        terminal.power_off()
        (path,) = (flash / "journal").iterdir()
        data = path.read_bytes()
        path.write_bytes(data.replace(b'"VALID"', b'"TORN"', 1))
        terminal.power_on()
        terminal.tap(phones["valid"])
        _, said = run("journal", "--port", terminal.port, *options, broken, status=1)
        assert "EMULATED-1: entry 2: hash does not follow" in said
        assert "entry 5: begins another chain" in said
        assert run("verify-journal", broken, status=1)[1].count("entry 2: hash") == 1
        # It has kept everything until it is told otherwise.
        told = (*options, again, "--acknowledge-broken")
        run("journal", "--port", terminal.port, *told, status=1)
        assert numbers(again) == numbers(broken) == [1, 2, 3, 4, 5, 6]
        run("journal", "--port", terminal.port, *options, last)
        assert numbers(last) == [7]


def test_what_was_taken_out_of_a_terminal_is_missed(flash, phones, tmp_path):
    state = tmp_path / "state"
    options = ("--format", "jsonl", "--state", state, "--out")
    with VirtualTerminal(flash) as terminal:
        terminal.tap(phones["valid"])
        run("journal", "--port", terminal.port, *options, tmp_path / "1.jsonl")
        terminal.power_off()
        shutil.rmtree(flash / "journal")
        terminal.power_on()
        terminal.tap(phones["valid"])
        _, said = run("journal", "--port", terminal.port, *options, tmp_path / "2", status=1)
        assert "was exported before" in said
        state.write_text(state.read_text().replace("EMULATED-1", "T-2"))
        _, said = run("journal", "--port", terminal.port, *options, tmp_path / "3", status=2)
        assert "the state of another terminal" in said
        state.write_text("{}")
        _, said = run("journal", "--port", terminal.port, *options, tmp_path / "3", status=2)
        assert "not a state" in said


def test_full_and_told_to_refuse_it_refuses_until_it_is_exported(world, full, phones, tmp_path):
    flash = flash_with(world, tmp_path, NOW - 3600, refuse_unexported=True)
    shutil.copytree(full, flash / "journal")
    with VirtualTerminal(flash) as terminal:
        tap = terminal.tap(phones["valid"])
        assert (tap.code, tap.detail) == ("INTERNAL", "the journal is full")
        out = tmp_path / "out.jsonl"
        run("journal", "--port", terminal.port, "--format", "jsonl", "--out", out)
        assert out.stat().st_size > 0.9 * limits.JOURNAL_SEGMENT_MAX * limits.JOURNAL_SEGMENTS_MAX
        assert terminal.tap(phones["valid"]).code == "VALID"


def test_full_and_told_to_warn_the_oldest_are_lost_visibly(flash, full, phones, tmp_path):
    shutil.copytree(full, flash / "journal")
    with VirtualTerminal(flash) as terminal:
        terminal.field.put(phones["valid"])
        assert terminal.wait_event("fault", "verdict")["code"] == "JOURNAL_FULL"
        terminal.field.remove()
        terminal.wait_event("gone")
        out = tmp_path / "out.jsonl"
        _, said = run("journal", "--port", terminal.port, "--format", "jsonl", "--out", out)
        lost = numbers(out)[0] - 1
        assert f"EMULATED-1: {lost} entries were overwritten before they were exported" in said
        assert rows(out)[-2]["lost"] == lost > 30
    run("verify-journal", out)


def append_for_ever(log):
    while True:
        log.append(None, (("fault", "TEST"), ("detail", "x" * 250)))
