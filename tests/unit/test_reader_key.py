import hashlib

from names import ReaderFile
from support import raises, scratch

from borne import limits_mdoc
from borne.crypto import ecdh, p256
from borne.crypto.comb import N
from borne.errors import DecodeError, StoreError
from borne.provisioned import reader_key
from borne.provisioned.reader_key import ReaderKey
from borne.token import cbor

CHAIN = (b"own certificate", b"its issuer's")


def _random(size):
    return b"r" * size


def test_what_is_written_is_loaded_and_signs():
    path = scratch("reader") + "/" + reader_key.FILE
    assert reader_key.load(path, _random) is None
    with open(path, "wb") as file:
        file.write(ReaderKey(12345, CHAIN).encode())
    key = reader_key.load(path, _random)
    assert key.chain == CHAIN
    digest = hashlib.sha256(b"what a reader signs").digest()
    pair = ecdh.KeyPair(12345)
    assert p256.verify(pair.x, pair.y, digest, key.sign(digest))


def test_keys_that_no_terminal_can_have():
    for private, chain in (
        (0, CHAIN),
        (N, CHAIN),
        (1, ()),
        (1, (b"c",) * (limits_mdoc.READER_CHAIN_COUNT_MAX + 1)),
        (1, (bytes(limits_mdoc.READER_CHAIN_MAX + 1),)),
    ):
        raises(DecodeError, ReaderKey, private, chain)
    largest = ReaderKey(N - 1, (bytes(limits_mdoc.READER_CHAIN_MAX - 2), b"1", b"2"))
    assert len(reader_key.decode(largest.encode()).chain) == 3


def test_damaged_files_are_not_passed_over():
    path = scratch("reader") + "/" + reader_key.FILE
    good = ReaderKey(5, CHAIN).encode()
    for data in (
        b"",
        good[:-1],
        good + b"\x00",
        bytes(limits_mdoc.READER_KEY_MAX + 1),
        cbor.encode([]),
        cbor.encode({ReaderFile.PRIVATE: bytes(32)}),
        cbor.encode({ReaderFile.PRIVATE: bytes(32), ReaderFile.CHAIN: [b"c"]}),
        cbor.encode({ReaderFile.PRIVATE: b"\x01" * 31, ReaderFile.CHAIN: [b"c"]}),
        cbor.encode({ReaderFile.PRIVATE: 5, ReaderFile.CHAIN: [b"c"]}),
        cbor.encode({ReaderFile.PRIVATE: b"\x01" * 32, ReaderFile.CHAIN: [5]}),
        cbor.encode({ReaderFile.PRIVATE: b"\x01" * 32, ReaderFile.CHAIN: b"c"}),
        cbor.encode({ReaderFile.PRIVATE: b"\x01" * 32, ReaderFile.CHAIN: []}),
    ):
        with open(path, "wb") as file:
            file.write(data)
        error = raises(StoreError, reader_key.load, path, _random)
        assert str(error).startswith("reader key: ")
