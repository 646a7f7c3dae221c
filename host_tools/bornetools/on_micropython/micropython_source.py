"""C sources: MicroPython's, and those of other Debian packages, for images and comparisons.

MicroPython's is the folder MICROPY_SRC, or Debian's source package of a suite that has one, from the mirror
that this machine's apt uses. Fetched and built files lie in build/ of the checkout.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Package:
    """A Debian package, and the folder into which it is unpacked: a source package whole, of a binary one (of
    all architectures) the folder `part`."""

    name: str
    target: Path
    part: str | None = None


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
        fetch(Package("micropython", source))


def fetch(*packages: Package) -> None:
    """Unpacks Debian packages. A folder is there whole, or not at all. Raises UserError."""
    apt = _FOLDER / "apt"
    shutil.rmtree(apt, ignore_errors=True)
    (apt / "lists" / "partial").mkdir(parents=True)
    sources = apt / "sources.list"
    mirror = _mirror()
    kinds = {"deb-src" if package.part is None else "deb" for package in packages}
    sources.write_text(
        "".join(f"{kind} [signed-by={_KEYRING}] {mirror} {_SUITE} main\n" for kind in sorted(kinds))
    )
    options = [
        *("-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=/dev/null"),
        *("-o", f"Dir::State::Lists={apt / 'lists'}", "-o", f"Dir::Cache={apt}"),
        *("-o", "APT::Architectures=all"),
    ]
    run("apt-get", *options, "update", "-q")
    for package in packages:
        _unpack(package, apt, options)
    shutil.rmtree(apt)


def _unpack(package: Package, apt: Path, options: list[str]) -> None:
    unpacked = apt / "unpacked"
    if package.part is None:
        run("apt-get", *options, "source", "-q", "--download-only", package.name, cwd=apt)
        (description,) = apt.glob(f"{package.name}_*.dsc")
        # apt has checked it against the suite's signature.
        run("dpkg-source", "--no-check", "-x", description, unpacked)
    else:
        run("apt-get", *options, "download", "-q", package.name, cwd=apt)
        (archive,) = apt.glob(f"{package.name}_*.deb")
        run("dpkg", "-x", archive, unpacked)
    shutil.rmtree(package.target, ignore_errors=True)
    package.target.parent.mkdir(parents=True, exist_ok=True)
    (unpacked / (package.part or "")).rename(package.target)
    shutil.rmtree(unpacked, ignore_errors=True)


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


def digest(first: str, folders: Iterable[Path], suffixes: Iterable[str]) -> str:
    """A digest of the text `first` and of all files in `folders` with these suffixes."""
    found = hashlib.sha256(first.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in suffixes:
                data = path.read_bytes()
                found.update(f"\0{path}\0{len(data)}\0".encode() + data)
    return found.hexdigest()
