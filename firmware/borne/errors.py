"""The families of exceptions. Expected refusals are verdicts (borne.verify.verdict), not exceptions.

A reason is a fixed English text: never bytes from the field, never anything of the holder.
"""


class DecodeError(ValueError):
    """Bytes from outside are malformed or not acceptable. `reason` is a fixed text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnsupportedError(DecodeError):
    """Well formed, but with an algorithm, critical header or version that this firmware does not support."""


class UntrustedError(DecodeError):
    """Well formed, but not signed by a key that the terminal trusts."""


class SessionError(DecodeError):
    """An mdoc session has ended without a response. `status` is the code of ISO 18013-5 table 20 that the
    phone sent (`by_phone`), or that the terminal owes it: ENCRYPTION, DECODING or TERMINATION of
    borne.token.mdoc_session."""

    def __init__(self, status: int, reason: str, by_phone: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.by_phone = by_phone


class NfcError(Exception):
    """The base of all errors between the terminal and a phone."""


class ChipError(NfcError):
    """The PN532 does not answer, or answers nonsense: it has to be reset."""


class GoneError(NfcError):
    """The phone no longer answers, or its answer is unintelligible: usually the phone has left. `silent`: no
    answer to the first command, as a locked phone may do."""

    silent = False


class ApduError(NfcError):
    """The phone's application answered a status other than 9000 (`sw`, ISO 7816-4 section 5.6)."""

    def __init__(self, sw: int, name: str) -> None:
        super().__init__(name)
        self.sw = sw


class SelectError(ApduError):
    """The phone does not offer the application: the status is SELECT's."""


class NotOfferedError(NfcError):
    """The tag or phone on the reader answers, and offers nothing that this terminal reads."""


class StoreError(Exception):
    """Trust data cannot be read from the store, or is not whole."""


class TrustError(Exception):
    """Trust data is refused: `code` is a short upper-case word, such as "FORMAT" or "ROLLBACK"."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
