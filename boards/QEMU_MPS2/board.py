"""QEMU's mps2-an385, a Cortex-M3: an emulated microcontroller with the emulated terminal's parts.

UART 0 is the link, UART 1 the reader, UART 2 the panel. The machine's first argument is the language.
"""

from machine import UART, reset
from mps2 import arguments

from borne.nfc.pn532_hsu import Hsu
from borne.parts.stdio import Stdio
from panel import Display, Panel, Rtc


class Board:
    """The parts of the terminal."""

    name = "QEMU_MPS2"
    terminal_id = "QEMU-1"
    flash = ""

    def __init__(self) -> None:
        panel = Panel(UART(2))
        self.language = arguments().split(" ")[0] or "fr"
        self.transport = Hsu(UART(1))
        self.reset_pin = panel.reset_pin
        self.display = Display(panel)
        self.led = panel
        self.buzzer = panel
        self.button = panel.pressed
        self.rtc = Rtc(panel)
        self.link = Stdio()

    def reboot(self) -> None:
        reset()


def make() -> Board:
    return Board()
