"""Which phone that is read again is the one that was."""

from borne.verify.same_tap import SameTap
from borne.verify.verdict import Signed, Verdict


class Evidence:
    def __init__(self, token):
        self.token = token


class Response:
    """A wallet's evidence has no token."""


def signed(code, digest):
    return Verdict(code, signed=Signed(None, digest, None, None))


A, B = b"a" * 32, b"b" * 32


def repeats(first, second, forgotten=False):
    """Whether the second (Verdict, evidences) is the same tap as the first."""
    same = SameTap()
    assert not same.repeats(*first)
    if forgotten:
        same.forget()
    return same.repeats(*second)


def test_a_token_is_known_by_what_its_issuer_signed_and_by_its_verdict():
    mine = signed("VALID", A), [Evidence(b"token")]
    assert repeats(mine, mine)
    assert repeats(mine, (signed("VALID", A), [Evidence(b"in another encoding")]))
    assert not repeats(mine, (signed("VALID", B), [Evidence(b"token")]))
    assert not repeats(mine, (signed("CLONED", A), [Evidence(b"token")]))


def test_a_token_whose_signature_did_not_verify_is_known_by_its_bytes():
    mine = Verdict("UNKNOWN_ISSUER"), [Evidence(b"token")]
    assert repeats(mine, mine)
    assert not repeats(mine, (Verdict("UNKNOWN_ISSUER"), [Evidence(b"other")]))
    assert not repeats(mine, (Verdict("UNKNOWN_ISSUER"), []))


def test_all_beneficiaries_count():
    mine = signed("VALID", A), [Evidence(b"a"), Evidence(b"b")]
    assert repeats(mine, mine)
    for others in ([], [b"c"], [b"b", b"c"]):
        found = [Evidence(b"a")] + [Evidence(token) for token in others]
        assert not repeats(mine, (signed("VALID", A), found))


def test_a_wallet_and_what_was_forgotten_equal_nothing():
    token, wallet = (signed("VALID", A), [Evidence(b"a")]), (signed("VALID", A), [Response()])
    assert not repeats(wallet, wallet)
    assert not repeats(token, wallet)
    assert not repeats(wallet, token)
    assert not repeats(token, token, forgotten=True)
    assert not repeats(token, wallet, forgotten=True)


def test_what_was_not_read_is_known_by_its_verdict():
    locked = Verdict("HOLDER_NOT_PRESENT"), []
    assert repeats(locked, locked)
    assert repeats(locked, locked, forgotten=True)
    assert not repeats(locked, (Verdict("TORN"), []))
    assert not repeats(locked, (Verdict("HOLDER_NOT_PRESENT"), [Evidence(b"a")]))


def test_nothing_of_a_digest_is_left():
    same = SameTap()
    same.repeats(signed("VALID", A), [Evidence(b"a")])
    assert bytes(same._digest) != bytes(32)
    same.forget()
    assert bytes(same._digest) == bytes(32)
