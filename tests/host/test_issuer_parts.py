"""The issuer's parts by published examples: encoding, NIR, cover, status list, proof."""

import base64
import hashlib
import zlib

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cwt import COSE, COSEKey
from insured import FAMILY, NIR, cover
from names import ES256, Header, Key

from bornetools.errors import UserError
from bornetools.issuer import cose, nir, proof, status


def test_deterministic_order_is_that_of_rfc_8949_section_4_2_1():
    keys = [10, 100, -1, "z", "aa", (100,), (-1,), False]
    encoded = cose.encode(dict.fromkeys(reversed(keys), 0))
    assert encoded.hex() == "a80a00186400200" + "0617a00626161008118640081" + "2000f400"


def test_deterministic_order_inside_tags_and_lists():
    value = cbor2.CBORTag(18, [{2: {"b": 0, -1: 0}, 1: 0}])
    assert cose.encode(value).hex() == "d281a2010002a22000616200"


def test_kid_is_the_thumbprint_of_rfc_9679_section_6():
    x = "65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
    y = "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"
    key = ec.EllipticCurvePublicNumbers(int(x, 16), int(y, 16), ec.SECP256R1()).public_key()
    assert cose.key_id(key).hex() == "496bd8afadf307e5"


@pytest.mark.parametrize("birth_date", ["1969-00-00", "1969-05-00", "1969-02-31"])
def test_birth_dates_that_no_calendar_has_are_text(birth_date):
    assert cover(birth_date=birth_date).hcov()[3] == birth_date


def test_names_are_composed():
    assert cover(given="E\N{COMBINING ACUTE ACCENT}lodie").given == "Élodie"


@pytest.mark.parametrize(
    "changes",
    [
        {"family": " "},
        {"given": "x" * 129},
        {"given": "a\nb"},
        {"birth_date": "1969-5-12"},
        {"birth_date": "1969-13-01"},
        {"birth_date": "1969-01-32"},
        {"nir": NIR[:-1] + "1"},
        {"nir": "X" + NIR[1:]},
        {"nir": NIR[:14]},
        {"nir": "\N{ARABIC-INDIC DIGIT TWO}" + NIR[1:]},
        {"rank": -1},
        {"rank": 100},
        {"scheme": "1-751-0001"},
        {"departement": "20"},
        {"departement": "96"},
        {"departement": "977"},
        {"departement": "2C"},
        {"entitlements": (("AMO", "2027-01-02", "2027-01-01"),)},
        {"entitlements": (("AMO", "2027-02-29", "2027-12-31"),)},
        {"entitlements": (("", "2027-01-01", "2027-01-01"),)},
        {"entitlements": (("AMO", "2027-01-01", "2027-01-01"),) * 17},
        {"proofing": "guess"},
        {"delegate": ("", "Zoé", "2027-01-01")},
        {"delegate": ("Lefèvre", "Zoé", "soon")},
    ],
)
def test_cover_refuses(changes):
    with pytest.raises(UserError) as caught:
        cover(**changes)
    assert FAMILY not in caught.value.message
    assert NIR[:5] not in caught.value.message


def test_nir_of_corsica():
    # INSEE's other wording: 2A is 20 less a million, 2B is 20 less two millions.
    assert nir.control_key("185012A123456") == f"{97 - (1850120123456 - 1_000_000) % 97:02}"
    assert nir.control_key("185012B123456") == f"{97 - (1850120123456 - 2_000_000) % 97:02}"
    assert nir.check("1 85 01 2a 123 456 " + nir.control_key("185012A123456"))[5:7] == "2A"


def test_nir_control_key_has_two_digits():
    bodies = (f"1850175000{order:03}" for order in range(1000))
    keys = {nir.control_key(body) for body in bodies}
    assert {len(key) for key in keys} == {2}
    assert min(keys) == "01"
    assert max(keys) == "97"


def test_fictitious_nir():
    made = nir.fictitious("1985-03-12", "2B", 7, woman=False)
    assert nir.check(made) == made
    assert made[:13] == "185032B000007"


def test_status_list_packing_is_that_of_the_draft():
    # Token Status List, the example with two bits: C9 44 F9, compressed by its authors.
    values = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    packed = status.StatusList(12)
    for idx, value in enumerate(values):
        packed[idx] = 3
        packed[idx] = value
    assert zlib.decompress(packed.claim()["lst"]).hex() == "c944f9"
    theirs = {"bits": 2, "lst": base64.urlsafe_b64decode("eNo76fITAAPfAgc=")}
    read = status.StatusList.from_claim(theirs, 12)
    assert [read[idx] for idx in range(12)] == values


@pytest.mark.parametrize(
    "claim",
    [
        None,
        {},
        {"bits": 2},
        {"bits": 1, "lst": zlib.compress(bytes(3))},
        {"bits": 2, "lst": zlib.compress(bytes(2))},
        {"bits": 2, "lst": zlib.compress(bytes(10**7))},
        {"bits": 2, "lst": b"junk"},
    ],
)
def test_status_list_refuses(claim):
    with pytest.raises(UserError):
        status.StatusList.from_claim(claim, 12)


def test_proof_as_cwt_verifies_it(holder):
    made = proof.make(b"token", holder, bytes(32), "T1", "dispensing", user_verified=False)
    payload = cbor2.dumps(
        [
            "borne-proof-1",
            bytes(32),
            "T1",
            "dispensing",
            hashlib.sha256(b"token").digest(),
            False,
            "pin",
        ]
    )
    key = COSEKey.new({**cose.cose_key(holder.public_key()), Key.ALG: ES256})
    header, _, _ = COSE.new().decode_with_headers(made, key, detached_payload=payload)
    assert header == {Header.ALG: ES256, "uv": False, "method": "pin"}
    assert cbor2.loads(made).value[2] is None


@pytest.mark.parametrize(
    ("nonce", "terminal_id", "purpose"),
    [(bytes(31), "T1", "admission"), (bytes(32), "", "admission"), (bytes(32), "T1", "curiosity")],
)
def test_proof_refuses(holder, nonce, terminal_id, purpose):
    with pytest.raises(UserError):
        proof.make(b"token", holder, nonce, terminal_id, purpose)
