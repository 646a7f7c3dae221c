"""boards/EMULATED/board.py on the VM, against the panel and a pty in place of the chip."""

import contextlib
import os
import select
import subprocess
import tty

import pytest
from guard import HUNG

from bornetools import firmware
from bornetools.boards import folders
from bornetools.emulator.machine.panel import Panel, Rtc
from bornetools.on_micropython import vm

FOLDER = firmware.BOARDS / "EMULATED"


@contextlib.contextmanager
def terminal(tmp_path, program, panel, chip=None, **settings):
    """`program` on the VM, with `board` imported and `parts` made."""
    script = tmp_path / "program.py"
    script.write_text("import board\nparts = board.make()\n" + program)
    environment = {
        **vm.environment(FOLDER, firmware.MODULES),
        "BORNE_PANEL": panel.path,
        "BORNE_PN532": chip or panel.path,
        "BORNE_FLASH": str(tmp_path),
        **settings,
    }
    process = subprocess.Popen(
        vm.arguments(script), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read(handle, size):
    data = b""
    while len(data) < size:
        assert select.select([handle], [], [], HUNG)[0], f"only {data!r} came"
        data += os.read(handle, size - len(data))
    return data


def test_display_led_and_buzzer_reach_the_panel(tmp_path):
    program = (
        "parts.display.pixel(9, 10, 1)\nparts.display.show()\n"
        "parts.led.rgb(1, 2, 255)\nparts.buzzer.tone(1760)\nparts.buzzer.tone(0)\n"
    )
    with Panel() as panel, terminal(tmp_path, program, panel) as process:
        panel.wait_for(lambda p: list(p.tones) == [0, 1760, 0], HUNG)
        assert panel.led == (1, 2, 255)
        assert panel.frame == bytes(137) + b"\x04" + bytes(886)
        assert process.wait(HUNG) == 0, process.stderr.read()


FIRST = """
import sys
import panel

def show(self):
    print(" ".join(sorted(sys.modules)))
    print("drawn" if any(self.buffer) else "blank")
    raise SystemExit

panel.Display.show = show
import main
"""


def test_something_is_on_the_screen_before_the_terminal_is_loaded(tmp_path):
    with Panel() as panel, terminal(tmp_path, FIRST, panel) as process:
        loaded, drawn = process.stdout.read().decode().splitlines()
    assert drawn == "drawn"
    # The board's parts, what they need, and nothing else.
    assert {name for name in loaded.split() if name.split(".")[0] == "borne"} == {
        *("borne", "borne.starting", "borne.errors", "borne.limits"),
        *("borne.parts", "borne.parts.stdio"),
        *("borne.nfc", "borne.nfc.pn532_hsu", "borne.nfc.pn532_frame"),
    }


def test_a_silent_screen_is_told(tmp_path):
    with Panel() as panel:
        panel.silent = True
        with terminal(tmp_path, "parts.display.show()\nprint(parts.display.answers)", panel) as one:
            assert one.stdout.read() == b"False\n"
        assert list(panel.frames) == [bytes(1024)]


def test_the_reset_reaches_the_chip_before_bytes_do(tmp_path, silent):
    host, path = silent
    seen = []

    def on_reset(level):
        early = select.select([host], [], [], 0.2)[0]  # time for the terminal to be too fast
        seen.append((level, bool(early)))

    program = "parts.reset_pin(0)\nparts.reset_pin(1)\nparts.transport.write(b'abc')\n"
    with Panel(on_reset) as panel, terminal(tmp_path, program, panel, path):
        assert read(host, 3) == b"abc"
    assert seen == [(0, False), (1, False)]


ECHO = """
uart = board.Pty(board.os.getenv("BORNE_PN532"))
buffer = bytearray(600)
uart.write(bytes([uart.any(), 0 if uart.readinto(buffer, 5) is None else 1]))
count = 0
while count < 600:
    waiting = uart.any()
    if waiting:
        got = uart.readinto(memoryview(buffer)[count:], 100)
        assert got == min(waiting, 100)
        count += got
uart.write(buffer)
"""


def test_the_pty_reads_as_a_uart_does(tmp_path, silent):
    host, path = silent
    sent = bytes(range(200)) * 3
    with Panel() as panel, terminal(tmp_path, ECHO, panel, path):
        assert read(host, 2) == b"\0\0"  # nothing there: any() is 0, readinto() None
        os.write(host, sent)
        assert read(host, 600) == sent


def test_it_ends_when_the_computers_side_has_gone(tmp_path):
    host, other = os.openpty()
    tty.setraw(other)
    program = (
        "uart = board.Pty(board.os.getenv('BORNE_PN532'))\nprint('up')\nwhile True: uart.any()\n"
    )
    with Panel() as panel, terminal(tmp_path, program, panel, os.ttyname(other)) as process:
        assert process.stdout.readline() == b"up\n"
        os.close(other)
        os.close(host)
        assert process.wait(HUNG) == 0, process.stderr.read()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_language(tmp_path, language):
    program = "print(parts.language)\n"
    with Panel() as panel, terminal(tmp_path, program, panel, BORNE_LANG=language) as process:
        assert process.stdout.read().decode().strip() == language


def test_the_rtc_is_the_panels(tmp_path):
    program = (
        "import time\n"
        "print(abs(parts.rtc.read() - 86400 - time.time()) < 60)\n"
        "parts.rtc.write(1_800_000_000)\n"
        "print(parts.rtc.read() - 1_800_000_000 < 60)\n"
    )
    with Panel(rtc=Rtc(86400)) as panel, terminal(tmp_path, program, panel) as process:
        assert process.stdout.read().split() == [b"True", b"True"]
    with (
        Panel(rtc=Rtc(None)) as panel,
        terminal(tmp_path, "print(parts.rtc.read())\n", panel) as process,
    ):
        assert process.stdout.read() == b"None\n"


def test_the_button_is_the_panels(tmp_path):
    program = "print(parts.button())\nwhile not parts.button(): pass\nprint(parts.button())\n"
    with Panel() as panel, terminal(tmp_path, program, panel) as process:
        assert process.stdout.readline() == b"False\n"
        panel.pressed = True
        assert process.stdout.readline() == b"True\n"


def test_a_missing_setting_is_named(tmp_path):
    with Panel() as panel, terminal(tmp_path, "", panel, BORNE_FLASH="") as process:
        output = process.stdout.read() + process.stderr.read()
        assert b"BORNE_FLASH is not set" in output
        assert process.wait(HUNG)


@pytest.mark.parametrize("board", [folder.name for folder in folders.folders()])
def test_a_manifest_names_what_exists(board, monkeypatch):
    """Its own, or that of all boards with a pin table, which is told the board."""
    monkeypatch.setenv("BORNE_BOARD", board)
    own, found = firmware.BOARDS / board, []
    folder = own if (own / "manifest.py").exists() else firmware.BOARDS

    def package(name, base_path):
        found.append((folder / base_path / name / "__init__.py").resolve())

    def module(name, base_path="."):
        found.append((folder / base_path / name).resolve())

    def include(path):
        if not path.startswith("$"):  # MicroPython's own
            exec((folder / path).read_text(), names)

    names = {"package": package, "module": module, "include": include, "freeze": lambda path: None}
    monkeypatch.chdir(folder)
    include("manifest.py")  # a program of such calls
    assert all(path.is_file() for path in found)
    assert firmware.MAIN.read_bytes() in [path.read_bytes() for path in found]
    assert firmware.MODULES / "borne" / "__init__.py" in found
    assert set(folders.sources(own).values()) <= set(found)
