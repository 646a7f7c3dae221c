"""`borne bench revocation`, on small lists."""

import json
from functools import partial
from xml.etree import ElementTree

import pytest
from program import borne
from rich.progress import Progress

from bornetools import power_cuts
from bornetools.bench import revocation

DOCUMENT = (
    "# Lists\n\n<!-- generated: borne bench revocation -->\nold\n<!-- end of revocation -->\nend\n"
)


@pytest.fixture
def small(monkeypatch):
    real = revocation.measure
    monkeypatch.setattr(
        revocation, "measure", lambda progress: real(progress, (50_000, 200_000), (0.01, 0.02), 500)
    )


run = partial(borne, "bench", "revocation")


def test_rows_hold_what_they_say():
    (row,) = revocation.measure(Progress(disable=True), [800_000], [0.01], 2000)
    assert row.bitmap == 100_000
    assert row.revoked == pytest.approx(8000, rel=0.05)
    assert row.entropy == pytest.approx(8079, rel=0.05)  # H(0.01) = 0.0808
    assert 1 < row.ratio(row.rsl) < 1.03
    assert row.ratio(row.rsl) < row.ratio(row.zlib) < row.ratio(row.roaring) < row.ratio(row.bitmap)
    assert (row.look_ups, row.wrong) == (2000, 0)


def test_wrong_look_ups_are_counted(monkeypatch):
    from borne.trust.revocation import RevocationList

    monkeypatch.setattr(RevocationList, "contains", lambda self, index: True)
    (row,) = revocation.measure(Progress(disable=True), [50_000], [0.01], 1000)
    assert 970 < row.wrong < 1000


def test_table_json_and_document(small, tmp_path):
    shown = run()
    assert shown.exit_code == 0
    assert "entropy bound" in shown.stdout
    document = tmp_path / "lists.md"
    document.write_text(DOCUMENT)
    done = run("--json", "--write", document)
    assert done.exit_code == 0
    lists = json.loads(done.stdout)["lists"]
    assert [(one["size"], one["rate"]) for one in lists] == [
        (50_000, 0.01),
        (50_000, 0.02),
        (200_000, 0.01),
        (200_000, 0.02),
    ]
    text = document.read_text()
    assert text.startswith("# Lists\n")
    assert text.endswith("end of revocation -->\nend\n")
    assert "old" not in text
    assert text.count("\n| 0.2 M |") == 2
    assert "(lists.svg)" in text
    assert f" {lists[3]['ratio']:.3f} |" in text
    picture = ElementTree.fromstring((tmp_path / "lists.svg").read_text())
    circles = picture.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 4 + 4 * 4
    assert all(0 < float(circle.get("cx")) < 720 for circle in circles)


def test_a_wrong_look_up_is_the_exit_status(small, monkeypatch):
    from borne.trust.revocation import RevocationList

    monkeypatch.setattr(RevocationList, "contains", lambda self, index: False)
    assert run("--json").exit_code == 1


def test_a_document_without_the_markers_is_left_alone(small, tmp_path):
    document = tmp_path / "lists.md"
    document.write_text("# Lists\n")
    done = run("--write", document)
    assert done.exit_code == 2
    assert document.read_text() == "# Lists\n"
    assert list(tmp_path.iterdir()) == [document]
    assert run("--write", tmp_path / "none.md").exit_code == 2


def test_power_cuts_go_into_their_own_place(monkeypatch, tmp_path):
    cuts = {"before": 3, "torn": 3, "garbled": 3, "twice": 2}
    results = [power_cuts.Result("all files", 3, cuts, {0: 4, 1: 5, 2: 2})]
    monkeypatch.setattr(power_cuts, "run", lambda progress: results)
    document = tmp_path / "trust.md"
    marks = ("<!-- generated: borne bench power-cuts -->\n", "<!-- end of power-cuts -->\n")
    document.write_text(DOCUMENT + "".join(marks))
    borne("bench", "power-cuts", "--write", document, status=0)
    text = document.read_text()
    assert "| all files | 3 | 9 | 2 | 4 | 5 | 2 | 11 of 11 |" in text
    assert text.startswith(DOCUMENT)
    results[0].lost.append("all files, before, write 1: gone")
    done = borne("bench", "power-cuts", status=1)
    assert "write 1: gone" in done.stderr
