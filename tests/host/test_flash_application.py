"""The application by real mpremote onto the MicroPython VM on a pty: sent, interrupted, completed, run."""

import dataclasses
import json
import os
import shutil
import subprocess

import pytest
from flash_board import Board, Plug, emulate
from guard import HUNG
from mpremote.transport_serial import SerialTransport
from program import told

from borne.integrity import MANIFEST
from bornetools import firmware
from bornetools.boards import board as boards
from bornetools.boards.chips import CHIPS
from bornetools.emulator.chip.chip_link import ChipOnPty
from bornetools.emulator.chip.field import Field
from bornetools.emulator.machine.panel import Panel
from bornetools.flash import prompt
from bornetools.flash.application import build
from bornetools.on_micropython import natmod, vm
from bornetools.on_micropython.compiler import compile_file

pytestmark = pytest.mark.usefixtures("patient")


@pytest.fixture(scope="module", autouse=True)
def emulated(tmp_path_factory):
    """What `--board ESP32` means in these tests: the emulated terminal, whose chip is the VM."""
    with pytest.MonkeyPatch.context() as patch:
        emulate(patch, tmp_path_factory.mktemp("boards"), "ESP32")
        yield


@pytest.fixture(scope="module")
def application(emulated):
    return built()


def built():
    board = boards.find("ESP32")
    return build(board.folder, board.chip.arch)


@pytest.fixture(scope="module")
def _installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flash")
    with Board(folder) as board:
        update(board.port)
    return folder


@pytest.fixture
def installed(_installed, tmp_path):
    """A flash that has the application by `borne flash`."""
    return shutil.copytree(_installed, tmp_path / "installed")


@pytest.fixture
def panel():
    with Panel(lambda level: None) as one:
        yield one


def update(port, status=0):
    """What `borne flash --app-only` says."""
    options = ("--board", "ESP32", "--port", port, "--app-only")
    return told("flash", *options, status=status)


def said(board, text):
    """Waits until the terminal has said `text` on its port; returns the events until then."""
    lines = board.wait_until_said(text).splitlines()
    return [json.loads(line) for line in lines if line.startswith(b"{")]


def contents(flash):
    return {
        p.relative_to(flash).as_posix(): p.read_bytes() for p in flash.rglob("*") if p.is_file()
    }


def refusal(flash, panel, tmp_path):
    """What the terminal says at its start, which it has to refuse, on the link and the screen."""
    environment = {
        "BORNE_PANEL": panel.path,
        "BORNE_PN532": panel.path,
        "BORNE_FLASH": str(tmp_path / "own"),
    }
    with Board(flash, environment=environment) as board:
        events = said(board, b">>> ")
        panel.settle()
    assert [event["code"] for event in events if event["event"] == "fault"][0] == "INCOMPLETE"
    return events


def test_a_new_board_gets_all_of_it_and_the_terminal_starts(flash, application, panel, tmp_path):
    with ChipOnPty(Field()) as chip:
        environment = {
            "BORNE_PANEL": panel.path,
            "BORNE_PN532": chip.path,
            "BORNE_FLASH": str(tmp_path / "own"),
        }
        with Board(flash, environment=environment) as board:
            output = update(board.port)
            assert f"{len(application.files)} files sent, 0 removed" in output
            with board.client() as client:
                assert client.request("hello")["board"] == "EMULATED"
    assert contents(flash) == {**application.files, MANIFEST: application.manifest}


def test_the_native_module_goes_with_it_if_it_has_been_compiled(flash, monkeypatch, tmp_path):
    path = tmp_path / natmod.NAME
    asked = []
    monkeypatch.setattr(natmod, "path", lambda arch: asked.append(arch) or path)
    assert natmod.NAME not in built().files
    path.write_bytes(natmod.sealed(b"compiled"))
    with Board(flash) as board:
        output = update(board.port)
    assert f"with the native module, {path}" in output
    assert (flash / natmod.NAME).read_bytes() == path.read_bytes()
    assert natmod.NAME in (flash / MANIFEST).read_text()
    assert set(asked) == {vm.ARCH}
    path.unlink()
    with Board(flash) as board:
        output = update(board.port)
    assert "native module" not in output
    assert not (flash / natmod.NAME).exists()


