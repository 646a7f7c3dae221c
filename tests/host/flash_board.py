"""A board on a pty for flashing: an ESP chip in boot mode, MicroPython (the unix VM) in a folder, or both.

A pty has no modem lines, so esptool's reset says no more than a warning, and this board knows by what it
is sent that it would have been reset: mpremote's first bytes are not the boot loader's framing.
"""

import contextlib
import dataclasses
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import termios
import threading
import time
import tty
from pathlib import Path

import pytest
from guard import HUNG

from bornetools import firmware
from bornetools.boards import board as boards
from bornetools.boards.chips import CHIPS
from bornetools.link.client import Client, PortTaken
from bornetools.on_micropython import vm

_HEAP = (
    vm.WORD_FACTOR * 200_000
)  # the code lies in the heap, which is larger on boards without ROMFS
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_STARTING = (
    termios.NOFLSH
)  # of a terminal's local modes one that does nothing; the prompt takes it away
_INTERRUPT = b"\r\x03"  # mpremote's greeting


MACHINE = subprocess.run(
    vm.arguments("-c", "import sys; print(sys.implementation._machine)"),
    capture_output=True,
    text=True,
    check=True,
).stdout.strip()


def runs_here(patch: pytest.MonkeyPatch, name: str) -> None:
    """The chip of a board keeps its boot loader, and what it runs is MicroPython on this computer."""
    chip = boards.find(name).chip
    (key,) = (key for key, one in CHIPS.items() if one is chip)
    patch.setitem(CHIPS, key, dataclasses.replace(chip, arch=vm.ARCH, mcu=MACHINE.split()[-1]))


def emulate(patch: pytest.MonkeyPatch, folder: Path, *names: str) -> None:
    """Makes the boards of `names` emulated terminals behind their own boot loaders; `folder` is for their
    files."""
    for name in names:
        runs_here(patch, name)
    shutil.copytree(firmware.BOARDS, folder / "boards")
    patch.setattr(firmware, "BOARDS", folder / "boards")
    for name in names:
        for file in ("board.py", "panel.py"):
            shutil.copy(firmware.BOARDS / "EMULATED" / file, firmware.BOARDS / name)


def _ignore_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until the VM handles it


