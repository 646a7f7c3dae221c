"""An APDU, or a phone's answer, as a row of explained fields.

Names as in ISO/IEC 7816-4, RFC 8392, RFC 9052 and docs/protocol.md.
"""

from typing import Any

import cbor2
import ndef

from bornetools import times
from bornetools.issuer import claims
from bornetools.simulator.trace_texts import (
    APPLICATIONS,
    CAPABILITIES,
    COVER,
    FIELDS,
    INSTRUCTIONS,
    NDEF_PART,
    NLEN,
    RECORDS,
    STATUS_WORDS,
    UNKNOWN,
    WAITING,
    Field,
    Named,
    Text,
    count,
    filled,
    labelled,
    plain,
)

_CBOR_ERRORS = (cbor2.CBORError, ValueError, TypeError, KeyError, IndexError, AttributeError)
_CLA_CHAINED, _SW1_MORE, _SELECT = 0x10, 0x61, 0xA4
_READ, _UPDATE, ENVELOPE = 0xB0, 0xD6, 0xC3


def command(apdu: bytes) -> Named:
    """A command APDU: ISO/IEC 7816-4 section 5.2, short lengths."""
    name, purpose = INSTRUCTIONS.get(apdu[1], (f"INS {apdu[1]:02X}", UNKNOWN))
    ins = apdu[1]
    first, second = "P", "P"
    if ins == _SELECT:
        first, second = ("BY NAME", "FIRST") if apdu[2] else ("BY FILE", "NO FCI")
    elif ins in (_READ, _UPDATE):
        first = second = "OFFSET"
    fields = [
        Field("CLA", apdu[:1], FIELDS["CHAINED" if apdu[0] & _CLA_CHAINED else "CLA"]),
        Field("INS", apdu[1:2], purpose),
        Field("P1", apdu[2:3], FIELDS[first]),
        Field("P2", apdu[3:4], FIELDS[second]),
    ]
    rest = apdu[4:]
    if len(rest) > 1:
        data, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        fields.append(Field("Lc", apdu[4:5], count("Lc", apdu[4])))
        if ins == _SELECT and apdu[2]:
            fields.append(Field("AID", data, APPLICATIONS.get(data.hex().upper(), UNKNOWN)))
        elif ins == _SELECT:
            fields.append(Field("FILE", data, FIELDS["FILE"]))
        elif ins == _UPDATE:
            fields += _file(data)
        elif ins == ENVELOPE:
            fields.append(Field("DO'53'", data, FIELDS["DO'53'"]))
        else:
            fields += _question(data)
    if rest:
        fields.append(Field("Le", rest, count("Le", rest[0] or 256)))
    return name, fields


def response(apdu: bytes, to: int) -> Named:
    """A response APDU to a command with the INS `to`."""
    data, sw = apdu[:-2], apdu[-2:]
    word = int.from_bytes(sw, "big")
    if word >> 8 == _SW1_MORE:
        meaning = filled(WAITING, f"{word & 0xFF or '≥ 256'}")
    else:
        meaning = STATUS_WORDS.get(word, UNKNOWN)
    if to == _SELECT:
        fields = _selected(data)
    elif to == _READ:
        fields = _file(data) if data else []
    else:
        fields = [_part(data)] if data else []
    return f"{sw.hex(' ').upper()}", [*fields, Field("SW1 SW2", sw, meaning)]


def answer(data: bytes) -> list[Field]:
    """Tokens and proofs of a whole answer to INTERNAL AUTHENTICATE; empty if it is none."""
    try:
        items = cbor2.loads(data)
        fields: list[Field] = []
        for token, proof in zip(items[::2], items[1::2], strict=True):
            fields += [*_token(token), *_proof(proof)]
        return fields
    except _CBOR_ERRORS:
        return []


def session_data(data: bytes) -> list[Field]:
    """The fields of a whole answer to ENVELOPE; empty if it is none. A listener cannot read more."""
    try:
        size = 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)
        message = cbor2.loads(data[size:])
        fields = []
        if "data" in message:
            fields.append(Field("data", message["data"], FIELDS["data"]))
        if "status" in message:
            status = message["status"]
            fields.append(Field("status", cbor2.dumps(status), count("session status", status)))
        return fields
    except _CBOR_ERRORS:
        return []


