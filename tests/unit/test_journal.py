import json
import os
from binascii import a2b_base64
from hashlib import sha256

from names import ES256, Claim, Cover, Header, Key, Rule
from support import raises, scratch
from test_verifier import HOLDER, ISSUER, ISSUER_URI, NOW, STRANGER, evidence, trust

from borne import limits
from borne.journal.chained_log import ChainedLog
from borne.journal.journal import Journal
from borne.randomness.entropy import Entropy
from borne.token import cbor
from borne.token.cwt import Token
from borne.trust.policy import Policy
from borne.verify import verifier
from borne.verify.evidence import Evidence, MdocEvidence
from borne.verify.verdict import ACCEPT, SEVERITIES, WARN, Signed, Verdict

DAY = 86400
COMMON = {"n", "time", "hash"}


class Clock:
    """One that tells the time, or not, and has run for `seconds`."""

    def __init__(self, seconds=0, tells=True):
        self.seconds, self._tells = seconds, tells

    def uptime(self):
        return int(self.seconds)

    def now(self):
        return NOW + self.uptime() if self._tells else None


def new_journal(policy=None, release=7, clock=None, random=os.urandom):
    folder = scratch("journal")
    logs = [ChainedLog(folder + "/" + name, "T-1", None) for name in ("journal", "receipts")]
    journal = Journal(*logs, clock or Clock(), random)
    journal.start()
    journal.follow(release, Policy(policy))
    return journal, logs[0], logs[1]


def entries(log):
    """All entries but those that begin a segment."""
    data, cursor = b"", 0
    while True:
        piece, cursor = log.read(cursor, 1000)
        if not piece:
            break
        data += piece
    found = [json.loads(line) for line in data.split(b"\n")[:-1]]
    return [entry for entry in found if "begin" not in entry]


def tap(journal, shown, now=NOW, with_trust=None):
    """The code of the verdict on Evidence, which the journal records."""
    verdict = verifier.verify(shown, with_trust or trust(), now)
    journal.verdict(now, verdict, shown)
    return verdict.code


def test_an_accepted_tap():
    journal, log, receipts = new_journal()
    assert tap(journal, evidence()) == "VALID"
    (entry,) = entries(log)
    assert set(entry) == COMMON | {"verdict", "release", "purpose", "issuer", "token"}
    assert (entry["n"], entry["time"], entry["verdict"]) == (2, NOW, "VALID")
    assert (entry["release"], entry["purpose"], entry["issuer"]) == (7, "dispensing", ISSUER_URI)
    assert len(entry["token"]) == 12
    assert entries(receipts) == []


def test_nothing_of_a_token_whose_issuer_did_not_sign_it():
    journal, log, _ = new_journal({Rule.RECEIPTS: True})
    forged = evidence(signer=STRANGER)
    assert tap(journal, forged) == "BAD_SIGNATURE"
    assert tap(journal, evidence({Claim.ISS: "https://other.example/"})) == "UNKNOWN_ISSUER"
    assert tap(journal, Evidence(b"junk", b"", bytes(32), "T1", "dispensing")) == "MALFORMED"
    for entry in entries(log):
        assert set(entry) == COMMON | {"verdict", "detail", "release", "purpose"}
    # Once it is signed, also of a refusal.
    assert tap(journal, evidence(holder=STRANGER)) == "CLONED"
    assert entries(log)[-1]["issuer"] == ISSUER_URI


def test_no_receipt_of_an_mdoc():
    journal, log, receipts = new_journal({Rule.RECEIPTS: True})
    shown = MdocEvidence(b"", b"", purpose="dispensing")
    signed = Signed("Utopia", bytes(32), None, None)
    journal.verdict(NOW, Verdict("VALID", "", None, NOW, signed), shown)
    (entry,) = entries(log)
    assert (entry["issuer"], entry["purpose"], len(entry["token"])) == ("Utopia", "dispensing", 12)
    assert entry["receipt"] is None and entries(receipts) == []


def test_an_issuer_is_named_as_the_key_set_has_it():
    journal, log, _ = new_journal()
    shown = evidence({Claim.ISS: "Camille Specimen"})
    assert tap(journal, shown, with_trust=trust(key={Key.ISSUER: None})) == "TRUST_STALE"
    (entry,) = entries(log)
    assert "issuer" not in entry and len(entry["token"]) == 12


def test_faults_taps_without_evidence_and_without_release():
    journal, log, _ = new_journal(release=0)
    journal.verdict(None, Verdict("TORN", "the card is gone"), None)
    journal.fault(5, "READER_RESET", "silent")
    torn, fault = entries(log)
    assert torn["time"] is None and torn["release"] is None
    assert set(torn) == COMMON | {"verdict", "detail", "release"}
    assert (fault["time"], fault["fault"], fault["detail"]) == (5, "READER_RESET", "silent")


