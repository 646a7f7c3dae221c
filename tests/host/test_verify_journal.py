"""`verify-journal` against whoever has an export, but not the terminal.

Each field of each line is deleted, altered, swapped, doubled; lines are moved, cut and doubled; with the
hashes as they were, and made anew.

What cannot be forged is an end that somebody knows: a change is refused, or the last hash is another one.
"""

import base64
import csv
import hashlib
import io
import json
import os
from types import SimpleNamespace

import pytest
from names import Rule
from program import borne
from test_chain import acknowledge, content, logs_in
from test_journal import Clock
from test_verifier import NOW, evidence, trust

from borne import limits
from borne.journal.journal import Journal
from borne.trust.policy import Policy
from borne.verify import verifier
from borne.verify.verdict import Verdict
from bornetools.errors import UserError
from bornetools.journal import chain as chains
from bornetools.journal import export
from bornetools.journal.chain import Anchor

LOGS, FORMS = ("journal", "receipts"), ("jsonl", "csv")
ZEROS = "0" * 64
# What is put in place of a field's value, whatever it was.
STRANGE = (
    None,
    True,
    -1,
    0,
    1,
    10**30,
    1.5,
    "",
    "x",
    "é",
    "0" * 64,
    "VALID",
    [],
    {},
    [1],
    {"n": 1},
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A journal with lines of every kind, receipts, and what came after they were exported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "JOURNAL_SEGMENT_MAX", 1300)
        logs = logs_in(tmp_path_factory.mktemp("logs"))
        clock = Clock()
        writer = Journal(*logs, clock, os.urandom)
        writer.follow(7, Policy({Rule.RECEIPTS: True}))
        shown = evidence()
        good, late = (verifier.verify(shown, trust(), now) for now in (NOW, NOW + 6 * 86400))

        def work():
            for verdict, tap in ((good, shown), (Verdict("TORN", "gone"), None), (late, shown)):
                for _ in range(2):
                    clock.seconds += 1
                    writer.verdict(clock.now(), verdict, tap)
            for _ in range(3):
                writer.fault(clock.now(), "READER_RESET", "the PN532 is silent")
            writer.settle()
            fell = (("floor_before", NOW + 9), ("floor", NOW), ("detail", "held"))
            logs[0].append(clock.now(), fell)
            writer.verdict(clock.now(), good, shown)

        work()
        first = {name: content(log) for name, log in zip(LOGS, logs, strict=True)}
        ends = {name: acknowledge(log) for name, log in zip(LOGS, logs, strict=True)}
        work()
        more = {name: content(log) for name, log in zip(LOGS, logs, strict=True)}
    kinds = [set(json.loads(line)) for line in first["journal"].splitlines()]
    assert sum("count" in kind for kind in kinds) == 2
    assert sum("begin" in kind for kind in kinds) > 1
    assert sum("fault" in kind for kind in kinds) == 2
    assert first["receipts"].count(b"signature") == 3
    return SimpleNamespace(first=first, ends=ends, more=more)


def found(data, since=None):
    """(what verify finds wrong, the last hash that it tells)."""
    try:
        _, chain = export.verify(data, since)
    except UserError as error:
        return [error.message], None
    return chain.problems, chain.last.hash if chain.last else None


def jsonl(head, lines):
    return "".join(line + "\n" for line in (json.dumps(head), *lines)).encode()


def split(made, log):
    """(the export's own line as a dict, the terminal's lines)."""
    text = export.render(log, chains.follow(made.first[log]), "jsonl")
    head, *lines = text.splitlines()
    return json.loads(head), lines


def sealed(entries, before=ZEROS):
    """Lines of these entries, whose hashes somebody has made anew."""
    lines = []
    for entry in entries:
        if "before" in entry:
            entry = {**entry, "before": before}
        body = json.dumps({name: entry[name] for name in entry if name != "hash"})[:-1]
        before = hashlib.sha256(bytes.fromhex(before) + body.encode()).hexdigest()
        lines.append(body + ', "hash": "' + before + '"}')
    return lines


