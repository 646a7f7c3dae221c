"""The native module for RISC-V, as on an ESP32-C3: on MicroPython's own board for QEMU's machine `virt`."""

import re
import shutil
import subprocess

import pytest
from mpremote.transport_serial import SerialTransport

from bornetools.bench import differential
from bornetools.on_micropython import micropython_source, natmod

CASES = 300
_PIECE = 400
# The compiler's options for the image are its own; those for what is linked to it have to be said again, for
# Debian's compiler finds no library for that of its processors.
_LINKED = "LIBS=-march=rv32imac -mabi=ilp32 -nostartfiles"
_FILE = """
import io, sys, vfs
class File(io.IOBase):
    at = 0
    def ioctl(self, request, argument):
        return 0
    def readinto(self, buffer):
        piece = data[self.at : self.at + len(buffer)]
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)
class Files:
    def mount(self, *_):
        pass
    def stat(self, path):
        if path != "/borne_p256.mpy":
            raise OSError(2)
        return (0x8000,) + (0,) * 9
    def open(self, *_):
        return File()
vfs.mount(Files(), "/module")
sys.path.append("/module")
from borne_p256 import verify
print(sys.implementation._machine)
"""


def missing():
    tool = shutil.which("qemu-system-riscv32")
    return natmod.missing("rv32imc") + ([] if tool else ["qemu-system-misc"])


pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(missing()), reason="no RISC-V: apt install " + " ".join(missing())),
]


@pytest.fixture(scope="module")
def prompt():
    """MicroPython's prompt on the machine, with `verify`."""
    image = micropython_source.BUILD / "qemu" / "riscv" / "firmware.elf"
    data = natmod.build("rv32imc").read_bytes()
    with micropython_source.locked():
        micropython_source.fetch_micropython()
        source = micropython_source.micropython()
        micropython_source.run("make", "-j2", "-C", source / "mpy-cross")
        micropython_source.run(
            *("make", "-j2", "-C", source / "ports" / "qemu", "BOARD=VIRT_RV32"),
            *(f"BUILD={image.parent}", "FROZEN_MANIFEST=", _LINKED),
        )
    machine = subprocess.Popen(
        [
            *("qemu-system-riscv32", "-machine", "virt", "-bios", "none", "-kernel", str(image)),
            *("-nographic", "-monitor", "none", "-serial", "pty"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = re.search(r"/dev/\S+", machine.stdout.readline())[0]
        transport = SerialTransport(port)
        transport.enter_raw_repl(soft_reset=False)
        transport.exec("data = bytearray()")
        for at in range(0, len(data), _PIECE):
            transport.exec(f"data += {data[at : at + _PIECE]!r}")
        assert b"rv32" in transport.exec(_FILE)
        yield transport
        transport.close()
    finally:
        machine.kill()
        machine.wait()


def test_it_judges_as_another_library_does(prompt):
    expected, judged = [], []
    for case in differential.cases(CASES, seed=9):
        x, y, digest, signature = case
        key = x.to_bytes(32) + y.to_bytes(32)
        judged.append(prompt.eval(f"verify({key!r}, {digest!r}, {signature!r})"))
        expected.append(differential._expected(case))
    assert judged == expected
    assert CASES * 0.3 < sum(expected) < CASES * 0.8
