"""`borne provision` on the MicroPython VM on a pty; what it writes is read by the firmware's own code."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flash_board import Board, Plug
from flash_board import board as board
from link_world import Publisher
from program import told
from virtual_terminal import VirtualTerminal

from borne.provisioned import settings
from borne.randomness import entropy
from borne.trust.clock import Clock
from borne.trust.release_store import ReleaseStore
from bornetools import firmware, times
from bornetools.link.courier import sync
from bornetools.link.source import Source
from bornetools.on_micropython import vm

pytestmark = pytest.mark.usefixtures("patient", "quick_p256")

NOW = times.now()


@pytest.fixture(scope="module")
def publisher(tmp_path_factory):
    one = Publisher(tmp_path_factory.mktemp("trust") / "repository")
    one.add_list()
    one.release()
    return one


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Publisher(tmp_path_factory.mktemp("trust") / "other")


def root_of(publisher):
    return Path(publisher.base) / "metadata" / "1.root.json"


def provision(board, *more, status=0):
    return told("provision", "--port", board.port, *more, status=status)


def first(board, publisher):
    return provision(board, "--id", "T-01", "--language", "fr", "--root", root_of(publisher))


def contents(flash):
    return {
        p.relative_to(flash).as_posix(): p.read_bytes() for p in flash.rglob("*") if p.is_file()
    }


def trusted(flash):
    store = ReleaseStore(str(flash / "trust"))
    return store.version, set(store.names()), store.read("root.json", 10_000)


def test_a_new_terminal(board, flash, publisher):
    output = first(board, publisher)
    root = root_of(publisher).read_bytes()
    assert trusted(flash) == (0, {"root.json"}, root)
    mine = settings.load(str(flash / "settings.cbor"))
    assert (mine.terminal_id, mine.language) == ("T-01", "fr")
    floor = Clock(str(flash / "clock"), lambda: 0).floor()
    assert NOW <= floor <= times.now()
    assert len(contents(flash)) == 5, "nothing else is there but a seed"
    for part in ("T-01", times.write(floor), "version 1, expires"):
        assert part in output
    digest = subprocess.run(["sha256sum", root_of(publisher)], capture_output=True, check=True)
    assert digest.stdout[:64].decode() in output


def test_the_firmware_on_the_vm_reads_all_of_it(board, flash, publisher):
    first(board, publisher)
    program = flash.parent / "read.py"
    program.write_text(
        "import sys\n"
        "from borne.provisioned import settings\nfrom borne.trust.clock import Clock\n"
        "from borne.trust.release_store import ReleaseStore\nfrom borne.trust.update import Update\n"
        "root = sys.argv[1]\n"
        "mine = settings.load(root + '/settings.cbor')\n"
        "print(mine.terminal_id, mine.language, Clock(root + '/clock', lambda: 0).floor(),"
        " Update(ReleaseStore(root + '/trust')).root_version())\n"
    )
    done = vm.run(program, flash, heap=1_000_000)  # the compiler is in it, too
    assert not done.stderr, done.stderr
    terminal_id, language, floor, version = done.stdout.decode().split()
    assert (terminal_id, language, version) == ("T-01", "fr", "1")
    assert NOW <= int(floor) <= times.now()


def test_a_provisioned_terminal_takes_a_release(board, flash, publisher):
    first(board, publisher)
    with VirtualTerminal(flash) as terminal:
        outcome = sync(terminal.port, Source(publisher.base))
    assert (outcome.status, outcome.after, outcome.terminal) == ("updated", 1, "T-01"), outcome
    # And afterwards its trust data is no longer provisioning's: only its settings are.
    before = contents(flash / "trust")
    provision(board, "--id", "T-02")
    assert contents(flash / "trust") == before
    assert trusted(flash)[0] == 1
    assert settings.load(str(flash / "settings.cbor")).terminal_id == "T-02"


def test_again_with_the_same_nothing_changes(board, flash, publisher):
    first(board, publisher)
    before = contents(flash)
    first(board, publisher)
    provision(board)
    assert contents(flash) == before


def test_what_is_not_given_stays(board, flash, publisher):
    first(board, publisher)
    provision(board, "--language", "en")
    mine = settings.load(str(flash / "settings.cbor"))
    assert (mine.terminal_id, mine.language) == ("T-01", "en")


def test_a_time_zone_of_its_own(board, flash, publisher):
    def zone():
        return settings.load(str(flash / "settings.cbor")).time_zone

    assert "time zone      the policy's; where it has none, UTC0" in first(board, publisher)
    assert zone() is None
    for said, rule in (
        ("America/Cayenne", "<-03>3"),
        ("<+03>-3", "<+03>-3"),
        ("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ):
        output = provision(board, "--time-zone", said)
        there = datetime.fromtimestamp(NOW, ZoneInfo("Europe/Paris"))
        assert f"time zone      {rule}: it is {there:%Y}" in output
        assert zone() == rule
    provision(board, "--language", "en")
    assert zone() == rule, "what is not given stays"
    before = contents(flash)
    for wrong in ("CET-1CEST", "Europe/Nowhere", "CET-25", ""):
        assert "time zone" in provision(board, "--time-zone", wrong, status=2)
    assert contents(flash) == before
    provision(board, "--time-zone", "policy")
    assert zone() is None


def test_at_first_all_is_needed(board, flash, publisher):
    root = ("--root", root_of(publisher))
    for more, missing in (
        (root, "--id"),
        (("--id", "T-01", *root), "--language"),
        (("--language", "fr", *root), "--id"),
        (("--id", "T-01", "--language", "fr"), "--root"),
    ):
        assert missing in provision(board, *more, status=2)
    assert contents(flash) == {}


def test_another_root_is_refused_and_taken_only_if_said_twice(board, flash, publisher, stranger):
    first(board, publisher)
    before = contents(flash)
    more = ("--id", "T-09", "--root", root_of(stranger))
    output = " ".join(provision(board, *more, status=2).split())
    assert "trusts another root" in output
    assert "--replace-root makes it believe whoever holds the keys" in output
    assert contents(flash) == before
    provision(board, *more, "--replace-root")
    assert trusted(flash) == (0, {"root.json"}, root_of(stranger).read_bytes())
    assert len(list((flash / "trust" / "objects").iterdir())) == 1
    assert "needs --root" in provision(board, "--replace-root", status=2)


def test_a_root_that_cannot_be_trusted(board, flash, publisher, tmp_path):
    data = root_of(publisher).read_bytes()
    forged = tmp_path / "forged.json"
    for other in (
        data.replace(b'"version": 1', b'"version": 2').replace(b'"version":1', b'"version":2'),
        data[:-1],
        b"{}",
        b"",
        bytes(20_000),
        root_of(publisher).with_name("timestamp.json").read_bytes(),
    ):
        assert other != data
        forged.write_bytes(other)
        more = ("--id", "T-01", "--language", "fr", "--root", forged)
        assert "no trust root for a terminal" in provision(board, *more, status=2)
    assert contents(flash) == {}


def test_ids_that_no_terminal_can_have(board, flash, publisher):
    for wrong in ("a b", "x" * 33, "é"):
        more = ("--id", wrong, "--language", "fr", "--root", root_of(publisher))
        assert "terminal id" in provision(board, *more, status=2)
    assert contents(flash) == {}


MACHINE = """
class Pin:
    OPEN_DRAIN = 3
    def __init__(self, *_, **more):
        pass
    def __call__(self, *_):
        return 1
