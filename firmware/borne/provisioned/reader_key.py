"""The terminal's key for reader authentication to wallets (ISO/IEC 18013-5 section 9.1.4).

    reader.cbor   {1: private scalar bstr .size 32, 2: [+ certificate bstr], the key's own first}

`borne provision reader-key` writes it, and checks that key and certificates belong together. The scalar is in
the clear, readable by anybody who takes the terminal apart, so its certificate should be short-lived.
"""

from micropython import const

from borne import limits_mdoc
from borne.crypto.comb import N
from borne.errors import DecodeError, StoreError
from borne.memory.unimport import Unimport
from borne.token import cbor

if False:  # for types only
    from typing import Callable, Sequence

    from borne.protocols import Bytes, OpenFile

FILE = "reader.cbor"

_ENOENT = const(2)
_PRIVATE, _CHAIN = 1, 2
_SIZE = const(32)


class ReaderKey:
    """`chain` is the certificates: a tuple of bytes (DER)."""

    def __init__(
        self, private: int, chain: "Sequence[bytes]", random: "Callable[[int], bytes] | None" = None
    ) -> None:
        """`private` is an int; `random(size)` gives random bytes for signing (borne.randomness.entropy).

        Raises DecodeError for an invalid key or chain.
        """
        if not 0 < private < N:
            raise DecodeError("private key out of range")
        if not 0 < len(chain) <= limits_mdoc.READER_CHAIN_COUNT_MAX:
            raise DecodeError("no certificate, or too many")
        if sum([len(one) for one in chain]) > limits_mdoc.READER_CHAIN_MAX:
            raise DecodeError("certificates too large")
        self._private = private
        self.chain = tuple(chain)
        self._random = random

    def sign(self, digest: bytes) -> bytes:
        """The ES256 signature (64 bytes) of `digest` (32 bytes)."""
        with Unimport():  # loaded only while it is needed: RAM
            from borne.crypto.ecdsa_sign import sign

            # None only in host tools: they do not sign.
            return sign(self._private, digest, self._random(_SIZE))  # type: ignore[misc]

    def encode(self) -> bytes:
        """The file's bytes."""
        return cbor.encode({_PRIVATE: self._private.to_bytes(_SIZE, "big"), _CHAIN: self.chain})


def load(
    path: str, random: "Callable[[int], bytes] | None", open_file: "OpenFile" = open
) -> ReaderKey | None:
    """The ReaderKey of the file `path`; None if there is no file.

    Raises StoreError if the file is unusable.
    """
    try:
        with open_file(path, "rb") as file:
            data = file.read(limits_mdoc.READER_KEY_MAX + 1)
        return decode(data, random)
    except OSError as error:
        if error.errno == _ENOENT:
            return None
        raise StoreError("reader key cannot be read")
    except DecodeError as error:
        raise StoreError("reader key: " + error.reason)


def decode(data: "Bytes", random: "Callable[[int], bytes] | None" = None) -> ReaderKey:
    """The ReaderKey that `data` encodes. Raises DecodeError."""
    if len(data) > limits_mdoc.READER_KEY_MAX:
        raise DecodeError("too long")
    fields = cbor.decode(data)
    if not isinstance(fields, dict) or set(fields) != {_PRIVATE, _CHAIN}:
        raise DecodeError("not a map of key and certificates")
    private, chain = fields[_PRIVATE], fields[_CHAIN]
    if not isinstance(private, bytes) or len(private) != _SIZE or not isinstance(chain, list):
        raise DecodeError("not a map of key and certificates")
    for one in chain:
        if not isinstance(one, bytes):
            raise DecodeError("not a map of key and certificates")
    return ReaderKey(int.from_bytes(private, "big"), chain, random)
