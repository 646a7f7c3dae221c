"""The boards that `borne flash` knows: which MicroPython image, which chip, where it goes."""

import re
from dataclasses import dataclass

_DOWNLOAD = "https://micropython.org/download/"


@dataclass(frozen=True)
class Board:
    """`name` is the folder below boards/, `image` MicroPython's name for its image, `march` mpy-cross's
    for the architecture, and `machine` how sys.implementation._machine ends there."""

    name: str
    image: str
    march: str
    machine: str

    suffix = ""

    @property
    def page(self) -> str:
        """Where the image is to be had."""
        return f"{_DOWNLOAD}{self.image}/"

    @property
    def example(self) -> str:
        """How an image's file is called."""
        return f"{self.image}-20250911-v1.26.1{self.suffix}"

    def matches(self, file_name: str) -> bool:
        """Whether an image of this board may have that name; variants such as SPIRAM are taken."""
        name = rf"{self.image}(-[A-Z0-9_]+)?-\d{{8}}-v\d+\.\d+[-.0-9a-z]*"
        return re.fullmatch(name + re.escape(self.suffix), file_name) is not None


@dataclass(frozen=True)
class EspBoard(Board):
    """`chip` is esptool's name of the chip, `chip_id` what its images have in their header, `offset`
    where in the flash the image begins."""

    chip: str
    chip_id: int
    offset: int

    suffix = ".bin"


@dataclass(frozen=True)
class Uf2Board(Board):
    """`family` is the UF2 family id; `drive` the Board-ID that the boot loader's INFO_UF2.TXT begins
    with."""

    family: int
    drive: str

    suffix = ".uf2"


BOARDS = {
    board.name: board
    for board in (
        EspBoard("ESP32", "ESP32_GENERIC", "xtensawin", "with ESP32", "ESP32", 0, 0x1000),
        EspBoard("ESP32_S3", "ESP32_GENERIC_S3", "xtensawin", "with ESP32S3", "ESP32-S3", 9, 0),
        EspBoard("ESP32_C3", "ESP32_GENERIC_C3", "rv32imc", "with ESP32C3", "ESP32-C3", 5, 0),
        Uf2Board("PICO", "RPI_PICO", "armv6m", "with RP2040", 0xE48BFF56, "RPI-RP2"),
        Uf2Board("PICO2", "RPI_PICO2", "armv7emsp", "with RP2350", 0xE48BFF59, "RP2350"),
    )
}
