"""Tokens and proofs: variants that an attacker with a phone could make of seen ones, and an issuer's signed
mistakes."""

import hashlib
import random
from typing import Any

import cbor2

from bornetools.hostile import cbor_tree, damage, signing
from bornetools.hostile.signing import UNREADABLE, PrivateKey

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
TODAY = "2027-01-15"
_DAY, _SKEW = 86400, 300
NONCE, TERMINAL, PURPOSE = bytes(range(32)), "T1", "dispensing"
ISSUER, LIST = "https://issuer.example/", "https://issuer.example/status/1"
STATES = {"7": 0, "8": 1, "9": 2, "10": 3}

_ALG, _CRIT, _KID, _TYP = 1, 2, 4, 16
_HEADER = {_ALG: -7, _KID: b"good"}
_PROOF_HEADER = {_ALG: -7, "uv": True, "method": "pin"}
_KEYS = {
    name: signing.key(number) for number, name in enumerate(("good", "revoked", "over", "foreign"))
}
SIGNER = _KEYS["good"]
_HOLDERS = [signing.key(number) for number in range(100, 104)]


def key_set() -> bytes:
    """A COSE_KeySet of three keys: valid, revoked and expired."""
    more: dict[str, dict[int, Any]] = {
        "good": {},
        "revoked": {-65804: 1},
        "over": {-65803: NOW - _DAY},
    }
    return cbor2.dumps(
        [
            {**signing.cose_key(_KEYS[kid].public_key()), 2: kid.encode(), -65801: ISSUER, **state}
            for kid, state in more.items()
        ]
    )


def _claims(number: int, **changed: Any) -> dict[Any, Any]:
    cover = {
        1: ("Lefèvre", "Müller", "Dupont", "Ångström")[number],
        2: "Zoé",
        3: cbor2.CBORTag(1004, "1985-02-01"),
        4: "255081416802538",
        5: number,
        8: [["AMO", "2027-01-01", "2027-12-31"], ["C2S", "2026-01-01", "2026-12-31"]],
        **changed.pop("cover", {}),
    }
    return {
        1: ISSUER,
        4: NOW + 5 * _DAY,
        5: NOW - _DAY,
        6: NOW - _DAY,
        7: bytes(16),
        8: {1: signing.cose_key(_HOLDERS[number].public_key())},
        65535: {"status_list": {"idx": 7, "uri": LIST}},
        -65800: cover,
        **{int(label): value for label, value in changed.items()},
    }


def _proof(
    holder: PrivateKey,
    token: bytes,
    header: Any = _PROOF_HEADER,
    nonce: bytes = NONCE,
    terminal: str = TERMINAL,
    purpose: str = PURPOSE,
) -> bytes:
    payload = _asked(token, True, "pin", nonce, terminal, purpose)
    return signing.sign1(holder, cbor2.dumps(header), payload, detached=True)


def _asked(token: bytes, *said: Any) -> bytes:
    user_verified, method, nonce, terminal, purpose = said
    digest = hashlib.sha256(token).digest()
    return cbor2.dumps(["borne-proof-1", nonce, terminal, purpose, digest, user_verified, method])


