"""Exports of a journal: whatever is cut, moved or altered is found, and located."""

import csv
import hashlib
import io
import json
import os
import re
from pathlib import Path
from types import SimpleNamespace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import examples
from names import EC2, P256, Key, Rule
from test_journal import Clock
from test_verifier import HOLDER, NOW, evidence, trust

from borne import limits
from borne.journal.chained_log import ChainedLog
from borne.journal.journal import Journal
from borne.trust.policy import Policy
from borne.verify import verifier
from bornetools.errors import UserError
from bornetools.journal import chain as chains
from bornetools.journal import export, receipt


def content(log):
    data, cursor = b"", 0
    while True:
        piece, cursor = log.read(cursor, 1000)
        if not piece:
            return data
        data += piece


def chain_of(log):
    chain = chains.follow(content(log))
    chain.problems += chains.whole(chain)
    return chain


def acknowledge(log):
    last = chain_of(log).last
    assert log.exported(1, last.number, bytes.fromhex(last.hash)) == last.number
    return last


def logs_in(folder):
    return [ChainedLog(str(folder / name), "T-1", lambda: None) for name in ("journal", "receipts")]


def fill(journal, count):
    journal.follow(7, Policy({Rule.RECEIPTS: True}))
    shown = evidence()
    good, late = (verifier.verify(shown, trust(), now) for now in (NOW, NOW + 6 * 86400))
    for number in range(count):
        journal.verdict(NOW + number, good if number % 2 else late, shown)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A journal of three segments, and receipts."""
    kept = limits.JOURNAL_SEGMENT_MAX
    limits.JOURNAL_SEGMENT_MAX = 1250
    try:
        logs = logs_in(tmp_path_factory.mktemp("logs"))
        fill(Journal(*logs, Clock(), os.urandom), 8)
    finally:
        limits.JOURNAL_SEGMENT_MAX = kept
    journal, receipts = (content(log) for log in logs)
    assert journal.count(b'"begin"') == 3
    return SimpleNamespace(journal=journal, receipts=receipts)


def exported(made, log, form):
    return export.render(log, chains.follow(getattr(made, log)), form).encode()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("log", ["journal", "receipts"])
def test_an_export_verifies(made, log, form):
    name, chain = export.verify(exported(made, log, form))
    assert (name, chain.problems, chain.terminal) == (log, [], "T-1")
    assert chain.last.number == len(chain.lines)
    if log == "receipts":
        entries = [entry for entry in chain.entries if "signature" in entry]
        assert len(entries) == 4
        assert receipt.thumbprint(entries[0]) == receipt.thumbprint(entries[1])


def found(data):
    """What verify finds wrong."""
    try:
        return export.verify(data)[1].problems
    except UserError as error:
        return [error.message]


@pytest.fixture
def each_receipt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts that are equal are judged once: of each export all but one at most are as they were."""
    judge, answers = receipt.verifies, {}

    def verifies(entry: dict) -> bool:
        text = json.dumps(entry)
        if text not in answers:
            answers[text] = judge(entry)
        return answers[text]

    monkeypatch.setattr(receipt, "verifies", verifies)


@pytest.mark.usefixtures("each_receipt_once")
@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("log", ["journal", "receipts"])
def test_every_byte_counts(made, log, form):
    data = exported(made, log, form)
    for at in range(len(data)):
        spoiled = bytearray(data)
        spoiled[at] ^= 1 << at % 8
        assert found(bytes(spoiled)), (at, data[max(0, at - 20) : at + 20])


def test_every_byte_of_what_the_terminal_has_counts_and_is_located(made):
    lines = made.journal.splitlines(keepends=True)
    start = 0
    for number, line in enumerate(lines, 1):
        for at in range(start, start + len(line)):
            spoiled = bytearray(made.journal)
            spoiled[at] ^= 1 << at % 8
            chain = chains.follow(bytes(spoiled))
            problems = chain.problems + chains.whole(chain)
            assert problems, (number, at)
            # Its own number, that of the one before it, or, of the begin's own fields, the one behind.
            near = {str(one) for one in (number - 1, number, number + 1)}
            near |= {"beginning"} if number == 1 else set()
            words = set(problems[0].replace(":", " ").split())
            own_number = b'"n": ' in line and at - start < 12
            assert own_number or near & words, (number, at - start, problems)
        start += len(line)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@examples(200)
