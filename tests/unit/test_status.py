import os
from binascii import unhexlify

from names import ES256, Claim, Eligible, Header, Key, Release, Rule
from signing import Signer
from support import raises, scratch

from borne import limits
from borne.errors import DecodeError, StoreError, UntrustedError
from borne.token import cbor, cose_key
from borne.trust import trustset
from borne.trust.status import StatusList
from borne.trust.store import FolderStore
from borne.verify.credential import StatusRef

NOW = 1_800_000_000
URI = "https://issuer.example/status/1"
SIGNER = Signer("issuer")
KEY = SIGNER.cose_key(b"k1", {Key.ISSUER: "https://issuer.example/"})
KEYS = [cose_key.key(KEY)]
HEADER = {Header.ALG: ES256, Header.KID: b"k1", Header.TYP: "application/statuslist+cwt"}
# The two examples of the Token Status List document: 16 tokens of 1 bit, 12 of 2 bits.
ONE_BIT = unhexlify("78dadbb918000217015d")
TWO_BITS = unhexlify("78da3be9f2130003df0207")


CLAIMS = {
    Claim.SUB: URI,
    Claim.IAT: NOW - 100,
    Claim.EXP: NOW + 100,
    Claim.TTL: 60,
    Claim.STATUS_LIST: {"bits": 1, "lst": ONE_BIT},
}


def signed(bits=1, lst=ONE_BIT, header=None, change=None):
    claims = dict(CLAIMS)
    claims[Claim.STATUS_LIST] = {"bits": bits, "lst": lst}
    claims.update(change or {})
    return SIGNER.sign1(header or HEADER, cbor.encode(claims))


def test_the_published_examples():
    one = StatusList(signed(), KEYS)
    assert [one.value(index, NOW) for index in range(16)] == [
        1,
        0,
        0,
        1,
        1,
        1,
        0,
        1,
        1,
        1,
        0,
        0,
        0,
        1,
        0,
        1,
    ]
    two = StatusList(signed(2, TWO_BITS), KEYS)
    assert [two.value(index, NOW) for index in range(12)] == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    assert (one.uri, one.issued_at, one.issuer) == (URI, NOW - 100, "https://issuer.example/")


def test_what_the_list_cannot_tell_is_undetermined():
    one = StatusList(signed(), KEYS)
    for index in (16, 17, 255, 256, 4096, 1 << 26):
        assert one.value(index, NOW) is None
    assert one.value(0, NOW + 99) == 1
    assert one.value(0, NOW + 100) is None
    cut = StatusList(signed(lst=ONE_BIT[:4]), KEYS)
    assert cut.value(0, NOW) is None
    garbage = StatusList(signed(lst=b"\x78\xda\xff\xff\xff\xff\xff"), KEYS)
    assert garbage.value(0, NOW) is None


def test_what_is_no_signed_status_list_is_refused():
    changes = (
        {Claim.SUB: 5},
        {Claim.IAT: "x"},
        {Claim.EXP: -1},
        {Claim.STATUS_LIST: {}},
        {Claim.STATUS_LIST: {"bits": 3, "lst": ONE_BIT}},
    )
    for change in changes + (
        {Claim.STATUS_LIST: {"bits": 1, "lst": ""}},
        {Claim.STATUS_LIST: {"bits": 1, "lst": b""}},
        {Claim.TTL: -5},
        {Claim.TTL: 0},
        {Claim.NBF: "x"},
        {Claim.NBF: True},
        {Claim.EXP: limits.TIME_MAX + 1},
        {Claim.STATUS_LIST: {"bits": True, "lst": ONE_BIT}},
        {Claim.STATUS_LIST: {"bits": 1, "lst": True}},
    ):
        raises(DecodeError, StatusList, signed(change=change), KEYS)
    for header in (
        {Header.ALG: ES256, Header.KID: b"k1"},
        {Header.ALG: ES256, Header.KID: b"k1", Header.TYP: "jwt"},
        {Header.ALG: ES256, Header.TYP: HEADER[Header.TYP]},
        {Header.ALG: ES256, Header.KID: b"k2", Header.TYP: HEADER[Header.TYP]},
    ):
        raises(DecodeError, StatusList, signed(header=header), KEYS)
    changed = bytearray(signed())
    changed[-70] ^= 1
    raises(DecodeError, StatusList, bytes(changed), KEYS)
    revoked = dict(KEY)
    revoked[Key.STATE] = 1
    raises(DecodeError, StatusList, signed(), [cose_key.key(revoked)])


