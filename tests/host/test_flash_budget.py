"""The budget of a terminal's flash, against littlefs and releases; and what the tools say of it."""

import random
import re
from pathlib import Path

import pytest
from flash_board import Board, runs_here
from flash_board import board as board
from link_world import Publisher
from program import told

from borne import limits
from bornetools.bench import daily_releases, flash
from bornetools.boards import board as boards
from bornetools.boards import flash_budget
from bornetools.boards.flash_budget import BLOCK, NATION, NATIONAL
from bornetools.emulator.machine.flash import Files, Flash
from bornetools.errors import UserError
from bornetools.flash import application, command
from bornetools.flash.prompt import Prompt, open_prompt
from bornetools.flash.steps import Steps
from bornetools.link import doctor

DOCUMENT = Path(__file__).parents[2] / "docs" / "boards.md"
PICO, ESP32 = 1408 * 1024, 2 * 1024**2  # for files


def used(sizes):
    """The bytes that files of these sizes, by path, take on littlefs."""
    files = Files(Flash(1024), new=True)
    before = files.statvfs("/")[3]
    for path, size in sizes.items():
        daily_releases.put(files, path, bytes(size))
    return (before - files.statvfs("/")[3]) * BLOCK


SIZES = (129, BLOCK, BLOCK + 1, 4 * BLOCK - 20, 4 * BLOCK - 19, 682_720, 682_721, 683_441)


@pytest.mark.parametrize("size", [*SIZES, *random.Random(1).choices(range(129, 2_000_000), k=12)])
def test_a_file_takes_the_blocks_that_littlefs_gives_it(size):
    assert used({"a": size}) == flash_budget.stored([size])


def test_the_application_takes_what_is_said_of_it():
    pico = boards.find("PICO")
    built = application.build(pico.folder, pico.chip.arch)
    sizes = {path: len(data) for path, data in built.files.items()}
    taken = used({**sizes, "app.sha256": len(built.manifest)})
    # Folders of many files have more blocks than two: less than a block for each.
    folders = {path.rpartition("/")[0] for path in sizes}
    assert built.flash <= taken <= built.flash + 2 * BLOCK * len(folders)
    more = {**sizes, "trust/objects/" + "0" * 64: 99_000, "journal/0000000001": 16_000, "seed": 64}
    assert flash_budget.application(more) == flash_budget.application(sizes)


@pytest.mark.parametrize("room", [50_000, 876_544, 1_531_904, 1_531_905])
def test_the_longest_list_is_the_longest_that_fits(room):
    size = flash_budget.longest(room)
    assert 0 < size < room / 2
    name = "status/a/7.rsl"
    assert flash_budget.with_successor({name: size}) <= room
    assert flash_budget.with_successor({name: size + 1}) > room


def test_too_little_room_has_no_list():
    assert flash_budget.longest(0) == flash_budget.longest(-1) == 0
    assert flash_budget.says(-1) == "no lists"


def test_a_releases_longest_delta_counts_if_it_is_longer_than_expected():
    lists = {"status/a/7.rsl": 160_000, "status/b/1.idl": 50_000}
    usual = flash_budget.arriving({**lists, "status/a/6-7.rsd": 900, "keys.cbor": 99_999})
    assert usual == flash_budget.stored([160_000, 50_000, 10_000])
    assert flash_budget.arriving({**lists, "status/a/1-7.rsd": 40_000}) == usual + 7 * BLOCK


def test_a_pico_takes_the_first_national_list_and_refuses_its_successor_as_was_said():
    """What a tap is judged by stays in force, and is looked up all the while."""
    (row,) = daily_releases.measure([(PICO, {})], 3)
    assert (row.taken, row.refused, row.foretold, row.right) == (1, "FULL", 1, True)


def test_a_board_that_holds_the_national_list_follows_it():
    (row,) = daily_releases.measure([(ESP32, {})], 2)
    assert (row.taken, row.refused, row.foretold, row.right) == (2, None, None, True)
    assert row.free > 0


def test_a_pico_follows_the_longest_list_that_is_said_to_fit():
    tokens = flash_budget.tokens(flash_budget.longest(flash_budget.for_lists(PICO)))
    assert tokens == 41_000_000
    (row,) = daily_releases.measure([(PICO, {})], 2, tokens)
    assert (row.taken, row.refused, row.right) == (2, None, True)


