import json
from binascii import a2b_base64
from hashlib import sha256

from names import ES256, Claim, Cover, Header, Key, Rule
from support import raises, scratch
from test_verifier import HOLDER, ISSUER, ISSUER_URI, NOW, STRANGER, evidence, trust

from borne import limits
from borne.journal.chained_log import ChainedLog
from borne.journal.journal import Journal
from borne.token import cbor
from borne.token.cwt import Token
from borne.trust.policy import Policy
from borne.verify import verifier
from borne.verify.evidence import Evidence, MdocEvidence
from borne.verify.verdict import Signed, Verdict

DAY = 86400
COMMON = {"n", "time", "hash"}


def new_journal(policy=None, release=7):
    folder = scratch("journal")
    logs = [ChainedLog(folder + "/" + name, "T-1", None) for name in ("journal", "receipts")]
    journal = Journal(*logs)
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
                journal.verdict(NOW, Verdict("TORN"), None)

        assert raises(OSError, taps).args[0] == 28
        before = entries(log)
        journal.follow(8, Policy({Rule.REFUSE_UNEXPORTED: True}))
        assert raises(OSError, taps).args[0] == 28
        assert entries(log) == before
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