UART = SPI = PWM = reset = unique_id = None
class I2C:
    def __init__(self, number, **_):
        self.silent = number
    def readfrom_mem_into(self, address, register, buffer):
        if self.silent:
            raise OSError(19)
    def writeto_mem(self, address, register, data):
        with open("registers", "ab") as file:
            file.write(bytes((address, register)) + data)
"""


@pytest.mark.parametrize("bus", [0, 1])
def test_the_rtc_is_set_where_one_answers(board, flash, publisher, bus):
    shutil.copytree(firmware.MODULES / "borne", flash / "borne")
    pins = f'I2C = {{"id": {bus}, "sda": 21, "scl": 22}}\nRTC = {{"kind": "ds3231"}}\n'
    (flash / "pins.py").write_text(pins)
    (flash / "machine.py").write_text(MACHINE)
    began = times.now()
    output = first(board, publisher)
    assert ("in its RTC too" in output, "no RTC" in output) == (not bus, bool(bus))
    if bus:
        assert not (flash / "registers").exists()
        return
    time, control, status = (flash / "registers").read_bytes().split(b"\x68")[1:]
    assert (control[0], status) == (0x0E, b"\x0f\x00")  # its oscillator stop flag is cleared last
    digits = "".join(f"{byte:02x}" for byte in time[1:4][::-1] + time[5:8])
    told = datetime.strptime(digits, "%H%M%S%d%m%y").replace(tzinfo=UTC).timestamp()
    assert began <= told <= times.now()


def test_the_floor_never_falls(board, flash, publisher, monkeypatch):
    first(board, publisher)
    before = contents(flash)
    monkeypatch.setattr(times, "now", lambda: NOW - 400 * times.DAY)
    assert "set this computer's clock" in provision(board, "--language", "en", status=2)
    assert contents(flash) == before


def test_a_root_that_has_expired_is_said(board, flash, publisher, monkeypatch):
    monkeypatch.setattr(times, "now", lambda: NOW + 4000 * times.DAY)
    assert "this root has expired" in first(board, publisher)


def test_damaged_files_are_not_passed_over(board, flash, publisher):
    first(board, publisher)
    (flash / "settings.cbor").write_bytes(b"\xff")
    assert "give --id and --language" in provision(board, status=2)
    provision(board, "--id", "T-01", "--language", "fr")
    for name in ("release.cbor", next(iter((flash / "trust" / "objects").iterdir())).name):
        path = next((flash / "trust").rglob(name))
        path.write_bytes(b"\xff")
        more = ("--root", root_of(publisher))
        assert "trust data is damaged" in provision(board, *more, status=2)
        provision(board, *more, "--replace-root")
        assert trusted(flash)[1] == {"root.json"}


def test_a_plug_pulled_while_writing(tmp_path, publisher):
    wanted = ("--id", "T-01", "--language", "fr", "--root", root_of(publisher))
    received = []

    def count(data):
        received.append(len(data))
        return data

    (tmp_path / "whole").mkdir()
    with Board(tmp_path / "whole") as board:
        board.lose = count
        provision(board, *wanted)
    root = root_of(publisher).read_bytes()
    reached = set()
    for percent in (4, 20, 35, 50, 65, 80, 95):  # before the first file, up to the last answer
        flash = tmp_path / str(percent)
        flash.mkdir()
        with Board(flash) as board:
            board.lose = Plug(sum(received) * percent // 100)
            assert "How to go on" in provision(board, *wanted, status=1)
        # Whatever was reached: the trust store is empty or whole, never half.
        store = ReleaseStore(str(flash / "trust"))
        reached.add(len(contents(flash)))
        for name in store.names():
            assert (name, store.read(name, 10_000)) == ("root.json", root)
        with Board(flash) as board:
            provision(board, *wanted)
        assert trusted(flash) == (0, {"root.json"}, root)
        assert settings.load(str(flash / "settings.cbor")).terminal_id == "T-01"
    assert len(reached) > 2, "the plug was pulled at different files"


def test_a_seed_is_written_once_and_then_the_terminals_own(board, flash, publisher, tmp_path):
    first(board, publisher)
    seed = (flash / entropy.FILE).read_bytes()
    assert len(seed) == 32
    provision(board, "--language", "en")
    assert (flash / entropy.FILE).read_bytes() == seed
    entropy.Entropy(str(flash / entropy.FILE), "T-01")
    own = (flash / entropy.FILE).read_bytes()
    assert own != seed
    provision(board, "--language", "fr")
    assert (flash / entropy.FILE).read_bytes() == own
    other = tmp_path / "other"
    other.mkdir()
    with Board(other) as another:
        first(another, publisher)
    assert (other / entropy.FILE).read_bytes() not in (seed, own)