def changes(fields):
    """(what was done, the fields afterwards), of the fields of one line."""
    for name, value in fields.items():
        yield f"{name} deleted", {key: fields[key] for key in fields if key != name}
        yield (
            f"{name} renamed",
            {(key + "x" if key == name else key): fields[key] for key in fields},
        )
        for other in (*STRANGE, *near(value)):
            if json.dumps(other) != json.dumps(value):
                yield f"{name} is {other!r}", {**fields, name: other}
        for other in fields:
            if other > name and fields[other] != value:
                yield f"{name} and {other} swapped", {**fields, name: fields[other], other: value}
    for extra in ("x", "count", "before", "begin", "token", "signature", "line"):
        if extra not in fields:
            yield f"{extra} added", {**fields, extra: 1}
            head = {name: fields[name] for name in fields if name != "hash"}
            yield f"{extra} added inside", {**head, extra: "1", "hash": fields.get("hash")}
    names = list(fields)
    for at in range(len(names) - 1):
        order = [*names[:at], names[at + 1], names[at], *names[at + 2 :]]
        yield f"{names[at]} moved", {name: fields[name] for name in order}


def near(value):
    """Values that are almost this one."""
    if isinstance(value, bool):
        return [not value, int(value)]
    if isinstance(value, int):
        return [value - 1, value + 1, str(value), float(value), -value]
    if isinstance(value, str):
        return [
            value[:-1],
            value + value[-1:],
            value.upper(),
            value.lower(),
            value[::-1],
            " " + value,
        ]
    return [False, "null"]


def test_it_verifies_unaltered(made):
    for log in LOGS:
        head, lines = split(made, log)
        assert found(jsonl(head, lines)) == ([], made.ends[log].hash)
        assert head["hash"] == made.ends[log].hash


@pytest.mark.parametrize("log", LOGS)
def test_every_field_of_the_exports_own_line(made, log):
    head, lines = split(made, log)
    for what, changed in changes(head):
        problems, _ = found(jsonl(changed, lines))
        assert problems, what
        # What is refused says where: the line, or the entry whose hash or number does not fit it any more.
        where = (
            "line 1",
            "the export's own line",
            "entry ",
            "entries ",
            "after entry ",
            "goes on from",
        )
        assert problems[0].startswith(where), (what, problems)
    text = json.dumps(head)
    for name, value in head.items():
        pair = json.dumps({name: value})[1:-1]
        assert pair in text
        double = text.replace(pair, f"{pair}, {pair}")
        assert found((double + "\n" + "\n".join(lines) + "\n").encode())[0], name


def altered(made, log):
    """(entry's number, what was done to it, the entry, all lines with it as it then stands)."""
    head, lines = split(made, log)
    for at, line in enumerate(lines):
        for what, changed in changes(json.loads(line)):
            yield at, what, changed, [*lines[:at], json.dumps(changed), *lines[at + 1 :]]
        pairs = json.dumps(json.loads(line))[1:-1]
        for extra in (
            f'{{{pairs}, "n": {at + 1}}}',
            f"{{{pairs} }}",
            f" {{{pairs}}}",
            f"{{{pairs}}}\r",
        ):
            yield at, extra[-20:], json.loads(extra), [*lines[:at], extra, *lines[at + 1 :]]


@pytest.mark.parametrize("log", LOGS)
def test_every_field_of_every_line_with_the_hashes_as_they_were(made, log):
    head, lines = split(made, log)
    for at, what, _, changed in altered(made, log):
        problems, _ = found(jsonl(head, changed))
        assert problems, (at + 1, what)
        # At its own number, or the next one's; if the number was changed, where it is missing.
        near = {f"entry {number}:" for number in (at + 1, at + 2)} | {"at the beginning:"}
        near |= {f"entry {at + 1} is", f"entries {at + 1} to", f"after entry {at}:"}
        told = problems if "n" in what.split() else problems[:1]
        assert any(one.startswith(tuple(near)) for one in told), (at + 1, what, problems)


@pytest.mark.parametrize("log", LOGS)
def test_every_field_with_the_lines_own_hash_made_anew(made, log):
    """The export's last hash is as it was; the next line's hash tells, or the export's own line."""
    head, lines = split(made, log)
    for at, line in enumerate(lines):
        entry = json.loads(line)
        before = json.loads(lines[at - 1])["hash"] if at else ZEROS
        for what, changed in changes({name: entry[name] for name in entry if name != "hash"}):
            (forged,) = sealed([changed], before)
            if forged == line:
                continue  # the hash before, which the forger has to leave
            problems, _ = found(jsonl(head, [*lines[:at], forged, *lines[at + 1 :]]))
            assert problems, (at + 1, what)


