"""The PN532's commands but for those of its serial line: UM0701-02, section 7.

A command is a method from data to answer, each without TFI and code. A command that takes time is a
generator: it yields the seconds to wait and returns the answer.
"""

from collections.abc import Callable, Generator

from bornetools.emulator.chip import isodep
from bornetools.emulator.chip.field import Field
from bornetools.emulator.chip.isodep_reader import RATS, ProtocolError, Reader, Silence
from bornetools.emulator.chip.pace import Pace
from bornetools.emulator.chip.radio import Radio

Answer = bytes | Generator[float, None, bytes]
Command = Callable[[bytes], Answer]

VERSION = bytes([0x32, 1, 6, 0x07])  # PN532 v1.6, ISO 14443 A and B, ISO 18092: section 7.2.2

# Error codes: section 7.1
OK, TIMEOUT, RF_PROTOCOL, WRONG_CONTEXT = 0x00, 0x01, 0x0B, 0x27
MORE = 0x40  # of a status byte and of a target number: more data follow in the next command

EXCHANGE_MAX = 262  # data bytes of one InDataExchange: section 7.3.8
_TYPE_A = 0x00  # BrTy, 106 kbit/s
_BAUD_MODULATIONS = 5
_TARGET = 1  # there is one phone in the field at most
_FOREVER = 0xFF  # MxRtyPassiveActivation
_ATTEMPT = 0.005  # seconds of one unanswered activation
_FIFO_DATA, _TX_CONTROL = 0x6339, 0x6304
_REQA = 0x26  # stays in the FIFO after an unanswered activation
_AUTOMATIC_RATS = 0x10  # of SetParameters' flags: section 7.2.9
_ITEM_LENGTHS = {0x01: 1, 0x02: 3, 0x04: 1, 0x05: 3, 0x0A: 11, 0x0B: 8, 0x0C: 3, 0x0D: 9}


class SyntaxFault(Exception):
    """An unknown command, or invalid data for it: the chip answers with its error frame."""


