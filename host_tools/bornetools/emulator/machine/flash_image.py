"""The image of an emulated microcontroller's flash, and the folder with its files."""

import shutil
from pathlib import Path

from bornetools.emulator.machine.flash import BLOCK_SIZE, Files, Flash


def pack(folder: Path, size: int) -> bytearray:
    """An image of `size` bytes with the content of `folder`."""
    flash = Flash(blocks=size // BLOCK_SIZE)
    files = Files(flash, new=True)
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_dir():
            files.mkdir(name)
        else:
            with files.open(name, "wb") as file:
                file.write(path.read_bytes())
    return flash.buffer


def unpack(image: bytes, folder: Path) -> None:
    """Makes `folder` have what `image` has. Raises OSError if there is no whole file system in it."""
    files = Files(Flash(image=image))
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    _unpack(files, ".", folder)


def _unpack(files: Files, name: str, target: Path) -> None:
    for entry in files.listdir(name):
        path = f"{name}/{entry}"
        try:
            with files.open(path, "rb") as file:
                (target / entry).write_bytes(file.read())
        except OSError:  # a folder
            (target / entry).mkdir()
            _unpack(files, path, target / entry)
