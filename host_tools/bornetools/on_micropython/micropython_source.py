"""C sources: MicroPython's, and those of other Debian packages, for comparisons.

MicroPython's is the folder MICROPY_SRC, or Debian's source package of a suite that has one, from the mirror
that this machine's apt uses. Fetched and built files lie in build/ of the checkout.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bornetools import firmware
from bornetools.errors import UserError

CHECKOUT = firmware.BOARDS.parent
BUILD = CHECKOUT / "build"

_SUITE = (
    "forky"  # 1.26, which the firmware needs; bookworm has no MicroPython, and trixie an older one
)
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_FOLDER = BUILD / "qemu"
_UNPACK = {"dpkg-source": "dpkg-dev"}


def missing(tools: dict[str, str]) -> list[str]:
    """The Debian packages that are still needed for these commands, `{command: packages}`, and to fetch."""
    return [package for tool, package in {**tools, **_UNPACK}.items() if not shutil.which(tool)]


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Holds the lock of the processes that fetch or build here. Raises UserError outside of a checkout."""
    import fcntl  # not on Windows, where nothing is built, and `borne flash` only looks for what was

    if not (CHECKOUT / "firmware").is_dir():
        raise UserError("this is built in a checkout of Borne only")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def micropython() -> Path:
    """The folder of MicroPython's source, which `fetch_micropython` fills."""
    named = os.environ.get("MICROPY_SRC")
    return Path(named).resolve() if named else _FOLDER / "micropython"


def fetch_micropython() -> None:
    """Fetches MicroPython's source if it is not there. To be called `locked`. Raises UserError."""
    source = micropython()
    if not (source / "ports" / "qemu").is_dir():
        if "MICROPY_SRC" in os.environ:
            raise UserError(f"MICROPY_SRC: {source} is not MicroPython's source, with ports/qemu")
        fetch("micropython", source)


def fetch(package: str, target: Path) -> None:
    """Unpacks Debian's source package to the folder `target`. Raises UserError."""
    apt = _FOLDER / "apt"
    shutil.rmtree(apt, ignore_errors=True)
    (apt / "lists" / "partial").mkdir(parents=True)
    sources = apt / "sources.list"
    sources.write_text(f"deb-src [signed-by={_KEYRING}] {_mirror()} {_SUITE} main\n")
    options = [
        *("-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=/dev/null"),
        *("-o", f"Dir::State::Lists={apt / 'lists'}", "-o", f"Dir::Cache={apt}"),
    ]
    run("apt-get", *options, "update", "-q")
    run("apt-get", *options, "source", "-q", "--download-only", package, cwd=apt)
    (description,) = apt.glob("*.dsc")
    shutil.rmtree(target, ignore_errors=True)
    # apt has checked it against the suite's signature.
    run("dpkg-source", "--no-check", "-x", description, target)
    shutil.rmtree(apt)


def _mirror() -> str:
    """The address from which this machine's apt takes Debian."""
    found = run(
        *("apt-get", "indextargets", "--format", "$(REPO_URI)"),
        *("Created-By: Packages", "Label: Debian", "Component: main"),
    ).split()
    if not found:
        raise UserError(
            "apt knows no Debian mirror: run apt-get update, or set MICROPY_SRC to MicroPython's source"
        )
    return found[0]


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """The standard output of a command. Raises UserError with the end of its output, if it fails."""
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
