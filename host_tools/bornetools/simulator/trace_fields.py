"""A PN532 frame, an APDU or a phone's answer as a row of explained fields.

Names as in UM0701-02, ISO/IEC 7816-4, RFC 9052 and docs/protocol.md.
"""

from typing import Any, NamedTuple

import cbor2

from bornetools import times
from bornetools.emulator import frames
from bornetools.issuer import claims
from bornetools.simulator.trace_texts import (
    COMMANDS,
    FIELDS,
    FRAME,
    INSTRUCTIONS,
    MORE,
    NONE,
    OFF,
    ON,
    PN532_STATUS,
    RF_ITEMS,
    STATUS_WORDS,
    WAITING,
    Text,
    plain,
)

_CBOR_ERRORS = (cbor2.CBORError, ValueError, TypeError, KeyError, IndexError, AttributeError)
_CLA_CHAINED, _SW1_MORE = 0x10, 0x61
_MI, _STATUS = 0x40, 0x3F  # more information, and the error code beside it: section 7.1
_ACKS = {frames.ACK: "ACK", frames.NACK: "NACK"}


class Field(NamedTuple):
    name: str
    data: bytes
    text: Text = NONE


Named = tuple[str, list[Field]]


def frame(payload: bytes) -> Named:
    """A frame as bornetools.emulator.frames.Parser yields it."""
    if payload in _ACKS:
        name = _ACKS[payload]
        return name, [Field("PACKET CODE", payload[3:5], FRAME[name])]
    whole = frames.data(payload)
    at = whole.index(b"\x00\xff") + 2
    size = 2 if len(payload) <= 255 else 5
    head = [
        Field("PREAMBLE", whole[: at - 2]),
        Field("START CODE", whole[at - 2 : at], FRAME["START CODE"]),
        Field("LEN", whole[at : at + size - 1], plain(f"{len(payload)}")),
        Field("LCS", whole[at + size - 1 : at + size], FRAME["LCS"]),
    ]
    tail = [Field("DCS", whole[-2:-1], FRAME["DCS"]), Field("POSTAMBLE", whole[-1:])]
    if len(payload) < 2:
        return "error", [*head, Field("ERROR", payload, FRAME["SYNTAX"]), *tail]
    command = payload[1] - (payload[0] == frames.TO_HOST)
    name, purpose = COMMANDS.get(command, (f"{command:02X}", NONE))
    inner = _ANSWERS if payload[0] == frames.TO_HOST else _PARAMETERS
    head.append(Field("TFI", payload[:1], FRAME[f"{payload[0]:02X}"]))
    head.append(Field("PD0", payload[1:2], purpose))
    data = payload[2:]
    return name, [*head, *(inner.get(command, _other)(data) if data else []), *tail]


def command(apdu: bytes) -> Named:
    """A command APDU: ISO/IEC 7816-4 section 5.2, short lengths."""
    name, purpose = INSTRUCTIONS.get(apdu[1], (f"INS {apdu[1]:02X}", NONE))
    select = apdu[1] == 0xA4
    fields = [
        Field("CLA", apdu[:1], FIELDS["CHAINED" if apdu[0] & _CLA_CHAINED else "CLA"]),
        Field("INS", apdu[1:2], purpose),
        Field("P1", apdu[2:3], FIELDS["BY NAME"] if select else NONE),
        Field("P2", apdu[3:4], FIELDS["FIRST"] if select else NONE),
    ]
    rest = apdu[4:]
    if len(rest) > 1:
        data, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        fields.append(Field("Lc", apdu[4:5], _count("Lc", apdu[4])))
        if select:
            fields.append(Field("AID", data, plain("F0 “BORNE” 01")))
        else:
            fields += _question(data)
    if rest:
        fields.append(Field("Le", rest, _count("Le", rest[0] or 256)))
    return name, fields


def response(apdu: bytes, to: int) -> Named:
    """A response APDU to a command with the INS `to`."""
    data, sw = apdu[:-2], apdu[-2:]
    word = int.from_bytes(sw, "big")
    if word >> 8 == _SW1_MORE:
        count = f"{word & 0xFF or '≥ 256'}"
        meaning = (WAITING[0].format(count), WAITING[1].format(count))
    else:
        meaning = STATUS_WORDS.get(word, NONE)
    fields = _selected(data) if to == 0xA4 else [Field("DATA", data)] if data else []
    return f"{sw.hex(' ').upper()}", [*fields, Field("SW1 SW2", sw, meaning)]


def answer(data: bytes) -> list[Field]:
    """Token and proof of a whole answer to INTERNAL AUTHENTICATE; empty if it is none."""
    try:
        token, proof = cbor2.loads(data)
        signed, proved = cbor2.loads(token).value, cbor2.loads(proof).value
        header = cbor2.loads(signed[0])
        content = cbor2.loads(signed[2])
        fields = [
            Field("token", token, FIELDS["token"]),
            Field("alg", cbor2.dumps(header[1]), _algorithm(header[1])),
            Field("kid", header[4]),
            *_claims(content),
            Field("signature", signed[3]),
            Field("proof", proof, FIELDS["proof"]),
        ]
        user_verified = cbor2.loads(proved[0])["uv"]
        fields.append(
            Field("uv", cbor2.dumps(user_verified), FIELDS["uv" if user_verified else "not uv"])
        )
        return [*fields, Field("signature", proved[3])]
    except _CBOR_ERRORS:
        return []