def test_a_list_has_the_tag_of_a_signed_message_alone():
    raises(DecodeError, StatusList, b"\xd8\x3d" + signed(), KEYS)
    raises(DecodeError, StatusList, signed()[1:], KEYS)


def test_a_list_counts_in_its_time():
    one = StatusList(signed(change={Claim.NBF: NOW}), KEYS)
    assert [one.value(0, at) for at in (NOW - 1, NOW, NOW + 99, NOW + 100)] == [None, 1, 1, None]


def test_the_kid_is_a_hint():
    """RFC 9052 section 3.1: it may be unprotected, but not in both headers."""
    header = {Header.ALG: ES256, Header.TYP: HEADER[Header.TYP]}
    payload = cbor.encode(CLAIMS)
    for kid, more in ((b"k1", {}), (b"k1", {5: b"x", "y": None})):
        unprotected = {Header.KID: kid}
        unprotected.update(more)
        assert StatusList(SIGNER.sign1(header, payload, unprotected=unprotected), KEYS).uri == URI
    # Two keys with one kid, and the issuer is the one that has signed.
    other = Signer("other").cose_key(b"k1", {Key.ISSUER: "https://other.example/"})
    for keys in ([cose_key.key(other)] + KEYS, KEYS + [cose_key.key(other)]):
        one = StatusList(SIGNER.sign1(header, payload, unprotected={Header.KID: b"k1"}), keys)
        assert one.issuer == "https://issuer.example/"
    for protected, unprotected in (
        (HEADER, {Header.KID: b"k1"}),
        (header, {Header.KID: b"k2"}),
        (header, {Header.KID: "k1"}),
        (header, {Header.KID: True}),
        (header, {Header.KID: b""}),
        (header, {}),
        (HEADER, {Header.CRIT: [4]}),
        ({Header.ALG: ES256}, {Header.KID: b"k1", Header.TYP: HEADER[Header.TYP]}),
        ({Header.TYP: HEADER[Header.TYP]}, {Header.KID: b"k1", Header.ALG: ES256}),
    ):
        data = SIGNER.sign1(protected, payload, unprotected=unprotected)
        raises(DecodeError, StatusList, data, KEYS)


def test_bytes_after_the_compressed_ones_are_refused():
    for lst in (ONE_BIT + b"\0", ONE_BIT + ONE_BIT, ONE_BIT + ONE_BIT[-4:]):
        raises(DecodeError, StatusList, signed(lst=lst), KEYS)


def test_who_signed_a_list_is_apart_from_what_it_is():
    raises(UntrustedError, StatusList, signed(), [cose_key.key(Signer("x").cose_key(b"k1"))])
    raises(UntrustedError, StatusList, signed(), [cose_key.key(SIGNER.cose_key(b"k2"))])
    assert not isinstance(raises(DecodeError, StatusList, b"\x00", KEYS), UntrustedError)


def store(files):
    folder = scratch("store")
    os.mkdir(folder + "/status")
    for name, data in files.items():
        with open(folder + "/" + name, "wb") as file:
            file.write(data)
    return FolderStore(folder)


def whole():
    return {
        "keys.cbor": cbor.encode([KEY]),
        "policy.cbor": cbor.encode({Rule.CLOCK_SKEW: 60}),
        "release.cbor": cbor.encode({Release.VERSION: 4, Release.AS_OF: NOW}),
        "status/1.cwt": signed(),
    }


def test_a_trust_set_is_read_from_its_store():
    problems = []
    trust = trustset.load(store(whole()), lambda *one: problems.append(one))
    assert (trust.as_of, trust.policy.clock_skew, problems) == (NOW, 60, [])
    assert trust.status(StatusRef(URI, 3, "https://issuer.example/"), NOW) == 1
    assert trust.status(StatusRef(URI, 1, "https://issuer.example/"), NOW) == 0
    assert trust.status(StatusRef(URI + "x", 1, "https://issuer.example/"), NOW) is None
    assert [key.kid for key in trust.find_keys(b"k1", "https://issuer.example/")] == [b"k1"]
    assert trust.find_keys(b"k1", "https://other.example/") == []