class Board:
    """A context manager. `port` is its serial port; `flash` the folder that is the file system.

    `rom` is an EspRom or None; `lose(data)` may be set to a function that is given all bytes that come,
    and returns those that arrive, or None: the plug is pulled, and everything stops at once.
    """

    def __init__(self, flash, rom=None, environment=None, main=True):
        self.flash = flash
        self.rom = rom
        self.said = bytearray()
        self._heard = threading.Condition()
        self.lose = bytes
        self.port = ""
        self._environment = environment or {}
        self._booting = rom is not None
        self._main = main
        self._process = None
        self._vm = None
        self._raw = False
        self._after = None  # what came after a ctrl-D: the next prompt's, if that was a reset
        self._hidden = None  # of the VM's words, those that a board would not have said

    def __enter__(self):
        self._line, self._port = pty.openpty()
        tty.setraw(self._port)
        self.port = os.ttyname(self._port)
        self._stop_reader, self._stop_writer = os.pipe()
        if not self._booting:
            self._start(self._main)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        os.close(self._stop_writer)
        self._thread.join()
        self._unplug()
        os.close(
            self._port
        )  # not before: a tool that looks for its port must not find another's there
        os.close(self._stop_reader)

    def client(self) -> Client:
        """A client at the link of the program that runs. The port may still count as taken for a moment: a
        process that was started a moment ago has it until its own program is loaded."""
        end = time.monotonic() + HUNG
        while True:
            try:
                return Client(self.port)
            except PortTaken:
                assert time.monotonic() < end
                time.sleep(0.01)

    def wait_until_said(self, text):
        """Returns all that the board has said, once `text` is in it."""
        with self._heard:
            assert self._heard.wait_for(lambda: text in self.said, HUNG), bytes(self.said)
            return bytes(self.said)

    def _serve(self):
        while self._line is not None:
            lines = [self._line, self._stop_reader] + ([self._vm] if self._vm is not None else [])
            ready = select.select(lines, [], [])[0]
            if self._stop_reader in ready:
                return
            if self._vm in ready:
                self._from_vm()
            if self._line in ready:
                data = self.lose(os.read(self._line, 4096))
                if data is None:
                    self._unplug()
                elif data:
                    self._to_board(data)

    def _to_board(self, data):
        if self._booting and data.startswith(_INTERRUPT):
            self._booting = False
            self._start(main=True)
        if self._booting:
            os.write(self._line, self.rom.receive(data))
            return
        if self._after is not None:
            self._after += data
        else:
            for at, byte in enumerate(data, 1):
                if byte in b"\x01\x02":
                    self._raw = byte == 1
                elif byte == 4 and not self._raw:
                    self._after = bytearray(data[at:])
                    break
        first, *rest = data.split(b"\x03")
        os.write(self._vm, first)
        for part in rest:
            self._ctrl_c()
            os.write(self._vm, part)

    def _ctrl_c(self):
        """Interrupts the VM, or is a byte like others where the VM has no handler for it.

        That is so at its prompt, and while a program wants it (micropython.kbd_intr(-1)). While the VM itself
        starts it is nothing, as on a board.
        """
        ignored, caught = (
            int(re.search(rf"^{name}:\t([0-9a-f]+)$", self._process_says("status"), re.M)[1], 16)
            & 1 << signal.SIGINT - 1
            for name in ("SigIgn", "SigCgt")
        )
        if caught:
            self._interrupt()
        elif not ignored or termios.tcgetattr(self._vm)[3] != _STARTING:
            os.write(self._vm, b"\x03")

    def _interrupt(self):
        """Sends SIGINT where the VM is within a system call.

        Its handler leaves C by a jump, as no board does; anywhere else it could leave the heap locked.
        """
        pid, there = self._process.pid, False
        while not there:
            os.kill(pid, signal.SIGSTOP)
            state = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if state.si_code != os.CLD_STOPPED:
                return  # it has ended by itself
            there = not self._process_says("syscall").startswith("-1")
            if there:
                os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGCONT)

    def _process_says(self, what):
        return Path(f"/proc/{self._process.pid}/{what}").read_text()

    def _from_vm(self):
        try:
            data = os.read(self._vm, 4096)
        except OSError:  # the VM has ended: on a board that is a reset, a hard one if it was killed
            if self._process.wait() < 0:
                self._raw, self._after = False, None
            else:
                os.write(self._line, b"MPY: soft reboot\r\n")
            self._end_vm()
            self._start(main=not self._raw)
            return
        if self._hidden is not None:
            self._hidden += data
            if self._hidden.endswith(b">>> "):
                os.write(self._vm, b"\x01")
            if not self._hidden.endswith(_BANNER):
                return
            data, self._hidden = _BANNER, None
        with self._heard:
            self.said += data
            self._heard.notify_all()
        os.write(self._line, data)

    def _start(self, main):
        self._vm, terminal = pty.openpty()
        attributes = termios.tcgetattr(terminal)
        attributes[0] = attributes[1] = 0
        attributes[3] = _STARTING
        termios.tcsetattr(terminal, termios.TCSANOW, attributes)
        self._hidden = bytearray() if self._raw else None
        program = ["main.py"] if main and (self.flash / "main.py").exists() else []
        self._process = subprocess.Popen(
            vm.arguments("-i", *program, heap=_HEAP),
            env={**vm.environment(), **self._environment},
            cwd=self.flash,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            preexec_fn=_ignore_ctrl_c,
        )
        os.close(terminal)
        after, self._after = self._after, None
        if after:
            self._to_board(bytes(after))

    def _end_vm(self):
        if self._vm is not None:
            self._process.kill()
            self._process.wait()
            os.close(self._vm)
            self._vm = None

    def _unplug(self):
        self._end_vm()
        if self._line is not None:
            with contextlib.suppress(OSError):
                os.close(self._line)
            self._line = None


class Plug:
    """Pulls the plug after so many bytes that came."""

    def __init__(self, after):
        self.left = after

    def __call__(self, data):
        self.left -= len(data)
        return data if self.left > 0 else None


@pytest.fixture
def board(flash):
    """A board whose MicroPython has nothing of ours yet."""
    with Board(flash) as one:
        yield one
