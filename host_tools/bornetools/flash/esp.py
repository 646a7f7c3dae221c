"""MicroPython's image onto an ESP chip, by esptool as a library."""

from typing import Any

from esp_pylib.logger import EspLog, EspLogBase
from esptool.cmds import (
    attach_flash,
    detect_chip,
    detect_flash_size,
    flash_size_bytes,
    reset_chip,
    run_stub,
    write_flash,
)
from esptool.util import FatalError
from serial import SerialException

from bornetools.boards import flash_budget
from bornetools.boards.board import Board
from bornetools.boards.chips import EspLoader
from bornetools.errors import UserError
from bornetools.flash.images import flash_needed
from bornetools.flash.steps import Report, Steps

ERRORS = (FatalError, SerialException, OSError)
_BAUD = 460800  # once esptool's own program runs on the chip; its boot loader begins at 115200

_CONNECT = (
    "nothing was changed. Check cable and port; close other programs that use the port; on a board"
    " without automatic reset hold BOOT, press RESET, let BOOT go; then run the same command again"
)
_ERASE = (
    "run the same command again: it begins anew, and a chip half erased or written does no harm"
)


def write(
    port: str, board: Board, loader: EspLoader, image: bytes, steps: Steps, application: int
) -> None:
    """Erases the chip's flash and writes `image`, checked by the MD5 of what is in the flash.

    `application` is the flash that the application is to take as files.

    Raises UserError before anything is erased if the chip is not the board's or has too little flash,
    Failure.
    """
    log = _Log()
    EspLog.set_logger(log)
    with steps.step(f"connecting to the chip on {port}", _CONNECT):
        esp = detect_chip(port)
    try:
        found = esp.CHIP_NAME
        if found != board.chip.family:
            reset_chip(esp, "hard-reset")
            raise UserError(
                f"the chip on {port} is an {found}, and {board.name} has an {board.chip.family}:"
                " nothing was changed. Choose the other --board or --port"
            )
        with steps.step("starting esptool's program on the chip", _CONNECT):
            esp = run_stub(esp)
            esp.change_baud(_BAUD)
            attach_flash(esp)
            flash = flash_size_bytes(detect_flash_size(esp)) or 0
        needed = flash_needed(loader, image)
        if flash < needed:
            reset_chip(esp, "hard-reset")
            raise UserError(
                f"the chip on {port} has {_size(flash)} of flash, and the image is for {_size(needed)}:"
                " nothing was changed. Choose another image, or another board"
            )
        try:
            flash_budget.require(flash - board.chip.image_kb * 1024, application)
        except UserError:
            reset_chip(esp, "hard-reset")
            raise
        # esptool erases once its other checks have passed: secure boot, encryption.
        with steps.step("writing MicroPython on an erased flash", _ERASE) as log.report:
            write_flash(esp, [(loader.offset, image)], erase_all=True)
        reset_chip(esp, "hard-reset")
    finally:
        esp._port.close()


def _size(size: int) -> str:
    if not size:
        return "an unknown size"
    return f"{size // 1024**2} MB" if size % 1024**2 == 0 else f"{size:,} bytes"


class _Log(EspLogBase):
    """Drops esptool's messages, which are for its own users; its progress goes to `report`."""

    def __init__(self) -> None:
        self.report: Report = lambda done, total: None

    def progress_bar(self, cur_iter: int, total_iters: int, *_: Any, **__: Any) -> None:
        self.report(cur_iter, total_iters)

    def print(self, *_: Any, **__: Any) -> None:
        pass

    err = warn = note = hint = debug = set_verbosity = print
