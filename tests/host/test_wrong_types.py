"""A value of another type in each place of each structure: both interpreters judge alike, with no error but a
refusal. MicroPython's True is no int, a memoryview there equals text of the same bytes, and so on."""

import hashlib
import json
import os
import zlib

import cbor2
import judge_mdoc_on_vm
import judge_on_vm
import judge_parts_on_vm
import pytest
from judge_on_vm import NONCE, NOW, PURPOSE, TERMINAL
from mdoc_world import EHIC, HCOV, READER, ROOT, TRANSCRIPT, document, response
from mutations import cose_key, key, sign1
from names import (
    COSE_KEY,
    ES256,
    Claim,
    Cover,
    Delegate,
    Eligible,
    Header,
    Key,
    Root,
    Rule,
)
from vm_judge import VmJudge

from borne.crypto import p256
from borne.token import attributes
from borne.verify.verdict import SEVERITIES
from bornetools.issuer import mdoc as issuer

pytestmark = pytest.mark.usefixtures("quick_p256")

WRONG = [
    True,
    False,
    None,
    0,
    1,
    -1,
    1.5,
    b"",
    b"x",
    "",
    "x",
    [],
    {},
    cbor2.CBORTag(0, "x"),
    cbor2.CBORTag(24, b"\xf5"),
    cbor2.undefined,
    253402300800,  # beyond the year 9999
    1 << 63,
]
DAY = 86400
URI, LIST_URI = "https://issuer.example/", "https://issuer.example/status/1"
HEAP = 4_000_000


def variants(value):
    """Yields (value of a place, wrong one, `value` with the wrong one in that place) for each place in it."""
    for wrong in WRONG:
        if type(wrong) is not type(value) or wrong != value:
            yield value, wrong, wrong
    if isinstance(value, str):
        yield value, value.encode(), value.encode()
    elif isinstance(value, bytes):
        yield value, value.decode("latin-1"), value.decode("latin-1")
    if isinstance(value, dict):
        for label in value:
            for was, wrong, part in variants(value[label]):
                yield was, wrong, {**value, label: part}
    elif isinstance(value, list):
        for place in range(len(value)):
            for was, wrong, part in variants(value[place]):
                yield was, wrong, [*value[:place], part, *value[place + 1 :]]
    elif isinstance(value, cbor2.CBORTag):
        for was, wrong, part in variants(value.value):
            yield was, wrong, cbor2.CBORTag(value.tag, part)


