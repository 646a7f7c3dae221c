"""`borne doctor` at an emulated terminal: well, and with one part after the other that is not."""

import hashlib
import json
import os
import pty
import subprocess

import pytest
from fakes_display import Display
from program import BORNE, borne

from borne import limits
from borne.integrity import MANIFEST
from borne.ui import texts_fr
from borne.ui.screens import Screens
from bornetools import times
from bornetools.emulator.machine import qemu_build
from bornetools.emulator.machine.qemu import FLASH_SIZE, Qemu
from bornetools.emulator.machine.terminal import TAP_TIMEOUT, Terminal
from bornetools.link import doctor
from bornetools.link.flash_folder import install, provision
from bornetools.link.source import Source
from bornetools.publisher import issuer_keys
from bornetools.publisher.repository import Repository
from bornetools.times import DAY

UNSEEN = {"screen", "LED", "buzzer"}  # nobody is asked: this is no console


def examined(terminal):
    """(exit status, its rows by part) of the doctor's JSON."""
    done = borne("doctor", "--port", terminal.port, "--json")
    return done.exit_code, {row["part"]: row for row in json.loads(done.stdout)["parts"]}


def amiss(rows, verdict):
    return {part for part, row in rows.items() if row["verdict"] == verdict}


def pattern_screen():
    display = Display()
    Screens(display, texts_fr).pattern()
    return bytes(display.buffer)


def on_console(port, answers, *more):
    """(exit status, output) of the doctor with a console for standard input."""
    console, stdin = pty.openpty()
    os.write(console, answers)
    command = [BORNE, "doctor", "--port", port, *more]
    done = subprocess.run(command, stdin=stdin, capture_output=True, timeout=120)
    os.close(console)
    os.close(stdin)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_all_well_and_what_the_person_at_the_console_says(new_terminal, flash, person):
    with new_terminal(flash) as terminal:
        status, said = on_console(terminal.port, b"y\ny\ny\n")
        assert (status, "look" in said.replace("Look at", "")) == (0, False), said
        assert said.count("[y/n]") == 3
        # The pattern was there, and goes by itself.
        pattern = pattern_screen()
        terminal.panel.wait_for(lambda panel: pattern in panel.frames, TAP_TIMEOUT)
        terminal.panel.wait_for(lambda panel: panel.frame != pattern, TAP_TIMEOUT)
        colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
        assert [light for light in terminal.panel.leds if light in colours] == colours
        assert [tone for tone in terminal.panel.tones if tone] == [523, 659, 784]
        status, said = on_console(terminal.port, b"y\nn\ny\n")
        assert (status, "not red, green, blue" in " ".join(said.split())) == (1, True), said
        # A phone is read while the pattern is shown.
        assert terminal.tap(person("valid").phone).code == "VALID"


def test_nobody_is_asked_without_a_console_nor_with_yes(new_terminal, flash):
    with new_terminal(flash) as terminal:
        status, rows = examined(terminal)
        assert (status, amiss(rows, doctor.LOOK)) == (0, UNSEEN)
        assert amiss(rows, doctor.OK) == set(rows) - UNSEEN
        assert rows["reader"]["found"] == "PN532, firmware 1.6"
        assert rows["application"]["found"] == "in the image, not on the flash"
        status, said = on_console(terminal.port, b"", "--yes")
        assert (status, "[y/n]" in said) == (0, False)
        assert "nobody was asked" in said


def test_a_silent_reader(new_terminal, flash):
    with new_terminal(flash) as terminal:
        terminal.chip.tamper = lambda frame: b""
        terminal.wait_event("fault")
        status, rows = examined(terminal)
        assert (status, amiss(rows, doctor.BROKEN)) == (1, {"reader"})
        assert "RSTPDN" in rows["reader"]["do"]
        assert rows["screen"]["do"] == "mend the reader first"


def test_a_silent_screen(new_terminal, flash):
    with new_terminal(flash) as terminal:
        terminal.panel.silent = True
        terminal.wait_event("fault")
        status, rows = examined(terminal)
        assert (status, amiss(rows, doctor.BROKEN)) == (1, {"screen"})
        assert "does not answer" in rows["screen"]["found"]


@pytest.mark.parametrize(
    ("ahead", "found", "time"),
    [(None, "stopped", doctor.BROKEN), (DAY + 99, "1 day fast", doctor.BROKEN)],
)
def test_an_rtc_that_is_not_right(new_terminal, flash, ahead, found, time):
    with new_terminal(flash, ahead=ahead) as terminal:
        status, rows = examined(terminal)
    assert (status, amiss(rows, doctor.BROKEN)) == (1, {"RTC", "time"})
    assert rows["RTC"]["found"] == found
    assert "time --set" in rows["time"]["do"]


@pytest.mark.parametrize(("days", "verdict"), [(8, doctor.LOOK), (31, doctor.BROKEN)])
def test_old_trust_data(new_terminal, world, tmp_path, days, verdict):
    at = times.now() - days * DAY
    repository = Repository.create(tmp_path / "repository", at)
    repository.add_keys(issuer_keys.load(world.store / "keys.cbor"))
    repository.release(at)
    provision(tmp_path / "flash", repository.first_root.read_bytes(), at)
    install(tmp_path / "flash", Source(str(repository.path)), at)
    with new_terminal(tmp_path / "flash") as terminal:
        status, rows = examined(terminal)
    row = rows["trust data"]
    assert (status, row["verdict"]) == (verdict == doctor.BROKEN, verdict)
    assert (f"{days} days old" in row["found"], "borne sync" in row["do"]) == (True, True)


def test_a_terminal_that_trusts_nobody(new_terminal, tmp_path):
    with new_terminal(tmp_path / "flash") as terminal:
        status, rows = examined(terminal)
    assert (status, amiss(rows, doctor.BROKEN)) == (1, {"trust root", "trust data"})
    assert "borne provision" in rows["trust root"]["do"]


@pytest.mark.parametrize("damaged", [False, True])
def test_the_application_on_the_flash(new_terminal, flash, damaged):
    (flash / "a.mpy").write_bytes(b"x")
    digest = hashlib.sha256(b"y" if damaged else b"x").hexdigest()
    (flash / MANIFEST).write_text(f"# borne 0 X 1\n{digest}  a.mpy\n")
    with new_terminal(flash) as terminal:
        status, rows = examined(terminal)
    assert amiss(rows, doctor.BROKEN) == ({"application"} if damaged else set())
    assert ("a.mpy is missing" in rows["application"]["found"], status) == (damaged, damaged)


@pytest.mark.root
@pytest.mark.skipif(
    bool(qemu_build.missing()),
    reason="no emulated microcontroller: apt install " + " ".join(qemu_build.missing()),
)
@pytest.mark.parametrize(("room", "verdict"), [(150_000, doctor.LOOK), (-50_000, doctor.BROKEN)])
def test_a_flash_that_is_nearly_full(flash, room, verdict):
    """With `room` bytes beside what the terminal keeps free for itself."""
    used = sum(path.stat().st_size for path in flash.rglob("*") if path.is_file())
    (flash / "filler").write_bytes(bytes(FLASH_SIZE - limits.STORE_RESERVE - used - room))
    with Terminal(flash, machine=Qemu()) as terminal:
        _, rows = examined(terminal)
    assert rows["flash"]["verdict"] == verdict, rows["flash"]
