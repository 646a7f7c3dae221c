"""Whether a phone read again, after a moment without contact, is the phone of the last verdict."""

import hashlib

from micropython import const

from borne.memory.scrub import wipe

if False:  # for types only
    from borne.protocols import AnyEvidence
    from borne.verify.verdict import Verdict

_DIGEST = const(32)

# The last tap: without evidence; with a digest; or with evidence but no digest, which equals nothing.
_UNREAD, _KNOWN, _UNKNOWN = const(0), const(1), const(2)


class SameTap:
    """Remembers the last verdict's code and, until `forget`, a digest of its tokens: of the data signed by
    the issuer, where the signature was verified. A wallet's response differs each time."""

    def __init__(self) -> None:
        self._digest = bytearray(_DIGEST)
        self._code: str | None = None
        self._state = _UNREAD

    def forget(self) -> None:
        """Wipes the digest: nothing of any token stays."""
        if self._state == _KNOWN:
            self._state = _UNKNOWN
        wipe(self._digest)

    def repeats(self, verdict: "Verdict", found: "list[AnyEvidence]") -> bool:
        """Whether the Verdict and its Evidence equal those of the last call; then remembers them.

        The verdict counts, too: a copy of a token on another phone is CLONED.
        """
        digest = _digest(verdict, found)
        if digest:
            same = self._state == _KNOWN and self._digest == digest
        else:
            same = self._state == _UNREAD and not found
        if same and verdict.code == self._code:
            return True
        self._code = verdict.code
        self._state = _UNKNOWN if found else _UNREAD
        if digest:
            self._digest[:] = digest
            self._state = _KNOWN
        return False


def _digest(verdict: "Verdict", found: "list[AnyEvidence]") -> bytes | None:
    """The digest of all tokens; None if there are none."""
    if not found or not hasattr(found[0], "token"):
        return None
    hasher = hashlib.sha256(verdict.signed.digest if verdict.signed else found[0].token)
    for evidence in found[1:]:
        hasher.update(evidence.token)  # type: ignore[union-attr]  # as the first one's
    return hasher.digest()