@given(data=st.data())
def test_moved_removed_and_doubled_lines(made, form, data):
    lines = exported(made, "journal", form).splitlines(keepends=True)
    first = 1 if form == "jsonl" else 2
    one = data.draw(st.integers(first, len(lines) - 1))
    other = data.draw(st.integers(first, len(lines) - 1).filter(lambda number: number != one))
    swapped = list(lines)
    swapped[one], swapped[other] = lines[other], lines[one]
    low, high = sorted((one, other))
    for changed in (
        swapped,
        lines[:one] + lines[one + 1 :],
        lines[:low] + lines[high:],
        lines[:one] + [lines[one]] + lines[one:],
        lines[:one] + [lines[other]] + lines[one:],
        lines[:one],
    ):
        assert found(b"".join(changed)), changed
    assert found(b"".join(lines)) == []


def test_every_cut_at_the_end(made):
    data = exported(made, "journal", "jsonl")
    for end in range(len(data)):
        assert found(data[:end]), end


def test_where_it_is(made):
    lines = made.journal.split(b"\n")
    follow = lambda lines: chains.follow(b"\n".join(lines)).problems  # noqa: E731
    assert follow(lines) == []
    assert follow(lines[:4] + lines[5:]) == ["entry 5 is missing"]
    assert follow(lines[:4] + lines[7:]) == ["entries 5 to 7 are missing"]
    altered = lines[6].replace(b'"VALID"', b'"REVOKED"').replace(b'"EXPIRED"', b'"REVOKED"')
    assert follow(lines[:6] + [altered] + lines[7:]) == ["entry 7: hash does not follow"]
    assert follow(lines[:6] + [b"{}"] + lines[7:])[0] == "entry 7: a line that is no entry"
    assert follow([*lines[:6], lines[5], *lines[6:]]) == ["entry 6: out of order, or there twice"]
    assert follow(lines[1:])[0] == "entry 2: what comes before it is missing"
    assert follow([*lines[:-1], b'{"n": 99']) == [
        f"after entry {len(lines) - 1}: a line without its end"
    ]
    # Whole segments cut off at the front are missed by the word of the last one.
    begins = [number for number, line in enumerate(lines) if b'"begin"' in line]
    chain = chains.follow(b"\n".join(lines[begins[1] :]))
    assert chain.problems == []
    assert chains.whole(chain) == [f"entries 1 to {begins[1]} are missing"]


def test_an_entry_that_was_forged_with_its_hash_breaks_what_follows(made):
    lines = made.journal.split(b"\n")
    forged = chains.follow(b"\n".join(lines[:5]) + b"\n")
    body = lines[5][: lines[5].index(b', "hash"')].replace(b'"time": 1', b'"time": 2')
    digest = hashlib.sha256(bytes.fromhex(forged.last.hash) + body).hexdigest()
    line = body + b', "hash": "' + digest.encode() + b'"}'
    problems = chains.follow(b"\n".join([*lines[:5], line, *lines[6:]])).problems
    assert problems == ["entry 7: hash does not follow"]


def test_exports_follow_each_other(tmp_path):
    journal, _ = logs = logs_in(tmp_path)
    writer = Journal(*logs, Clock(), os.urandom)
    fill(writer, 4)
    first = acknowledge(journal)
    fill(writer, 3)
    second = chain_of(journal)
    assert second.problems == chains.goes_on(second, first) == []
    assert second.before == first
    other = chains.Anchor(first.number, "0" * 64)
    assert chains.goes_on(second, other) == [
        f"entry {first.number}: not the one that was exported before"
    ]
    ahead = chains.Anchor(99, first.hash)
    assert "entry 99: was exported before and is not there" in chains.goes_on(second, ahead)[0]
    behind = chains.Anchor(first.number - 2, first.hash)
    assert chains.goes_on(second, behind) == [
        f"entries {first.number - 1} to {first.number} are missing"
    ]


def test_overwritten_entries_are_told_and_break_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "JOURNAL_SEGMENT_MAX", 1500)
    monkeypatch.setattr(limits, "JOURNAL_SEGMENTS_MAX", 3)
    journal, _ = logs = logs_in(tmp_path)
    writer = Journal(*logs, Clock(), os.urandom)
    fill(writer, 6)
    first = acknowledge(journal)
    fill(writer, 40)
    chain = chain_of(journal)
    assert chain.problems == chains.goes_on(chain, first) == []
    assert chain.lost == chain.entries[0]["n"] - first.number - 1 > 0
    cut = chains.follow(b"\n".join(chain.lines[chain.lines.index(json_begin(chain)) :]) + b"\n")
    assert chains.whole(cut)
    assert chains.goes_on(cut, first)


def json_begin(chain):
    """The line of the second segment that begins."""
    return chain.lines[chain.entries.index(chain.begins[1])]