def _file(data: bytes) -> list[Field]:
    """The fields of data read from a Type 4 Tag's file, or written to it."""
    if len(data) == 2:
        return [Field("NLEN", data, NLEN)]
    if len(data) == 15 and data[0] == 0:
        return [Field("CC", data, CAPABILITIES)]
    fields = []
    try:
        for record in ndef.message_decoder(data, known_types={}):
            name = record.type.removeprefix("urn:nfc:wkt:").removeprefix("urn:nfc:ext:")
            encoded = b"".join(ndef.message_encoder([record]))
            fields.append(Field(name, encoded, RECORDS.get(name, UNKNOWN)))
    except ndef.DecodeError:
        return [Field("NDEF", data, NDEF_PART)]
    # Each record alone is encoded with other position flags: the fields take their bytes from the data.
    at = 0
    for place, field in enumerate(fields):
        fields[place] = field._replace(data=data[at : at + len(field.data)])
        at += len(field.data)
    return fields


def _token(token: bytes) -> list[Field]:
    protected, _, payload, signature = cbor2.loads(token).value
    header, content = cbor2.loads(protected), cbor2.loads(payload)
    place = content[claims.STATUS]["status_list"]
    return [
        Field("token", token, FIELDS["token"]),
        Field("alg (1)", cbor2.dumps(header[1]), _algorithm(header[1])),
        Field("kid (4)", header[4], FIELDS["kid"]),
        Field("iss (1)", cbor2.dumps(content[claims.ISS]), labelled("iss", content[claims.ISS])),
        *(
            Field(f"{name} ({label})", *_time(name, content[label]))
            for name, label in (("exp", claims.EXP), ("nbf", claims.NBF), ("iat", claims.IAT))
        ),
        Field("cti (7)", content[claims.CTI], FIELDS["cti"]),
        Field("cnf (8)", cbor2.dumps(content[claims.CNF]), FIELDS["cnf"]),
        Field("status (65535)", cbor2.dumps(place["idx"]), count("idx", place["idx"])),
        Field("hcov (-65800)", cbor2.dumps(content[claims.HCOV]), FIELDS["hcov"]),
        *(
            Field(f"hcov {key}", cbor2.dumps(value), labelled(COVER[key], _plainly(value)))
            for key, value in content[claims.HCOV].items()
        ),
        Field("signature", signature, FIELDS["issuer's signature"]),
    ]


def _proof(proof: bytes) -> list[Field]:
    protected, _, _, signature = cbor2.loads(proof).value
    header = cbor2.loads(protected)
    return [
        Field("proof", proof, FIELDS["proof"]),
        Field("uv", cbor2.dumps(header["uv"]), FIELDS["uv" if header["uv"] else "not uv"]),
        Field("method", cbor2.dumps(header["method"]), labelled("method", header["method"])),
        Field("signature", signature, FIELDS["holder's signature"]),
    ]


def _question(data: bytes) -> list[Field]:
    """The map of INTERNAL AUTHENTICATE."""
    try:
        asked = cbor2.loads(data)
        fields = [
            Field("nonce (0)", asked[0], FIELDS["nonce"]),
            Field("terminal (1)", cbor2.dumps(asked[1]), labelled("terminal", asked[1])),
            Field("purpose (2)", cbor2.dumps(asked[2]), labelled("purpose", asked[2])),
        ]
        return [*fields, Field("time (3)", *_time("time", asked[3]))] if 3 in asked else fields
    except _CBOR_ERRORS:
        return [_part(data)]


def _selected(data: bytes) -> list[Field]:
    """The map in the answer to SELECT."""
    try:
        told = cbor2.loads(data)
        return [
            Field("version (0)", cbor2.dumps(told[0]), count("version", told[0])),
            Field("size (1)", cbor2.dumps(told[1]), count("size", told[1])),
        ]
    except _CBOR_ERRORS:
        return [_part(data)] if data else []


def _part(data: bytes) -> Field:
    return Field("DATA", data, FIELDS["PART"])


def _time(name: str, seconds: int) -> tuple[bytes, Text]:
    return cbor2.dumps(seconds), labelled(name, times.write(seconds))


def _algorithm(label: int) -> Text:
    return FIELDS["ES256"] if label == -7 else plain(f"COSE {label}")


def _plainly(value: Any) -> str:
    """A value of the cover, without its brackets."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return ", ".join(_plainly(one) for one in value)
    return str(value)