def some(cases, one_in=8):
    """Those with True, or with text for bytes or bytes for text, and one in so many others; with --times
    more of them."""
    step = max(1, one_in // int(os.environ["BORNE_TIMES"]))
    for number, case in enumerate(cases):
        alike = isinstance(case[0], str | bytes) and isinstance(case[1], str | bytes)
        if case[1] is True or (alike and type(case[0]) is not type(case[1])) or number % step == 0:
            yield case


def encodings(value):
    """As `variants`, encoded."""
    for was, wrong, whole in variants(value):
        yield was, wrong, cbor2.dumps(whole)


def is_lax(was, wrong):
    """Whether an accepted `wrong` in the place of `was` shows that the type was not looked at. (What an
    identifier list says of an identifier, an empty map, is for nobody.)"""
    if isinstance(was, str | bytes):
        return type(wrong) is not type(was)
    return isinstance(wrong, bool | float) and not isinstance(was, bool) and was != {}


# Tokens

ISSUER, HOLDER = key(1001), key(1002)
KEYS = cbor2.dumps([{**cose_key(ISSUER), Key.KID: b"k1", Key.ISSUER: URI}]).hex()
CLAIMS = {
    Claim.ISS: URI,
    Claim.EXP: NOW + DAY,
    Claim.NBF: NOW - DAY,
    Claim.IAT: NOW - DAY,
    Claim.CTI: bytes(16),
    Claim.CNF: {COSE_KEY: {**cose_key(HOLDER), Key.KID: bytes(43), Key.ALG: ES256, Key.OPS: [2]}},
    Claim.HCOV: {
        Cover.FAMILY: "Lefèvre",
        Cover.GIVEN: "Zoé",
        Cover.BIRTH_DATE: cbor2.CBORTag(1004, "1985-02-01"),
        Cover.NIR: "255081416802538",
        Cover.RANK: 1,
        Cover.SCHEME: "01-751-0001",
        Cover.DEPARTEMENT: "2A",
        Cover.ENTITLEMENTS: [["AMO", "2027-01-01", "2027-12-31"]],
        Cover.PROOFING: "eid",
        Cover.DELEGATE: {
            Delegate.FAMILY: "Lefèvre",
            Delegate.GIVEN: "Élodie",
            Delegate.UNTIL: "2030-01-01",
        },
    },
}
STATUS = {"status_list": {"idx": 7, "uri": LIST_URI}}
HEADER = {Header.ALG: ES256, Header.CRIT: [4], Header.KID: b"k1"}
PROOF_HEADER = {Header.ALG: ES256, Header.CRIT: ["uv"], "uv": True, "method": "pin"}


def token(claims=None, header=None):
    return sign1(ISSUER, header or cbor2.dumps(HEADER), claims or cbor2.dumps(CLAIMS))


def proof(of_token, header=None):
    digest = hashlib.sha256(of_token).digest()
    signed = cbor2.dumps(["borne-proof-1", NONCE, TERMINAL, PURPOSE, digest, True, "pin"])
    return sign1(HOLDER, header or cbor2.dumps(PROOF_HEADER), signed, detached=True)


TOKEN = token()


def hinted():
    """A token whose kid is in the unprotected header, as what cbor2 encodes."""
    signed = cbor2.loads(token(header=cbor2.dumps({Header.ALG: ES256})))
    signed.value[1] = {Header.KID: b"k1"}
    return signed


def tokens():
    """Yields (value, wrong one, (token, proof))."""
    for was, wrong, data in encodings(CLAIMS):
        made = token(claims=data)
        yield was, wrong, (made, proof(made))
    for was, wrong, status in variants(STATUS):
        made = token(claims=cbor2.dumps({**CLAIMS, Claim.STATUS: status}))
        yield was, wrong, (made, proof(made))
    for was, wrong, data in encodings(HEADER):
        made = token(header=data)
        yield was, wrong, (made, proof(made))
    for was, wrong, made in encodings(hinted()):
        yield was, wrong, (made, proof(made))
    for was, wrong, data in encodings(PROOF_HEADER):
        yield was, wrong, (TOKEN, proof(TOKEN, data))
    for was, wrong, data in encodings(cbor2.loads(proof(TOKEN))):
        yield was, wrong, (TOKEN, data)


def test_tokens():
    good = ["token", KEYS, TOKEN.hex(), proof(TOKEN).hex()]
    assert judge_on_vm.judge(*good)[0] == "VALID"
    made = cbor2.dumps(hinted())
    assert judge_on_vm.judge("token", KEYS, made.hex(), proof(made).hex())[0] == "VALID"
    cases = list(some(tokens()))
    with VmJudge(judge_on_vm, heap=HEAP) as on_vm:
        said = on_vm(["token", KEYS, data.hex(), more.hex()] for *_, (data, more) in cases)
    for (was, wrong, (data, more)), there in zip(cases, said, strict=True):
        here = judge_on_vm.judge("token", KEYS, data.hex(), more.hex())
        assert here == there, (was, wrong)
        assert here[0] != "INTERNAL", (was, wrong)
        if SEVERITIES[here[0]] in ("accept", "warn"):
            assert not is_lax(was, wrong), (was, wrong)


# Structures that are read by themselves

LIST_ISSUER = key(int.from_bytes(hashlib.sha256(b"issuer").digest(), "big") % p256.N)
LIST = {
    Claim.SUB: LIST_URI,
    Claim.EXP: NOW + DAY,
    Claim.NBF: NOW - DAY,
    Claim.IAT: NOW - DAY,
    Claim.TTL: 60,
}
STATUS_LIST = {**LIST, Claim.STATUS_LIST: {"bits": 2, "lst": zlib.compress(bytes(range(250)))}}
IDENTIFIER_LIST = {**LIST, Claim.IDENTIFIER_LIST: {"identifiers": {b"id": {}, b"other": {}}}}
TYPES = {"statuslist+cwt": STATUS_LIST, "identifierlist+cwt": IDENTIFIER_LIST}
WHOLE = {
    "keys": [
        {
            **cose_key(ISSUER),
            Key.KID: b"k1",
            Key.ALG: ES256,
            Key.OPS: [2],
            Key.ISSUER: URI,
            Key.NOT_BEFORE: NOW - DAY,
            Key.NOT_AFTER: NOW + DAY,
            Key.STATE: 0,
        },
        {**cose_key(HOLDER), Key.KID: b"k2"},
    ],
    "roots": [{Root.CERTIFICATE: ROOT.der, Root.DOC_TYPES: ["d"], Root.STATE: 0, Root.NAME: "n"}],
    "policy": {
        Rule.WARN_AFTER: 7 * DAY,
        Rule.REFUSE_AFTER: 30 * DAY,
        Rule.CLOCK_SKEW: 60,
        Rule.PURPOSES: ["dispensing"],
        Rule.USER_VERIFICATION: True,
        Rule.RELAY_BOUND: 400,
        Rule.ELIGIBILITY: {
            Eligible.MINIMUM_AGE: 16,
            Eligible.FUNDS: ["01-"],
            Eligible.DEPARTEMENTS: ["75"],
            Eligible.GENERAL_FROM: "2027-01-01",
        },
        Rule.REST: 6,
    },
    "engagement": cbor2.loads(judge_parts_on_vm.ENGAGEMENT),
    "session": {"data": bytes(40), "status": 20},
}


def lists():
    for typ, claims in TYPES.items():
        header = {Header.ALG: ES256, Header.KID: b"k1", Header.TYP: typ}
        for was, wrong, data in encodings(claims):
            yield was, wrong, sign1(LIST_ISSUER, cbor2.dumps(header), data)
        for was, wrong, data in encodings(header):
            yield was, wrong, sign1(LIST_ISSUER, data, cbor2.dumps(claims))
        signed = cbor2.loads(sign1(LIST_ISSUER, cbor2.dumps(header), cbor2.dumps(claims)))
        for was, wrong, data in encodings(signed):
            yield was, wrong, data


def structures():
    """Yields (value, wrong one, (kind, encoding))."""
    for was, wrong, data in lists():
        yield was, wrong, ("list", data)
    for kind, whole in WHOLE.items():
        for was, wrong, data in encodings(whole):
            yield was, wrong, (kind, data)


def test_structures():
    cases = list(some(structures()))
    with VmJudge(judge_parts_on_vm, heap=HEAP) as on_vm:
        said = on_vm([kind, data.hex()] for *_, (kind, data) in cases)
    for (was, wrong, (kind, data)), there in zip(cases, said, strict=True):
        here = judge_parts_on_vm.judge(kind, data.hex())
        here = json.loads(json.dumps(here))
        assert here == there, (kind, was, wrong)
        for one in here:
            # It does not matter in which way the bytes lie there.
            assert one == here[0], (kind, was, wrong)
            refused = isinstance(one, list) and one and str(one[0]).endswith("Error")
            if kind in ("keys", "roots"):  # an entry that is not understood is left out
                refused = refused or len(one) < len(WHOLE[kind])
            assert one[:1] != ["INTERNAL"], (kind, was, wrong, one)
            assert refused or not is_lax(was, wrong), (kind, was, wrong, one)


# mdocs

SCALAR = f"{READER.private_numbers().private_value:064x}"
BOTH = {
    "status_list": {"idx": 7, "uri": LIST_URI},
    "identifier_list": {"id": b"i", "uri": LIST_URI},
}


def mdocs():
    """Yields (value, wrong one, DeviceResponse)."""
    seen = {}
    document(status=BOTH, change_mso=lambda mso: seen.setdefault("mso", mso))
    seen["mso"]["deviceKeyInfo"]["keyAuthorizations"] = {
        "nameSpaces": ["n"],
        "dataElements": {"m": ["e"]},
    }
    for was, wrong, mso in variants(seen["mso"]):
        yield was, wrong, response(document(change_mso=lambda _, mso=mso: mso))
    for elements in (EHIC, HCOV):
        ((doc_type, values),) = elements.items()
        for name in sorted(set(attributes.asked(doc_type)) & set(values)):
            for was, wrong, value in variants(values[name]):
                yield was, wrong, response(document({doc_type: {**values, name: value}}))
    for was, wrong, item in items():
        yield was, wrong, response(document(change_item=item))
    for made in (response(change=with_errors), response(reader_key=READER.public_key())):
        for was, wrong, data in encodings(cbor2.loads(made)):
            yield was, wrong, data


def with_errors(whole):
    whole["documents"][0]["errors"] = {issuer.EHIC: {"forename": 0}}
    return {**whole, "documentErrors": [{issuer.PID: 0}]}


def items():
    """Yields (value, wrong one, what changes the items of a document) for the fields of one."""
    for field in ("digestID", "elementIdentifier"):
        for wrong in WRONG:

            def change(item, field=field, wrong=wrong):
                return {**item, field: wrong}

            yield "", wrong, change


def test_mdocs():
    cases = list(some(mdocs(), 32))
    arguments = [[ROOT.der.hex(), data.hex(), TRANSCRIPT.hex(), SCALAR, NOW] for *_, data in cases]
    with VmJudge(judge_mdoc_on_vm, heap=HEAP) as on_vm:
        said = on_vm(arguments)
    for (was, wrong, _), case, there in zip(cases, arguments, said, strict=True):
        here = judge_mdoc_on_vm.judge(*case)
        assert here == there, (was, wrong)
        assert here[0] != "INTERNAL", (was, wrong)
        if SEVERITIES[here[0]] in ("accept", "warn"):
            assert not is_lax(was, wrong), (was, wrong)