def test_any_text_fits_a_line_and_is_plain():
    journal, log, _ = new_journal()
    for text in ("é\n\x00\u2028\U0001f600\"\\'" * 100, "~" * 5000):
        journal.fault(1 << 40, "STATUS_LIST", text)
        signed = Signed(text, bytes(32), None, None)
        journal.verdict(1 << 40, Verdict("REVOKED", text, None, None, signed), evidence())
    data = log.read(0, 100000)[0]
    assert all(byte == 10 or 32 <= byte <= 126 for byte in data)
    assert max([len(line) for line in data.split(b"\n")]) < limits.JOURNAL_LINE_MAX
    assert len(entries(log)) == 4


def test_a_pseudonym_links_a_day_on_one_terminal_and_nothing_else():
    journal, log, _ = new_journal()
    other, other_log, _ = new_journal()
    for one, now in ((journal, NOW), (journal, NOW + 60), (journal, NOW + DAY), (other, NOW)):
        tap(one, evidence(), now)
    tap(journal, evidence(), NOW)  # a day before the last: that key is gone
    tap(journal, evidence({Claim.CTI: bytes([1]) * 16}), NOW)
    journal.verdict(None, verifier.verify(evidence(), trust(), NOW), evidence())
    first, again, *rest = [entry["token"] for entry in entries(log) + entries(other_log)]
    assert first == again
    assert len(set([first] + rest)) == 1 + len(rest) == 6


def test_a_token_is_the_same_in_another_encoding():
    journal, log, _ = new_journal()
    plain = evidence()
    tap(journal, plain)
    wrapped = b"\xd8\x3d" + plain.token
    tap(journal, Evidence(wrapped, plain.proof, plain.nonce, "T1", "dispensing"))
    one, other = entries(log)
    assert one["token"] == other["token"] and other["verdict"] == "CLONED"


def test_a_receipt_is_all_that_the_holder_signed():
    journal, log, receipts = new_journal({Rule.RECEIPTS: True})
    shown = evidence()
    assert tap(journal, shown) == "VALID"
    (entry,), (receipt,) = entries(log), entries(receipts)
    assert entry["receipt"] == receipt["n"]
    assert set(receipt) == COMMON | {
        "terminal",
        "purpose",
        "nonce",
        "token",
        "key",
        "uv",
        "method",
        "signature",
    }
    raw = {name: a2b_base64(receipt[name]) for name in ("nonce", "token", "key", "signature")}
    assert raw["nonce"] == shown.nonce and raw["token"] == sha256(shown.token).digest()
    assert (receipt["terminal"], receipt["purpose"]) == ("T1", "dispensing")
    assert (receipt["uv"], receipt["method"]) == (True, "pin")
    x, y = (int.from_bytes(half, "big") for half in (raw["key"][:32], raw["key"][32:]))
    key = Token(shown.token).holder_key
    assert (x, y) == (key.x, key.y)
    assert bytes(shown.proof).endswith(raw["signature"])


def test_receipts_are_of_accepted_taps_only():
    journal, log, receipts = new_journal({Rule.RECEIPTS: True})
    lapsed = {
        Claim.HCOV: {
            Cover.FAMILY: "L",
            Cover.BIRTH_DATE: "1985-02-01",
            Cover.NIR: "255081416802538",
            Cover.ENTITLEMENTS: [],
        }
    }
    assert tap(journal, evidence(lapsed)) == "NO_ENTITLEMENT"
    assert tap(journal, evidence(), NOW + 6 * DAY) == "EXPIRED"
    assert tap(journal, evidence(holder=STRANGER)) == "CLONED"
    assert entries(receipts) == []
    assert all("receipt" not in entry for entry in entries(log))
    stale = trust({Rule.WARN_AFTER: 0, Rule.REFUSE_AFTER: 30 * DAY})
    assert tap(journal, evidence(), with_trust=stale) == "VALID_STALE"
    assert len(entries(receipts)) == 1


def test_no_receipt_of_a_proof_that_says_more():
    journal, log, receipts = new_journal({Rule.RECEIPTS: True})
    shown = evidence()
    for method, more in (
        ("Camille", {}),
        ("pin", {"name": "Camille"}),
        ("pin", {Header.KID: b"Camille"}),
    ):
        signed = ["borne-proof-1", shown.nonce, "T1", "dispensing", sha256(shown.token).digest()]
        protected = {Header.ALG: ES256, "uv": True, "method": method}
        protected.update(more)
        payload = cbor.encode(signed + [True, method])
        proof = HOLDER.sign1(protected, payload, detached=True)
        one = Evidence(shown.token, proof, shown.nonce, "T1", "dispensing")
        assert tap(journal, one) == "VALID"
        assert entries(log)[-1]["receipt"] is None
    assert entries(receipts) == []


