"""Evidence of one tap: the bytes that the verifier judges, and the question that they answer."""

from borne.verify.token_credential import TokenCredential

if False:  # for types only
    from borne.crypto.ecdh import KeyPair
    from borne.protocols import Bytes
    from borne.verify.mdoc_credential import MdocCredential


class Evidence:
    """A token and its holder's proof (from a reader, views that are valid until the next exchange), for
    `nonce`, `terminal_id` and `purpose`. `round_trip_us` is the time from the question to the last byte of
    the answer: a relay's way there and back lies within it.
    """

    def __init__(
        self,
        token: "Bytes",
        proof: "Bytes | None",
        nonce: bytes,
        terminal_id: str,
        purpose: str,
        round_trip_us: int | None = 0,
    ) -> None:
        self.token = token
        self.proof = proof
        self.nonce = nonce
        self.terminal_id = terminal_id
        self.purpose = purpose
        self.round_trip_us = round_trip_us

    def credential(self) -> TokenCredential:
        """The credential to be checked."""
        return TokenCredential(self)


class MdocEvidence:
    """The DeviceResponse of a wallet, in the session of `transcript`, the encoded SessionTranscript.
    `reader_key` is the terminal's key in this session; `purpose` and `round_trip_us` as in Evidence."""

    def __init__(
        self,
        response: memoryview,
        transcript: bytes,
        reader_key: "KeyPair | None" = None,
        round_trip_us: int | None = 0,
        purpose: str | None = None,
    ) -> None:
        self.response = response
        self.transcript = transcript
        self.reader_key = reader_key
        self.round_trip_us = round_trip_us
        self.purpose = purpose

    def credential(self) -> "MdocCredential":
        """As in Evidence."""
        from borne.verify.mdoc_credential import MdocCredential  # imported when needed only: RAM

        return MdocCredential(self)
