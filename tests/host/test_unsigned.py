"""Changes that nobody has signed: what is shown, recorded and accepted stays, or the verdict is a refusal.

Anything of a message may change but what is signed, and the kid in particular: it is only a hint.
"""

import hashlib
import zlib

import cbor2
import judge_mdoc_on_vm
import judge_on_vm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_on_vm import NONCE, NOW, PURPOSE, TERMINAL
from mdoc_world import HCOV, READER, ROOT, SIGNER, TRANSCRIPT, document, response
from mutations import Branch, cose_key, damaged, encode, examples, items, key, sign1, tree
from names import COSE_KEY, ES256, Claim, Cover, Header, Key
from vm_judge import VmJudge

from borne.token.key_set import KeySet
from borne.trust.status import StatusList
from borne.verify.verdict import SEVERITIES
from bornetools.issuer import mdoc as issuer

pytestmark = pytest.mark.usefixtures("quick_p256")

HEAP = 2_000_000
DAY = 86400
URI, OTHER_URI = "https://issuer.example/", "https://other.example/"
ISSUER, OTHER, REVOKED, UNBOUND, HOLDER = (key(number) for number in range(1001, 1006))
# Two issuers have one kid, one issuer has two keys with it, and a key is of no issuer.
KEYS = cbor2.dumps(
    [
        {**cose_key(OTHER), Key.KID: b"k1", Key.ISSUER: OTHER_URI},
        {**cose_key(REVOKED), Key.KID: b"k1", Key.ISSUER: URI, Key.STATE: 1},
        {**cose_key(ISSUER), Key.KID: b"k1", Key.ISSUER: URI},
        {**cose_key(UNBOUND), Key.KID: b"k2"},
    ]
).hex()


def claims(uri):
    return cbor2.dumps(
        {
            Claim.ISS: uri,
            Claim.EXP: NOW + DAY,
            Claim.CNF: {COSE_KEY: cose_key(HOLDER)},
            Claim.HCOV: {
                Cover.FAMILY: "Lefèvre",
                Cover.BIRTH_DATE: "1985-02-01",
                Cover.NIR: "255081416802538",
                Cover.ENTITLEMENTS: [["AMO", "2027-01-01", "2027-12-31"]],
            },
        }
    )


def signed(private, uri, protected, unprotected):
    message = cbor2.loads(sign1(private, cbor2.dumps(protected), claims(uri)))
    message.value[1] = unprotected
    return cbor2.dumps(message)


ALG, KID = {Header.ALG: ES256}, {Header.KID: b"k1"}
TOKENS = {
    "kid protected": signed(ISSUER, URI, ALG | KID, {}),
    "kid unprotected": signed(ISSUER, URI, ALG, KID),
    "another issuer's": signed(OTHER, OTHER_URI, ALG, KID),
    "a revoked key's": signed(REVOKED, URI, ALG, KID),
    "no issuer's": signed(UNBOUND, URI, ALG, {Header.KID: b"k2"}),
}
CODES = ["VALID", "VALID", "VALID", "BAD_SIGNATURE", "VALID"]


def proof(token, unprotected=None):
    digest = hashlib.sha256(token).digest()
    payload = cbor2.dumps(["borne-proof-1", NONCE, TERMINAL, PURPOSE, digest, True, "pin"])
    header = cbor2.dumps(ALG | {"uv": True, "method": "pin"})
    message = cbor2.loads(sign1(HOLDER, header, payload, detached=True))
    message.value[1] = unprotected or {}
    return cbor2.dumps(message)


def token_case(token, proof):
    return ["token", KEYS, token.hex(), proof.hex()]


# Unprotected headers of any kind, those that say something first.
_LABELS = st.sampled_from([*range(1, 8), 16, 33, 34, "uv", "method", b"k"]) | items
_VALUES = st.sampled_from([b"k1", b"k2", "k1", ES256, [4], [99], "statuslist+cwt", True, None])
_CERTIFICATES = st.sampled_from([SIGNER.der, ROOT.der, [SIGNER.der], [SIGNER.der, ROOT.der]])
_PAIRS = st.lists(st.tuples(_LABELS, _VALUES | _CERTIFICATES.map(tree) | items), max_size=4)


def header(pairs):
    return Branch(5, tuple(part for pair in pairs for part in map(tree_of, pair)))


def tree_of(part):
    return tree(part) if isinstance(part, list) else part


HEADERS = _PAIRS.map(header)


