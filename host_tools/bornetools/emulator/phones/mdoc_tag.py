"""The NFC engagement of a virtual wallet: a Type 4 Tag with a handover (ISO/IEC 18013-5 section 8.2.2).

The NDEF messages are made and read by `ndeflib`; it shares no code with the firmware.
"""

from collections.abc import Callable, Sequence

import ndef

from bornetools.emulator.phones import handset

AID = bytes.fromhex("D2760000850101")
STATIC, NEGOTIATED = "static", "negotiated"
NFC, BLE = "nfc", "ble"

READ_BINARY, UPDATE_BINARY = 0xB0, 0xD6
_BY_FILE = b"\0\x0c"  # P1, P2 of SELECT
_CAPABILITIES, _FILE = bytes.fromhex("E103"), bytes.fromhex("E104")
_SIZE = 2048  # of the NDEF file
_SERVICE = b"urn:nfc:sn:handover"
_WAIT, _EXTENSIONS = 16, 15  # WT_INT (8 ms) and N_WAIT of the service's parameters

_ENGAGEMENT = "urn:nfc:ext:iso.org:18013:deviceengagement"
# Carrier configuration records by name: type, id, payload.
_CARRIERS = {
    # Version, and the most data bytes of a command (FFFF) and of a response (010000).
    NFC: ("urn:nfc:ext:iso.org:18013:nfc", "nfc", bytes.fromhex("01 0301FFFF 0402010000")),
    BLE: ("application/vnd.bluetooth.le.oob", "0", bytes.fromhex("021C01")),
}


class Tag:
    """The tag of a phone whose DeviceEngagement is `engagement`.

    `way`: STATIC or NEGOTIATED. `carriers`: the carriers on offer. `busy`: how many reads find an empty
    message after each message that the reader wrote. `status`: the TNEP status for the reader's choice of the
    service. `steps`: most bytes of one READ BINARY or UPDATE BINARY. `change`: takes and returns the bytes of
    the Handover Select message, as the reader gets it.

    `handover` is [Hs, Hr or None] once both messages are known, else None.
    """

    def __init__(
        self,
        engagement: bytes,
        *,
        way: str = STATIC,
        carriers: Sequence[str] = (NFC,),
        busy: int = 0,
        status: int = 0,
        steps: int = 255,
        change: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._engagement = engagement
        self._carriers = carriers
        self._busy = busy
        self._status = status
        self._steps = steps
        self._change = change
        self._writable = way == NEGOTIATED
        self._selected = b""
        self._empty = 0
        self._draft: bytes | None = None
        self.handover: list[bytes | None] | None = None
        if way == STATIC:
            self._message = self._select_message()
            self.handover = [self._message, None]
        else:
            parameters = bytes([0x10, len(_SERVICE)]) + _SERVICE
            parameters += bytes([0, _WAIT, _EXTENSIONS]) + _SIZE.to_bytes(2, "big")
            self._message = _encoded(ndef.Record("urn:nfc:wkt:Tp", "", parameters))

    def respond(self, ins: int, parameters: bytes, data: bytes, length: int) -> bytes:
        """The response to a command after the application's SELECT."""
        if ins == handset.SELECT:
            return self._select_file(parameters, data)
        if not self._selected:
            return handset.CONDITIONS_NOT_SATISFIED
        if ins == READ_BINARY:
            return self._read(int.from_bytes(parameters, "big"), length)
        if ins == UPDATE_BINARY and self._writable and self._selected == _FILE:
            return self._update(int.from_bytes(parameters, "big"), data)
        return handset.NO_SUCH_INS

    def _select_file(self, parameters: bytes, name: bytes) -> bytes:
        if parameters != _BY_FILE:
            return handset.WRONG_P1_P2
        if name not in (_CAPABILITIES, _FILE):
            return handset.NOT_FOUND
        self._selected = name
        return handset.OK

    def _read(self, offset: int, length: int) -> bytes:
        if self._selected == _CAPABILITIES:
            steps = self._steps.to_bytes(2, "big")
            control = bytes.fromhex("0406") + _FILE + _SIZE.to_bytes(2, "big")
            access = bytes([0, 0 if self._writable else 0xFF])
            content = bytes.fromhex("000F20") + steps + steps + control + access
        else:
            message = self._message
            if self._empty:
                message = b""
                self._empty -= offset == 0
            content = len(message).to_bytes(2, "big") + message
        if length > self._steps:
            return handset.WRONG_LENGTH
        return content[offset : offset + length] + handset.OK

    def _update(self, offset: int, data: bytes) -> bytes:
        """The write procedure of a Type 4 Tag: NLEN 0, the message, NLEN; or all in one command."""
        if len(data) > self._steps:
            return handset.WRONG_LENGTH
        if offset == 0 and data == b"\0\0":
            self._draft = b""
            return handset.OK
        if offset == 0 and len(data) > 2:
            self._draft = data[2:]
            data = data[:2]
        if self._draft is None:
            return handset.CONDITIONS_NOT_SATISFIED
        if offset:
            if offset != 2 + len(self._draft):
                return handset.WRONG_P1_P2
            self._draft += data
            return handset.OK
        written, self._draft = self._draft, None
        if int.from_bytes(data, "big") != len(written):
            return handset.WRONG_DATA
        return self._written(written)

    def _written(self, message: bytes) -> bytes:
        try:
            first = next(iter(ndef.message_decoder(message)))
        except (ndef.DecodeError, StopIteration):
            return handset.WRONG_DATA
        self._empty = self._busy
        if first.type == "urn:nfc:wkt:Ts":
            known = first.data == bytes([len(_SERVICE)]) + _SERVICE
            status = self._status if known else 1
            self._message = _encoded(ndef.Record("urn:nfc:wkt:Te", "", bytes([status])))
        elif isinstance(first, ndef.HandoverRequestRecord):
            self._message = self._select_message()
            self.handover = [self._message, message]
        else:
            return handset.WRONG_DATA
        return handset.OK

    def _select_message(self) -> bytes:
        select = ndef.HandoverSelectRecord("1.5")
        records = [select, ndef.Record(_ENGAGEMENT, "mdoc", self._engagement)]
        for name in self._carriers:
            records.append(ndef.Record(*_CARRIERS[name]))
            select.add_alternative_carrier("active", _CARRIERS[name][1], "mdoc")
        message = _encoded(*records)
        return self._change(message) if self._change else message


def _encoded(*records: ndef.Record) -> bytes:
    return b"".join(ndef.message_encoder(records))