def test_one_interrupt_does_not_stop_a_terminal_that_loads(installed, panel, tmp_path):
    """It may be a byte of a frame that came early."""
    with ChipOnPty(Field()) as chip:
        environment = {
            "BORNE_PANEL": panel.path,
            "BORNE_PN532": chip.path,
            "BORNE_FLASH": str(tmp_path / "own"),
        }
        with Board(installed, environment=environment) as board:
            port = os.open(board.port, os.O_RDWR | os.O_NOCTTY)
            os.write(port, b"\x03")
            os.close(port)
            with board.client() as client:
                assert client.request("hello")["board"] == "EMULATED"


@pytest.mark.parametrize(("interrupts", "runs"), [(0, True), (1, True), (2, False), (9, False)])
def test_the_second_interrupt_while_it_loads_is_the_prompts(
    tmp_path, application, interrupts, runs
):
    """The program that `borne flash` writes, with an application that is interrupted so often."""
    (tmp_path / "main.py").write_bytes(application.files["main.py"])
    (tmp_path / "borne").mkdir()
    (tmp_path / "borne" / "__init__.py").write_text("tries = 0\n")
    (tmp_path / "borne" / "integrity.py").write_text("def intact():\n    return True\n")
    (tmp_path / "terminal.py").write_text(
        "import borne\n"
        "borne.tries += 1\n"
        f"if borne.tries <= {interrupts}:\n"
        "    raise KeyboardInterrupt\n"
        "print('runs')\n"
    )
    done = subprocess.run(
        vm.arguments("main.py"), cwd=tmp_path, env=vm.environment(), capture_output=True, check=True
    )
    assert (done.stdout == b"runs\n") == runs
    assert done.stderr == b""


