"""A tap's cost on the emulated microcontroller, step by step: instructions, allocations, peak of the heap."""

import json
import os
import pty
import select
import shutil
import tempfile
import tty
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bornetools.bench import tap_case
from bornetools.emulator.machine import qemu_build
from bornetools.emulator.machine.qemu import Qemu
from bornetools.errors import UserError
from bornetools.on_micropython import natmod
from bornetools.on_micropython.compiler import compile_file

_PROGRAM = Path(__file__).with_name("device_program.py")
_REPLAY = Path(__file__).with_name("replay.py")
Rows = dict[str, dict[str, Any]]  # of a tap, by step: instructions, allocated, peak
POLLED = 3  # frames before the phone is found
_PIECE = 4096
_PATIENCE = 60  # seconds
_END = b"\nend\r\n"


def measure() -> dict[str, Rows]:
    """Rows by step: with the combs of the issuers' keys ("cached"), without them ("unknown"), and with the
    native module, which needs none, built for this machine ("native"), and for a smaller processor, whose
    code this one runs, too ("native_armv6m"). Raises UserError, also if the emulated machine stops early."""
    return {
        "cached": run(True),
        "unknown": run(False),
        "native": run(False, natmod.build(qemu_build.ARCH)),
        "native_armv6m": run(False, natmod.build("armv6m")),
    }


def run(combs: bool, native: Path | None = None) -> Rows:
    """The rows that device_program.py prints, by step."""
    case = tap_case.load()
    with tempfile.TemporaryDirectory(prefix="borne-bench-") as name:
        flash = Path(name)
        tap_case.install(case, flash, combs)
        if native:
            shutil.copy(native, flash)
        case["frames"] = case["frames"][POLLED:]
        rows = run_program(_PROGRAM, flash, case | {"combs": combs, "native": native is not None})
    cbor, shape = rows["CBOR"], rows["COSE and claims"]
    for one in ("instructions", "allocated"):
        shape[one] -= cbor[one]
    return rows


def run_program(program: Path, flash: Path, case: dict[str, Any], heap: int | None = None) -> Rows:
    """The rows by step that `program` prints on the machine with `flash` (a folder) and `heap` bytes of heap
    (None: the terminal's), for `case`. Raises UserError if the program does not come to its end."""
    case = {key: value for key, value in case.items() if key != "files"}
    (flash / "case.json").write_text(json.dumps(case))
    compile_file(program, "board.py", flash / "board.mpy")
    compile_file(_REPLAY, "replay.py", flash / "replay.mpy")
    said = _said(flash, heap)
    lines, end, _ = said.partition(_END.decode())
    if not end:
        raise UserError(f"the emulated microcontroller did not come to the end, but said:\n{said}")
    rows = {}
    for line in lines.splitlines():
        row = json.loads(line)
        rows[row.pop("step")] = row
    return rows


def _said(flash: Path, heap: int | None) -> str:
    """The program's whole output on the machine with `flash` (a folder)."""
    machine = Qemu(counted=True, heap=heap)
    machine.plug(flash)
    with ExitStack() as stack:
        stack.callback(machine.unplug)
        ends = []
        for _ in range(3):
            controller, terminal = pty.openpty()
            tty.setraw(terminal)
            stack.callback(os.close, controller)
            stack.callback(os.close, terminal)
            ends.append((controller, os.ttyname(terminal)))
        process = machine.start("fr", ends[0][1], ends[1][1], ends[2][1])
        stack.callback(process.wait)
        stack.callback(process.kill)
        said = b""
        while _END not in said:
            if not select.select([ends[0][0]], [], [], _PATIENCE)[0]:
                break
            said += os.read(ends[0][0], _PIECE)
        return said.decode(errors="replace")
