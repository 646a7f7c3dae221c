"""`borne natmod`: the optional native module (firmware/native, docs/native.md), compiled for processors."""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from bornetools import files, firmware
from bornetools.errors import UserError
from bornetools.on_micropython import micropython_source, vm, xtensa_windowed

NAME = "borne_p256.mpy"
FOLDER = micropython_source.BUILD / "natmod"

_ARM = ("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi")
COMPILERS = {  # the compiler of each architecture, and Debian's packages of it
    "armv6m": _ARM,
    "armv7m": _ARM,
    "armv7emsp": _ARM,
    "rv32imc": (
        "riscv64-unknown-elf-gcc",
        "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
    ),
    "xtensawin": (xtensa_windowed.COMPILER, "gcc-xtensa-lx106 picolibc-xtensa-lx106-elf"),
    "x64": ("gcc", "gcc libc6-dev"),
}
# MicroPython's rules put "gcc" behind this, instead of behind their own prefix.
_CROSS = {"xtensawin": f"{sys.executable} -m {xtensa_windowed.__name__} "}
HOST = vm.ARCH if vm.ARCH in COMPILERS else None  # of this computer's VM
_TOOLS = {"make": "make"}


def path(arch: str) -> Path:
    """The path of the compiled module for `arch`, one of COMPILERS."""
    return FOLDER / arch / NAME


def missing(arch: str) -> list[str]:
    """The packages still to be installed to compile for `arch`."""
    compiler, packages = COMPILERS[arch]
    return micropython_source.missing({**_TOOLS, compiler: packages})


def build(arch: str) -> Path:
    """Compiles the module. Returns its path. Raises UserError."""
    packages = missing(arch)
    if packages:
        raise UserError("the native module needs: apt install " + " ".join(packages))
    made = path(arch)
    with micropython_source.locked():
        micropython_source.fetch_micropython()
        with tempfile.TemporaryDirectory(prefix="borne-natmod-") as name:
            folder = Path(name) / arch  # make's rules put all files into their working folder
            shutil.copytree(firmware.NATIVE, folder)
            micropython_source.run(
                *("make", "-C", folder, f"ARCH={arch}", f"PYTHON={sys.executable}"),
                f"MPY_DIR={micropython_source.micropython()}",
                *([f"CROSS={_CROSS[arch]}"] if arch in _CROSS else []),
            )
            made.parent.mkdir(parents=True, exist_ok=True)
            # In one step: another process may be reading the old file.
            files.replace(made, sealed((folder / NAME).read_bytes()))
    return made


def sealed(data: bytes) -> bytes:
    """A .mpy file with its SHA-256 behind it, by which borne.crypto.native knows that it is whole."""
    return data + hashlib.sha256(data).digest()
