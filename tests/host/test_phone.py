"""The virtual phone at APDU level, by commands written out as bytes and cwt's own verification."""

import hashlib
import os

import cbor2
import pytest
from cwt import COSE, COSEKey
from hypothesis import given
from hypothesis import strategies as st
from names import ES256, Challenge, Header, Key, Selected

from bornetools.emulator.chip.field import Busy, Gone
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer import cose

SELECT = bytes.fromhex("00A4040007F0424F524E450100")
NONCE = bytes(range(32))
REQUEST = {
    Challenge.NONCE: NONCE,
    Challenge.TERMINAL_ID: "T1",
    Challenge.PURPOSE: "dispensing",
    Challenge.TIME: 1_800_000_000,
}
TOKEN = os.urandom(700)  # the phone does not look into it
KEY = cose.new_key()


@pytest.fixture
def phone():
    return Phone(TOKEN, KEY)


def authenticate(data, cla=0, le=b"\0"):
    return bytes([cla, 0x88, 0, 0, len(data)]) + data + le


def sw(response):
    return response[-2:].hex().upper()


def drain(phone, response, le=0):
    """The whole answer behind 61xx, piece by piece, and the pieces."""
    pieces = [response]
    while pieces[-1][-2] == 0x61:
        pieces.append(phone.apdu(bytes([0, 0xC0, 0, 0, le or pieces[-1][-1]])))
    assert sw(pieces[-1]) == "9000"
    return b"".join(piece[:-2] for piece in pieces), pieces


def ask(phone, request=REQUEST):
    """SELECT and INTERNAL AUTHENTICATE: the answer's CBOR."""
    assert sw(phone.apdu(SELECT)) == "9000"
    return drain(phone, phone.apdu(authenticate(cbor2.dumps(request))))[0]


def verify_proof(made, user_verified=True):
    digest = hashlib.sha256(TOKEN).digest()
    signed = ["borne-proof-1", NONCE, "T1", "dispensing", digest, user_verified, "pin"]
    key = COSEKey.new({**cose.cose_key(KEY.public_key()), Key.ALG: ES256})
    return COSE.new().decode_with_headers(made, key, detached_payload=cbor2.dumps(signed))[0]


def test_select(phone):
    response = phone.apdu(SELECT)
    assert cbor2.loads(response[:-2]) == {Selected.VERSION: 1, Selected.RESPONSE_MAX: 256}
    assert sw(response) == "9000"


def test_answer_is_token_and_proof(phone):
    answer = ask(phone)
    token, made = cbor2.loads(answer)
    assert token == TOKEN
    assert verify_proof(made) == {Header.ALG: ES256, "uv": True, "method": "pin"}
    assert answer == cbor2.dumps([token, made])  # definite lengths, shortest heads
    assert ask(phone, {label: REQUEST[label] for label in (0, 1, 2)})  # the time is optional


@pytest.mark.parametrize("piece", [1, 100, 255, 256])
def test_pieces(piece):
    phone = Phone(TOKEN, KEY, piece=piece)
    phone.apdu(SELECT)
    first = phone.apdu(authenticate(cbor2.dumps(REQUEST)))
    answer, pieces = drain(phone, first)
    assert cbor2.loads(answer)[0] == TOKEN
    left = len(answer)
    for one in pieces:
        left -= len(one) - 2
        assert len(one) - 2 <= piece
        assert one[-1] == (left if left < 256 else 0)
    assert left == 0


def test_expected_length_is_kept(phone):
    phone.apdu(SELECT)
    assert phone.apdu(authenticate(cbor2.dumps(REQUEST), le=b"")).hex() == "6100"
    first = phone.apdu(bytes.fromhex("00C0000005"))
    assert len(first) == 7
    assert sw(first) == "6100"
    rest, _ = drain(phone, phone.apdu(bytes.fromhex("00C0000000")))
    assert cbor2.loads(first[:-2] + rest)[0] == TOKEN


def test_command_chaining(phone):
    data = cbor2.dumps(REQUEST)
    phone.apdu(SELECT)
    assert phone.apdu(authenticate(data[:10], cla=0x10, le=b"")).hex() == "9000"
    assert phone.apdu(authenticate(data[10:20], cla=0x10, le=b"")).hex() == "9000"
    answer, _ = drain(phone, phone.apdu(authenticate(data[20:])))
    verify_proof(cbor2.loads(answer)[1])


def test_a_broken_chain_is_forgotten(phone):
    data = cbor2.dumps(REQUEST)
    phone.apdu(SELECT)
    phone.apdu(authenticate(data[:10], cla=0x10, le=b""))
    phone.apdu(bytes.fromhex("00C0000000"))
    assert sw(phone.apdu(authenticate(data[10:]))) == "6A80"


def test_an_answer_not_fetched_is_forgotten(phone):
    phone.apdu(SELECT)
    assert phone.apdu(authenticate(cbor2.dumps(REQUEST)))[-2] == 0x61
    assert sw(phone.apdu(bytes.fromhex("00B0000000"))) == "6D00"
    assert sw(phone.apdu(bytes.fromhex("00C0000000"))) == "6985"


def test_a_chain_has_an_end(phone):
    phone.apdu(SELECT)
    answers = [sw(phone.apdu(authenticate(bytes(255), cla=0x10, le=b""))) for _ in range(5)]
    assert answers == ["9000"] * 4 + ["6700"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", "6700"),
        ("00A404", "6700"),
        ("00A4040007F042", "6700"),
        ("00A40400000007F0424F524E450100", "6700"),  # extended length
        ("00A4040007F0424F524E45010000", "6700"),
        ("00A4040007F0424F524E450200", "6A82"),
        ("00A4040005F0424F524E00", "6A82"),
        ("00A40400", "6A82"),
        ("00A4000007F0424F524E450100", "6A86"),
        ("10A4040007F0424F524E450100", "6884"),
        ("80A4040007F0424F524E450100", "6E00"),
        ("FF88000000", "6E00"),
        ("00B0000000", "6D00"),
        ("0088000000", "6A80"),
        ("0088010000", "6A86"),
        ("00C0000000", "6985"),
        ("00C0000100", "6A86"),
    ],
)
def test_status_words(phone, command, expected):
    phone.apdu(SELECT)
    assert phone.apdu(bytes.fromhex(command)).hex().upper() == expected


