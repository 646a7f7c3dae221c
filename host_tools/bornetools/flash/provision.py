"""The data that make a board one terminal: id, language, time zone, trust root, time, a random seed; as files
in the firmware's own forms.

The firmware's own code makes the files on this computer, from those of the terminal; then they are written.
A trust root is taken once, and the clock's floor never falls.
"""

import contextlib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from borne.errors import DecodeError, StoreError
from borne.provisioned import settings
from borne.provisioned.settings import Settings
from borne.randomness import entropy
from borne.trust.clock import Clock
from borne.trust.release_store import ReleaseStore
from bornetools import times
from bornetools.errors import UserError
from bornetools.flash.prompt import Prompt
from bornetools.link.flash_folder import check_root, pin

_TRUST, _CLOCK = "trust", "clock"
_RELEASE, _OBJECTS = f"{_TRUST}/release.cbor", f"{_TRUST}/objects"
_ROOT = "root.json"
POLICY_ZONE = ""  # no time zone of the terminal's own: the policy's


@dataclass(frozen=True)
class Wanted:
    """The values to provision; None keeps the terminal's own. `now` is unix seconds, `time_zone` a rule or
    POLICY_ZONE."""

    now: int
    terminal_id: str | None = None
    language: str | None = None
    time_zone: str | None = None
    root: bytes | None = None
    replace_root: bool = False


@dataclass(frozen=True)
class Plan:
    """`files` (bytes by path) are to be written in this order. If `new_trust`, other trust data is removed.

    `settings` and `root` (bytes) are what the terminal has afterwards.
    """

    files: dict[str, bytes]
    new_trust: bool
    settings: Settings
    root: bytes


def plan(prompt: Prompt, wanted: Wanted) -> Plan:
    """Reads what the terminal has, and plans the changes. Changes nothing.

    Raises UserError if the wanted values are forbidden or impossible, one of prompt.ERRORS.
    """
    with tempfile.TemporaryDirectory(prefix="borne-provision-") as name:
        folder = Path(name)
        files: dict[str, bytes] = {}
        chosen = _settings(prompt.read(settings.FILE), wanted)
        old = _trusted_root(prompt, folder, wanted.replace_root)
        root = _root(old, wanted)
        if root != old:
            path = f"{_OBJECTS}/{_new_store(folder, root)}"
            files = {path: root, _RELEASE: (folder / _RELEASE).read_bytes()}
        floor = _floor(folder / _CLOCK, prompt.read(_CLOCK), wanted.now)
        files |= {_CLOCK: floor, settings.FILE: chosen.encode()}
        if prompt.read(entropy.FILE) is None:  # this computer's randomness is better than a board's
            files[entropy.FILE] = os.urandom(entropy.SEED_SIZE)
        return Plan(files, root != old, chosen, root)


def carry_out(prompt: Prompt, plan: Plan) -> bool:
    """Carries out `plan`; an interrupted one can be planned and carried out again. Returns whether there is
    an RTC, which then has this computer's time. Raises one of prompt.ERRORS."""
    if plan.new_trust:
        prompt.make_folder(_OBJECTS)
    for path, data in plan.files.items():
        if prompt.read(path) != data:
            prompt.write(path, data)
    if plan.new_trust:
        for name in prompt.names(_OBJECTS):
            if f"{_OBJECTS}/{name}" not in plan.files:
                prompt.remove(f"{_OBJECTS}/{name}")
    return prompt.set_rtc(times.now())


def _settings(data: bytes | None, wanted: Wanted) -> Settings:
    old = None
    if data is not None:
        with contextlib.suppress(DecodeError):  # damaged: then both have to be given
            old = settings.decode(data)
    terminal_id = wanted.terminal_id or (old and old.terminal_id)
    language = wanted.language or (old and old.language)
    time_zone = old and old.time_zone if wanted.time_zone is None else wanted.time_zone
    if terminal_id is None or language is None:
        raise UserError("the terminal has no settings yet: give --id and --language")
    try:
        return Settings(terminal_id, language, time_zone or None)
    except DecodeError as error:
        raise UserError(error.reason) from error


def _trusted_root(prompt: Prompt, folder: Path, replace: bool) -> bytes | None:
    """The root that the terminal trusts; None if none. Raises UserError if that cannot be told."""
    release = prompt.read(_RELEASE)
    if release is None:
        return None
    (folder / _OBJECTS).mkdir(parents=True)
    (folder / _RELEASE).write_bytes(release)
    try:
        sha256 = ReleaseStore(str(folder / _TRUST)).sha256(_ROOT)
        root = prompt.read(f"{_OBJECTS}/{sha256}") if sha256 else None
        if root is None or hashlib.sha256(root).hexdigest() != sha256:
            raise StoreError("its root is not there")
        return root
    except StoreError as error:
        if replace:
            return None
        raise UserError(
            f"the terminal's trust data is damaged ({error}), so nobody can tell whom it trusted:"
            " --replace-root makes it trust the root that you give"
        ) from error


def _root(old: bytes | None, wanted: Wanted) -> bytes:
    if wanted.root is None:
        if old is None:
            raise UserError("the terminal trusts nobody yet: give --root")
        return old
    signed = check_root(wanted.root)
    if old in (None, wanted.root) or wanted.replace_root:
        return wanted.root
    raise UserError(
        f"the terminal trusts another root (SHA-256 {hashlib.sha256(old).hexdigest()}, version"
        f" {check_root(old)['version']}) than the one given (version {signed['version']}). A root of"
        " the same repository needs no replacing: leave out --root, and the terminal follows its"
        " repository's roots by itself. --replace-root makes it believe whoever holds the keys of the"
        " given one, and forget all trust data and which versions it has seen: compare the SHA-256"
        " with its publisher before you do that"
    )


def _new_store(folder: Path, root: bytes) -> str:
    """Makes a release of `root` alone, in place of any other. Returns the root's SHA-256 in hexadecimal."""
    (folder / _OBJECTS).mkdir(parents=True, exist_ok=True)
    (folder / _RELEASE).unlink(missing_ok=True)
    return pin(ReleaseStore(str(folder / _TRUST)), root)


def _floor(path: Path, data: bytes | None, now: int) -> bytes:
    """The file of the clock's floor, raised to `now`. Raises UserError if `now` is below the floor."""
    if data is not None:
        path.write_bytes(data)
    clock = Clock(str(path), lambda: 0)
    if now < clock.floor():
        raise UserError(
            f"this computer's clock says {times.write(now)}, and the terminal knows that"
            f" {times.write(clock.floor())} is past: set this computer's clock. If the terminal is"
            " wrong, run borne sync, and hold the terminal's button when it asks"
        )
    clock.verified(now)
    return path.read_bytes()