def test_sha256sum_checks_the_manifest_too(installed, application):
    check = subprocess.run(
        ["sha256sum", "--check", "--strict", MANIFEST],
        cwd=installed,
        capture_output=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr
    assert check.stdout.count(b": OK") == len(application.files)


def test_again_nothing_is_sent(installed):
    with Board(installed) as board:
        before = {path: path.stat().st_mtime_ns for path in installed.rglob("*")}
        assert "is up to date" in update(board.port)
    assert before == {path: path.stat().st_mtime_ns for path in installed.rglob("*")}


def test_only_what_differs_is_sent_and_only_what_is_ours_is_removed(installed, application):
    with Board(installed) as board:
        data = {
            "trust/release.cbor": b"r",
            "settings.cbor": b"s",
            "clock": b"c",
            "journal": b"j",
            "notes.txt": b"n",
        }
        stale = {
            "borne/app.py": b"import nothing",  # would be imported in place of app.mpy
            "borne/app/__init__.mpy": b"",  # and so would a folder
            "boot.py": b"x = 1",
            "main.mpy": b"M",
            "borne/app.mpy.new": b"half",
        }
        for name, content in {**data, **stale, "borne/limits.mpy": b"old"}.items():
            (installed / name).parent.mkdir(exist_ok=True)
            (installed / name).write_bytes(content)
        assert "1 files sent, 5 removed" in update(board.port)
    assert contents(installed) == {**application.files, MANIFEST: application.manifest, **data}
    assert not (installed / "borne" / "app").exists()


@pytest.mark.parametrize("after", [3_000, 60_000, 140_000])
def test_a_plug_pulled_while_sending(installed, application, panel, tmp_path, after):
    # The version before this one: every file differs, and works (what follows the code is not read).
    old = {path: data + b"#" for path, data in application.files.items() if path != "main.py"}
    for path, data in old.items():
        (installed / path).write_bytes(data)
    with Board(installed, main=False) as board:
        board.lose = Plug(after)
        output = update(board.port, status=1)
    assert "failed while sending the application" in output
    assert "--app-only" in output
    left = contents(installed)
    assert MANIFEST not in left
    for path, data in application.files.items():
        # Each file is the old one or the new, whole; a part of the next lies beside it at most.
        assert left[path] in (data, old.get(path))
    events = refusal(installed, panel, tmp_path)
    assert [event["code"] for event in events] == ["INCOMPLETE"]
    assert any(panel.frame), "nothing on the screen"
    with Board(installed) as board:
        update(board.port)
    assert contents(installed) == {**application.files, MANIFEST: application.manifest}


def test_a_damaged_file_is_found_at_the_start_and_mended(installed, application, panel, tmp_path):
    path = installed / "borne" / "verify" / "verifier.mpy"
    path.write_bytes(path.read_bytes()[:-1])
    events = refusal(installed, panel, tmp_path)
    assert "borne/verify/verifier.mpy" in events[0]["detail"]
    assert any(panel.frame)
    with Board(installed) as board:
        assert "1 files sent, 0 removed" in update(board.port)
    assert contents(installed) == {**application.files, MANIFEST: application.manifest}


def test_the_screen_says_that_it_starts_before_the_files_are_compared(installed, panel, tmp_path):
    """The manifest is a pipe into which nobody writes: the comparison does not begin."""
    (installed / MANIFEST).unlink()
    os.mkfifo(installed / MANIFEST)
    environment = {
        "BORNE_PANEL": panel.path,
        "BORNE_PN532": panel.path,
        "BORNE_FLASH": str(tmp_path / "own"),
    }
    with Board(installed, environment=environment):
        panel.wait_for(lambda panel: any(panel.frame), HUNG)


def test_a_screen_that_cannot_be_had_does_not_start_it_either(installed):
    (installed / MANIFEST).unlink()
    (installed / "board.mpy").unlink()
    with Board(installed) as board:
        events = said(board, b">>> ")
    assert [event["code"] for event in events] == ["INCOMPLETE", "NO_SCREEN"]


def test_another_board_gets_nothing(flash, monkeypatch):
    monkeypatch.setitem(CHIPS, "esp32", dataclasses.replace(CHIPS["esp32"], mcu="ESP32"))
    with Board(flash) as board:
        output = update(board.port, status=2)
    assert "nothing was sent" in output
    assert contents(flash) == {}


def test_a_terminal_at_work_is_restarted_by_the_link(flash, application, monkeypatch):
    """Its program takes ctrl-C for data; the firmware's link answers, and reboots as a board would."""
    enter = SerialTransport.enter_raw_repl

    def in_vain(transport, timeout_overall):
        """The first try, of which nothing can come: it need not take long."""
        monkeypatch.setattr(SerialTransport, "enter_raw_repl", enter)
        patience, transport.serial.timeout = transport.serial.timeout, 0.2
        try:
            enter(transport, timeout_overall=0.2)
        finally:
            transport.serial.timeout = patience

    monkeypatch.setattr(SerialTransport, "enter_raw_repl", in_vain)
    (flash / "main.py").write_text(
        "import asyncio, micropython, os, time\n"
        "from borne.link.events import Events\n"
        "from borne.parts.stdio import Stdio\n"
        "from borne.link.task import Link\n"
        "class Services:\n"
        "    events = Events()\n"
        "    def reboot(self):\n"
        "        os.system('kill -9 $PPID')\n"
        "micropython.kbd_intr(-1)\n"
        "print('ready')\n"
        "asyncio.run(Link(Stdio(), Services()).run())\n"
    )
    environment = {"MICROPYPATH": f"{firmware.MODULES}:.frozen"}
    with Board(flash, environment=environment) as board:
        said(board, b"ready")
        assert f"{len(application.files)} files sent" in update(board.port)
    assert contents(flash) == {**application.files, MANIFEST: application.manifest}


def test_a_prompt_that_somebody_left_in_the_middle_of_a_command(flash, application):
    with Board(flash) as board:
        line = os.open(board.port, os.O_RDWR | os.O_NOCTTY)
        os.write(line, b"\r\x03\r\x01")
        said(board, b"raw REPL")
        os.write(line, b"\x05A\x01print('half")
        os.close(line)
        assert f"{len(application.files)} files sent" in update(board.port)


def test_a_board_that_does_not_answer(flash, monkeypatch):
    for name in ("_AT_ONCE", "_START"):
        monkeypatch.setattr(prompt, name, 0.2)
    with Board(flash) as board:
        board.lose = lambda data: b""
        output = update(board.port, status=1)
    assert "failed while waiting for MicroPython's prompt" in output
    assert "How to go on: check cable and port" in output


def test_native_code_is_compiled_for_each_boards_chip(tmp_path):
    source = tmp_path / "native.py"
    source.write_text("@micropython.native\ndef f():\n    return 1\n")
    # The architecture is in bits 2.. of byte 2 of a .mpy file with native code (py/persistentcode.h).
    codes = {"xtensawin": 10, "rv32imc": 11, "armv6m": 4, "armv7emsp": 7}
    for chip in CHIPS.values():
        if chip.arch in codes:
            compile_file(source, "native.py", tmp_path / "native.mpy", chip.arch)
            header = (tmp_path / "native.mpy").read_bytes()
            assert header[:2] == b"M\x06"
            assert header[2] >> 2 == codes[chip.arch]
