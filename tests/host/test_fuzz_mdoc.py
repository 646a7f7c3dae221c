"""Responses that are almost right, before the firmware's verifier.

Whatever is changed in a response or in the certificates that it carries, nothing is accepted or warned of:
each byte is signed, authenticated, or of a form that has no other. What a wallet may leave out, because a
holder need not show everything, changes nobody's name.
"""

import cbor2
import judge_mdoc_on_vm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mdoc_world import HCOV, NOW, READER, ROOT, TRANSCRIPT, document, judge, response
from mutations import altered, damaged, encode, examples, tree
from vm_judge import VmJudge

from borne.verify.verdict import SEVERITIES
from bornetools.issuer import mdoc as issuer
from bornetools.on_micropython import vm

pytestmark = pytest.mark.usefixtures("quick_p256")

HEAP = 2_000_000
SCALAR = f"{READER.private_numbers().private_value:064x}"
PID = issuer.pid("Lefèvre", "Zoé", "1985-02-01")
PERSON = document(PID)


def with_errors(whole):
    whole["documents"][0]["errors"] = {issuer.EHIC: {"forename": 0, "birth_date": 0}}
    return {**whole, "documentErrors": [{issuer.PID: 0}]}


GOOD = {
    "signed": response(),
    "by MAC": response(reader_key=READER.public_key()),
    "two documents": response(document(), PERSON),
    "of two keys": response(document(), document(PID, device_key=issuer.new_key())),
    "ours": response(document(HCOV)),
    "with errors": response(change=with_errors),
}
REFUSED = ("refuse", "retry")


def flipped(data, at, bit):
    changed = bytearray(data)
    changed[at] ^= 1 << bit
    return bytes(changed)


@pytest.mark.parametrize("kind", GOOD)
def test_the_whole_is_valid(kind):
    assert judge(GOOD[kind]).code == "VALID"


@pytest.mark.parametrize("kind", ["signed", "by MAC", "with errors"])
def test_a_flipped_bit_anywhere(kind):
    data = GOOD[kind]
    # Every eleventh byte, another bit each time; hypothesis takes any.
    for at in range(len(kind), len(data), 11):
        verdict = judge(flipped(data, at, at % 8))
        assert verdict.severity in REFUSED, at
        assert verdict.code != "INTERNAL", at


@examples(150)
@given(st.sampled_from(sorted(GOOD)), st.integers(0), st.integers(0, 255))
def test_a_changed_byte_anywhere(kind, at, value):
    data = bytearray(GOOD[kind])
    at %= len(data)
    if data[at] == value:
        value ^= 0x55
    data[at] = value
    verdict = judge(bytes(data))
    assert verdict.severity in REFUSED
    assert verdict.code != "INTERNAL"


@examples(150)
@given(st.data())
def test_bytes_changed_removed_doubled_or_put_in(data):
    kind = data.draw(st.sampled_from(sorted(GOOD)))
    verdict = judge(data.draw(damaged(GOOD[kind])))
    assert verdict.severity in REFUSED
    assert verdict.code != "INTERNAL"


TREES = {kind: tree(cbor2.loads(data)) for kind, data in GOOD.items()}


@examples(200)
@given(st.data())
def test_still_cbor_with_a_wrong_thing_in_it(data):
    kind = data.draw(st.sampled_from(sorted(TREES)))
    changed = encode(data.draw(altered(TREES[kind])))
    verdict = judge(changed)
    assert verdict.code != "INTERNAL"
    if verdict.severity not in REFUSED:
        # Elements may be left out, as may a whole document, and put in another order: no more than that.
        assert len(changed) <= len(GOOD[kind])
        if verdict.holder:
            assert verdict.holder.family == "Lefèvre"
            # Without its entitlements a card covers nobody, and has no last day.
            covers = verdict.code != "NO_ENTITLEMENT"
            assert verdict.holder.until == ("2027-12-31" if covers else None)


@examples(100)
@given(st.data())
def test_what_an_issuer_signs_by_mistake_is_judged_like_any_other(data):
    def change(structure):
        return cbor2.loads(encode(data.draw(altered(tree(structure)))))

    place = data.draw(st.sampled_from(["change_mso", "change_item"]))
    try:
        made = response(document(**{place: change}))
    except (cbor2.CBORError, ValueError, TypeError, AttributeError, RecursionError):
        return  # not CBOR that a Python issuer can make
    assert judge(made).code != "INTERNAL"


def case(data):
    return [ROOT.der.hex(), data.hex(), TRANSCRIPT.hex(), SCALAR, NOW]


@pytest.fixture(scope="module")
def on_vm():
    with VmJudge(judge_mdoc_on_vm, heap=HEAP) as judge:
        yield judge


def within(room, one):
    """The VM's judgement with so many bytes of heap free."""
    with VmJudge(judge_mdoc_on_vm, room, heap=HEAP) as judge:
        return judge([one])


def heads(data):
    """Where the items of an encoding begin, with those in it, but for what is encoded in strings."""
    at, found = 0, []
    while at < len(data):
        found.append(at)
        major, argument = data[at] >> 5, data[at] & 31
        size = 1 << argument - 24 if argument >= 24 else 0
        length = int.from_bytes(data[at + 1 : at + 1 + size], "big") if size else argument
        at += 1 + size + (length if major in (2, 3) else 0)
    return found


@pytest.mark.parametrize("kind", ["signed", "by MAC", "with errors"])
def test_an_item_of_another_type_on_the_vm(kind, on_vm):
    """Text and byte strings are alike to MicroPython's comparisons."""
    data = GOOD[kind]
    places = [at for at in heads(data) if data[at] >> 5 in (2, 3)]
    assert len(places) > 30
    for verdict, *_ in on_vm([case(flipped(data, at, 5)) for at in places]):
        assert SEVERITIES[verdict] in REFUSED


@examples(12)
@given(
    st.lists(st.sampled_from(sorted(GOOD)).flatmap(lambda kind: damaged(GOOD[kind])), max_size=20)
)
def test_both_interpreters_judge_alike(on_vm, damages):
    cases = [case(data) for data in (*GOOD.values(), *damages)]
    for said, one in zip(on_vm(cases), cases, strict=True):
        assert said == judge_mdoc_on_vm.judge(*one)


def largest(**persons):
    """A response of nearly 8 kB, with what a card has and as much again that nobody asked for."""
    elements = dict(issuer.ehic("Lefèvre", "Zoé", "1985-02-01", "1", "2027-01-01", "2027-12-31"))
    person = issuer.pid("Lefèvre", "Zoé", "1985-02-01")
    for number in range(24):
        elements[issuer.EHIC][f"element{number}"] = "x" * 20
    person[issuer.PID]["portrait"] = bytes(150)
    made = response(document(elements), document(person, **persons), reader_key=READER.public_key())
    assert 7_700 < len(made) <= 8_192, len(made)
    return made


def test_8_kb_are_verified_within_16_kb_of_heap():
    for made in (largest(), largest(device_key=issuer.new_key())):  # names are compared
        (said,) = within(vm.WORD_FACTOR * 16_000, case(made))
        assert said == ["VALID", ""]


def test_the_room_is_what_bounds_it():
    (said,) = within(4_000, case(largest()))
    assert said == ["INTERNAL", "MemoryError"]