class Tokens:
    """Generator of cases, and oracle for their acceptance."""

    def __init__(self) -> None:
        delegate = {10: {1: "Martin", 2: "Ève", 3: "2030-01-01"}}
        claims = [
            _claims(0),
            _claims(1, cover=delegate),
            _claims(2, **{"4": NOW - _DAY}),
            _claims(3, **{"65535": {"status_list": {"idx": 8, "uri": LIST}}}),
        ]
        self._payloads = [cbor2.dumps(claim) for claim in claims]
        header = cbor2.dumps(_HEADER)
        self._tokens = [signing.sign1(SIGNER, header, payload) for payload in self._payloads]
        self._proofs = [
            _proof(holder, token) for holder, token in zip(_HOLDERS, self._tokens, strict=True)
        ]

    def honest(self) -> list[list[bytes]]:
        """Pairs of token and proof: with rights, with a delegate, expired, revoked."""
        return [list(pair) for pair in zip(self._tokens, self._proofs, strict=True)]

    def make(self, rng: random.Random) -> list[bytes]:
        """A hostile pair of token and proof."""
        number = rng.randrange(len(self._tokens))
        token, proof, holder = self._tokens[number], self._proofs[number], _HOLDERS[number]
        kind = rng.randrange(20)
        if kind < 5:
            return [damage.either(rng, token, self._tokens), proof]
        if kind < 9:
            return [token, damage.either(rng, proof, self._proofs)]
        if (
            kind < 12
        ):  # by the phone that the token is bound to: the proof covers any token it sends
            changed = damage.either(rng, token, self._tokens)
            return [changed, _proof(holder, changed)]
        if kind < 15:
            return self._roles(rng, token, proof, holder)
        return self._by_mistake(rng, number)

    def _roles(
        self, rng: random.Random, token: bytes, proof: bytes, holder: PrivateKey
    ) -> list[bytes]:
        """Whole messages, in a place where they do not belong."""
        payload = rng.choice(self._payloads)
        protected, unprotected, body, signed = signing.message(token)
        kind = rng.randrange(11)
        if kind == 0:
            return [token, rng.choice(self._proofs)]
        if kind == 1:
            other = rng.choice([key for key in _HOLDERS if key is not holder])
            return [token, _proof(other, token)]
        if kind == 2:
            strange: dict[str, Any] = rng.choice(
                (
                    {"nonce": rng.randbytes(32)},
                    {"terminal": "T2"},
                    {"purpose": "admission"},
                    {"nonce": b""},
                )
            )
            return [token, _proof(holder, token, **strange)]
        if kind == 3:  # another key, under each kid
            private = rng.choice([*list(_KEYS.values())[1:], holder])
            header = {_ALG: -7, _KID: rng.choice([b"good", b"revoked", b"over", b"else"])}
            made = signing.sign1(private, cbor2.dumps(header), payload)
            return [made, _proof(holder, made)]
        if kind == 4:
            header = {
                **_HEADER,
                _ALG: rng.choice((-8, -35, -36, -37, -257, 5, 0, None, True, "ES256")),
            }
            made = signing.sign1(SIGNER, cbor2.dumps(header), payload)
            return [made, _proof(holder, made)]
        if kind == 5:  # unsigned header parameters
            loose: dict[Any, Any] = rng.choice(
                (
                    {_KID: b"good"},
                    {_ALG: -7},
                    {_CRIT: [4]},
                    {_TYP: "x"},
                    {33: b"x"},
                    {_KID: b"over"},
                    {"uv": True},
                )
            )
            made = cbor2.dumps(cbor2.CBORTag(signing.SIGN1, [protected, loose, body, signed]))
            return [made, _proof(holder, made)]
        if kind == 6:
            kept = rng.choice(({_ALG: -7}, {_KID: b"good"}, {}))
            loose = rng.choice(({_KID: b"good"}, {_ALG: -7, _KID: b"good"}, {_ALG: -7}))
            made = signing.sign1(SIGNER, cbor2.dumps(kept), payload, loose)
            return [made, _proof(holder, made)]
        if kind == 7:  # n - s, which also verifies, or an s out of range
            r, s = signed[:32], int.from_bytes(signed[32:], "big")
            value = rng.choice((signing.ORDER - s, s + signing.ORDER, 0, signing.ORDER))
            other = r + (value % (1 << 256)).to_bytes(32, "big")
            made = cbor2.dumps(cbor2.CBORTag(signing.SIGN1, [protected, unprotected, body, other]))
            return [made, _proof(holder, made)]
        if kind == 8:
            made = cbor2.dumps(cbor2.CBORTag(rng.choice((61, 17, 98, 16)), cbor2.loads(token)))
            return [made, _proof(holder, made)]
        if kind == 9:
            said: dict[Any, Any] = rng.choice(
                (
                    {**_PROOF_HEADER, "uv": False},
                    {**_PROOF_HEADER, "method": "x" * 33},
                    {**_PROOF_HEADER, _CRIT: [rng.choice(("uv", "else", _ALG, _KID))]},
                    {_ALG: -7, "uv": 1, "method": "pin"},
                )
            )
            return [token, _proof(holder, token, said)]
        return [proof, token] if rng.randrange(2) else [token, token]

    def _by_mistake(self, rng: random.Random, number: int) -> list[bytes]:
        """A token whose issuer has signed a damaged payload or header, with its holder's proof."""
        payload = self._payloads[number]
        header = cbor2.dumps(_HEADER)
        if rng.randrange(5):
            payload = damage.either(rng, payload, self._payloads)
        else:
            header = damage.either(rng, header, [header, cbor2.dumps(_PROOF_HEADER)])
        token = signing.sign1(SIGNER, header, payload)
        return [token, _proof(_HOLDERS[number], token)]

    def accepted(self, parts: list[bytes], code: str, shown: list[Any] | None) -> bool:
        """Whether a terminal may answer `parts` by `code`, which accepts or warns, and display `shown`."""
        try:
            return _genuine(parts[0], parts[1], shown)
        except UNREADABLE:
            return False


def _genuine(token: bytes, proof: bytes, shown: list[Any] | None) -> bool:
    protected, _, payload, signed = signing.message(token)
    header = cbor_tree.loads(protected)
    if header[_ALG] != -7 or not signing.verifies(SIGNER.public_key(), protected, payload, signed):
        return False
    claims = cbor_tree.loads(payload)
    holder = signing.public_key(claims[8][1])
    protected, _, body, signed = signing.message(proof)
    said = cbor_tree.loads(protected)
    asked = _asked(token, said["uv"], said["method"], NONCE, TERMINAL, PURPOSE)
    if body is not None or said[_ALG] != -7 or said["uv"] is not True:
        return False
    if not signing.verifies(holder, protected, asked, signed):
        return False
    if claims[1] != ISSUER or not claims[4] > NOW - _SKEW:
        return False
    if any(claims.get(label, 0) > NOW + _SKEW for label in (5, 6)):
        return False
    if 65535 in claims:
        listed = claims[65535]["status_list"]
        if listed["uri"] != LIST or STATES.get(str(listed["idx"])) != 0:
            return False
    return shown is None or shown == _shown(claims[-65800])


def _shown(cover: dict[Any, Any]) -> list[Any]:
    """Family, given, birth date, NIR, rank, last day of the entitlements that cover today, delegate."""
    last = [
        _day(until) for _, first, until in cover.get(8, []) if _day(first) <= TODAY <= _day(until)
    ]
    one = cover.get(10)
    delegate = [one[1], one.get(2, ""), _day(one[3])] if one else None
    until = max(last) if last else None
    return [cover[1], cover.get(2, ""), _day(cover[3]), cover[4], cover.get(5, 0), until, delegate]


def _day(value: Any) -> str:
    return str(value.value if isinstance(value, cbor2.CBORTag) else value)