def test_a_holder_is_found_by_the_keys_thumbprint(made):
    """RFC 9679: SHA-256 over the required members alone, in deterministic CBOR."""
    rows = list(csv.DictReader(io.StringIO(exported(made, "receipts", "csv").decode())))
    named = {row["holder"] for row in rows} - {""}
    public = {
        Key.KTY: EC2,
        Key.CRV: P256,
        Key.X: HOLDER.x.to_bytes(32, "big"),
        Key.Y: HOLDER.y.to_bytes(32, "big"),
    }
    assert named == {hashlib.sha256(cbor2.dumps(public, canonical=True)).hexdigest()}
    assert receipt.thumbprint({"key": 5}) is receipt.thumbprint({"key": "%"}) is None


def test_a_receipt_of_somebody_else_does_not_verify(made):
    entry = json.loads(made.receipts.splitlines()[1])
    assert receipt.verifies(entry)
    for name, value in (
        ("terminal", "T2"),
        ("purpose", "admission"),
        ("nonce", entry["token"]),
        ("token", entry["nonce"]),
        ("key", entry["signature"]),
        ("uv", False),
        ("method", "biometric"),
        ("signature", entry["key"]),
        ("signature", entry["signature"] + "AAAA"),
        ("signature", 5),
    ):
        assert not receipt.verifies({**entry, name: value}), name
    chain = chains.follow(made.receipts)
    chain.entries[1]["purpose"] = "admission"
    assert receipt.problems(chain) == ["entry 2: the holder's signature does not verify"]


@examples(200)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_a_file_holds_it_is_an_export_or_a_clear_error(data):
    assert found(data)
    assert chains.follow(data).problems or not data


@examples(100)
@given(st.data())
def test_whatever_a_line_holds_is_judged(data):
    plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("\ud800")
    values = plain | st.lists(plain, max_size=2) | st.dictionaries(st.text(max_size=5), plain)
    names = ("n", "time", "begin", "before", "exported", "oldest", "lost", "hash", "key", "detail")
    fields = data.draw(st.dictionaries(st.sampled_from(names), values))
    hexadecimal = data.draw(st.sampled_from(["0" * 64, "f" * 64]))
    line = json.dumps({"n": data.draw(st.integers()), **fields})[:-1]
    line += ', "hash": "' + hexadecimal + '"}\n'
    for anchor in (None, chains.Anchor(1, "0" * 64)):
        chain = chains.follow(line.encode(), anchor)
        assert chain.problems
        chains.whole(chain)
        chains.goes_on(chain, chains.Anchor(5, "0" * 64))
        for log in ("journal", "receipts"):
            for form in export.FORMATS:
                assert export.render(log, chain, form).encode()


DOC = (Path(__file__).parents[2] / "docs" / "journal.md").read_text()


def test_the_example_of_the_documentation():
    before, begin, tap = re.findall(r"^(?:before|line) +(.+)$", DOC, re.M)
    digest = bytes.fromhex(before)
    for line in (begin, tap):
        body, tail = line[:-77], line[-77:]
        digest = hashlib.sha256(digest + body.encode()).digest()
        assert tail == f', "hash": "{digest.hex()}"}}'
    assert json.loads(begin)["before"] == before
    assert chains.follow(f"{begin}\n{tap}\n".encode()).problems == []


def test_the_documentation_has_all_fields(made):
    written = {name for line in made.journal.splitlines() for name in json.loads(line)}
    rows = [line.split("|")[1] for line in DOC.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert written <= named
    receipts = {name for line in made.receipts.splitlines() for name in json.loads(line)}
    assert receipts <= named


def test_a_floor_that_fell_stands_in_every_form_and_cannot_be_altered(tmp_path):
    log, _ = logs_in(tmp_path)
    floors = (("floor_before", NOW + 864000), ("floor", NOW), ("detail", "held"))
    log.append(None, floors)
    chain = chain_of(log)
    assert "floor_before: 2027-01-25T08:00:00Z  floor: 2027-01-15T08" in export.render(
        "journal", chain, "text"
    )
    for form in ("jsonl", "csv"):
        data = export.render("journal", chain, form).encode()
        assert export.verify(data)[1].problems == []
        for number in (NOW, NOW + 864000):
            altered = data.replace(str(number).encode(), str(number + 1).encode())
            assert altered != data
            assert export.verify(altered)[1].problems
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    moments = rows[-1]["floor_before"], rows[-1]["floor"]
    assert moments == (export.times.write(NOW + 864000), export.times.write(NOW))