@pytest.mark.parametrize("log", LOGS)
def test_every_field_with_all_hashes_made_anew_has_another_end(made, log):
    """Whoever makes all hashes anew, the export's own line too, comes to another last hash than the known
    one; and what no terminal writes, or no holder signed, is refused all the same."""
    head, lines = split(made, log)
    entries = [json.loads(line) for line in lines]
    passed = set()
    for at, entry in enumerate(entries):
        for what, changed in changes({name: entry[name] for name in entry if name != "hash"}):
            forged = sealed([*entries[:at], changed, *entries[at + 1 :]])
            if forged == lines:
                continue
            last = json.loads(forged[-1])
            own = {**head, "last": last.get("n", 0), "hash": last["hash"]}
            problems, end = found(jsonl(own, forged))
            assert problems or end != made.ends[log].hash, (at + 1, what)
            if not problems:
                passed.add(what.split()[0])
    # Of receipts only what no holder has signed; of journals what could as well have been so.
    free = {"time", "firmware", "begin", "exported", "before"}
    assert passed <= free if log == "receipts" else {"verdict", "time", "release"} <= passed


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("log", LOGS)
def test_lines_that_are_cut_moved_or_doubled(made, log, form):
    text = export.render(log, chains.follow(made.first[log]), form)
    lines = text.splitlines(keepends=True)
    for one in range(len(lines)):
        for changed in (
            lines[:one] + lines[one + 1 :],
            lines[:one] + [lines[one]] + lines[one:],
            lines[:one],
            lines[one + 1 :],
            lines[:one] + ["\n"] + lines[one:],
            lines[:one] + [lines[one].rstrip("\n") + "\r\n"] + lines[one + 1 :],
        ):
            assert found("".join(changed).encode())[0], (one, changed)
        for other in range(one):
            swapped = list(lines)
            swapped[one], swapped[other] = lines[other], lines[one]
            assert found("".join(swapped).encode())[0], (one, other)
            assert found("".join(lines[:other] + lines[one:]).encode())[0], (one, other)


@pytest.mark.parametrize("log", LOGS)
def test_what_is_cut_off_in_front_is_missed_though_the_export_says_that_it_begins_there(made, log):
    head, lines = split(made, log)
    entries = [json.loads(line) for line in lines]
    for at in range(1, len(lines)):
        kept = lines[at:]
        terminal = next((entry["begin"] for entry in entries[at:] if "begin" in entry), None)
        own = {**head, "terminal": terminal, "after": at, "before": entries[at - 1]["hash"]}
        problems, end = found(jsonl(own, kept))
        assert end == made.ends[log].hash
        assert problems == [
            f"entries 1 to {at} are missing" if at > 1 else "entry 1 is missing"
        ] or (problems[0].startswith(f"goes on from entry {at}, which is not in it"))
    # As an export with nothing new in it.
    last = made.ends[log]
    own = {**head, "terminal": None, "after": last.number, "before": last.hash}
    problems, end = found(jsonl(own, []))
    assert problems[0].startswith(f"goes on from entry {last.number}")
    # Behind the export that has them, each is what it says.
    assert found(jsonl(own, []), last) == ([], last.hash)


def test_a_head_without_the_hash_before_verifies_nothing(made):
    """The first entry's hash was not looked at, if the export's own line had "" as the hash before it."""
    head, lines = split(made, "journal")
    entries = [json.loads(line) for line in lines]
    at = next(at for at, entry in enumerate(entries) if "verdict" in entry)
    forged = lines[at].replace('"VALID"', '"REVOKED"')
    assert forged != lines[at]
    rest = [forged, *lines[at + 1 :]]
    terminal = next(entry["begin"] for entry in entries[at:] if "begin" in entry)
    for before in ("", None, ZEROS, entries[at - 1]["hash"], entries[at - 1]["hash"].upper(), "00"):
        own = {**head, "terminal": terminal, "after": at, "before": before}
        assert found(jsonl(own, rest))[0]


def test_one_log_does_not_pass_for_another(made):
    for log, other in (LOGS, LOGS[::-1]):
        head, lines = split(made, log)
        problems, _ = found(jsonl({**head, "export": other}, lines))
        assert f"not of a log of this name, {other}" in problems[0]


