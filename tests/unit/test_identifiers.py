"""Identifier lists as terminals keep them (.idl), and releases that have one."""

import hashlib
import io
import struct

import plain_rsl
from support import raises
from test_trustset import ISSUER, NOW, loaded

from borne import limits
from borne.errors import TrustError
from borne.trust import identifiers, kinds, revocation
from borne.verify.credential import StatusRef

URI = plain_rsl.URI
NAME = "status/mdocs/1.idl"


def digests(revoked):
    return sorted([hashlib.sha256(one).digest()[:16] for one in revoked])


def whole(revoked=(), **fields):
    """An .idl file as docs/revocation.md reads; `fields` change what it says."""
    said = {"magic": b"BRIL", "form": 1, "value": 1, "version": 1, "count": len(revoked)}
    said.update({"issued_at": plain_rsl.ISSUED, "expires": plain_rsl.EXPIRES, "uri": URI.encode()})
    said.update(fields)
    head = struct.pack(
        ">4sBBIIQQH",
        said["magic"],
        said["form"],
        said["value"],
        said["version"],
        said["count"],
        said["issued_at"],
        said["expires"],
        said.get("uri_size", len(said["uri"])),
    )
    return head + said["uri"] + b"".join(said.get("digests", digests(revoked)))


def opened(data):
    return identifiers.IdentifierFile(revocation.view_of(data))


def some(count, first=0):
    return [b"id-%d" % number for number in range(first, first + count)]


def test_a_list_byte_by_byte():
    data = whole([b"abc"], expires=0)
    assert len(data) == 32 + len(URI) + 16
    assert data[-16:] == bytes.fromhex("ba7816bf8f01cfea414140de5dae2223")  # FIPS 180-4, of "abc"
    one = opened(data)
    assert (one.uri, one.version, one.value, one.count) == (URI, 1, 1, 1)
    assert (one.issued_at, one.expires) == (plain_rsl.ISSUED, None)
    assert one.contains(b"abc") and not one.contains(b"abd")


def test_look_ups_find_all_and_nothing_else():
    for count in (0, 1, 2, 3, 16, 100, 333):
        one = opened(io.BytesIO(whole(some(count))))
        assert all(one.contains(identifier) for identifier in some(count)), count
        assert not any(one.contains(identifier) for identifier in some(200, count)), count


def test_headers_out_of_bounds_are_refused():
    for fields in (
        {"magic": b"BRSL"},
        {"value": 0},
        {"count": 3},
        {"count": 1},
        {"count": 0xFFFFFFFF},
        {"issued_at": plain_rsl.EXPIRES},
        {"issued_at": limits.TIME_MAX + 1, "expires": 0},
        {"expires": 0xFFFFFFFFFFFFFFFF},
        {"uri": b""},
        {"uri": b"a" * 257},
        {"uri": b"a b"},
        {"uri_size": 65535},
    ):
        assert raises(TrustError, opened, whole(some(2), **fields)).code == "FORMAT", fields
    assert raises(TrustError, opened, whole(form=2)).code == "UNSUPPORTED"
    for data in (b"", whole()[:20], whole(some(2))[:-1], whole(some(2)) + b"\x00"):
        assert raises(TrustError, opened, data).code == "FORMAT"


def test_digests_that_do_not_increase_are_refused_where_a_look_up_meets_them():
    ordered = digests(some(15))
    for wrong in (list(reversed(ordered)), [ordered[3]] * 15):
        one = opened(whole(some(15), digests=wrong))
        refused = 0
        for identifier in some(15) + some(15, 100):
            try:
                assert (
                    not one.contains(identifier)
                    or hashlib.sha256(identifier).digest()[:16] in wrong
                )
            except TrustError as error:
                assert error.code == "FORMAT"
                refused += 1
        assert refused, wrong


def test_a_release_with_one():
    trust = loaded({NAME: whole(some(9))})
    assert trust.status(StatusRef(URI, b"id-3", None, identifiers=True), NOW) == 1
    assert trust.status(StatusRef(URI, b"id-10", None, identifiers=True), NOW) == 0
    assert trust.status(StatusRef(URI + "x", b"id-3", None, identifiers=True), NOW) is None
    assert trust.status(StatusRef(URI, b"id-3", None, identifiers=True), plain_rsl.EXPIRES) is None
    # An index means nothing in it, nor an identifier in a list of indices.
    assert trust.status(StatusRef(URI, 3, ISSUER), NOW) is None
    trust = loaded({NAME: whole(some(9)), "status/all/1.rsl": plain_rsl.whole([3, 4])})
    assert [trust.status(StatusRef(URI, index, None), NOW) for index in (3, 5)] == [1, 0]
    assert [
        trust.status(StatusRef(URI, identifier, None, identifiers=True), NOW)
        for identifier in (b"id-3", b"\x05")
    ] == [1, 0]


def test_one_that_cannot_be_used_leaves_all_undetermined():
    problems = []
    trust = loaded({NAME: whole(some(9))[:-1], "status/all/1.rsl": plain_rsl.whole([3])}, problems)
    assert len(problems) == 1 and problems[0][0] == NAME and problems[0][1]
    assert trust.status(StatusRef(URI, b"id-3", None, identifiers=True), NOW) is None
    assert [trust.status(StatusRef(URI, index, ISSUER), NOW) for index in (3, 5)] == [1, None]


def check(name, file):
    list(kinds.check(name, file))


def test_it_is_checked_before_it_is_committed():
    check(NAME, io.BytesIO(whole(some(3))))
    for data, code in (
        (whole(some(3))[:-1], "FORMAT"),
        (whole(form=2), "UNSUPPORTED"),
        (b"", "FORMAT"),
    ):
        assert raises(TrustError, check, NAME, io.BytesIO(data)).code == code
    # A list of one kind does not pass for the other.
    wrong = io.BytesIO(plain_rsl.whole([3]))
    assert raises(TrustError, check, NAME, wrong).code == "FORMAT"
    wrong = io.BytesIO(whole(some(3)))
    assert raises(TrustError, check, "status/all/1.rsl", wrong).code == "FORMAT"
