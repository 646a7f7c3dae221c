"""Key agreement on P-256 (SP 800-56A section 5.7.1.2), with a key pair that serves one session.

borne.crypto.secret lists the steps whose time depends on secrets. Its protection is enough here: a key is
used for one phone only, so it cannot be measured twice.
"""

from borne.crypto import comb, p256, p256_base, secret
from borne.crypto.comb import N
from borne.crypto.hmac import hmac
from borne.errors import DecodeError

if False:  # for types only
    from typing import Sequence

_WIDTH = 4  # of the comb for the other side's point: pays for one multiplication


class KeyPair:
    """A private key (`private`, an int) and its public point: `x` and `y` (ints)."""

    def __init__(self, private: int, public: "Sequence[int] | None" = None) -> None:
        """`public` is (x, y), if already calculated. Raises ValueError for a scalar out of range."""
        if not 0 < private < N:
            raise ValueError("private key out of range")
        self._private = private
        if public:
            self.x, self.y = public
            return
        mask = self._mask(b"")
        self.x, self.y = secret.multiply([private], *p256.BASE, p256_base.TABLE, comb.WIDTH, mask)

    def shared(self, x: int, y: int) -> bytes:
        """The shared secret (32 bytes) with the owner of the point (x, y) (ints): its x coordinate.

        Raises DecodeError for a point that is not on the curve.
        """
        if not p256.on_curve(x, y):
            raise DecodeError("point not on the curve")
        mask = self._mask(x.to_bytes(32, "big"))
        table = comb.build(x, y, _WIDTH)
        return secret.multiply([self._private], x, y, table, _WIDTH, mask)[0].to_bytes(32, "big")

    def _mask(self, text: bytes) -> int:
        return int.from_bytes(hmac(self._private.to_bytes(32, "big"), b"mask", text), "big")