def test_full_it_refuses_if_the_policy_says_so():
    kept = limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX
    limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX = 1000, 2
    try:
        journal, log, _ = new_journal({Rule.REFUSE_UNEXPORTED: True})

        def taps():
            for _ in range(30):
                journal.fault(NOW, "NO_TRUST", "the release cannot be read")

        assert raises(OSError, taps).args[0] == 28
        before = entries(log)
        journal.follow(8, Policy({Rule.REFUSE_UNEXPORTED: True}))
        assert raises(OSError, taps).args[0] == 28
        assert entries(log) == before
        # A tap that would only be counted is refused as well: there is no verdict without a trace.
        assert raises(OSError, journal.verdict, NOW, Verdict("TORN"), None).args[0] == 28
    finally:
        limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX = kept


def test_no_receipt_of_a_tap_that_is_refused_as_the_journal_is_full():
    journal, log, receipts = new_journal({Rule.REFUSE_UNEXPORTED: True, Rule.RECEIPTS: True})
    shown = evidence()
    verdict = verifier.verify(shown, trust(), NOW)
    kept = limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX
    try:
        tap(journal, shown)
        for _ in range(4):
            journal.fault(NOW, "TEST", "x" * 60)
        # The journal alone is full from here on: another receipt would fit.
        limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX = 2000, 1
        assert raises(OSError, journal.verdict, NOW, verdict, shown).args[0] == 28
        assert (len(entries(log)), len(entries(receipts))) == (5, 1)
        assert len(receipts.read(0, 2000)[0]) < 1300
    finally:
        limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX = kept


def test_the_issuers_digest_is_over_what_it_signed():
    shown = evidence()
    signed = verifier.verify(shown, trust(), NOW).signed
    assert ISSUER.sign(signed.digest) == Token(shown.token).message.signature


SIGNED = Signed("https://issuer.example/", bytes(32), None, None)
VISITS = 40  # taps with a signed token
UNSIGNED = ("NO_APPLICATION", "TORN", "MALFORMED", "UNKNOWN_ISSUER", "BAD_SIGNATURE", "UNSUPPORTED")


def run_down(journal, clock, codes, seconds, per_second=6):
    """Taps `codes` in turn, and lets the journal settle each minute as the terminal does."""
    for number in range(seconds * per_second):
        clock.seconds += 1 / per_second
        journal.verdict(clock.now(), Verdict(codes[number % len(codes)], "why"), None)
        if number % (60 * per_second) == 0:
            journal.settle(at_once=False)


def of_signed(log):
    """The entries whose token was signed."""
    return [entry for entry in entries(log) if "token" in entry]


