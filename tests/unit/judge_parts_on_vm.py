"""The firmware's readers of single structures: imported on CPython, started as a script on the VM.

There a line of JSON comes in for each case, and one goes out. A case is `[kind, data]`, the latter in
hexadecimal. Lists have to be signed by a key of `KEYS`.
"""

import io
import json
import sys
from binascii import unhexlify

from names import DeviceEngagement, Key, Nfc
from signing import Signer

from borne.crypto.ecdh import KeyPair
from borne.errors import DecodeError
from borne.storage.file_view import FileView
from borne.token import cbor, cose_key
from borne.token.engagement import Engagement
from borne.token.key_set import KeySet
from borne.token.mdoc_session import Session
from borne.trust import identifier_list, policy, roots
from borne.trust.identifier_list import IdentifierList
from borne.trust.status import StatusList

NOW = 1_800_000_000  # 2027-01-15
KEYS = [
    cose_key.key(Signer("issuer").cose_key(b"k1", {Key.ISSUER: "https://issuer.example/"})),
    cose_key.key(Signer("other").cose_key(b"k2")),
]
PHONE = Signer("phone")
ENGAGEMENT = cbor.encode(
    {
        DeviceEngagement.VERSION: "1.0",
        DeviceEngagement.SECURITY: [1, cbor.Tag(24, cose_key.encode(PHONE.x, PHONE.y))],
        DeviceEngagement.METHODS: [[1, 1, {Nfc.COMMAND_MAX: 255, Nfc.RESPONSE_MAX: 256}]],
    }
)
_SESSION = Session(KeyPair(12345), ENGAGEMENT, b"\xf6")


def _keys(data):
    return [
        [len(key.kid), key.issuer, key.not_before, key.not_after, key.revoked]
        for key in KeySet.decode(data)
    ]


def _list(data):
    one = IdentifierList if identifier_list.is_one(data) else StatusList
    found = one(data, KEYS)
    key = b"id" if found.identifiers else 3
    return [found.uri, found.issued_at, found.issuer, found.value(key, NOW)]


def _engagement(data):
    return [Engagement(data).nfc]


def _session(data):
    return [len(_SESSION.open(memoryview(bytearray(data))))]


def _roots(data):
    return [[start, end] for _, start, end in roots.places(data)]


def _policy(data):
    found = policy.decode(data)
    return [found.purposes, found.rest, found.minimum_age]


_READERS = {
    "keys": _keys,
    "list": _list,
    "engagement": _engagement,
    "session": _session,
    "roots": _roots,
    "policy": _policy,
}


def judge(kind, data):
    """What is read, or the class and reason of the refusal; of another error "INTERNAL" and its class."""
    data = unhexlify(data)
    answers = []
    # As bytes, as a view of a buffer, and for what lies in flash as a view of a file.
    views = [memoryview(data)]
    if kind not in ("engagement", "session"):
        views += [data, FileView(io.BytesIO(data), 0, len(data))]
    for view in views:
        try:
            answers.append(_READERS[kind](view))
        except DecodeError as error:
            answers.append([type(error).__name__, error.reason])
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            answers.append(["INTERNAL", type(error).__name__])
    return answers


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(judge(*json.loads(line))))
