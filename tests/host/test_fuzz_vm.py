"""Mutated messages on the MicroPython VM and on CPython: one judgement, and never INTERNAL.

The two differ where bad input shows it: hashing, text, deep recursion, and the VM's own inflater.
"""

import hashlib
import zlib

import cbor2
import judge_on_vm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_on_vm import NONCE, NOW, PURPOSE, TERMINAL
from mutations import altered, cose_key, damaged, damages, encode, examples, key, sign1, tree
from names import COSE_KEY, ES256, Claim, Cover, Header, Key
from vm_judge import VmJudge

pytestmark = pytest.mark.usefixtures("quick_p256")  # on CPython

ISSUER, HOLDER = key(1001), key(1002)
URI = "https://issuer.example/"
KEYS = cbor2.dumps([{**cose_key(ISSUER), Key.KID: b"k1", Key.ISSUER: URI}]).hex()
CLAIMS = tree(
    {
        Claim.ISS: URI,
        Claim.EXP: NOW + 86400,
        Claim.CNF: {COSE_KEY: cose_key(HOLDER)},
        Claim.HCOV: {
            Cover.FAMILY: "Lefèvre",
            Cover.GIVEN: "Zoé 😀",
            Cover.BIRTH_DATE: cbor2.CBORTag(1004, "1985-02-01"),
            Cover.NIR: "255081416802538",
            Cover.ENTITLEMENTS: [["AMO", "2027-01-01", "2027-12-31"]],
        },
    }
)
HEADER = tree({Header.ALG: ES256, Header.CRIT: [4], Header.KID: b"k1"})
LIST_HEADER = cbor2.dumps(
    {Header.ALG: ES256, Header.KID: b"k1", Header.TYP: "application/statuslist+cwt"}
)
VALUES = bytes(index * 7 % 256 for index in range(600))
HEAP = (
    2_000_000  # for any window of an inflater: what a terminal does within its own is tested there
)


def token(header, claims):
    """A token of those bytes with a good proof, as a case."""
    signed = sign1(ISSUER, header, claims)
    return ["token", KEYS, signed.hex(), proof(signed).hex()]


def proof(of_token):
    digest = hashlib.sha256(of_token).digest()
    payload = cbor2.dumps(["borne-proof-1", NONCE, TERMINAL, PURPOSE, digest, True, "pin"])
    return sign1(
        HOLDER,
        cbor2.dumps({Header.ALG: ES256, "uv": True, "method": "pin"}),
        payload,
        detached=True,
    )


def status_list(index, claims):
    return ["list", KEYS, sign1(ISSUER, LIST_HEADER, claims).hex(), index]


def of_values(index, damage, bits):
    entry = {"bits": bits, "lst": damage(zlib.compress(VALUES, wbits=10))}
    return status_list(
        index, encode(tree({Claim.SUB: URI, Claim.IAT: NOW, Claim.STATUS_LIST: entry}))
    )


GOOD = token(encode(HEADER), encode(CLAIMS))
TOKENS = st.one_of(
    st.builds(
        token, st.just(encode(HEADER)), altered(CLAIMS).map(encode) | damaged(encode(CLAIMS))
    ),
    st.builds(
        token, altered(HEADER).map(encode) | damaged(encode(HEADER)), st.just(encode(CLAIMS))
    ),
    damages.map(lambda damage: [*GOOD[:3], damage(bytes.fromhex(GOOD[3])).hex()]),
)
LISTS = st.builds(of_values, st.integers(0, 5000), damages, st.sampled_from([1, 2, 4, 8]))


@pytest.fixture(scope="module")
def on_vm():
    with VmJudge(judge_on_vm, heap=HEAP) as judge:
        yield judge


@examples(50)
@given(st.lists(TOKENS, min_size=1, max_size=40))
def test_tokens(on_vm, cases):
    cases = [GOOD, *cases]
    for said, case in zip(on_vm(cases), cases, strict=True):
        here = judge_on_vm.judge(*case)
        assert said == here
        assert here[0] != "INTERNAL"


@examples(40)
@given(st.lists(LISTS, min_size=1, max_size=40))
def test_status_lists(on_vm, cases):
    cases = [of_values(1, bytes, 2), *cases]
    for said, case in zip(on_vm(cases), cases, strict=True):
        here = judge_on_vm.judge(*case)
        # zlib gives up at once on a bad block, the VM's inflater where it meets it.
        assert said == here or (here is None and type(said) is int)
