"""An issuer: its folder of keys, ledger and status list, and the signing of tokens and lists.

    issuer.json        its URI, its status list's URI and capacity
    keys.cbor          public keys for terminals, with validity period and state (COSE_KeySet)
    keys/<kid>.pem     private keys, PKCS #8, mode 0600
    ledger.json        status index by token id: nothing that names a holder
    status.cwt         the signed status list, which is also the issuer's own record

Times are whole seconds since 1970.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from borne import limits
from borne.trust import kinds
from bornetools import files
from bornetools.errors import UserError
from bornetools.issuer import claims, cose, folder, status
from bornetools.times import DAY

# Private labels of a COSE_Key in keys.cbor.
KEY_ISSUER, KEY_NOT_BEFORE, KEY_NOT_AFTER, KEY_STATE = -65801, -65802, -65803, -65804
ACTIVE, REVOKED = 0, 1

KEY_DAYS = 730
TOKEN_DAYS = 7
LIST_DAYS = 30  # for terminals that are rarely synchronised
LIST_TTL = DAY
LIST_TYPE = "application/statuslist+cwt"

_CTI_SIZE = 16


@dataclass(frozen=True)
class Issued:
    """A token, and the issuer's data for revoking it."""

    token: bytes
    cti: bytes
    idx: int
    kid: bytes
    expires: int


