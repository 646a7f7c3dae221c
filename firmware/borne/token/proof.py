"""The holder's proof: a COSE_Sign1 with detached payload over the terminal's question (docs/protocol.md)."""

import hashlib

from micropython import const

from borne import limits
from borne.crypto.algorithms import ES256
from borne.errors import DecodeError
from borne.token import cbor, cose

if False:  # for types only
    from borne.crypto.algorithms import PublicKey
    from borne.protocols import Bytes

_CONTEXT = const("borne-proof-1")
_USER_VERIFIED = const("uv")  # Borne's own header parameters, both protected
_METHOD = const("method")
_METHOD_MAX = const(32)


class Proof:
    """A decoded proof: `user_verified` bool and `method` str are mere claims until the proof verifies."""

    def __init__(self, data: "Bytes") -> None:
        """Raises DecodeError, or UnsupportedError for another algorithm or critical header."""
        if len(data) > limits.PROOF_MAX:
            raise DecodeError("proof too large")
        item = cbor.decode(data, deterministic=False, most=limits.COSE_ITEMS_MAX)
        self._message = cose.tagged(item, understood=(_USER_VERIFIED, _METHOD))
        if self._message.payload is not None:
            raise DecodeError("proof's payload is not detached")
        self.user_verified = self._message.protected.get(_USER_VERIFIED)
        self.method = self._message.protected.get(_METHOD)
        if not isinstance(self.user_verified, bool):
            raise DecodeError("proof does not say whether the user was verified")
        if not isinstance(self.method, str) or len(self.method) > _METHOD_MAX:
            raise DecodeError("proof does not say how the user was verified")

    @property
    def signature(self) -> "Bytes":
        """r and s, one after the other."""
        return self._message.signature

    def is_plain(self) -> bool:
        """True if the protected header has only ES256, `user_verified` and `method`, in the deterministic
        encoding: these two values and the signature are then the whole proof."""
        said = {
            cose.HEADER_ALG: ES256.cose,
            _USER_VERIFIED: self.user_verified,
            _METHOD: self.method,
        }
        return bytes(self._message.protected_raw) == cbor.encode(said)

    def verify(
        self, holder_key: "PublicKey", token: "Bytes", nonce: bytes, terminal_id: str, purpose: str
    ) -> bool:
        """True if `holder_key` signed exactly this token's bytes, nonce, terminal and purpose."""
        payload = cbor.encode(
            [
                _CONTEXT,
                nonce,
                terminal_id,
                purpose,
                hashlib.sha256(token).digest(),
                self.user_verified,
                self.method,
            ]
        )
        return self._message.verify(holder_key, payload)
