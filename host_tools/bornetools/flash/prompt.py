"""A board's MicroPython prompt, by mpremote as a library: files, and what runs there."""

import ast
import contextlib
import io
import os
import struct
import time
from base64 import b64encode
from collections.abc import Iterator

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport
from serial import SerialException

from borne.link import framing, messages

# mpremote unpacks what it read without a check of the length: struct.error means a silent board.
ERRORS = (TransportError, SerialException, OSError, struct.error)

_AT_ONCE = 2  # seconds for a prompt that is there, and for each of its answers
_START = 20  # seconds from a reset to the prompt
_PAUSE = 0.02
_RESET_PULSE = 0.1
_INTERRUPT = b"\r\x03\x02"  # ctrl-C, and ctrl-B in case the raw prompt was left on
_PROMPT = b">>> "
_REBOOT = [command[0] for command in messages.COMMANDS].index("reboot") + 1
_READ = 1024  # bytes of a file in one answer; as a literal they take up to four times that
_SENT = 3 * 1024  # bytes of a file in one command, as base64
_ASIDE = ".new"

# The files on the flash of this application or an earlier one: all of borne/, and the programs beside it.
_LIST = """
import os, hashlib, binascii
_b = memoryview(bytearray(1024))
def _h(p):
    h = hashlib.sha256()
    with open(p, 'rb') as f:
        while True:
            n = f.readinto(_b)
            if not n: return binascii.hexlify(h.digest()).decode()
            h.update(_b[:n])
def _w(d, top):
    for e in (os.ilistdir(d) if d else os.ilistdir()):
        p = d + '/' + e[0] if d else e[0]
        if e[1] & 0x4000:
            if p == 'borne' or not top:
                print(repr((p, None)))
                _w(p, False)
        elif not top or p.endswith(('.py', '.mpy', '.sha256', '.py.new', '.mpy.new', '.sha256.new')):
            print(repr((p, _h(p))))
_w('', True)
"""

# Of an image with the application in it: its label, and the hash of all before.
_IMAGE = """
try:
    from borne_image import flash
except ImportError:
    print(None)
else:
    import hashlib, binascii
    f = flash()
    print(repr((bytes(f[-256:]), binascii.hexlify(hashlib.sha256(f[:-256]).digest()).decode())))
"""

# The size of the file system, then each file's.
_SIZES = """
import os
def _w(d):
    for e in (os.ilistdir(d) if d else os.ilistdir()):
        p = d + '/' + e[0] if d else e[0]
        if e[1] & 0x4000:
            _w(p)
        else:
            print(repr((p, os.stat(p)[6])))
_s = os.statvfs('.')
print(_s[1] * _s[2])
_w('')
"""


class Prompt:
    """The prompt of the board on a serial port; programs are stopped, and its memory is empty.

    Every method raises one of ERRORS if the board fails.
    """

    def __init__(self, transport: SerialTransport) -> None:
        self._transport = transport

    def machine(self) -> str:
        """What MicroPython was built for, such as "Generic ESP32 module with ESP32"."""
        machine: str = self._transport.eval("__import__('sys').implementation._machine")
        return machine

    def bytecode(self) -> int:
        """The version of .mpy files that the board runs."""
        version: int = self._transport.eval("__import__('sys').implementation._mpy") & 0xFF
        return version

    def heap(self) -> int:
        """The bytes of memory that are free."""
        gc = "__import__('gc')"
        free: int = self._transport.eval(f"({gc}.collect(), {gc}.mem_free())[1]")
        return free

    def image(self) -> tuple[bytes, str] | None:
        """The label of the board's image (borne.image), and SHA-256 in hexadecimal of all before it.

        None: the image has no application.
        """
        found: tuple[bytes, str] | None = ast.literal_eval(self._transport.exec(_IMAGE).decode())
        return found

    def application(self) -> dict[str, str | None]:
        """The application's files on the flash: SHA-256 in hexadecimal by path; None for a folder."""
        return dict(map(ast.literal_eval, self._transport.exec(_LIST).decode().splitlines()))

    def sizes(self) -> tuple[int, dict[str, int]]:
        """The bytes of the file system, and the files in it, sizes by path."""
        total, *files = self._transport.exec(_SIZES).decode().splitlines()
        return int(total), dict(map(ast.literal_eval, files))

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None if there is none."""
        try:
            return bytes(self._transport.fs_readfile(path, _READ))
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        """The names in a folder; empty if there is none."""
        try:
            return [entry.name for entry in self._transport.fs_listdir(folder)]
        except FileNotFoundError:
            return []

    def write(self, path: str, data: bytes) -> None:
        """Writes a file beside `path` and renames it over: the old file or the new one is there. The folder
        has to exist."""
        aside = path + _ASIDE
        # mpremote's own writing sends a literal of bytes: twice the size, and slow on a serial line.
        commands = [
            f"import os\nfrom binascii import a2b_base64\nf = open({aside!r}, 'wb')",
            *(
                f"f.write(a2b_base64({b64encode(data[at : at + _SENT])!r}))"
                for at in range(0, len(data), _SENT)
            ),
            f"f.close()\nos.rename({aside!r}, {path!r})",
        ]
        try:
            for command in commands:
                self._transport.exec(command)
        except TransportExecError as error:
            raise OSError(f"{path}: {error.error_output.splitlines()[-1]}") from error

    def make_folder(self, path: str) -> None:
        """Makes a folder, and those above it, if they are missing."""
        if path and not self._transport.fs_isdir(path):
            self.make_folder(path.rpartition("/")[0])
            self._transport.fs_mkdir(path)

    def remove(self, path: str) -> None:
        self._transport.fs_rmfile(path)

    def remove_folder(self, path: str) -> None:
        self._transport.fs_rmdir(path)

    def set_rtc(self, now: int) -> bool:
        """Sets the RTC of the board's pin table to unix seconds; False if none answers."""
        code = "try:\n import pins\n from borne.parts import board\n"
        code += f" print(int(board.set_rtc(pins, {now})))\n"
        code += "except ImportError:\n print(0)\n"  # no application yet
        said: bytes = self._transport.exec(code)
        return said.strip() == b"1"

    def restart(self) -> None:
        """Starts the board's main program; the prompt is gone then."""
        self._transport.exit_raw_repl()
        self._transport.serial.write(b"\x04")


