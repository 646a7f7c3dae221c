"""The chips, in the modules or on the boards that pin tables name: their data for MicroPython and for the
boot loader, and the signals that each pin allows.

Sources:
- ESP-IDF Programming Guide, "GPIO & RTC GPIO", the chapter's table and notes for ESP32, ESP32-S3 and
  ESP32-C3; ESP Hardware Design Guidelines, ESP32-S3, on octal memory; ESP32-WROOM-32E, ESP32-WROVER-E and
  ESP32-S3-WROOM-1 data sheets, "Pin Definitions" and the table of variants.
- MicroPython documentation, "Quick reference for the ESP32" (pins, UART, SPI; UART0 is its console) and
  "Quick reference for the RP2".
- RP2040 data sheet, section 1.4.3, table "GPIO functions"; RP2350 data sheet, section 1.2.3, likewise, and
  its function F11, by which UART data may stand on the pins of CTS and RTS, too. MicroPython computes
  the same in ports/rp2/machine_uart.c, machine_i2c.c and machine_spi.c.
- Raspberry Pi Pico and Pico 2 data sheets, section 2.1, "Pinout".
- Memory, flash and clock: the first page of each chip's or module's data sheet.
- What MicroPython keeps of the flash for itself: ports/rp2/boards/*/mpconfigboard.h
  (MICROPY_HW_FLASH_STORAGE_BYTES), ports/esp32/partitions-4MiBplus.csv.
- Chip ids and flash offsets: esptool, esptool/targets.
- UF2 families: Raspberry Pi's pico-sdk, boot/uf2.h; Board-IDs: RP2040 and RP2350 data sheets.
- Architecture, port and MICROPY_HW_MCU_NAME: MicroPython, ports/*/boards and py/persistentcode.h.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar


@dataclass(frozen=True)
class EspLoader:
    """The boot loader of an ESP chip: `chip_id` is the id in the header of its images, `offset` where in the
    flash an image begins."""

    suffix: ClassVar[str] = ".bin"
    chip_id: int
    offset: int


@dataclass(frozen=True)
class Uf2Loader:
    """A boot loader that takes UF2 files: `family` is their family id, `drive` the Board-ID that its
    INFO_UF2.TXT begins with."""

    suffix: ClassVar[str] = ".uf2"
    family: int
    drive: str


@dataclass(frozen=True)
class Chip:
    family: str  # without the module: what its makers' tools call it
    title: str
    loader: EspLoader | Uf2Loader
    port: str  # of MicroPython; names its stubs, too
    mcu: str  # MicroPython's name, the last word of sys.implementation._machine
    arch: str  # of native code: mpy-cross's -march
    pins: frozenset[int]
    refused: Mapping[int, str]  # pin: why no part may be on it
    buses: Mapping[str, tuple[int, ...]]  # "uart", "i2c", "spi": the ids that are free to use
    sram_kb: int
    flash_mb: tuple[int, ...]  # of the modules or boards with this chip, the least first
    image_kb: int  # of it, for MicroPython's image; the file system is all the rest
    mhz: int
    psram_mb: int = 0  # of the module at least: MicroPython's heap is there
    input_only: frozenset[int] = frozenset()  # without pull-ups, too
    console: str = ""  # why a bus id that exists is not in `buses`
    prefix: str = "GPIO"  # of the names printed on boards
    header: Mapping[int, int] = field(default_factory=dict)  # pin: its number on the header
    supply: Mapping[str, str] = field(default_factory=dict)  # "3V3" and "5V" where named otherwise
    functions: Callable[[int], dict[str, tuple[str, int]]] | None = None  # None: all on all pins
    pwm_slice: Callable[[int], tuple[int, int]] | None = None  # pin: slice and channel

    def pin_name(self, pin: int) -> str:
        """The pin's name as printed on a board."""
        return f"{self.prefix}{pin}"


def _same(reason: str, *pins: int) -> dict[int, str]:
    return dict.fromkeys(pins, reason)


_STRAP = "a strapping pin: its level at reset chooses how the chip starts"
_FLASH = "connected to the module's flash"
_PSRAM = "connected to the module's PSRAM"
_USB = "USB"
_CONSOLE = "UART0, the console: the link to the computer runs there"

_ESP32 = Chip(
    family="ESP32",
    title="ESP32 (WROOM module)",
    loader=EspLoader(chip_id=0, offset=0x1000),
    port="esp32",
    mcu="ESP32",
    arch="xtensawin",
    pins=frozenset({*range(20), 21, 22, 23, 25, 26, 27, *range(32, 40)}),
    refused={
        **_same(_STRAP, 0, 2, 5, 12, 15),
        **_same(_CONSOLE, 1, 3),
        **_same(_FLASH, *range(6, 12)),
        **_same("not brought out by the module", 37, 38),
    },
    buses={"uart": (1, 2), "i2c": (0, 1), "spi": (1, 2)},
    console=_CONSOLE,
    input_only=frozenset(range(34, 40)),
    sram_kb=520,
    flash_mb=(4, 8, 16),
    image_kb=2048,
    mhz=240,
)

