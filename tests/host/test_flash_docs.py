"""docs/flashing.md and docs/security.md: their command lines, run as they are written.

Ports, and the files that a reader downloads or builds, are replaced; eFuses are espefuse's virtual ones.
"""

import hashlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import esp_rom
import pytest
import test_flash_esp as on_esp
import test_flash_frozen as on_pico
from flash_board import Board, emulate
from link_world import Publisher, SyncedTerminal
from program import told

from bornetools.boards import board as boards
from bornetools.flash import uf2

pytestmark = pytest.mark.usefixtures("patient", "quick_p256")

DOCS = Path(__file__).parents[2] / "docs"
CHECKS = ("sync", "doctor")  # of a terminal that runs
BUILDS = ("image",)  # by a toolchain: tests/device/test_image.py


def lines(name, program):
    """The command lines of a document, in order, as lists of words."""
    found = re.findall(r"^ {4,}(\S.*)$", (DOCS / name).read_text(), re.M)
    found = [shlex.split(line.removesuffix("&&").removesuffix("||")) for line in found]
    return [words for words in found if words[0] == program]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Files and boards as docs/flashing.md has them, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Publisher(tmp_path / "trust")
    Publisher(tmp_path / "other")
    drive = tmp_path / "drive"
    drive.mkdir()
    (drive / "INFO_UF2.TXT").write_text(on_pico.INFO.format("RPI-RP2"))
    monkeypatch.setattr(uf2, "drives", lambda: [drive])
    image = on_esp.image(0)
    Path(boards.find("ESP32").example).write_bytes(image)
    built = Path("build", "image", "PICO.uf2")
    built.parent.mkdir(parents=True)
    built.write_bytes(on_pico.image())
    emulate(monkeypatch, tmp_path, "ESP32", "PICO")
    return {"$SHA256": hashlib.sha256(image).hexdigest(), "T-$n": "T-07"}


def test_every_command_of_flashing_md_works_as_written(bench, tmp_path):
    all_commands = lines("flashing.md", "borne")
    commands = [words for words in all_commands if words[1] not in CHECKS + BUILDS]
    assert len(commands) == 12
    assert [words for words in all_commands if words[1] in BUILDS] == [
        ["borne", "image", "--board", name] for name in ("PICO", "PICO2")
    ]
    frozen = on_pico.running(tmp_path / "frozen", on_pico.whole())
    flash = tmp_path / "flash"
    flash.mkdir()
    for words in commands:
        words = [bench.get(word, word) for word in words[1:]]
        rom = "ESP32" in words and "--app-only" not in words
        chip = esp_rom.EspRom(esp_rom.ESP32) if rom else None
        with Board(flash, chip, frozen if "PICO" in words else None) as board:
            words[words.index("--port") + 1] = board.port
            told(*words)


def test_the_check_of_each_terminal_works_as_written(tmp_path):
    commands = [words for words in lines("flashing.md", "borne") if words[1] in CHECKS]
    assert [words[1] for words in commands] == list(CHECKS)
    publisher = Publisher(tmp_path / "trust")
    publisher.release()
    root = (tmp_path / "trust" / "metadata" / "1.root.json").read_bytes()
    with SyncedTerminal(tmp_path / "flash", root) as terminal:
        for words in commands:
            words = [publisher.base if word == "URL" else word for word in words[1:]]
            words[words.index("--port") + 1] = terminal.port
            told(*words)


def test_flashing_md_names_every_board_and_its_image():
    text = (DOCS / "flashing.md").read_text()
    assert "`borne boards show ESP32`" in text
    for board in boards.with_pins():
        shown = told("boards", "show", board.name)
        name, _, variant = board.pins.image.partition("-")
        assert board.example.startswith(f"{name}-{variant}")
        assert f"{board.example}: https://micropython.org/download/{name}/" in shown


# What a console script does, for one command line after another. The tables of each chip are read by PyYAML
# for each: in C where it has that.
RUN = """
import contextlib, importlib.metadata, io, json, sys, yaml
yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
said = []
for sys.argv in json.load(sys.stdin):
    (script,) = importlib.metadata.entry_points(group="console_scripts", name=sys.argv[0])
    with contextlib.redirect_stdout(io.StringIO()) as output:
        script.load()()
    said.append(output.getvalue())
json.dump(said, sys.stdout)
"""


def run(commands, folder=None):
    """Runs command lines of Espressif's tools, in one process; returns what each of them says."""
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(commands),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (commands, done.stdout[-1500:] + done.stderr[-1500:])
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A folder in which the espsecure lines of docs/security.md have run, in order."""
    folder = tmp_path_factory.mktemp("keys")
    for name, size in (("bootloader", 20_000), ("micropython", 50_000), ("partition-table", 3072)):
        (folder / f"{name}.bin").write_bytes(b"\xe9" * size)
    run(lines("security.md", "espsecure"), folder)
    return folder


def test_what_espsecure_makes_is_signed_and_encrypted(keys):
    plain, signed = (keys / name for name in ("micropython.bin", "image.signed"))
    assert signed.read_bytes().startswith(plain.read_bytes())
    assert (keys / "image.enc").read_bytes() != signed.read_bytes()
    assert len((keys / "signing.digest").read_bytes()) == 32


BURNT = {
    "esp32": {
        "FLASH_CRYPT_CNT": "0b1111111",
        "FLASH_CRYPT_CONFIG": "0xf",
        "ABS_DONE_1": "0b1",
        "DISABLE_DL_ENCRYPT": "0b1",
        "DISABLE_DL_DECRYPT": "0b1",
        "JTAG_DISABLE": "0b1",
        "UART_DOWNLOAD_DIS": "0b1",
    },
    "esp32s3": {
        "SPI_BOOT_CRYPT_CNT": "0b111",
        "SECURE_BOOT_EN": "0b1",
        "DIS_DOWNLOAD_MANUAL_ENCRYPT": "0b1",
        "DIS_USB_JTAG": "0b1",
        "DIS_PAD_JTAG": "0b1",
        "ENABLE_SECURITY_DOWNLOAD": "0b1",
    },
}
BURNT["esp32c3"] = BURNT["esp32s3"]


@pytest.mark.parametrize("chip", BURNT)
def test_the_efuses_of_security_md_burn_in_its_order(chip, keys, tmp_path):
    virtual = ["--virt", "--do-not-confirm", "--path-efuse-file", str(tmp_path / "efuses.bin")]
    commands = [words for words in lines("security.md", "espefuse") if chip in words]
    assert len(commands) == {"esp32": 8}.get(chip, 9)
    for words in commands:
        port = words.index("--port")
        words[port : port + 2] = virtual
    summary = ["espefuse", *virtual, "--chip", chip, "summary"]
    *burnt, summary = run([*commands, summary], keys)
    for words, said in zip(commands, burnt, strict=True):
        assert "successful" in said.lower(), words
    for name, value in BURNT[chip].items():
        assert re.search(rf"^{name} .*\({value}\)$", summary, re.M), (name, summary)
    # The encryption key can be read no more, and the digest of the signing key still can.
    assert summary.count(" ".join(["??"] * 32)) == 1
    assert (keys / "signing.digest").read_bytes().hex(" ") in summary


def test_esptool_knows_the_other_commands_of_security_md():
    commands = [
        next(word for word in words if word in ("erase-flash", "write-flash"))
        for words in lines("security.md", "esptool")
    ]
    assert commands
    helps = run([["esptool", command, "--help"] for command in commands])
    for command, said in zip(commands, helps, strict=True):
        assert command in said