def test_taps_without_a_signed_token_do_not_push_the_others_out():
    for codes, seconds in ((UNSIGNED[:1], 99), (UNSIGNED[:2], 99), (UNSIGNED, 7300)):
        clock = Clock()
        journal, log, _ = new_journal(clock=clock)
        for _ in range(VISITS):
            journal.verdict(clock.now(), Verdict("EXPIRED", signed=SIGNED), None)
        run_down(journal, clock, codes, seconds)
        assert len(of_signed(log)) == VISITS
        found = [entry for entry in entries(log) if "token" not in entry]
        assert len(found) <= len(codes) * (2 + seconds // limits.JOURNAL_FOLD_MAX)
        for code in codes:
            taps = [entry for entry in found if entry["verdict"] == code]
            assert sum([entry.get("count", 1) for entry in taps]) == 6 * seconds // len(codes)
            # The first is as it always was. The others have a count, and when the first and the last came.
            first, again = taps[0], taps[1]
            assert set(first) == COMMON | {"verdict", "detail", "release"}
            assert set(again) == COMMON | {"verdict", "count", "first", "last"}
            assert first["time"] <= again["first"] <= again["last"] <= again["time"]
            assert again["first"] - first["time"] <= len(codes)
            assert taps[-1]["last"] >= clock.now() - len(codes) - 1


def test_what_had_a_signed_token_never_folds():
    journal, log, _ = new_journal()
    for _ in range(20):
        for code in ("MALFORMED", "REVOKED"):
            journal.verdict(NOW, Verdict(code, signed=SIGNED), None)
            journal.verdict(NOW, Verdict("MALFORMED"), None)
    assert [entry["verdict"] for entry in of_signed(log)] == ["MALFORMED", "REVOKED"] * 20
    assert entries(log)[-1]["count"] == 39


def test_a_signed_token_that_cannot_be_judged_is_on_record_as_signed():
    def broken(case):
        raise verifier.DecodeError("damaged")

    for check, code in ((broken, "MALFORMED"), (lambda case: case.nothing, "INTERNAL")):
        for count, signed in ((2, False), (3, True)):
            checks = list(verifier.CHECKS[:count]) + [check]
            verdict = verifier.verify(evidence(), trust(), NOW, checks)
            assert (verdict.code, bool(verdict.signed)) == (code, signed)


def test_what_is_counted_is_written_when_its_time_is_over():
    clock = Clock()
    journal, log, _ = new_journal(clock=clock)
    log.reading = None  # so that looking changes nothing
    for at in (0, 10, 20, limits.JOURNAL_FOLD_MAX - 1):
        clock.seconds = at
        journal.settle(at_once=False)
        journal.verdict(clock.now(), Verdict("TORN"), None)
    assert len(entries(log)) == 1
    clock.seconds += 1
    journal.settle(at_once=False)
    _, folded = entries(log)
    assert (folded["count"], folded["time"]) == (3, NOW + limits.JOURNAL_FOLD_MAX)
    assert (folded["first"], folded["last"]) == (NOW + 10, NOW + limits.JOURNAL_FOLD_MAX - 1)
    # It keeps coming: the next hour is a line, too. Once it has stayed away for one, it has a line at once.
    journal.verdict(clock.now(), Verdict("TORN"), None)
    for lines in (3, 3, 4):
        clock.seconds += limits.JOURNAL_FOLD_MAX
        journal.settle(at_once=False)
        if lines == 4:
            journal.verdict(clock.now(), Verdict("TORN"), None)
        assert len(entries(log)) == lines


def test_what_is_counted_while_the_time_is_not_known():
    clock = Clock(tells=False)
    journal, log, _ = new_journal(clock=clock)
    for _ in range(3):
        journal.verdict(clock.now(), Verdict("CLOCK_UNSET"), None)
    _, folded = entries(log)
    assert folded["count"] == 2
    assert folded["first"] is folded["last"] is folded["time"] is None


def test_faults_that_come_and_go_do_not_push_others_out():
    journal, log, _ = new_journal()
    for number in range(100):
        for code in ("READER_RESET", "NO_READER", "INTERNAL", "LINK", "DISPLAY"):
            journal.fault(NOW, code, "the PN532 is silent")
        journal.verdict(NOW, Verdict("INTERNAL"), None)
        if number < 3:
            journal.fault(NOW, "STATUS_LIST", "status/%d: damaged" % number)  # of each list, once
    found = entries(log)
    assert [entry["detail"][:8] for entry in found if entry.get("fault") == "STATUS_LIST"] == [
        "status/%d" % number for number in range(3)
    ]
    counted = [(entry.get("fault"), entry["count"]) for entry in found if "count" in entry]
    assert sorted(counted, key=str) == sorted(
        [(code, 99) for code in ("READER_RESET", "NO_READER", "INTERNAL", "LINK", "DISPLAY", None)],
        key=str,
    )
    assert len(found) == 15


def test_what_cannot_be_written_stays_counted():
    journal, log, _ = new_journal({Rule.REFUSE_UNEXPORTED: True})
    for _ in range(3):
        journal.verdict(NOW, Verdict("TORN"), None)
    kept = limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX
    try:
        limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX = 100, 1  # full
        assert len(entries(log)) == 1
    finally:
        limits.JOURNAL_SEGMENT_MAX, limits.JOURNAL_SEGMENTS_MAX = kept
    journal.verdict(NOW, Verdict("TORN"), None)
    assert entries(log)[-1]["count"] == 3


def test_there_is_room_for_every_kind():
    journal, log, _ = new_journal()
    # An accept or a warning has a signed token behind it.
    codes = [code for code in SEVERITIES if SEVERITIES[code] not in (ACCEPT, WARN)]
    faults = ("READER_RESET", "NO_READER", "INTERNAL", "LINK", "DISPLAY")
    for _ in range(2):
        for code in codes:
            journal.verdict(NOW, Verdict(code), None)
        for code in faults:
            journal.fault(NOW, code, "")
    counted = [entry for entry in entries(log) if "count" in entry]
    assert len(counted) == len(codes) + len(faults) == limits.JOURNAL_KINDS_MAX


def test_pseudonyms_rest_on_the_mixed_entropy():
    """Also where os.urandom always gives the same: each start and each day has a key of its own."""
    path = scratch("entropy") + "/seed"
    with open(path, "wb") as file:
        file.write(b"s" * 32)
    found = []
    for _ in range(3):
        mixed = Entropy(path, "T-1", bytes, lambda: 0)
        journal, log, _ = new_journal(random=mixed.random)
        for now in (NOW, NOW + 1, NOW + DAY):
            journal.verdict(now, Verdict("EXPIRED", signed=SIGNED), None)
        first, again, next_day = [entry["token"] for entry in entries(log)]
        assert first == again
        found += [first, next_day]
    assert len(set(found)) == 6