def test_full_logs_are_reserved_once():
    """The journals of this terminal are full, and their room is not kept free for them again."""
    free = [
        row.free
        for row in daily_releases.measure([(ESP32, {})], 1, 1_000_000)
        if row.free is not None
    ]
    empty = ESP32 - limits.STORE_RESERVE - 1_000_000 * 0.0102
    assert free[0] > empty - 150_000  # folders and a small release, but no 229,376 bytes more


def generated(name):
    """What `borne bench NAME --write docs/boards.md` has put there."""
    _, _, rest = DOCUMENT.read_text().partition(f"<!-- generated: borne bench {name} -->")
    return rest.partition(f"<!-- end of {name} -->")[0].strip()


def test_the_document_has_every_boards_budget():
    """Numbers may drift with the application, by less than a tenth; words may not:
    borne bench flash --write docs/boards.md makes it anew."""
    there = generated("flash").split("\n\n")
    made = flash.budget(list(flash.rows(flash.as_files))).strip().split("\n\n")
    assert there[0] == made[0]
    number = re.compile(r"\d[\d,]*")
    assert number.sub("#", there[1]) == number.sub("#", made[1])
    for one, other in zip(number.findall(there[1]), number.findall(made[1]), strict=True):
        one, other = (int(text.replace(",", "")) for text in (one, other))
        assert abs(one - other) <= 0.1 * other + 20, (one, other)


def test_the_document_has_thirty_releases_on_every_file_system():
    head, _, *lines = generated("daily-releases").splitlines()
    assert "releases taken of 30" in head
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    sizes = {
        flash_budget.file_systems(one.chip)[min(one.chip.flash_mb)] for one in boards.with_pins()
    }
    assert {row[0] for row in rows} == {f"{size / 1000:,.0f}" for size in sizes}
    for _, _, taken, _, refused, foretold, right in rows:
        assert (taken == "30", refused == "-", foretold == "-") in ((True,) * 3, (False,) * 3)
        assert right == "right"


@pytest.mark.parametrize("name", [one.name for one in boards.with_pins()])
def test_every_board_has_its_room_in_the_page_of_its_wiring(name):
    one = boards.find(name)
    said = told("boards", "show", name)
    for size, files in flash_budget.file_systems(one.chip).items():
        longest = flash_budget.longest(flash_budget.for_lists(files))
        assert f"{longest:,} bytes on {size} MB" in said


def test_the_publisher_is_told_which_boards_cannot_follow(tmp_path):
    (day,) = daily_releases.days(tmp_path, 1)
    (warning,) = day.warnings
    needed = flash_budget.with_successor(day.targets)
    assert f"{needed:,} bytes" in warning
    assert f"PICO (2 MB) has {flash_budget.for_lists(PICO):,}" in warning
    assert "ESP32" not in warning
    at = str(daily_releases.AT + 2 * 86400)
    said = told("publish", "release", tmp_path / "repository", "--at", at)
    assert f"take {needed:,} bytes" in said
    assert (
        "boards that have it: ESP32 (4 MB), ESP32_C3 (4 MB), ESP32_S3 (4 MB), ESP32_S3_R8 (4 MB),"
        " ESP32_WROVER (4 MB), PICO2 (4 MB)"
    ) in said
    assert "Warning: the lists" in said


def test_lists_that_every_board_follows_need_no_warning(tmp_path):
    (day,) = daily_releases.days(tmp_path, 1, 41_000_000)
    assert day.warnings == []


def doctors(free, targets):
    patient = doctor.Patient({"board": "PICO", "free": free}, {}, 0, {}, targets)
    return doctor._flash(patient)


def test_the_doctor_judges_the_present_lists_by_what_is_free_beside_them():
    targets = {"status/a/1.rsl": 683_400, "keys.cbor": 100}
    wanted = flash_budget.arriving(targets)
    enough = wanted + 86_016  # the other files of a release at their bounds
    assert doctors(enough, targets)[1:] == (doctor.OK, "")
    found, verdict, do = doctors(enough - BLOCK, targets)
    assert verdict == doctor.LOOK
    assert f"{enough - BLOCK:,} bytes free" in found
    assert f"{BLOCK:,} bytes too little for the present lists (683,400 bytes)" in do
    assert doctors(enough - BLOCK, {"keys.cbor": 100})[1] == doctor.OK  # no list is to come
    assert "67 M" in doctors(enough, {})[2]
    assert doctors(0, targets)[1] == doctor.BROKEN


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        b"",
        b"[]",
        b'{"signed": 1}',
        b'{"signed": {"targets": []}}',
        b'{"signed": {"targets": {"a": 1}}}',
        b"[" * 8000,
        b'{"signed": {"targets": {"status/a/1.rsl": {"length": -1}, "b": {"length": "9"},'
        b' "c": {"length": 4194305}, "d": {"length": true}}}}',
    ],
)
def test_whatever_a_terminal_says_its_targets_are(metadata):
    assert doctor.targets_of(metadata) == {}


