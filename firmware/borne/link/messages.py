"""The link's messages, defined once for both ends: docs/link.md says what they mean.

    request  [seq, command, {parameter: value}]     seq: 1 to 2**32 - 1, the host's choice
    answer   [seq, 0, {result: value}]              or [seq, code, {...}] with a refusal's code (text)
    event    [0, kind, {field: value}]
    [0, "FRAME", {}] or [0, "MESSAGE", {}]          something arrived that has no readable seq

Maps have text keys. A refusal's code is a short upper-case word.
"""

from borne.errors import DecodeError
from borne.token import cbor

if False:  # for types only
    from borne.protocols import Bytes

PROTOCOL = 1
OK = 0
SEQ_MAX = 0xFFFFFFFF

# Command n is COMMANDS[n - 1]: name, parameters, results, with CDDL's names of types (RFC 8610).
# All parameters are required except those with "?", and no others are allowed. A result may be null (not
# known). An answer of a newer terminal may have more results.
COMMANDS = (
    (
        "hello",
        "",
        "protocol:uint firmware:tstr board:tstr terminal:tstr free:uint "
        "root:uint version:uint as_of:uint warn_after:uint refuse_after:uint time:uint "
        "time_zone:tstr?",
    ),
    ("get", "name:tstr offset:uint", "size:uint data:bstr"),
    ("put", "name:tstr sha256:bstr size:uint offset:uint data:bstr", "offset:uint"),
    ("commit", "", "version:uint"),
    ("time", "time:uint", "time:uint"),
    ("journal", "log:tstr cursor:uint", "cursor:uint data:bstr"),
    ("subscribe", "seconds:uint identity:bool?", "identity:bool"),
    ("identify", "seconds:uint", ""),
    ("reboot", "", ""),
    ("check", "", "reader:bstr display:bool? parts:tstr rtc:uint uptime:uint heap:uint fault:tstr"),
    ("pattern", "", ""),
    ("exported", "log:tstr entry:uint hash:bstr", "exported:uint"),
)
# The numbers of the commands that only a courier sends: put and commit.
CARRYING = (3, 4)
# Event kind n is EVENTS[n - 1]; the fields are those of borne.app's reports.
EVENTS = ("ready", "verdict", "gone", "fault", "remove")

# The logs that `journal` reads.
LOGS = ("journal", "receipts")

# Refusals of the link itself; those of trust data are TrustError's codes.
FRAME, MESSAGE, COMMAND, PARAMETERS = "FRAME", "MESSAGE", "COMMAND", "PARAMETERS"
NAME, OFFSET, WANTED, STORE, INTERNAL = "NAME", "OFFSET", "WANTED", "STORE", "INTERNAL"


class LinkError(Exception):
    """The refusal of a request: `code`, and `result`, the answer's map."""

    def __init__(self, code: str, result: dict | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.result = result or {}


def encode(seq: int, what: int | str, fields: dict) -> bytes:
    """The payload of a message."""
    return cbor.encode([seq, what, fields])


def decode(payload: "Bytes") -> list:
    """The list [seq, what, fields] of any message. Raises DecodeError."""
    return checked(cbor.decode(payload))


def checked(message: object) -> list:
    """`message` (decoded CBOR), if it has the form of a message. Raises DecodeError."""
    if (
        not isinstance(message, list)
        or len(message) != 3
        or not _is(message[0], "uint")
        or message[0] > SEQ_MAX
        or not (_is(message[1], "uint") or _is(message[1], "tstr"))
        or not isinstance(message[2], dict)
    ):
        raise DecodeError("not a message")
    return message


def matches(fields: dict, schema: str, null: bool = False) -> bool:
    """Whether the map `fields` has all names of `schema` with their types or, with `null`, None."""
    for item in schema.split():
        name, kind = item.split(":")
        if kind.endswith("?"):
            if name not in fields:
                continue
            kind = kind[:-1]
        if name not in fields:
            return False
        if not (_is(fields[name], kind) or null and fields[name] is None):
            return False
    return True


def takes(fields: dict, parameters: str) -> bool:
    """Whether the map `fields` has the names of a command's `parameters`, and no others."""
    names = [item.split(":")[0] for item in parameters.split()]
    return matches(fields, parameters) and all([name in names for name in fields])


def _is(value: object, kind: str) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "uint":
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, str if kind == "tstr" else (bytes, memoryview))