@pytest.mark.parametrize("log", LOGS)
def test_every_cell_of_a_spreadsheet(made, log):
    text = export.render(log, chains.follow(made.first[log]), "csv")
    rows = list(csv.reader(io.StringIO(text)))
    assert found(spreadsheet(rows))[0] == []
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            others = {
                "",
                "x",
                cell[:-1],
                cell + "0",
                "0" + cell,
                cell.upper(),
                cell.lower(),
                cell + " ",
            }
            for other in others - {cell}:
                changed = [*row[:place], other, *row[place + 1 :]]
                problems, _ = found(spreadsheet([*rows[:line], changed, *rows[line + 1 :]]))
                assert problems, (line, place, other)
                if place < len(row) - 1:
                    name = rows[0][place]
                    said = f"line {line + 1}: column {name!r} does not say what its entry says"
                    assert problems == [said]
        for changed in (row[:-1], row[1:], [*row, ""], [*row, row[-1]], [], [row[-1]]):
            assert found(spreadsheet([*rows[:line], changed, *rows[line + 1 :]]))[0], (
                line,
                changed,
            )
    # The same cells, quoted otherwise, are another file.
    quoted = io.StringIO()
    csv.writer(quoted, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    assert "not written as an export is" in found(quoted.getvalue().encode())[0][0]


def spreadsheet(rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def test_exports_that_follow_each_other(made, tmp_path):
    """By the command: in their order they verify; swapped, forged, or with one left out they do not."""
    for log in LOGS:
        paths = [tmp_path / f"{log}-{number}.jsonl" for number in (1, 2)]
        for path, data in zip(paths, (made.first[log], made.more[log]), strict=True):
            path.write_text(export.render(log, chains.follow(data), "jsonl"))
        said = borne("terminal", "verify-journal", *paths, status=0).stdout
        assert made.ends[log].hash in said
        # An export that begins a new segment says itself that all before was exported.
        borne("terminal", "verify-journal", paths[1], status=0)
        borne("terminal", "verify-journal", *paths[::-1], status=1)
        head, lines = split(made, log)
        entries = [json.loads(line) for line in lines]
        forged = sealed([{**entry, "time": 5} for entry in entries])
        own = {**head, "hash": json.loads(forged[-1])["hash"]}
        paths[0].write_bytes(jsonl(own, forged))
        borne("terminal", "verify-journal", paths[0], status=0)  # nobody can know, by itself
        said = borne("terminal", "verify-journal", *paths, status=1).stderr
        assert f"{paths[1]}: entry {made.ends[log].number}: not the one that was exported" in said


@pytest.mark.parametrize("what", ["n", "time", "hash", "last", "before"])
def test_numbers_and_texts_that_json_can_write_in_several_ways(made, what):
    head, lines = split(made, "journal")
    for at, line in enumerate(lines):
        value = json.dumps(json.loads(line).get(what))
        pair = f'"{what}": {value}'
        for other in (
            f'"{what}":{value}',
            f'"{what}" : {value}',
            f'"{what}": {value}.0',
            pair + " ",
            pair * 2,
        ):
            if pair in line:
                changed = line.replace(pair, other)
                assert found(jsonl(head, [*lines[:at], changed, *lines[at + 1 :]]))[0], changed
        escaped = line.replace("VALID", "\\u0056ALID")
        if escaped != line:
            assert found(jsonl(head, [*lines[:at], escaped, *lines[at + 1 :]]))[0]


def test_bytes_of_receipts_have_one_way_to_be_written(made):
    """Base64 that decodes to the same: bits that fall out of the last character, blanks, another alphabet."""
    entry = json.loads(made.first["receipts"].splitlines()[1])
    for name in ("nonce", "token", "key", "signature"):
        text = entry[name]
        assert text.endswith("=")
        at = len(text.rstrip("="))
        same = text[: at - 1] + chr(ord(text[at - 1]) + 1) + text[at:]
        assert base64.b64decode(same) == base64.b64decode(text)
        for other in (same, text + "\n", text.rstrip("="), " " + text, text + "===="):
            lines = sealed(
                [json.loads(made.first["receipts"].splitlines()[0]), {**entry, name: other}]
            )
            problems = chains.follow("".join(line + "\n" for line in lines).encode()).problems
            assert problems == [f"entry 2: {name!r} is nothing that a terminal writes"], (
                name,
                other,
            )


def test_what_a_begin_says_of_the_log_has_to_be_possible(made):
    first = json.loads(made.more["journal"].splitlines()[0])
    assert first["exported"] == first["n"] - 1
    for changed in (
        {"exported": first["n"]},
        {"oldest": first["n"] + 1},
        {"lost": 1},
        {"before": ZEROS},
    ):
        entry = {**first, **changed}
        lines = sealed([entry], entry["before"])
        (problem,) = chains.follow((lines[0] + "\n").encode()).problems
        assert problem.startswith(f"entry {first['n']}: "), problem
    anchor = Anchor(first["n"] - 1, first["before"])
    assert chains.follow(made.more["journal"], anchor).problems == []
