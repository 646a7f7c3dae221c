"""The kinds of file that a release has: what a row changed by mistake would differ from."""

import io

import plain_rsl
import test_identifiers
from signing import Signer
from support import raises

from borne.errors import DecodeError, TrustError
from borne.token import cbor
from borne.trust import kinds

KEYS = cbor.encode([Signer("issuer").cose_key(b"k1", {})])

# name: whether a release needs it, bytes at most, how deltas end, one that can be read
SAID = {
    "keys.cbor": (True, 8192, None, KEYS),
    "policy.cbor": (True, 4096, None, b"\xa0"),
    "iaca.cbor": (False, 32768, None, b"\x80"),
    "status/a/1.rsl": (False, 4194304, ".rsd", plain_rsl.whole([3])),
    "status/a/1.idl": (False, 4194304, None, test_identifiers.whole([b"x"])),
}


class Long(io.BytesIO):
    """A file that is said to have `size` bytes."""

    def __init__(self, size):
        super().__init__(b"")
        self.size = size

    def seek(self, at, whence=0):
        return self.size if whence == 2 else super().seek(at)


def check(name, file):
    """In how many pieces it was checked."""
    return len(list(kinds.check(name, file)))


def test_every_kind_is_as_it_was_meant():
    assert len(kinds.KINDS) == len(SAID)
    named = [getattr(kinds, one) for one in dir(kinds)]
    assert len([one for one in named if isinstance(one, kinds.Kind)]) == len(SAID)
    for name, (needed, most, deltas, _) in SAID.items():
        kind = kinds.find(name)
        assert (kind.needed, kind.most, kind.deltas) == (needed, most, deltas), name


def test_each_reader_reads_its_own_kind_and_no_other():
    for name in SAID:
        for other, (_, _, _, data) in SAID.items():
            if other == name:
                check(name, io.BytesIO(data))
            elif (name, other) != ("iaca.cbor", "keys.cbor"):  # what is no root is left out
                assert raises(TrustError, check, name, io.BytesIO(data)), (name, other)


def test_what_takes_long_is_checked_key_by_key_and_root_by_root():
    keys = [Signer("issuer %d" % number).cose_key(b"k%d" % number, {}) for number in range(5)]
    assert check("keys.cbor", io.BytesIO(cbor.encode(keys))) == 5
    assert check("iaca.cbor", io.BytesIO(cbor.encode([{1: b"no root"}] * 7))) == 7
    # One that is found malformed late is refused all the same.
    for name, items in (("keys.cbor", keys), ("iaca.cbor", [{}] * 7)):
        data = cbor.encode(items)
        assert raises(TrustError, check, name, io.BytesIO(data[:-1])).code == "FORMAT"
        assert raises(TrustError, check, name, io.BytesIO(data + b"\0")).code == "FORMAT"


def test_what_is_larger_than_its_bound_is_not_read():
    for name, (_, most, _, _) in SAID.items():
        error = raises(TrustError, check, name, Long(most + 1))
        assert error.code == "FORMAT" and "larger than" in str(error), name
        error = raises(Exception, check, name, Long(most))
        assert "larger than" not in str(error), name


def test_nothing_else_is_of_a_kind():
    for name in (
        "",
        ".rsl",
        "1.rsl",
        "status/keys.cbor",
        "keys.cbor.rsl",
        "xkeys.cbor",
        "keys.cborx",
        "status/a/1.cwt",
        "status/a/1-2.rsd",
        "root.json",
    ):
        assert kinds.find(name) is None, name
        raises(DecodeError, kinds.read, kinds.find(name), b"")
