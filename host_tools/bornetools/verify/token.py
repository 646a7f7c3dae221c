"""The files of a token of Borne's profile, laid out for the firmware's verifier, and its run."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cbor2

from borne.errors import DecodeError, StoreError, UntrustedError
from borne.token.key_set import KeySet
from borne.trust import kinds, trustset
from borne.trust.status import StatusList
from bornetools import files
from bornetools.errors import UserError
from bornetools.on_micropython import vm
from bornetools.on_micropython.programs import verify_files

_HEAP = 2_000_000  # for lists of any window: the board's bound applies to the terminal only


def prepare(
    folder: Path,
    token: str,
    keys: str,
    status: Iterable[str],
    proof: str | None,
    at: int,
    nonce: bytes,
    terminal_id: str,
    purpose: str,
    time_zone: str,
) -> None:
    """Writes the input of `verify_files.verify_folder` to `folder`. Raises UserError."""
    (folder / "trust" / "status").mkdir(parents=True)
    key_set = files.read_binary_or_hex(keys, "key set")
    try:
        trusted = KeySet.decode(key_set)
    except DecodeError as error:
        raise UserError(f"{keys}: not a COSE key set: {error.reason}") from error
    (folder / "trust" / kinds.KEYS.name).write_bytes(key_set)
    (folder / "trust" / kinds.POLICY.name).write_bytes(cbor2.dumps({}))
    # Files have no release: the given trust data count as fresh at the time `at`.
    (folder / "trust" / "release.cbor").write_bytes(cbor2.dumps({1: 1, 2: at}, canonical=True))
    for number, path in enumerate(status):
        data = files.read_binary_or_hex(path, "status list")
        _check_list(path, data, trusted)
        (folder / "trust" / list_name(number)).write_bytes(data)
    (folder / "token.bin").write_bytes(files.read_binary_or_hex(token, "token"))
    if proof:
        (folder / "proof.bin").write_bytes(files.read_binary_or_hex(proof, "proof"))
    request = {
        "format": "cwt",
        "at": at,
        "time_zone": time_zone,
        "proof": bool(proof),
        "nonce": nonce.hex(),
        "terminal_id": terminal_id,
        "purpose": purpose,
    }
    (folder / "request.json").write_text(json.dumps(request))


def list_name(number: int) -> str:
    """The path of the given status list `number` in the trust set."""
    return f"{kinds.LISTS}{number:04}{trustset.SIGNED}"


def _check_list(path: str, data: bytes, keys: KeySet) -> None:
    """Raises UserError unless `data` is a status list. A list without a trusted signer passes: the verifier
    leaves it out, as a terminal does."""
    try:
        StatusList(data, keys)
    except UntrustedError:
        pass
    except DecodeError as error:
        raise UserError(f"{path}: not a usable status list: {error.reason}") from error


def verify_folder(folder: Path, machine: str) -> dict[str, Any]:
    """The answer of `verify_files.verify_folder` on that interpreter. Raises UserError."""
    if machine == "cpython":
        try:
            return verify_files.verify_folder(str(folder))
        except StoreError as error:
            raise UserError(str(error)) from error
    done = vm.run(verify_files.__file__, folder, heap=_HEAP)
    lines = done.stdout.decode().splitlines()
    if done.returncode or len(lines) != 1:
        raise UserError("the MicroPython VM stopped: " + done.stderr.decode().strip()[-200:])
    answer: dict[str, Any] = json.loads(lines[0])
    if "error" in answer:
        raise UserError(answer["error"])
    return answer