_ESP32S3 = Chip(
    family="ESP32-S3",
    title="ESP32-S3 (WROOM-1 module)",
    loader=EspLoader(chip_id=9, offset=0),
    port="esp32",
    mcu="ESP32S3",
    arch="xtensawin",
    pins=frozenset({*range(22), *range(26, 49)}),
    refused={
        **_same(_STRAP, 0, 3, 45, 46),
        **_same(_USB, 19, 20),
        **_same(_FLASH, *range(26, 33)),
        **_same("connected to the octal flash or PSRAM of some modules", *range(33, 38)),
        **_same(_CONSOLE, 43, 44),
    },
    buses={"uart": (1, 2), "i2c": (0, 1), "spi": (1, 2)},
    console=_CONSOLE,
    sram_kb=512,
    flash_mb=(4, 8, 16),
    image_kb=2048,
    mhz=240,
)

_ESP32C3 = Chip(
    family="ESP32-C3",
    title="ESP32-C3 (MINI-1 or WROOM-02 module)",
    loader=EspLoader(chip_id=5, offset=0),
    port="esp32",
    mcu="ESP32C3",
    arch="rv32imc",
    pins=frozenset(range(22)),
    refused={
        **_same(_STRAP, 2, 8, 9),
        **_same("VDD_SPI, the flash's supply, until a fuse is burnt", 11),
        **_same(_FLASH, *range(12, 18)),
        **_same(_USB, 18, 19),
        **_same(_CONSOLE, 20, 21),
    },
    buses={"uart": (1,), "i2c": (0,), "spi": (1,)},
    console=_CONSOLE,
    sram_kb=400,
    flash_mb=(4,),
    image_kb=2048,
    mhz=160,
)


def _rp2_functions(uart_period: int) -> Callable[[int], dict[str, tuple[str, int]]]:
    """What an RP2 pin can be, {signal: (bus, its id)}; UART data comes every `uart_period` pins."""

    def functions(pin: int) -> dict[str, tuple[str, int]]:
        found = {("sda", "scl")[pin % 2]: ("i2c", (pin & 2) >> 1)}
        if pin % uart_period < 2:
            found[("tx", "rx")[pin % uart_period]] = ("uart", (pin + 4 & 8) >> 3)
        if pin % 4 != 1:
            found[{0: "miso", 2: "sck", 3: "mosi"}[pin % 4]] = ("spi", (pin & 8) >> 3)
        return found

    return functions


# Pico and Pico 2 have the same header: physical pin numbers of GP0 to GP22 and GP26 to GP28.
_PICO_HEADER = dict(
    zip(
        [*range(23), 26, 27, 28],
        [1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20]
        + [21, 22, 24, 25, 26, 27, 29, 31, 32, 34],
        strict=True,
    )
)
_PICO_SUPPLY = {"3V3": "3V3 (pin 36)", "5V": "VBUS (pin 40)"}
_ON_PICO = {
    23: "the regulator's power save pin on this board, and not on its header",
    24: "the USB supply's sense pin on this board, and not on its header",
    25: "the green LED on this board, and not on its header",
    29: "the supply's measurement on this board, and not on its header",
}

_RP2040 = Chip(
    family="RP2040",
    title="RP2040",
    loader=Uf2Loader(family=0xE48BFF56, drive="RPI-RP2"),
    port="rp2",
    mcu="RP2040",
    arch="armv6m",
    pins=frozenset(range(30)),
    refused={},
    buses={"uart": (0, 1), "i2c": (0, 1), "spi": (0, 1)},
    prefix="GP",
    functions=_rp2_functions(uart_period=4),
    pwm_slice=lambda pin: ((pin >> 1) & 7, pin & 1),
    sram_kb=264,
    flash_mb=(2,),
    image_kb=640,
    mhz=133,
)
_RP2350A = replace(
    _RP2040,
    family="RP2350",
    title="RP2350A",
    loader=Uf2Loader(family=0xE48BFF59, drive="RP2350"),
    mcu="RP2350",
    arch="armv7emsp",
    functions=_rp2_functions(uart_period=2),
    sram_kb=520,
    flash_mb=(4,),
    image_kb=1024,
    mhz=150,
)


def _on_pico(chip: Chip, title: str) -> Chip:
    return replace(chip, title=title, refused=_ON_PICO, header=_PICO_HEADER, supply=_PICO_SUPPLY)


CHIPS = {
    "esp32": _ESP32,
    "esp32-wrover": replace(
        _ESP32,
        title="ESP32 (WROVER module)",
        refused={**_ESP32.refused, **_same(_PSRAM, 16, 17)},
        psram_mb=2,
    ),
    "esp32s3": _ESP32S3,
    "esp32s3-octal": replace(
        _ESP32S3,
        title="ESP32-S3 (WROOM-1 module with octal PSRAM)",
        refused={**_ESP32S3.refused, **_same(_PSRAM, *range(33, 38))},
        psram_mb=8,
    ),
    "esp32c3": _ESP32C3,
    "rp2040": _RP2040,
    "rp2040-pico": _on_pico(_RP2040, "RP2040 (Raspberry Pi Pico)"),
    "rp2350a": _RP2350A,
    "rp2350a-pico2": _on_pico(_RP2350A, "RP2350A (Raspberry Pi Pico 2)"),
}