def test_nothing_works_before_select(phone):
    assert sw(phone.apdu(authenticate(cbor2.dumps(REQUEST)))) == "6D00"
    phone.apdu(SELECT)
    phone.apdu(bytes.fromhex("00A4040007F0424F524E450200"))  # another application
    assert sw(phone.apdu(authenticate(cbor2.dumps(REQUEST)))) == "6D00"


@pytest.mark.parametrize(
    "data",
    [
        b"\xa0",
        b"\x01",
        cbor2.dumps(REQUEST) + b"\0",
        cbor2.dumps(dict(reversed(REQUEST.items()))),
        b"\xbf" + cbor2.dumps(REQUEST)[1:] + b"\xff",
        cbor2.dumps({**REQUEST, Challenge.NONCE: bytes(31)}),
        cbor2.dumps({**REQUEST, Challenge.NONCE: "n" * 32}),
        cbor2.dumps({**REQUEST, Challenge.TERMINAL_ID: ""}),
        cbor2.dumps({**REQUEST, Challenge.TERMINAL_ID: "T" * 33}),
        cbor2.dumps({**REQUEST, Challenge.PURPOSE: "curiosity"}),
        cbor2.dumps({**REQUEST, Challenge.TIME: -1}),
        cbor2.dumps({**REQUEST, Challenge.TIME: 1.5}),
        cbor2.dumps({**REQUEST, 4: 0}),
    ],
)
def test_requests_that_are_not_the_profiles(phone, data):
    phone.apdu(SELECT)
    assert phone.apdu(authenticate(data)).hex().upper() == "6A80"


def test_reset_forgets_everything(phone):
    phone.apdu(SELECT)
    assert phone.apdu(authenticate(cbor2.dumps(REQUEST)))[-2] == 0x61
    phone.reset()
    assert sw(phone.apdu(bytes.fromhex("00C0000000"))) == "6D00"
    uids = set()
    for _ in range(20):
        phone.reset()
        assert len(phone.uid) == 4
        assert phone.uid[0] == 0x08
        uids.add(phone.uid)
    assert len(uids) > 15
    ask(phone)


def test_ats_is_well_formed(phone):
    length, t0, *interface_bytes = phone.ats
    assert length == len(phone.ats)
    assert t0 & 0x0F == 8  # FSCI: 256 bytes
    announced = sum(t0 >> bit & 1 for bit in (4, 5, 6))
    assert announced == 3 <= len(interface_bytes)


def test_locked():
    phone = Phone(TOKEN, KEY, locked=True)
    assert sw(phone.apdu(SELECT)) == "9000"
    assert phone.apdu(authenticate(cbor2.dumps(REQUEST))).hex() == "6985"
    phone.locked = False  # unlock and tap again
    ask(phone)


def test_not_installed():
    assert Phone(TOKEN, KEY, installed=False).apdu(SELECT).hex() == "6a82"


def test_user_not_verified():
    _, made = cbor2.loads(ask(Phone(TOKEN, KEY, user_verified=False)))
    assert verify_proof(made, user_verified=False)["uv"] is False


def test_removed_after():
    phone = Phone(TOKEN, KEY, removed_after=2)
    phone.apdu(SELECT)
    phone.apdu(authenticate(cbor2.dumps(REQUEST)))
    for _ in range(2):
        with pytest.raises(Gone):
            phone.apdu(bytes.fromhex("00C0000000"))
    phone.reset()
    phone.apdu(SELECT)


def test_mutate():
    assert ask(Phone(TOKEN, KEY, mutate=lambda answer: answer[::-1])).endswith(b"\xbc\x02\x59\x82")


def test_slow_asks_for_more_time():
    phone = Phone(TOKEN, KEY, slow=0.12)
    steps = []
    while True:
        try:
            response = phone.apdu(SELECT)
            break
        except Busy as busy:
            steps.append(busy)
    assert sw(response) == "9000"
    assert sum(step.seconds for step in steps) == pytest.approx(0.12)
    assert [step.asks for step in steps] == [True, True, False]
    assert all(step.seconds < 0.077 for step in steps)  # the frame waiting time of its ATS


@given(st.lists(st.binary(max_size=300), max_size=4), st.booleans())
def test_any_bytes(commands, selected):
    phone = Phone(TOKEN, KEY)
    if selected:
        phone.apdu(SELECT)
    for command in commands:
        response = phone.apdu(command)
        assert 2 <= len(response) <= 258
        assert response[-2] == 0x61 or response[-2] >> 4 in (6, 9)


@given(st.integers(0, len(cbor2.dumps(REQUEST)) - 1), st.integers(1, 255))
def test_any_request_gets_its_own_answer_or_none(position, change):
    data = bytearray(cbor2.dumps(REQUEST))
    data[position] ^= change
    phone = Phone(TOKEN, KEY)
    phone.apdu(SELECT)
    response = phone.apdu(authenticate(bytes(data)))
    assert response[-2] == 0x61 or response.hex() == "6a80"


@given(st.binary(max_size=255))
def test_any_request_bytes(data):
    phone = Phone(TOKEN, KEY)
    phone.apdu(SELECT)
    assert phone.apdu(authenticate(data)).hex() in ("6a80", "6700")
