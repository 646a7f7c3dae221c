"""The form of TUF metadata (specification 1.0.34, section 4): required fields, and their types."""

import hashlib
import json

from borne import limits
from borne.errors import TrustError
from borne.token import dates

if False:  # for types only
    from borne.protocols import Json, Metadata, Typed

ROLES = ("root", "snapshot", "targets", "timestamp")


def require(condition: object, code: str, text: str) -> None:
    """Raises TrustError unless `condition` holds."""
    if not condition:
        raise TrustError(code, text)


def parse(role: str, data: "Metadata") -> "tuple[Json, dict[str, str]]":
    """(`signed` dict, {keyid: signature}) of a file that has the form of this role: bytes, or an object with
    `json()` and `feed()` (borne.trust.plan).

    Raises TrustError FORMAT or LENGTH. Unknown fields are ignored.
    """
    try:
        file = typed(_loads(data) if isinstance(data, bytes) else data.json(), dict)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep
        raise TrustError("FORMAT", role + " is not JSON")
    except MemoryError:  # a few kilobytes of nested lists take a hundred times that
        raise TrustError("LENGTH", role + " takes too much memory")
    signed = typed(file.get("signed"), dict)
    signatures = {}
    for one in typed(file.get("signatures"), list):
        keyid = typed(typed(one, dict).get("keyid"), str)
        require(keyid not in signatures, "FORMAT", "a keyid signs twice")
        signatures[keyid] = typed(one.get("sig"), str)
    require(signed.get("_type") == role, "FORMAT", "not a " + role)
    _check_spec_version(typed(signed.get("spec_version"), str))
    uint(signed, "version", 1)
    require(dates.unix_time(signed.get("expires")) is not None, "FORMAT", "not a UTC time")
    _CHECKS[role](signed)
    return signed, signatures


def digest(data: "Metadata", algorithm: str) -> str:
    """The hash, in hexadecimal, of a file as `parse` takes it."""
    hasher = getattr(hashlib, algorithm)()
    if isinstance(data, bytes):
        hasher.update(data)
    else:
        data.feed(hasher.update)
    return hasher.digest().hex()


def require_current(signed: "Json", now: int) -> None:
    """Raises TrustError EXPIRED unless the metadata still holds at `now` (unix seconds)."""
    expires: int = dates.unix_time(signed["expires"])  # type: ignore[assignment]  # `parse` checks
    require(now < expires, "EXPIRED", signed["_type"] + " has expired")


def check_keys(keys: "Json | None") -> None:
    """The form of {keyid: key} (4.2)."""
    for key in typed(keys, dict).values():
        typed(typed(key, dict).get("keytype"), str)
        typed(key.get("scheme"), str)
        typed(typed(key.get("keyval"), dict).get("public"), str)


def check_role(role: "Json") -> None:
    """The form of a role's keyids and threshold (4.3)."""
    keyids = typed(typed(role, dict).get("keyids"), list)
    require(len(keyids) <= limits.TUF_KEYS_MAX, "FORMAT", "too many keys")
    for keyid in keyids:
        typed(keyid, str)
    require(len(set(keyids)) == len(keyids), "FORMAT", "a keyid comes twice")
    uint(role, "threshold", 1)


def uint(fields: "Json", name: str, least: int) -> None:
    """An integer of at least `least`, which must be there."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise TrustError("FORMAT", name + " is out of range")


def typed(value: object, kind: "type[Typed]") -> "Typed":
    """`value`, if it is of the class `kind`."""
    if not isinstance(value, kind):
        raise TrustError("FORMAT", "not a " + kind.__name__)
    return value


def _loads(data: bytes) -> object:
    # CPython's json module would take UTF-16 too.
    if b"\x00" in data:
        raise ValueError
    return json.loads(data)


def _check_spec_version(text: str) -> None:
    parts = text.split(".")
    for part in parts:
        require(dates.is_digits(part), "FORMAT", "not a version of the specification")
    require(len(parts) in (2, 3), "FORMAT", "not a version of the specification")
    require(parts[0] == "1", "UNSUPPORTED", "version of the specification")


def _check_root(signed: "Json") -> None:
    check_keys(signed.get("keys"))
    roles = typed(signed.get("roles"), dict)
    require(sorted(roles) == list(ROLES), "FORMAT", "not the top-level roles")
    for role in roles.values():
        check_role(role)
    typed(signed.get("consistent_snapshot", False), bool)


def _check_timestamp(signed: "Json") -> None:
    _check_snapshot(signed)
    require(
        list(signed["meta"]) == ["snapshot.json"], "FORMAT", "timestamp is of the snapshot alone"
    )


def _check_snapshot(signed: "Json") -> None:
    for entry in typed(signed.get("meta"), dict).values():
        uint(typed(entry, dict), "version", 1)
        _check_content(entry)


def _check_targets(signed: "Json") -> None:
    for entry in typed(signed.get("targets"), dict).values():
        require(
            "length" in typed(entry, dict) and "hashes" in entry, "FORMAT", "target without hash"
        )
        _check_content(entry)


def _check_content(entry: "Json") -> None:
    if "length" in entry:
        uint(entry, "length", 0)
    if "hashes" in entry:
        require(typed(entry["hashes"], dict), "FORMAT", "no hash")
        for digest in entry["hashes"].values():
            typed(digest, str)


_CHECKS = {
    "root": _check_root,
    "snapshot": _check_snapshot,
    "targets": _check_targets,
    "timestamp": _check_timestamp,
}
