"""Builds the image of boards/QEMU_MPS2: MicroPython's qemu port, with the whole terminal frozen into it.

MicroPython's source is the folder MICROPY_SRC, or Debian's source package of a suite that has one, from the
mirror that this machine's apt uses. What is built, and what for, lies in build/qemu of the checkout.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from bornetools import firmware
from bornetools.errors import UserError

BOARD = firmware.BOARDS / "QEMU_MPS2"

_SUITE = (
    "forky"  # 1.26, which the firmware needs; bookworm has no MicroPython, and trixie an older one
)
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_CHECKOUT = BOARD.parent.parent
_FOLDER = _CHECKOUT / "build" / "qemu"
_TOOLS = {  # and the Debian packages that have them
    "qemu-system-arm": "qemu-system-arm",
    "make": "make",
    "gcc": "gcc libc6-dev",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "dpkg-source": "dpkg-dev",
}


def missing():
    """The Debian packages that are still needed."""
    return [package for tool, package in _TOOLS.items() if not shutil.which(tool)]


def build():
    """The path of the image, built if anything it is made of has changed. Raises UserError."""
    if not (_CHECKOUT / "firmware").is_dir():
        raise UserError("the emulated microcontroller is built in a checkout of Borne only")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _build()


def _build():
    named = os.environ.get("MICROPY_SRC")
    source = Path(named).resolve() if named else _FOLDER / "micropython"
    image = _FOLDER / "board" / "firmware.elf"
    port = _digest(str(source), (BOARD,), (".c", ".h", ".mk", ".ld"))
    made_of = port + _digest("", (BOARD.parent, firmware.MODULES), (".py",))
    stamp = _FOLDER / "made-of"
    before = stamp.read_text() if image.exists() and stamp.exists() else ""
    if before == made_of:
        return image
    packages = missing()
    if packages:
        raise UserError("the emulated microcontroller needs: apt install " + " ".join(packages))
    if not (source / "ports" / "qemu").is_dir():
        if named:
            raise UserError(f"MICROPY_SRC: {source} is not MicroPython's source, with ports/qemu")
        _fetch(source)
    if not before.startswith(port):  # make knows of changed programs, and not of all else
        shutil.rmtree(image.parent, ignore_errors=True)
    jobs = f"-j{os.cpu_count()}"
    _run("make", jobs, "-C", source / "mpy-cross")
    _run(
        *("make", jobs, "-C", source / "ports" / "qemu"),
        *("BOARD=QEMU_MPS2", f"BOARD_DIR={BOARD}", f"BUILD={image.parent}"),
    )
    stamp.write_text(made_of)
    return image


def _digest(first, folders, suffixes):
    """Stands for the text `first` and for all files with these suffixes."""
    digest = hashlib.sha256(first.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in suffixes:
                data = path.read_bytes()
                digest.update(f"\0{path}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _fetch(target):
    """Unpacks Debian's source package to the folder `target`."""
    apt = _FOLDER / "apt"
    shutil.rmtree(apt, ignore_errors=True)
    (apt / "lists" / "partial").mkdir(parents=True)
    sources = apt / "sources.list"
    sources.write_text(f"deb-src [signed-by={_KEYRING}] {_mirror()} {_SUITE} main\n")
    options = [
        *("-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=/dev/null"),
        *("-o", f"Dir::State::Lists={apt / 'lists'}", "-o", f"Dir::Cache={apt}"),
    ]
    _run("apt-get", *options, "update", "-q")
    _run("apt-get", *options, "source", "-q", "--download-only", "micropython", cwd=apt)
    (description,) = apt.glob("*.dsc")
    shutil.rmtree(target, ignore_errors=True)
    # apt has checked it against the suite's signature.
    _run("dpkg-source", "--no-check", "-x", description, target)
    shutil.rmtree(apt)


def _mirror():
    """The address from which this machine's apt takes Debian."""
    found = _run(
        *("apt-get", "indextargets", "--format", "$(REPO_URI)"),
        *("Created-By: Packages", "Label: Debian", "Component: main"),
    ).split()
    if not found:
        raise UserError(
            "apt knows no Debian mirror: run apt-get update, or set MICROPY_SRC to MicroPython's source"
        )
    return found[0]


def _run(*command, cwd=None):
    """The standard output of a command. Raises UserError with the end of what it said, if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"{command[0]} failed:\n{done.stdout[-2000:]}")
    return done.stdout
