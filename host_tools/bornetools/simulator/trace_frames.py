"""A PN532 frame as a row of explained fields. Names as in UM0701-02."""

from typing import Any

from bornetools.emulator.chip import frames
from bornetools.simulator.trace_texts import (
    COMMANDS,
    FIELDS,
    FRAME,
    MORE,
    OFF,
    ON,
    PN532_STATUS,
    RF_ITEMS,
    UNKNOWN,
    Field,
    Named,
    count,
    valued,
)

_MI, _STATUS = 0x40, 0x3F  # more information, and the error code beside it: section 7.1
_ACKS = {frames.ACK: "ACK", frames.NACK: "NACK"}


def frame(payload: bytes) -> Named:
    """A frame as bornetools.emulator.chip.frames.Parser yields it."""
    if payload in _ACKS:
        name = _ACKS[payload]
        return name, [Field("PACKET CODE", payload[3:5], FRAME[name])]
    whole = frames.data(payload)
    at = whole.index(b"\x00\xff") + 2
    size = 2 if len(payload) <= 255 else 5
    head = [
        Field("PREAMBLE", whole[: at - 2], FRAME["PREAMBLE"]),
        Field("START CODE", whole[at - 2 : at], FRAME["START CODE"]),
        Field("LEN", whole[at : at + size - 1], valued(FRAME["LEN"], str(len(payload)))),
        Field("LCS", whole[at + size - 1 : at + size], FRAME["LCS"]),
    ]
    tail = [
        Field("DCS", whole[-2:-1], FRAME["DCS"]),
        Field("POSTAMBLE", whole[-1:], FRAME["POSTAMBLE"]),
    ]
    if len(payload) < 2:
        return "error", [*head, Field("ERROR", payload, FRAME["SYNTAX"]), *tail]
    command = payload[1] - (payload[0] == frames.TO_HOST)
    name, purpose = COMMANDS.get(command, (f"{command:02X}", UNKNOWN))
    inner = _ANSWERS if payload[0] == frames.TO_HOST else _PARAMETERS
    head.append(Field("TFI", payload[:1], FRAME[f"{payload[0]:02X}"]))
    head.append(Field("PD0", payload[1:2], purpose))
    data = payload[2:]
    return name, [*head, *(inner.get(command, _other)(data) if data else []), *tail]


# Parameters and answers of the PN532's commands, each without TFI and PD0.


def _other(data: bytes) -> list[Field]:
    return [Field("DATA", data, FIELDS["OTHER"])]


def _version(data: bytes) -> list[Field]:
    parts = (data[at : at + 1] for at in range(4))
    names = ("IC", "Ver", "Rev", "Support")
    return [Field(name, part, FIELDS[name]) for name, part in zip(names, parts, strict=True)]


def _rf_configuration(data: bytes) -> list[Field]:
    item = Field("CfgItem", data[:1], RF_ITEMS.get(data[0], FIELDS["CfgItem"]))
    values = FIELDS["ConfigurationData"]
    on = (ON if data[1:2] == b"\x01" else OFF) if data[0] == 0x01 else values
    return [item, Field("ConfigurationData", data[1:], on)]


def _exchange(data: bytes) -> list[Field]:
    return [Field("Tg", data[:1], FIELDS["Tg"]), Field("DataOut", data[1:], FIELDS["DATA"])]


def _exchanged(data: bytes) -> list[Field]:
    meaning = MORE if data[0] & _MI else PN532_STATUS.get(data[0] & _STATUS, UNKNOWN)
    fields = [Field("Status", data[:1], meaning)]
    return [*fields, Field("DataIn", data[1:], FIELDS["DATA"])] if len(data) > 1 else fields


def _list(data: bytes) -> list[Field]:
    fields = [Field("MaxTg", data[:1], FIELDS["MaxTg"]), Field("BrTy", data[1:2], FIELDS["BrTy"])]
    return (
        [*fields, Field("InitiatorData", data[2:], FIELDS["InitiatorData"])] if data[2:] else fields
    )


def _listed(data: bytes) -> list[Field]:
    fields = [Field("NbTg", data[:1], count("NbTg", data[0]))]
    if data[0] and len(data) > 5:
        end = 6 + data[5]
        fields += [
            Field("Tg", data[1:2], FIELDS["Tg"]),
            Field("SENS_RES", data[2:4], FIELDS["SENS_RES"]),
            Field("SEL_RES", data[4:5], FIELDS["SEL_RES"]),
            Field("NFCIDLength", data[5:6], count("NFCIDLength", data[5])),
            Field("NFCID1t", data[6:end], FIELDS["NFCID1t"]),
        ]
        if data[end:]:
            fields.append(Field("ATS", data[end:], FIELDS["ATS"]))
    return fields


def _named(*names: str) -> Any:
    """A field of one byte for each name, and the rest."""

    def fields(data: bytes) -> list[Field]:
        parts = [Field(name, data[at : at + 1], FIELDS[name]) for at, name in enumerate(names)]
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