def test_the_sizes_of_targets():
    metadata = b'{"signed": {"targets": {"status/a/1.rsl": {"length": 7, "hashes": {}}}}}'
    assert doctor.targets_of(metadata) == {"status/a/1.rsl": 7}


def test_the_prompt_tells_file_system_and_files(board, flash):
    (flash / "trust" / "objects").mkdir(parents=True)
    (flash / "trust" / "objects" / "a").write_bytes(bytes(5000))
    (flash / "main.py").write_bytes(b"1")
    with open_prompt(board.port) as prompt:
        total, sizes = prompt.sizes()
    assert total > 100_000_000  # this computer's
    assert sizes == {"trust/objects/a": 5000, "main.py": 1}


def provision(board, root, status=0):
    return told(
        *("provision", "--port", board.port, "--id", "T-01", "--language", "fr", "--root", root),
        status=status,
    )


@pytest.fixture
def root(tmp_path):
    Publisher(tmp_path / "trust")
    return tmp_path / "trust" / "metadata" / "1.root.json"


def small(monkeypatch, size, sizes):
    monkeypatch.setattr(Prompt, "sizes", lambda self: (size, sizes))


@pytest.mark.usefixtures("patient", "quick_p256")
def test_provisioning_says_which_lists_a_terminal_follows(board, flash, root, monkeypatch):
    small(monkeypatch, PICO, {"borne/app.mpy": 9000})
    said = provision(board, root)
    room = flash_budget.for_lists(PICO, 5 * BLOCK)
    assert f"{PICO:,} bytes for files, {5 * BLOCK:,} of them the application's" in said
    assert f"lists of {flash_budget.longest(room):,} bytes in all" in said
    assert "note: too little flash for a list of 67 million tokens" in said
    assert f"{flash_budget.with_successor(NATIONAL):,} bytes, and {room:,} are left" in said
    small(monkeypatch, ESP32, {})
    said = provision(board, root)
    assert "the application is in the image" in said
    assert "note: too little flash" not in said


@pytest.mark.usefixtures("patient", "quick_p256")
def test_provisioning_refuses_too_little_flash_before_anything_is_written(
    board, flash, root, monkeypatch
):
    small(monkeypatch, 1024**2, {"borne/app.mpy": 700_000})
    said = provision(board, root, status=2)
    assert "the flash has 1,048,576 bytes for files" in said
    assert "nothing was changed" in said
    assert list(flash.iterdir()) == []


@pytest.mark.usefixtures("patient")
def test_an_application_that_does_not_fit_is_not_sent(flash, monkeypatch):
    runs_here(monkeypatch, "PICO")
    small(monkeypatch, 1024**2, {})
    with Board(flash) as board:
        said = told("flash", "--board", "PICO", "--port", board.port, "--app-only", status=2)
    assert "nothing was changed" in said
    assert list(flash.iterdir()) == []


def test_a_board_with_too_little_flash_gets_no_image(tmp_path):
    """An ESP chip's own flash is in test_flash_esp.py; a Pico's is what it comes with."""
    pico = boards.find("PICO")
    with pytest.raises(UserError, match="the flash has 1,441,792 bytes for files"):
        command.write_image("/dev/none", tmp_path, pico, b"image", Steps(()), 900_000)
    assert list(tmp_path.iterdir()) == []


def test_too_little_flash_is_told_with_numbers():
    with pytest.raises(UserError) as refused:
        flash_budget.require(1_000_000, 500_000)
    lacking = -flash_budget.for_lists(1_000_000, 500_000)
    assert "1,000,000 bytes for files. The application takes 500,000" in refused.value.message
    assert f"without any list {500_000 + lacking:,}" in refused.value.message
    flash_budget.require(1_000_000 + lacking, 500_000)


def test_a_nations_list_is_no_longer_than_is_said(tmp_path):
    (day,) = daily_releases.days(tmp_path, 1, NATION)
    assert 680_000 < day.targets["status/national/1.rsl"] <= flash_budget.NATIONAL_LIST
