"""Bad phones and a bad line before an emulated terminal, within the heap of a board.

One terminal takes everything that comes. After each bad tap it has to read a good phone; a terminal that
stopped, or ran out of its heap, cannot.
"""

import cbor2
import pytest
from bad_phones import Answering, Babbling, Constant, Spoiler, bad_phones
from hypothesis import example, given
from hypothesis import strategies as st
from mutations import altered, damages, encode, examples, sign1, tree

from bornetools.emulator.phones.handset import ATS
from bornetools.emulator.phones.phone import Phone


def crowd(item, count):
    """CBOR that costs as much heap as it can: so many times `item`, in arrays of 16."""
    rows = [item * min(16, count - start) for start in range(0, count, 16)]
    sizes = [len(row) // len(item) for row in rows]
    head = bytes([0x80 | len(rows)]) if len(rows) < 24 else bytes([0x98, len(rows)])
    return head + b"".join(
        bytes([0x80 | size]) + row for size, row in zip(sizes, rows, strict=True)
    )


CROWDS = [
    crowd(item, count)
    for item in (b"\x80", b"\xa0", b"\x40", b"\xc0\x80", b"\xa1\x00\x80", b"\x1b" + b"\xff" * 8)
    for count in (60, 160, 400)
]


@pytest.fixture(scope="module", autouse=True)
def nothing_unforeseen(world, terminal):
    """What broke inside stands in the journal, also where no tap told of it."""
    yield
    terminal.save()
    for path in world.flash.glob("journal/*"):
        assert "INTERNAL" not in path.read_text()


def refused(tap):
    assert tap.code != "INTERNAL", tap.detail
    return tap.severity in ("refuse", "retry")


def reads_the_next(terminal, phones):
    return terminal.tap(phones["valid"]).code == "VALID"


@examples(50)
@given(st.lists(bad_phones, min_size=1, max_size=2))
@example([Babbling((b"\x61\x00",), None, ATS)])
@example([Babbling((b"\x6c\x00",), None, ATS)])
@example([Babbling((b"",), None, ATS)])
@example([Answering(Constant(bytes(6000)))])
def test_after_bad_phones_a_good_one_is_read(terminal, phones, recipes):
    for recipe in recipes:
        phone = recipe(phones["valid"])
        tap = terminal.tap(phone)
        assert refused(tap) or phone.may_pass()
    assert reads_the_next(terminal, phones)


@examples(40)
@given(st.data())
def test_whatever_an_issuer_signs_stays_within_the_heap(terminal, phones, issuer_key, data):
    phone = phones["valid, with a delegate"]
    protected, _, payload, _ = cbor2.loads(phone.token).value
    claims = encode(data.draw(altered(tree(cbor2.loads(payload)))))
    token = sign1(issuer_key, protected, claims)
    assert terminal.tap(Phone(token, phone._holder_key)).code != "INTERNAL"
    assert reads_the_next(terminal, phones)


@pytest.mark.parametrize("place", ["answer", "claims", "protected", "unprotected"])
def test_crowded_cbor_stays_within_the_heap(terminal, phones, place):
    phone = phones["valid"]
    protected, _, payload, signed = map(cbor2.dumps, cbor2.loads(phone.token).value)
    for items in CROWDS:
        labelled = b"\xa1\x18\x63" + items
        parts = {"protected": protected, "unprotected": b"\xa0", "claims": payload}
        parts[place] = labelled if place == "unprotected" else cbor2.dumps(labelled)
        token = b"\xd2\x84" + b"".join(
            (*map(parts.get, ("protected", "unprotected", "claims")), signed)
        )
        change = Constant(items) if place == "answer" else bytes
        assert refused(terminal.tap(Phone(token, phone._holder_key, mutate=change)))
    assert reads_the_next(terminal, phones)


plans = st.dictionaries(st.integers(0, 40), damages, min_size=1, max_size=3)


@examples(20)
@given(plans)
def test_a_line_that_spoils_frames(terminal, phones, plan):
    terminal.chip.tamper = Spoiler(plan)
    try:
        tap = terminal.tap(phones["revoked"])
    finally:
        terminal.chip.tamper = bytes
    assert refused(tap)
    # What the line did to that tap may still be on its way: the next try can be torn.
    codes = [terminal.tap(phones["valid"]) for _ in range(2)]
    assert all(tap.code == "VALID" or refused(tap) for tap in codes)
    assert codes[-1].code == "VALID"