def with_header(message, change):
    """The tree of a message (COSE_Sign1 array) with another unprotected header; what was there may stay."""
    raw, present, payload, signature = message.children
    keep, new = change
    pairs = (present.children if keep else ()) + new.children
    return Branch(message.major, (raw, Branch(5, pairs), payload, signature))


CHANGES = st.tuples(st.booleans(), HEADERS)


def changed_sign1(data):
    """Encodings of a tagged COSE_Sign1 with anything in its unprotected header, or damaged anywhere."""
    whole = tree(cbor2.loads(data))
    by_header = CHANGES.map(
        lambda change: encode(Branch(6, (with_header(whole.children[0], change),), 18))
    )
    in_cwt = st.just(b"\xd8\x3d" + data)
    return by_header | damaged(data) | in_cwt


def accepted(judged):
    """Whether a verdict, or what is read of a list, is no refusal."""
    if not isinstance(judged, list):
        return judged != "refused"
    return SEVERITIES[judged[0]] in ("accept", "warn")


def check(before, after):
    """Compares two judgements, the first on what was not changed."""
    assert after[0] != "INTERNAL"
    assert after == before or not accepted(after)


@pytest.fixture(scope="module")
def judge():
    """Judges a token's case on both interpreters."""
    with VmJudge(judge_on_vm, heap=HEAP) as on_vm:
        yield both(judge_on_vm.judge, on_vm)


def both(here, on_vm):
    def judge(case):
        judged = here(*case)
        (there,) = on_vm([case])
        # Of two faults in one map the interpreters may find another first: dicts have no order on the VM.
        if judged != there:
            assert not accepted(judged)
            assert not accepted(there)
            assert there[0] != "INTERNAL"
        return judged

    return judge


@pytest.mark.parametrize(("name", "code"), list(zip(TOKENS, CODES, strict=True)))
def test_tokens_as_they_are(judge, name, code):
    judged = judge(token_case(TOKENS[name], proof(TOKENS[name])))
    assert judged[0] == code
    _, (issuer_name, *_) = judged[2:] if accepted(judged) else (None, (None,))
    assert issuer_name == {"kid protected": URI, "kid unprotected": URI}.get(
        name, OTHER_URI if name == "another issuer's" else None
    )


@examples(100)
@given(st.data())
def test_a_token_that_is_changed(judge, data):
    token = TOKENS[data.draw(st.sampled_from(sorted(TOKENS)))]
    changed = data.draw(changed_sign1(token))
    before = judge_on_vm.judge(*token_case(token, proof(token)))
    # The phone signs what it sends: its proof is a new one.
    after = judge(token_case(changed, proof(changed)))
    check(recorded(before), recorded(after))
    assert not accepted(judge_on_vm.judge(*token_case(changed, proof(token)))) or changed == token


def recorded(judged):
    """Without the proof's signature, which is another each time."""
    code, detail, shown, record = judged
    return [code, detail, shown, record and record[:-1]]


@examples(100)
@given(st.data())
def test_a_proof_that_is_changed(judge, data):
    token = TOKENS["kid unprotected"]
    good = proof(token)
    before = judge_on_vm.judge(*token_case(token, good))
    check(before, judge(token_case(token, data.draw(changed_sign1(good)))))


LIST = cbor2.dumps(
    {
        Claim.SUB: URI + "status/1",
        Claim.IAT: NOW,
        Claim.STATUS_LIST: {"bits": 2, "lst": zlib.compress(bytes(range(200)))},
    }
)


@examples(100)
@given(st.booleans(), st.data())
def test_a_status_list_that_is_changed(judge, protected, data):
    typ = {Header.ALG: ES256, Header.TYP: "statuslist+cwt"}
    message = cbor2.loads(sign1(ISSUER, cbor2.dumps(typ | KID if protected else typ), LIST))
    message.value[1] = {} if protected else KID
    changed = data.draw(changed_sign1(cbor2.dumps(message)))
    values = [judge(["list", KEYS, changed.hex(), index]) for index in (3, 4)]
    assert values in ([0, 1], ["refused"] * 2)
    if values != ["refused"] * 2:
        found = StatusList(changed, KeySet.decode(bytes.fromhex(KEYS)))
        assert (found.uri, found.issuer) == (URI + "status/1", URI)


# mdocs

SCALAR = f"{READER.private_numbers().private_value:064x}"
PERSON = document(issuer.pid("Lefèvre", "Zoé", "1985-02-01"))
MDOCS = {
    "signed": response(),
    "by MAC": response(reader_key=READER.public_key()),
    "two documents": response(document(), PERSON),
    "ours": response(document(HCOV)),
    "no card": response(PERSON, document({"other": {"a": 1}}, "other")),
}
MDOC_CODES = ["VALID", "VALID", "VALID", "VALID", "NO_ENTITLEMENT"]


