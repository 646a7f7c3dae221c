"""Whether a board's heap takes our application as files, which lie in it: asked before any is touched."""

from bornetools.boards.board import Board
from bornetools.boards.chips import Uf2Loader
from bornetools.errors import UserError
from bornetools.flash.prompt import Prompt

# Bytes free at a fresh prompt. Measured on an emulated RP2040 with more RAM than it has: from 262,000 on the
# terminal starts, from 286,000 on it reads wallets. docs/decisions/2026-11-25-form-of-the-application.md
NEEDED = 286_000


def check(prompt: Prompt, board: Board) -> None:
    """Raises UserError, with the way out, if the heap of the `board` at `prompt` is too small."""
    free = prompt.heap()
    if free >= NEEDED:
        return
    way_out = (
        f"build an image that has it with `borne image --board {board.name}`, and flash that with --firmware"
        if isinstance(board.chip.loader, Uf2Loader)
        else f"take a board with PSRAM, and its image at {board.page}"
    )
    raise UserError(
        f"this board has {free:,} bytes of memory free, and the application as files needs {NEEDED:,}:"
        f" nothing was sent. The way out: {way_out}"
    )
