"""The firmware's judgement on hostile messages: imported on CPython, started as a script on the VM.

On the VM the first line of JSON is the world, and each further line a case, which gets one answer. The curve
is not under test: a case says which signatures verify, and what a key agreement gives.
"""

import io
import json
import sys
from binascii import hexlify, unhexlify

from borne.crypto import p256
from borne.errors import DecodeError
from borne.storage.file_view import FileView
from borne.token import cbor
from borne.token.key_set import KeySet
from borne.trust.policy import Policy
from borne.trust.status import StatusList
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import Evidence, MdocEvidence


class States:
    """A status list that has been verified: `states` are values by index, as text."""

    states = 0
    identifiers = False

    def __init__(self, uri: str, issuer: str | None, issued_at: int, states: dict) -> None:
        self.uri = uri
        self.issuer = issuer
        self.issued_at = issued_at
        self._states = states

    def value(self, index: int, now: int) -> int | None:
        return self._states.get(str(index))


class Roots:
    """A store of nothing but iaca.cbor, with one root."""

    def __init__(self, root: bytes) -> None:
        self._data = cbor.encode([{1: root, 4: "Utopia"}])

    def view(self, name: str, most: int) -> FileView:
        return FileView(io.BytesIO(self._data), 0, len(self._data))


class Agreement:
    """The reader's key: `agreed` are shared secrets by point, None for one that is not on the curve."""

    def __init__(self, agreed: dict) -> None:
        self._agreed = agreed

    def shared(self, x: int, y: int) -> bytes:
        secret = self._agreed.get(hexlify(x.to_bytes(32, "big") + y.to_bytes(32, "big")).decode())
        if secret is None:
            raise DecodeError("point not on the curve")
        return unhexlify(secret)


class Judge:
    """`world` has `keys` (a COSE_KeySet), `root` (DER), `transcript`, `nonce` in hexadecimal, `terminal`,
    `purpose`, `now`, and `uri`, `issuer` and `states` of a status list."""

    def __init__(self, world: dict) -> None:
        now, keys = world["now"], KeySet.decode(unhexlify(world["keys"]))
        state = States(world["uri"], world["issuer"], now - 1000, world["states"])
        self._world = world
        self._now = now
        self._keys = keys
        self._tokens = TrustSet(keys, Policy(), now - 1000, [state])
        self._mdocs = TrustSet([], Policy(), now - 1000, roots=Roots(unhexlify(world["root"])))

    def token(self, token: bytes, proof: bytes) -> list:
        """The verdict on a token, in the form of `_said`."""
        world = self._world
        evidence = Evidence(
            *_buffered(token, proof), unhexlify(world["nonce"]), world["terminal"], world["purpose"]
        )
        return _said(verifier.verify(evidence, self._tokens, self._now))

    def mdoc(self, response: bytes, agreement: object) -> list:
        """The verdict on an mdoc, likewise; `agreement` is the reader's key."""
        transcript = unhexlify(self._world["transcript"])
        evidence = MdocEvidence(*_buffered(response), transcript, agreement)
        return _said(verifier.verify(evidence, self._mdocs, self._now))

    def status(self, data: bytes, index: int) -> object:
        """The status at `index`, None if the list does not tell, or why the list is refused."""
        try:
            found = StatusList(data, self._keys)
            return found.value(index, self._now) if found.uri == self._world["uri"] else None
        except DecodeError as error:
            return error.reason
        except Exception as error:  # noqa: BLE001 - what a verdict would call INTERNAL
            return "INTERNAL " + type(error).__name__


def _buffered(*parts: bytes) -> list:
    return [memoryview(bytearray(part)) for part in parts]  # as on a terminal


def _said(verdict: object) -> list:
    """[code, detail, what is shown or None, what is recorded or None], as JSON has it."""
    holder, signed = verdict.holder, verdict.signed
    shown = recorded = None
    if holder:
        shown = [
            holder.family,
            holder.given,
            holder.birth_date,
            holder.nir,
            holder.rank,
            holder.until,
        ]
        shown.append(holder.delegate and list(holder.delegate))
    if signed:
        recorded = [signed.issuer, hexlify(signed.digest).decode()]
    return [verdict.code, verdict.detail, shown, recorded]


def main() -> None:
    judge = Judge(json.loads(sys.stdin.readline()))
    verified: list = []
    p256.use(
        lambda public, digest, signature: (
            hexlify(public + digest + bytes(signature)).decode() in verified
        )
    )
    for line in sys.stdin:
        kind, parts, index, verified, agreed = json.loads(line)
        parts = [unhexlify(part) for part in parts]
        if kind == "token":
            said: object = judge.token(*parts)
        elif kind == "mdoc":
            said = judge.mdoc(*parts, Agreement(agreed))
        else:
            said = judge.status(*parts, index)
        print(json.dumps(said))


if __name__ == "__main__":
    main()