def mdoc_case(data):
    return [ROOT.der.hex(), data.hex(), TRANSCRIPT.hex(), SCALAR, NOW]


@pytest.fixture(scope="module")
def judge_mdoc():
    with VmJudge(judge_mdoc_on_vm, heap=HEAP) as on_vm:
        yield both(judge_mdoc_on_vm.judge, on_vm)


@pytest.mark.parametrize(("name", "code"), list(zip(MDOCS, MDOC_CODES, strict=True)))
def test_mdocs_as_they_are(judge_mdoc, name, code):
    assert judge_mdoc(mdoc_case(MDOCS[name]))[0] == code


def within(node, *path):
    """The branch at a path of keys and places."""
    for step in path:
        node = node.children[place_of(node, step)]
    return node


def place_of(node, step):
    return node.children.index(step) + 1 if node.major == 5 else step


def put(node, path, part):
    """The tree with `part` at a path of keys and places."""
    if not path:
        return part
    place = place_of(node, path[0])
    children = list(node.children)
    children[place] = put(children[place], path[1:], part)
    return Branch(node.major, tuple(children), node.tag)


def added(node, path, label, part):
    """The tree with one more pair in the map at a path."""
    there = within(node, *path)
    return put(node, path, Branch(5, (*there.children, label, part)))


_ERRORS = st.one_of(
    st.sampled_from([{issuer.PID: 0}, {issuer.HCOV: 0}, {issuer.PID: 1}, {"other": 0}]).map(tree),
    items,
)


@st.composite
def changed_mdoc(draw, data):
    """Encodings of a response with something else where nothing is signed."""
    whole = tree(cbor2.loads(data))
    count = len(within(whole, "documents").children)
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["issuer", "device", "errors", "response", "order"]))
        path = ("documents", draw(st.integers(0, count - 1)))
        if kind == "issuer":
            path += ("issuerSigned", "issuerAuth")
            whole = put(whole, path, with_header(within(whole, *path), draw(CHANGES)))
        elif kind == "device":
            path += ("deviceSigned", "deviceAuth")
            path += (within(whole, *path).children[0],)
            whole = put(whole, path, with_header(within(whole, *path), draw(CHANGES)))
        elif kind == "errors":
            errors = Branch(
                5, (draw(st.sampled_from([issuer.EHIC, issuer.PID, "x"])), draw(_ERRORS))
            )
            whole = added(whole, path, "errors", errors)
        elif kind == "response":
            label = draw(st.sampled_from(["documentErrors", "more"]))
            whole = added(whole, (), label, Branch(4, (draw(_ERRORS),)))
        else:
            documents = draw(st.permutations(within(whole, "documents").children))
            whole = put(whole, ("documents",), Branch(4, tuple(documents)))
    return encode(whole)


@examples(80)
@given(st.data())
def test_an_mdoc_that_is_changed(judge_mdoc, data):
    good = MDOCS[data.draw(st.sampled_from(sorted(MDOCS)))]
    before = judge_mdoc_on_vm.judge(*mdoc_case(good))
    changed = data.draw(changed_mdoc(good) | damaged(good))
    check(before, judge_mdoc(mdoc_case(changed)))


@pytest.mark.parametrize("label", [Header.ALG, Header.CRIT, Header.TYP])
@pytest.mark.parametrize("place", ["issuer", "device"])
def test_what_has_to_be_signed_is_refused_where_it_is_not(judge_mdoc, label, place):
    def change(whole):
        (one,) = whole["documents"]
        (auth,) = one["deviceSigned"]["deviceAuth"].values()
        (one["issuerSigned"]["issuerAuth"] if place == "issuer" else auth)[1][label] = ES256
        return whole

    for reader_key in (None, READER.public_key()):
        made = response(reader_key=reader_key, change=change)
        assert judge_mdoc(mdoc_case(made))[0] == "MALFORMED"


@pytest.mark.parametrize("place", ["issuer", "device"])
def test_anything_else_is_passed_over(judge_mdoc, place):
    def change(whole):
        (one,) = whole["documents"]
        (auth,) = one["deviceSigned"]["deviceAuth"].values()
        header = (one["issuerSigned"]["issuerAuth"] if place == "issuer" else auth)[1]
        header |= {Header.KID: cbor2.undefined, "x": 1.5, 99: [{}], -1: True, 5: bytes(100)}
        return whole

    assert judge_mdoc(mdoc_case(response(change=change)))[0] == "VALID"