@contextlib.contextmanager
def open_prompt(port: str, starting: bool = False) -> Iterator[Prompt]:
    """The prompt of the board on `port`; `starting` if the board was just reset, and its prompt is to come.

    A terminal at work takes ctrl-C for data, as the link's frames may have that byte: so it is restarted,
    and interrupted while it loads. Nothing is printed on standard output meanwhile. Raises one of ERRORS.
    """
    transport = None
    try:
        # mpremote prints unexpected answers, which the exception has as well.
        with contextlib.redirect_stdout(io.StringIO()):
            if not starting:
                transport = _opened(port)
                with contextlib.suppress(*ERRORS):
                    transport.enter_raw_repl(timeout_overall=_AT_ONCE)
            if not transport or not transport.in_raw_repl:
                if transport:
                    _reset(transport)
                transport = _until_prompt(port, transport)
                transport.enter_raw_repl(timeout_overall=_START)
            yield Prompt(transport)
    finally:
        _close(transport)


def _opened(port: str) -> SerialTransport:
    """Opens the port; waits if another program is just closing it. Raises TransportError."""
    end = time.monotonic() + _AT_ONCE
    while True:
        try:
            return SerialTransport(port, timeout=_AT_ONCE)
        except TransportError:
            if not os.path.exists(port) or time.monotonic() > end:
                raise
        time.sleep(_PAUSE)


def _until_prompt(port: str, transport: SerialTransport | None) -> SerialTransport:
    """Stops the program of a board that starts, before it listens to the link. Raises TransportError."""
    end = time.monotonic() + _START
    said = b""
    while time.monotonic() < end:
        try:
            # The port of a board with USB of its own is gone while the board restarts.
            transport = transport or SerialTransport(port, timeout=_AT_ONCE)
            transport.serial.write(_INTERRUPT)
            said = said[-len(_PROMPT) :] + transport.serial.read(transport.serial.inWaiting())
            if _PROMPT in said:
                return transport
        except ERRORS:
            _close(transport)
            transport = None
        time.sleep(_PAUSE)
    _close(transport)
    raise TransportError("no MicroPython prompt, neither at once nor after a restart")


def _reset(transport: SerialTransport) -> None:
    """Resets by the link, and by a reset line if the board has one (RTS without DTR, as on ESP32s)."""
    frame = framing.encode(messages.encode(1, _REBOOT, {}))
    with contextlib.suppress(*ERRORS):
        transport.serial.write(frame)
        transport.serial.flush()
        transport.serial.dtr = False
        transport.serial.rts = True
        time.sleep(_RESET_PULSE)
        transport.serial.rts = False


def _close(transport: SerialTransport | None) -> None:
    with contextlib.suppress(*ERRORS):
        if transport:
            transport.close()