def test_a_list_longer_than_a_view_is_read_where_it_lies():
    # Stored, not compressed: 40,000 bytes of list in blocks of zlib's own kind.
    raw = bytearray(40_000)
    raw[39_999] = 0x80
    blocks = (
        b"\x78\x01\x01" + len(raw).to_bytes(2, "little") + (65535 - len(raw)).to_bytes(2, "little")
    )
    adler = (39_999 + 0x81) << 16 | 0x81
    lst = blocks + bytes(raw) + adler.to_bytes(4, "big")
    files = whole()
    files["status/2.cwt"] = signed(lst=lst, change={Claim.SUB: URI + "2"})
    trust = trustset.load(store(files), None)
    assert trust.status(StatusRef(URI + "2", 319_999, "https://issuer.example/"), NOW) == 1
    assert trust.status(StatusRef(URI + "2", 319_998, "https://issuer.example/"), NOW) == 0


def test_a_list_that_does_not_verify_is_left_out_and_told():
    files = whole()
    files["status/0.cwt"] = b"garbage"
    files["status/2.cwt"] = signed(
        header={Header.ALG: ES256, Header.KID: b"k9", Header.TYP: HEADER[Header.TYP]}
    )
    problems = []
    trust = trustset.load(store(files), lambda *one: problems.append(one))
    assert len(problems) == 2 and problems[0][0] == "status/0.cwt"
    assert trust.status(StatusRef(URI, 3, "https://issuer.example/"), NOW) == 1


def test_a_trust_set_that_is_not_whole_is_refused():
    for name, data in (
        ("keys.cbor", b"x"),
        ("keys.cbor", bytes(9000)),
        ("policy.cbor", b"\x01"),
        ("policy.cbor", cbor.encode({Rule.CLOCK_SKEW: 301})),
        ("release.cbor", b"\xa0"),
    ):
        files = whole()
        files[name] = data
        raises(StoreError, trustset.load, store(files), None)
    raises(StoreError, trustset.load, FolderStore(scratch("store")), None)


def test_a_folder_where_a_file_belongs_is_no_file():
    folder = store(whole())
    for name in ("/keys.cbor", "/status/9.cwt"):
        path = folder._root + name
        if name == "/keys.cbor":
            os.remove(path)
        os.mkdir(path)
        raises(StoreError, folder.read, name[1:], 9000)


def test_policies_out_of_range_are_refused():
    from borne.trust.policy import Policy

    for fields in (
        [],
        {Rule.WARN_AFTER: -1},
        {Rule.WARN_AFTER: "7"},
        {Rule.REFUSE_AFTER: 1 << 40},
        {Rule.CLOCK_SKEW: 301},
        {Rule.PURPOSES: ["shopping"]},
        {Rule.PURPOSES: "dispensing"},
        {Rule.USER_VERIFICATION: 1},
        {Rule.RELAY_BOUND: True},
        {Rule.REFUSE_UNEXPORTED: 1},
        {Rule.RECEIPTS: "yes"},
        {Rule.ELIGIBILITY: []},
        {Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: "16"}},
        {Rule.ELIGIBILITY: {Eligible.FUNDS: [1]}},
        {Rule.ELIGIBILITY: {Eligible.GENERAL_FROM: "soon"}},
        {Rule.REST: 1},
        {Rule.REST: 61},
        {Rule.REST: True},
        {Rule.WHOLE_NIR: 1},
        {Rule.IDENTITY_TO_SOFTWARE: 1},
    ):
        raises(DecodeError, Policy, fields)
    assert Policy({Rule.PURPOSES: ["admission"]}).purposes == ["admission"]
    assert Policy().purposes[0] == "consultation"
    assert (Policy().refuse_unexported, Policy().receipts) == (False, False)
    policy = Policy({Rule.REFUSE_UNEXPORTED: True, Rule.RECEIPTS: True})
    assert (policy.refuse_unexported, policy.receipts) == (True, True)
    assert (Policy().rest, Policy().whole_nir) == (6, False)
    assert not Policy().identity_to_software
    assert Policy({Rule.IDENTITY_TO_SOFTWARE: True}).identity_to_software
    assert (
        Policy({Rule.REST: 2}).rest,
        Policy({Rule.REST: 60, Rule.WHOLE_NIR: True}).whole_nir,
    ) == (2, True)
