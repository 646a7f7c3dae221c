"""Certificates of ISO/IEC 18013-5's own example; tests/host/test_x509.py has one for each rule."""

import json
from binascii import unhexlify

from support import raises

from borne.errors import DecodeError, UnsupportedError
from borne.token import x509

FOLDER = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
with open(FOLDER + "/mdoc_iaca.json") as file:
    ROOT = unhexlify(json.load(file)["certificate"])
with open(FOLDER + "/mdoc_annex_d.json") as file:
    RESPONSE = unhexlify(json.load(file)["device_response"])
# The signer's certificate is 499 bytes in the example's issuerAuth.
AT = RESPONSE.index(unhexlify("a118215901f3")) + 6
SIGNER = RESPONSE[AT : AT + 499]


def read(data):
    return x509.Certificate(memoryview(data))


def test_the_root_of_the_example():
    root = read(ROOT)
    assert x509.is_root(root) and not x509.is_document_signer(root)
    assert root.signed_by(root)
    assert (root.is_ca, root.path_length, root.key_usage) == (True, 0, 6)
    assert (root.not_before, root.not_after) == (1601510400, 1885334400)  # 2020-10-01, 2029-09-29
    assert root.covers(1601510400) and root.covers(1885334400)
    assert not root.covers(1601510399) and not root.covers(1885334401)
    assert bytes(root.issuer) == bytes(root.subject)


def test_the_document_signer_of_the_example():
    root, signer = read(ROOT), read(SIGNER)
    assert x509.is_document_signer(signer) and not x509.is_root(signer)
    assert signer.signed_by(root) and not signer.signed_by(signer)
    assert signer.aki == root.ski and bytes(signer.issuer) == bytes(root.subject)
    assert (signer.key_usage, signer.purposes_critical) == (0x80, True)
    assert signer.purposes == [unhexlify("28818c5d050102")]
    assert signer.is_encoded(SIGNER) and not signer.is_encoded(ROOT)


def test_bytes_are_as_good_as_a_view():
    assert x509.is_root(x509.Certificate(ROOT))


def test_cut_short_or_longer():
    for end in range(len(SIGNER)):
        raises(DecodeError, read, SIGNER[:end])
    raises(DecodeError, read, SIGNER + b"\0")
    raises(DecodeError, read, bytes(3000))


def test_any_changed_byte_is_refused_or_breaks_the_signature():
    root = read(ROOT)
    for at in range(0, len(SIGNER), 5):
        changed = bytearray(SIGNER)
        changed[at] ^= 1 << at % 8
        try:
            assert not read(bytes(changed)).signed_by(root), at
        except DecodeError:
            pass


def replaced(old, new):
    old, new = unhexlify(old), unhexlify(new)
    assert len(old) == len(new) and old in SIGNER
    return SIGNER.replace(old, new)


def test_der_has_one_form():
    for old, new in (
        ("0101ff", "010101"),  # a BOOLEAN that is true in BER
        ("0101ff", "010100"),  # a default that is spelled out
        ("03020780", "03020700"),  # a bit string of no bits
        ("03020780", "03020781"),  # bits that are not used
        ("03020780", "03020880"),
        ("308201ef", "308001ef"),  # an indefinite length
        ("308201ef", "308301ef"),
        ("a003020102", "a003020101"),  # v2
        ("a003020102", "a003020103"),
        ("02143c44", "0214bc44"),  # a negative serial number
        ("02143c44", "02140044"),  # a zero too many
        ("170d3230313030313030303030305a", "170d3230313030313030303030302b"),
        ("170d3230313030313030303030305a", "170d3230313330313030303030305a"),
        ("170d3230313030313030303030305a", "180d3230313030313030303030305a"),
        ("03420004ace7", "03420104ace7"),
        ("03420004ace7", "03420004ace8"),  # off the curve
        ("0348003045022100", "0348013045022100"),
        ("0348003045022100", "0348003045022101"),
        ("02203bad85", "0220bbad85"),
    ):
        raises(DecodeError, read, replaced(old, new))


def test_what_is_not_supported():
    for old, new in (
        ("06082a8648ce3d030107", "06082a8648ce3d030106"),  # another curve
        ("03420004ace7", "03420003ace7"),  # a compressed point
        ("0603551d250101ff", "0603551d260101ff"),  # another critical extension
    ):
        raises(UnsupportedError, read, replaced(old, new))
    # The outer algorithm; the inner one has to be the same.
    algorithm = unhexlify("300a06082a8648ce3d040302")
    at = SIGNER.rindex(algorithm)
    changed = SIGNER[: at + 11] + b"\x03" + SIGNER[at + 12 :]
    raises(UnsupportedError, read, changed)
    at = SIGNER.index(algorithm)
    error = raises(DecodeError, read, SIGNER[: at + 11] + b"\x03" + SIGNER[at + 12 :])
    assert error.reason == "certificate's two algorithms differ"


def test_an_extension_that_comes_twice():
    raises(DecodeError, read, replaced("0603551d1f", "0603551d12"))


def der(tag, content):
    assert len(content) < 0x80
    return bytes([tag, len(content)]) + content


def attributes(*values):
    """An RDN of values, each with its type (id-at-commonName)."""
    return der(0x31, b"".join([der(0x30, b"\x06\x03\x55\x04\x03" + value) for value in values]))


def elements(data):
    """The elements in a SEQUENCE, tags and lengths too."""
    found, at = [], 4
    while at < len(data):
        size, head = data[at + 1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(data[at + 2 : at + head], "big")
        found.append(data[at : at + head + size])
        at += head + size
    return found


def long(content):
    return b"\x30\x82" + len(content).to_bytes(2, "big") + content


def with_subject(content):
    """The signer's certificate with that in its subject; its signature is of something else then."""
    tbs, algorithm, signature = elements(SIGNER)
    parts = elements(tbs)
    parts[5] = der(0x30, content)
    return long(long(b"".join(parts)) + algorithm + signature)


def test_names():
    text, later = der(0x0C, b"a"), der(0x0C, b"b")
    for subject in (b"", attributes(text), attributes(text) * 2, attributes(text, later)):
        assert bytes(read(with_subject(subject)).subject) == der(0x30, subject)
    for subject in (
        b"x",
        b"\x31\x00",
        b"\x31\x02",
        b"\x31\x80\x00\x00",
        der(0x30, b""),
        der(0x31, text),
        attributes(text) + b"\0",
        attributes(text + b"\0"),
        attributes(b""),
        attributes(later, text),  # not in their order
        attributes(der(0x04, b"a")),
        attributes(der(0x2C, text)),  # a constructed string
        attributes(b"\x0c\x81\x01a"),
        attributes(b"\x0c\x02a"),
        attributes(b"\x1f\x0c\x01a"),  # a tag of two bytes
        der(0x31, der(0x30, b"\x06\x00" + text)),
        der(0x31, der(0x30, b"\x06\x02\x55\x84" + text)),
        der(0x31, der(0x30, b"\x06\x03\x55\x80\x03" + text)),
    ):
        raises(DecodeError, read, with_subject(subject))
