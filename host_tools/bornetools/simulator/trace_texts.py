"""The meanings of the trace's fields, in each language; codes and names are the standards'."""

from typing import NamedTuple

from bornetools.languages import DEFAULT, in_each, texts

Text = dict[str, str]  # by language


class Field(NamedTuple):
    name: str
    data: bytes
    text: Text


Named = tuple[str, list[Field]]  # a frame's or a command's name, and its fields


def _table(name: str) -> dict[str, Text]:
    """A table of texts."""
    return {key: in_each("trace", name, key) for key in texts(DEFAULT)["trace"][name]}


_WORDS = _table("words")
UNKNOWN = _WORDS["unknown"]
MORE = _WORDS["more"]
ON, OFF = _WORDS["on"], _WORDS["off"]
WAITING = _WORDS["waiting"]
CAPABILITIES, NLEN, NDEF_PART = (_WORDS[one] for one in ("capabilities", "length", "part"))


def plain(text: str) -> Text:
    """A value that reads the same in all languages."""
    return dict.fromkeys(UNKNOWN, text)


def filled(text: Text, *values: str) -> Text:
    """`text` with the values in place of its braces."""
    return {language: one.format(*values) for language, one in text.items()}


def valued(text: Text, value: str) -> Text:
    """The meaning of a field, and its value."""
    return {
        language: one.format(text[language], value) for language, one in _WORDS["labelled"].items()
    }


def labelled(name: str, value: str) -> Text:
    """The meaning of one of FIELDS, and its value."""
    return valued(FIELDS[name], value)


def count(name: str, number: int) -> Text:
    return labelled(name, str(number))


FRAME = _table("frame")
FIELDS = _table("fields")
# Name and purpose of each PN532 command, by its code: UM0701-02, section 7.
_COMMANDS = _table("commands")
COMMANDS = {
    code: (name, _COMMANDS[name])
    for code, name in {
        0x00: "Diagnose",
        0x02: "GetFirmwareVersion",
        0x04: "GetGeneralStatus",
        0x06: "ReadRegister",
        0x08: "WriteRegister",
        0x12: "SetParameters",
        0x14: "SAMConfiguration",
        0x16: "PowerDown",
        0x32: "RFConfiguration",
        0x40: "InDataExchange",
        0x42: "InCommunicateThru",
        0x44: "InDeselect",
        0x4A: "InListPassiveTarget",
        0x52: "InRelease",
    }.items()
}
PN532_STATUS = {int(code, 16): text for code, text in _table("status").items()}  # section 7.1
RF_ITEMS = {int(code, 16): text for code, text in _table("settings").items()}
# ISO/IEC 7816-4
_INSTRUCTIONS = _table("instructions")
INSTRUCTIONS = {
    code: (name, _INSTRUCTIONS[name])
    for code, name in {
        0xA4: "SELECT",
        0x88: "INTERNAL AUTHENTICATE",
        0xC0: "GET RESPONSE",
        0xB0: "READ BINARY",
        0xD6: "UPDATE BINARY",
        0xC3: "ENVELOPE",
    }.items()
}
STATUS_WORDS = {int(word, 16): text for word, text in _table("status words").items()}
# An mdoc's handover: applications and files by AID, NDEF records by type.
APPLICATIONS = _table("applications")
RECORDS = _table("records")
# Fields of `hcov` by their keys: docs/protocol.md.
COVER = dict(
    enumerate(
        (
            "family",
            "given",
            "born",
            "nir",
            "rank",
            "scheme",
            "departement",
            "entitlements",
            "proofing",
            "delegate",
        ),
        1,
    )
)