class Issuer:
    """The issuer in the folder `path`. Raises UserError if the folder holds none."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        config = _json(self.path / "issuer.json", "issuer's configuration")
        try:
            self.uri = claims.check_uri(config["uri"])
            self.status_uri = claims.check_uri(config["status_uri"])
            self.capacity = int(config["capacity"])
        except (KeyError, TypeError, ValueError):
            raise UserError(f"{self.path}: issuer.json is not an issuer's configuration") from None

    @classmethod
    def create(
        cls,
        path: str | Path,
        uri: str,
        at: int,
        *,
        status_uri: str | None = None,
        capacity: int = status.CAPACITY,
    ) -> "Issuer":
        """Makes the folder `path` with one signing key and an empty status list. Raises UserError."""
        claims.check_uri(uri)
        status_uri = claims.check_uri(status_uri or uri.rstrip("/") + "/status/1")
        values = status.StatusList(capacity)
        path = folder.create(path)
        (path / "keys").mkdir(0o700)
        config = {"uri": uri, "status_uri": status_uri, "capacity": capacity}
        files.write_new(path / "issuer.json", json.dumps(config, indent=2).encode() + b"\n")
        files.write_new(path / "ledger.json", b"{}")
        files.write_new(path / kinds.KEYS.name, cose.encode([]))
        issuer = cls(path)
        issuer.add_key(at)
        files.write_new(path / "status.cwt", issuer._sign_list(values, at))
        return issuer

    def key_set(self) -> list[dict[int, Any]]:
        """The COSE_Keys for terminals, oldest first. Raises UserError."""
        keys = cose.decode(files.read(self.path / kinds.KEYS.name, "key set"), "key set")
        if not isinstance(keys, list) or not all(_is_key(key) for key in keys):
            raise UserError(f"{self.path}: keys.cbor is not a key set")
        return keys

    def add_key(self, at: int, days: int = KEY_DAYS) -> bytes:
        """Makes the new signing key, in use at once and valid from `at` on. Returns its kid."""
        with folder.locked(self.path):
            key_set = self.key_set()
            if len(key_set) == limits.KEYS_MAX:
                raise UserError(f"an issuer has at most {limits.KEYS_MAX} keys")
            key = cose.new_key()
            kid = cose.key_id(key.public_key())
            files.write_new(self._pem(kid), cose.private_pem(key), files.PRIVATE)
            record = {
                **cose.cose_key(key.public_key()),
                2: kid,
                3: cose.ES256,
                KEY_ISSUER: self.uri,
                KEY_NOT_BEFORE: at,
                KEY_NOT_AFTER: at + days * DAY,
                KEY_STATE: ACTIVE,
            }
            files.replace(self.path / kinds.KEYS.name, cose.encode([*key_set, record]))
        return kid

    def revoke_key(self, kid: bytes, at: int) -> None:
        """Marks a key revoked; from now on another key must sign the status list.

        Raises UserError, and changes nothing, if the key is unknown or no other is left.
        """
        with folder.locked(self.path):
            values = self._read_list()
            key_set = self.key_set()
            for key in key_set:
                if key[2] == kid:
                    key[KEY_STATE] = REVOKED
                    break
            else:
                raise UserError(f"no key {kid.hex()} in {self.path}")
            signed = self._sign_list(values, at, key_set)
            files.replace(self.path / kinds.KEYS.name, cose.encode(key_set))
            files.replace(self.path / "status.cwt", signed)

    def token(
        self,
        cover: claims.Cover,
        holder: ec.EllipticCurvePublicKey,
        at: int,
        *,
        not_before: int | None = None,
        expires: int | None = None,
    ) -> Issued:
        """Issues a token at the time `at`, for `TOKEN_DAYS` by default. Raises UserError."""
        not_before = at if not_before is None else not_before
        expires = not_before + TOKEN_DAYS * DAY if expires is None else expires
        if expires <= not_before:
            raise UserError("a token that expires before it is valid")
        if expires > limits.TIME_MAX:
            raise UserError("a token that expires after the year 9999")
        kid, key = self._signing_key(self.key_set(), at)
        cti, idx = self.allocate()
        payload = {
            claims.ISS: self.uri,
            claims.EXP: expires,
            claims.NBF: not_before,
            claims.IAT: at,
            claims.CTI: cti,
            claims.CNF: {1: cose.cose_key(holder)},
            claims.STATUS: {"status_list": {"idx": idx, "uri": self.status_uri}},
            claims.HCOV: cover.hcov(),
        }
        signed = cose.sign(cose.encode(payload), key, {cose.KID: kid})
        if len(signed) > limits.TOKEN_MAX:
            raise UserError(f"a token of more than {limits.TOKEN_MAX} bytes: terminals refuse it")
        return Issued(signed, cti, idx, kid, expires)

    def index(self, cti: bytes) -> int:
        """The status index of a token id. Raises UserError if this issuer never issued it."""
        try:
            return self._ledger()[cti.hex()]
        except KeyError:
            raise UserError(f"no token {cti.hex()} in the ledger of {self.path}") from None

    def index_of_token(self, token: bytes) -> int:
        """The status index of a token of this issuer. Raises UserError."""
        payload, _ = cose.open_signed(token, self.key_set(), "token")
        content = cose.decode(payload, "token's content")
        if not isinstance(content, dict) or not isinstance(content.get(claims.CTI), bytes):
            raise UserError("this is not a token")
        return self.index(content[claims.CTI])

    def set_status(self, idx: int, value: int, at: int) -> None:
        """Gives token `idx` a status of `status.NAMES` and signs the list. Revocation is final.

        Raises UserError, and changes nothing, if no token has that index, or the token is revoked already.
        """
        with folder.locked(self.path):
            if idx not in self._ledger().values():
                raise UserError(f"no token has the status index {idx}")
            values = self._read_list()
            if values[idx] == status.REVOKED and value != status.REVOKED:
                raise UserError("a revoked token stays revoked: issue a new one")
            values[idx] = value
            files.replace(self.path / "status.cwt", self._sign_list(values, at))

    def status_list(self, at: int) -> bytes:
        """The status list token, signed afresh at the time `at`. Raises UserError."""
        return self._sign_list(self._read_list(), at)

    def allocate(self) -> tuple[bytes, int]:
        """A new token id and a free index, both in the ledger. Raises UserError if no index is free.

        The index is random: a running number would reveal a token's time of issue, and distinguish
        neighbours in the list from strangers (Token Status List, privacy considerations).
        """
        with folder.locked(self.path):
            ledger = self._ledger()
            used = set(ledger.values())
            if len(used) >= self.capacity:
                raise UserError("the status list is full")
            idx = secrets.randbelow(self.capacity)
            while idx in used:
                idx = secrets.randbelow(self.capacity)
            cti = secrets.token_bytes(_CTI_SIZE)
            ledger[cti.hex()] = idx
            files.replace(self.path / "ledger.json", json.dumps(ledger).encode())
        return cti, idx

    def _ledger(self) -> dict[str, int]:
        ledger = _json(self.path / "ledger.json", "ledger")
        if not all(isinstance(n, int) and 0 <= n < self.capacity for n in ledger.values()):
            raise UserError(f"{self.path}: ledger.json is not this issuer's ledger")
        return ledger

    def _read_list(self) -> status.StatusList:
        token = files.read(self.path / "status.cwt", "status list")
        payload, _ = cose.open_signed(token, self.key_set(), "status list")
        content = cose.decode(payload, "status list's content")
        if not isinstance(content, dict) or content.get(claims.SUB) != self.status_uri:
            raise UserError(f"{self.path}: status.cwt is not this issuer's status list")
        return status.StatusList.from_claim(content.get(claims.STATUS_LIST), self.capacity)

    def _sign_list(
        self, values: status.StatusList, at: int, key_set: list[Any] | None = None
    ) -> bytes:
        kid, key = self._signing_key(key_set or self.key_set(), at)
        payload = {
            claims.SUB: self.status_uri,
            claims.IAT: at,
            claims.EXP: at + LIST_DAYS * DAY,
            claims.TTL: LIST_TTL,
            claims.STATUS_LIST: values.claim(),
        }
        return cose.sign(cose.encode(payload), key, {cose.KID: kid, cose.TYP: LIST_TYPE})

    def _signing_key(
        self, key_set: list[dict[int, Any]], at: int
    ) -> tuple[bytes, ec.EllipticCurvePrivateKey]:
        """The newest key that is active and inside its period at the time `at`."""
        for key in reversed(key_set):
            if key[KEY_STATE] == ACTIVE and key[KEY_NOT_BEFORE] <= at <= key[KEY_NOT_AFTER]:
                return key[2], cose.read_private_key(self._pem(key[2]))
        raise UserError(f"{self.path}: no active key at that time: borne issuer key add")

    def _pem(self, kid: bytes) -> Path:
        return self.path / "keys" / f"{kid.hex()}.pem"


def _is_key(key: Any) -> bool:
    return (
        isinstance(key, dict)
        and isinstance(key.get(2), bytes)
        and all(isinstance(key.get(n), int) for n in (KEY_NOT_BEFORE, KEY_NOT_AFTER, KEY_STATE))
    )


def _json(path: Path, what: str) -> dict[str, Any]:
    try:
        value = json.loads(files.read(path, what))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UserError(f"{path}: this {what} is not a JSON object")
    return value