def _claims(content: dict) -> list[Field]:
    cover = content[claims.HCOV]
    place = content[claims.STATUS]["status_list"]
    fields = [
        Field("iss (1)", cbor2.dumps(content[claims.ISS]), plain(content[claims.ISS])),
        Field("exp (4)", *_time(content[claims.EXP])),
        Field("nbf (5)", *_time(content[claims.NBF])),
        Field("cnf (8)", cbor2.dumps(content[claims.CNF]), FIELDS["cnf"]),
        Field("status (65535)", cbor2.dumps(place["idx"]), _count("idx", place["idx"])),
    ]
    name = f"{cover[1]} {cover.get(2, '')}".strip()
    return [*fields, Field("hcov (-65800)", cbor2.dumps(cover), plain(name))]


def _question(data: bytes) -> list[Field]:
    """The map of INTERNAL AUTHENTICATE."""
    try:
        asked = cbor2.loads(data)
        fields = [
            Field("nonce (0)", asked[0], FIELDS["nonce"]),
            Field("terminal (1)", cbor2.dumps(asked[1]), plain(asked[1])),
            Field("purpose (2)", cbor2.dumps(asked[2]), plain(asked[2])),
        ]
        return [*fields, Field("time (3)", *_time(asked[3]))] if 3 in asked else fields
    except _CBOR_ERRORS:
        return [Field("DATA", data)]


def _selected(data: bytes) -> list[Field]:
    """The map in the answer to SELECT."""
    try:
        told = cbor2.loads(data)
        return [
            Field("version (0)", cbor2.dumps(told[0]), _count("version", told[0])),
            Field("size (1)", cbor2.dumps(told[1]), _count("size", told[1])),
        ]
    except _CBOR_ERRORS:
        return [Field("DATA", data)] if data else []


# Parameters and answers of the PN532's commands, each without TFI and PD0.


def _other(data: bytes) -> list[Field]:
    return [Field("DATA", data)]


def _version(data: bytes) -> list[Field]:
    parts = (data[at : at + 1] for at in range(4))
    names = ("IC", "Ver", "Rev", "Support")
    return [
        Field(name, part, FIELDS.get(name, NONE)) for name, part in zip(names, parts, strict=True)
    ]


def _rf_configuration(data: bytes) -> list[Field]:
    item = Field("CfgItem", data[:1], RF_ITEMS.get(data[0], NONE))
    on = (ON if data[1:2] == b"\x01" else OFF) if data[0] == 0x01 else NONE
    return [item, Field("ConfigurationData", data[1:], on)]


def _exchange(data: bytes) -> list[Field]:
    return [Field("Tg", data[:1], FIELDS["Tg"]), Field("DataOut", data[1:], FIELDS["DATA"])]


def _exchanged(data: bytes) -> list[Field]:
    meaning = MORE if data[0] & _MI else PN532_STATUS.get(data[0] & _STATUS, NONE)
    fields = [Field("Status", data[:1], meaning)]
    return [*fields, Field("DataIn", data[1:], FIELDS["DATA"])] if len(data) > 1 else fields


def _list(data: bytes) -> list[Field]:
    fields = [Field("MaxTg", data[:1], FIELDS["MaxTg"]), Field("BrTy", data[1:2], FIELDS["BrTy"])]
    return [*fields, Field("InitiatorData", data[2:])] if data[2:] else fields


def _listed(data: bytes) -> list[Field]:
    fields = [Field("NbTg", data[:1], _count("NbTg", data[0]))]
    if data[0] and len(data) > 5:
        end = 6 + data[5]
        fields += [
            Field("Tg", data[1:2], FIELDS["Tg"]),
            Field("SENS_RES", data[2:4], FIELDS["SENS_RES"]),
            Field("SEL_RES", data[4:5], FIELDS["SEL_RES"]),
            Field("NFCIDLength", data[5:6]),
            Field("NFCID1t", data[6:end], FIELDS["NFCID1t"]),
        ]
        if data[end:]:
            fields.append(Field("ATS", data[end:], FIELDS["ATS"]))
    return fields


def _named(*names: str):
    """One byte for each name, and what comes after."""

    def fields(data: bytes) -> list[Field]:
        parts = [
            Field(name, data[at : at + 1], FIELDS.get(name, NONE)) for at, name in enumerate(names)
        ]
        return [part for part in parts if part.data] + (
            _other(data[len(names) :]) if data[len(names) :] else []
        )

    return fields


_PARAMETERS: dict[int, Any] = {
    0x12: _named("Flags"),
    0x14: _named("Mode", "Timeout", "IRQ"),
    0x16: _named("WakeUpEnable", "GenerateIRQ"),
    0x32: _rf_configuration,
    0x40: _exchange,
    0x44: _named("Tg"),
    0x4A: _list,
    0x52: _named("Tg"),
}
_ANSWERS: dict[int, Any] = {
    0x02: _version,
    0x16: _exchanged,
    0x40: _exchanged,
    0x44: _exchanged,
    0x4A: _listed,
    0x52: _exchanged,
}


def _count(name: str, count: int) -> Text:
    english, french = FIELDS[name]
    return f"{english}: {count}", f"{french} : {count}"


def _time(seconds: int) -> tuple[bytes, Text]:
    return cbor2.dumps(seconds), plain(times.write(seconds))


def _algorithm(label: int) -> Text:
    return FIELDS["ES256"] if label == -7 else plain(str(label))
