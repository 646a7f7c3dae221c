"""Our application in a board's image (`borne image`): what is done at the prompt of a board that got one."""

from borne.integrity import MANIFEST
from bornetools.errors import UserError
from bornetools.flash.prompt import Prompt
from bornetools.on_micropython.image_label import Label


def refuse(prompt: Prompt) -> None:
    """Raises UserError if the application is in the image of the board at `prompt`: files would lie idle."""
    if prompt.image() is not None:
        raise UserError(
            "the application is in this board's image, and files would not run: nothing was sent. Make a new"
            " image with `borne image`, and flash it with --firmware"
        )


def check(prompt: Prompt, label: Label) -> None:
    """Raises OSError unless the board at `prompt` runs the image that has this label, whole."""
    found = prompt.image()
    if found is None:
        raise OSError("the board runs another image, without the application")
    if found != (label.page, label.digest):
        raise OSError("what is on the flash is not what was written")


def remove_files(prompt: Prompt) -> int:
    """Removes an earlier application's files, which the image does not run. Returns how many there were."""
    there = prompt.application()
    files = sorted((path for path, digest in there.items() if digest is not None), key=_order)
    for path in files:
        prompt.remove(path)
    for folder in sorted(there.keys() - set(files), reverse=True):
        prompt.remove_folder(folder)
    return len(files)


def _order(path: str) -> tuple[bool, str]:
    """The manifest comes first: should the next image be MicroPython's alone, what is left does not start."""
    return path != MANIFEST, path