class Commands:
    """The chip from power-on: its settings, its field, and the target in it."""

    def __init__(self, field: Field, pace: Pace) -> None:
        self.table: dict[int, Command] = {
            0x00: self._diagnose,
            0x02: self._get_firmware_version,
            0x04: self._get_general_status,
            0x06: self._read_register,
            0x08: self._write_register,
            0x12: self._set_parameters,
            0x14: self._sam_configuration,
            0x32: self._rf_configuration,
            0x40: self._in_data_exchange,
            0x42: self._in_communicate_thru,
            0x44: self._in_deselect,
            0x4A: self._in_list_passive_target,
            0x52: self._in_release,
            0x54: self._in_select,
        }
        self.radio = Radio(field, pace)
        self._registers: dict[int, int] = {}
        self._automatic_rats = True
        self._retry_timeout = 0x0A  # 51.2 ms: section 7.3.1, item 02
        self._communication_retries = 0
        self._activation_retries = _FOREVER
        self._forget()

    def _forget(self) -> None:
        self._uid = b""  # of the listed target; empty: none
        self._reader: Reader | None = None  # if it was activated for ISO-DEP
        self._selected = False
        self._rest = b""  # of a response longer than one answer

    # Miscellaneous

    def _diagnose(self, data: bytes) -> Answer:
        test = data[:1]
        if test == b"\x00":  # communication line
            return data
        if test in (b"\x01", b"\x02"):  # ROM, RAM
            return bytes([OK])
        if test == b"\x06":
            return self._card_presence()
        raise SyntaxFault

    def _card_presence(self) -> Generator[float, None, bytes]:
        if self._reader is None:
            return bytes([WRONG_CONTEXT])
        present = yield from self._reader.present()
        if not present:
            yield self._reader.frame_waiting_time
        return bytes([OK if present else TIMEOUT])

    def _get_firmware_version(self, data: bytes) -> Answer:
        _check(not data)
        return VERSION

    def _get_general_status(self, data: bytes) -> Answer:
        _check(not data)
        target = bytes([_TARGET, 0, 0, 0]) if self._uid else b""  # 106 kbit/s both ways
        return bytes([OK, self.radio.on, bool(self._uid)]) + target + b"\x00"

    def _read_register(self, data: bytes) -> Answer:
        _check(bool(data) and len(data) % 2 == 0)
        addresses = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
        live = {_TX_CONTROL: 0x83 if self.radio.on else 0x80, _FIFO_DATA: _REQA}
        return bytes(self._registers.get(one, live.get(one, 0)) for one in addresses)

    def _write_register(self, data: bytes) -> Answer:
        _check(bool(data) and len(data) % 3 == 0)
        for at in range(0, len(data), 3):
            address = int.from_bytes(data[at : at + 2], "big")
            if address not in (_TX_CONTROL, _FIFO_DATA):
                self._registers[address] = data[at + 2]
        return b""

    def _set_parameters(self, data: bytes) -> Answer:
        _check(len(data) == 1)
        self._automatic_rats = bool(data[0] & _AUTOMATIC_RATS)
        return b""

    def _sam_configuration(self, data: bytes) -> Answer:
        _check(1 <= len(data) <= 3 and 1 <= data[0] <= 4)
        return b""

    # RF communication

    def _rf_configuration(self, data: bytes) -> Answer:
        item, value = data[:1], data[1:]
        _check(bool(item) and _ITEM_LENGTHS.get(item[0]) == len(value))
        if item == b"\x01":
            if not value[0] & 0x01:
                self.field_off()
            self.radio.on = bool(value[0] & 0x01)
        elif item == b"\x02":
            self._retry_timeout = value[2]
        elif item == b"\x04":
            self._communication_retries = value[0]
        elif item == b"\x05":
            self._activation_retries = value[2]
        return b""

    def field_off(self) -> None:
        """Switches the field off: card and chip lose their state."""
        self.radio.off()
        self._forget()

    # Initiator

    def _in_list_passive_target(self, data: bytes) -> Answer:
        _check(len(data) >= 2 and 1 <= data[0] <= 2 and data[1] < _BAUD_MODULATIONS)
        return self._list(data[1], data[2:])

    def _list(self, modulation: int, uid: bytes) -> Generator[float, None, bytes]:
        self._forget()
        self.radio.on = True
        retries = self._activation_retries
        while True:
            if modulation == _TYPE_A:
                target = yield from self._activate(uid)
                if target:
                    return bytes([1, _TARGET]) + target
            yield _ATTEMPT
            if retries == 0:
                return b"\x00"
            if retries != _FOREVER:
                retries -= 1

    def _activate(self, uid: bytes, wake: bool = False) -> Generator[float, None, bytes]:
        """Returns SENS_RES, SEL_RES, UID and perhaps ATS of the card, b"" if none is activated."""
        found = yield from self.radio.activate(uid, wake)
        if found is None:
            return b""
        ats = b""
        if self._automatic_rats:
            ats = (yield from self.radio.transmit(RATS)) or b""
            if not ats:
                return b""
            self._reader = Reader(self.radio.transmit, ats)
        self._uid = found
        self._selected = True
        return isodep.SENS_RES + bytes([isodep.SEL_RES, len(found)]) + found + ats

    def _in_data_exchange(self, data: bytes) -> Answer:
        _check(1 <= len(data) <= 1 + EXCHANGE_MAX)
        return self._exchange(data[0] & ~MORE, data[1:], bool(data[0] & MORE))

    def _exchange(self, target: int, data: bytes, more: bool) -> Generator[float, None, bytes]:
        if target != _TARGET or not self._uid:
            return bytes([WRONG_CONTEXT])
        if not (yield from self._select()):
            return bytes([TIMEOUT])
        if self._rest and not data:
            return self._part(self._rest)
        reader = self._reader
        if reader is None:
            return (yield from self._raw(data))
        try:
            return self._part((yield from reader.exchange(data, more)))
        except Silence:
            yield reader.frame_waiting_time * (1 + self._communication_retries)
            return bytes([TIMEOUT])
        except ProtocolError:
            return bytes([RF_PROTOCOL])

    def _part(self, response: bytes) -> bytes:
        self._rest = response[EXCHANGE_MAX:]
        return bytes([MORE if self._rest else OK]) + response[:EXCHANGE_MAX]

    def _in_communicate_thru(self, data: bytes) -> Answer:
        return self._raw(data)

    def _raw(self, frame: bytes) -> Generator[float, None, bytes]:
        answer = yield from self.radio.transmit(frame)
        if answer is not None:
            return bytes([OK]) + answer
        if self._retry_timeout == 0:  # no timeout: until the host aborts
            while True:
                yield 1.0
        yield 100e-6 * 2 ** (min(self._retry_timeout, 0x10) - 1)
        return bytes([TIMEOUT])

    def _in_select(self, data: bytes) -> Answer:
        _check(len(data) == 1)
        return self._in_select_target(data[0])

    def _in_select_target(self, target: int) -> Generator[float, None, bytes]:
        if target != _TARGET or not self._uid:
            return bytes([WRONG_CONTEXT])
        selected = yield from self._select()
        return bytes([OK if selected else TIMEOUT])

    def _select(self) -> Generator[float, None, bool]:
        """Wakes the listed target up again if it was deselected. Returns whether it is selected."""
        if self._uid and not self._selected:
            yield from self._activate(self._uid, wake=True)
        return self._selected

    def _in_deselect(self, data: bytes) -> Answer:
        return self._let_go(data, forget=False)

    def _in_release(self, data: bytes) -> Answer:
        return self._let_go(data, forget=True)

    def _let_go(self, data: bytes, forget: bool) -> Generator[float, None, bytes]:
        _check(len(data) == 1)
        if data[0] not in (0, _TARGET) or (data[0] and not self._uid):  # 0: all there are
            return bytes([WRONG_CONTEXT])
        if self._selected and self._reader is not None:
            yield from self._reader.deselect()
        self._selected = False
        if forget:
            self._forget()
        return bytes([OK])


def _check(valid: bool) -> None:
    if not valid:
        raise SyntaxFault
