"""The journal: verdicts of the terminal and faults, a line each, and nothing of any holder."""

from array import array
from binascii import b2a_base64
from hashlib import sha256

from micropython import const

from borne import limits
from borne.journal.pseudonym import Pseudonyms
from borne.memory.unimport import Unimport

if False:  # for types only
    from typing import Callable

    from borne.journal.chained_log import ChainedLog
    from borne.protocols import AnyEvidence, Bytes
    from borne.trust.clock import Clock
    from borne.trust.policy import Policy
    from borne.verify.evidence import Evidence
    from borne.verify.verdict import Signed, Verdict

_TEXT_MAX = const(256)  # limits.URI_MAX; with it a line stays below limits.JOURNAL_LINE_MAX
_BILLED = const(("VALID", "VALID_STALE"))
# A closed set: free text from a phone could be a name.
_METHODS = const(("pin", "biometric", "password", "pattern"))
# Faults that can come and go while the terminal runs; others come once in a start or a release.
_RECURRING = const(("READER_RESET", "NO_READER", "INTERNAL", "LINK", "DISPLAY"))
_FAULT = const("!")  # prefix of a fault's kind; a tap's kind is its verdict
_MOST = const(0xFFFF)  # bound of counts and of their seconds


class Journal:
    """Writes lines to `log` (ChainedLog), and proofs of taps to `receipts` (ChainedLog) if the policy asks.

    `random(size)` gives random bytes. Of taps without a signed token, and of faults that recur, the first of
    its kind has a line at once. Repeats within limits.JOURNAL_FOLD_MAX are counted, and settle() writes their
    number.
    """

    def __init__(
        self,
        log: "ChainedLog",
        receipts: "ChainedLog",
        clock: "Clock",
        random: "Callable[[int], bytes]",
    ) -> None:
        self._log = log
        self._receipts = receipts
        self._clock = clock
        self._pseudonyms = Pseudonyms(random)
        # Made once and changed in place: a tap's leavings would fragment the free heap. Of each kind: the
        # count, and the first's and the last's seconds after `_since`: unix seconds are no small integers.
        self._kinds: "list[str | None]" = [None] * limits.JOURNAL_KINDS_MAX
        self._counts = array("H", bytes(6 * limits.JOURNAL_KINDS_MAX))
        self._since = 0  # the uptime at which counting began
        log.reading = self.settle
        self._keeps_receipts = False
        self._release: int | None = None

    def start(self) -> None:
        """Finds the ends of both logs, so that no tap has to wait for it."""
        for log in (self._log, self._receipts):
            try:
                log.load()
            except OSError:
                pass  # then the first verdict shows the fault on the screen

    def follow(self, release: int, policy: "Policy") -> None:
        """Sets the release in force: its version (int, 0: none) and its Policy."""
        self._release = release or None
        self._log.refuse_when_full = self._receipts.refuse_when_full = policy.refuse_unexported
        self._keeps_receipts = policy.receipts

    def verdict(
        self, now: int | None, verdict: "Verdict", evidence: "AnyEvidence | None" = None
    ) -> None:
        """Records a Verdict at `now` (unix seconds or None), on Evidence if there is any.

        Raises OSError, ENOSPC if the journal is full and the policy then refuses taps.
        """
        signed = verdict.signed
        if not signed and verdict.code in self._kinds:
            self._log.require_room()
            self._count(verdict.code)
            return
        fields: list[tuple[str, object]] = [("verdict", verdict.code)]
        if verdict.detail:
            fields.append(("detail", _plain(verdict.detail)))
        fields.append(("release", self._release))
        if evidence:
            fields.append(("purpose", evidence.purpose))
        if signed:
            if signed.issuer:
                fields.append(("issuer", _plain(signed.issuer)))
            fields.append(("token", self._pseudonyms.of(signed.digest, now)))
            if self._keeps_receipts and verdict.code in _BILLED:
                # Where there is a proof, the evidence is a token's.
                number = self._receipt(now, signed, evidence)  # type: ignore[arg-type]
                fields.append(("receipt", number))
        self._log.append(now, fields)
        if not signed:
            self._begin(verdict.code)

    def fault(self, now: int | None, code: str, detail: str) -> None:
        """Records that a part broke; `detail` is a fixed text. Raises OSError."""
        kind = _FAULT + code
        if kind in self._kinds:
            self._count(kind)
            return
        self._log.append(now, (("fault", code), ("detail", _plain(detail))))
        if code in _RECURRING:
            self._begin(kind)

    def settle(self, at_once: bool = True) -> None:
        """Writes the counts of repeats; without `at_once`, only after limits.JOURNAL_FOLD_MAX. Counts that
        cannot be written stay."""
        now = self._clock.uptime()
        over = any(self._kinds) and now - self._since >= limits.JOURNAL_FOLD_MAX
        if not over and not at_once:
            return
        with Unimport():
            from borne.journal.repeats import write

            try:
                write(self._log, self._clock, self._kinds, self._counts, self._since, over)
            except OSError:
                return  # the next verdict shows the fault on the screen
        if over:
            self._since = now

    def _count(self, kind: str) -> None:
        """Counts a repeat of a kind that has a line already."""
        at, counts = 3 * self._kinds.index(kind), self._counts
        counts[at + 2] = min(self._clock.uptime() - self._since, _MOST)
        if not counts[at]:
            counts[at + 1] = counts[at + 2]
        counts[at] = min(counts[at] + 1, _MOST)

    def _begin(self, kind: str) -> None:
        """Notes a kind that has a line now, so that repeats need only be counted."""
        if not any(self._kinds):
            self._since = self._clock.uptime()
        if None in self._kinds:
            self._kinds[self._kinds.index(None)] = kind

    def _receipt(self, now: int | None, signed: "Signed", evidence: "Evidence") -> int | None:
        """Keeps the proof, and returns the receipt's number. None for a proof with more than the necessary
        content, or without a proof: an mdoc's device authenticates a session, which proves nothing to a
        third party later."""
        proof = signed.proof
        if proof is None or proof.method not in _METHODS or not proof.is_plain():
            return None
        self._log.require_room()  # no receipt of a tap that is refused as its entry has no room
        return self._receipts.append(
            now,
            (
                ("terminal", evidence.terminal_id),
                ("purpose", evidence.purpose),
                ("nonce", _base64(evidence.nonce)),
                ("token", _base64(sha256(evidence.token).digest())),
                ("key", _base64(signed.holder_key.encoded())),
                ("uv", proof.user_verified),
                ("method", proof.method),
                ("signature", _base64(proof.signature)),
            ),
        )


def _plain(text: str) -> str:
    """`text` as characters that JSON does not escape, of bounded length."""
    return "".join([c if " " <= c <= "~" and c not in '"\\' else "?" for c in text[:_TEXT_MAX]])


def _base64(data: "Bytes") -> str:
    return b2a_base64(data).decode().strip()  # type: ignore[arg-type]  # any buffer will do
