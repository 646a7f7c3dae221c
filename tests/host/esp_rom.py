"""An ESP chip in boot mode, as esptool meets it: the ROM's serial protocol, then the stub's.

The protocol is in esptool's documentation, "Serial Protocol"; registers are those of each chip's
Technical Reference Manual. The stub that esptool uploads is machine code, which is not run here: once it
has come whole and is started, this answers as it does. That is the way every user's esptool goes, and only
the stub erases whole chips; without a stub the test would test a way that nobody takes.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass

_END, _ESCAPE = b"\xc0", b"\xdb"
_ESCAPED = ((b"\xdb", b"\xdb\xdd"), (b"\xc0", b"\xdb\xdc"))

_SYNC, _READ_REG, _WRITE_REG = 0x08, 0x0A, 0x09
_MEM_BEGIN, _MEM_END, _MEM_DATA = 0x05, 0x06, 0x07
_SPI_SET_PARAMS, _SPI_ATTACH, _CHANGE_BAUDRATE = 0x0B, 0x0D, 0x0F
_FLASH_BEGIN, _FLASH_DATA, _FLASH_END = 0x02, 0x03, 0x04
_DEFL_BEGIN, _DEFL_DATA, _DEFL_END = 0x10, 0x11, 0x12
_FLASH_MD5, _SECURITY_INFO, _ERASE_FLASH = 0x13, 0x14, 0xD0

_SYNC_VALUE = 0x20120707  # the stub answers 0, and so tells itself from the ROM
_SYNC_ANSWERS = 8
_UNKNOWN = b"\x01\x05\0\0"
_WRONG_LENGTH, _WRONG_CHECKSUM, _WRONG_DEFLATE = 0xC0, 0xC1, 0xC3

_MAGIC_REGISTER = 0x40001000
_READ_ID, _READ_SFDP = 0x9F, 0x5A
_SFDP = int.from_bytes(b"SFDP", "little")
_MAKER = 0x40EF  # Winbond
FLASH_SIZE = 4 * 1024 * 1024
_SECTOR = 4096


@dataclass(frozen=True)
class Chip:
    """`magic` is read from 0x40001000 and `chip_id` from the security info (None: it has none);
    `spi` are the addresses of the flash controller's ADDR, USR2 and W0 registers."""

    magic: int
    chip_id: int | None
    spi: tuple[int, int, int]


ESP32 = Chip(0x00F01D83, None, (0x3FF42004, 0x3FF42024, 0x3FF42080))
ESP32_S3 = Chip(0, 9, (0x60002004, 0x60002020, 0x60002058))
ESP32_C3 = Chip(0, 5, (0x60002004, 0x60002020, 0x60002058))


class EspRom:
    """`flash` is what the chip's flash holds; bytes at the addresses `worn` can only be written as 0.

    `commands` are those that came, and `stub` is whether esptool's program runs.
    """

    def __init__(self, chip: Chip, size: int = FLASH_SIZE):
        """`size` is a power of two, or 0: a flash that does not answer."""
        self.chip = chip
        self.flash = bytearray(b"\0\xff" * (size // 2))
        self.worn: set[int] = set()
        self.commands: list[int] = []
        self.stub = False
        self._received = bytearray()
        self._registers = {_MAGIC_REGISTER: chip.magic}
        self._memory: dict[int, bytearray] = {}  # uploaded segments by address
        self._segment = (0, 0)  # address and size
        self._at = self._end = 0  # where the next byte goes, and where the image ends
        self._inflate = zlib.decompressobj()

    def receive(self, data: bytes) -> bytes:
        """Takes bytes from the line; returns what the chip sends at once."""
        self._received += data
        *packets, rest = self._received.split(_END)
        self._received = bytearray(rest)
        return b"".join(self._packet(bytes(packet)) for packet in packets if packet)

    def _packet(self, packet: bytes) -> bytes:
        for plain, escaped in reversed(_ESCAPED):
            packet = packet.replace(escaped, plain)
        if len(packet) < 8 or packet[0] != 0:
            return b""
        operation, size, checksum = struct.unpack_from("<xBHI", packet)
        body = packet[8:]
        self.commands.append(operation)
        if size != len(body):
            return self._answer(operation, error=_WRONG_LENGTH) if self.stub else b""
        if operation in (_MEM_DATA, _FLASH_DATA, _DEFL_DATA):
            body = body[16:]
            if checksum != _checksum(body):
                return self._answer(operation, error=_WRONG_CHECKSUM)
        return self._do(operation, body)

    def _do(self, operation: int, body: bytes) -> bytes:
        if operation == _SYNC:
            return self._answer(_SYNC, 0 if self.stub else _SYNC_VALUE) * _SYNC_ANSWERS
        if operation == _READ_REG:
            return self._answer(_READ_REG, self._read(*struct.unpack_from("<I", body)))
        if operation == _WRITE_REG:
            address, value, mask = struct.unpack_from("<III", body)
            old = self._registers.get(address, 0)
            self._registers[address] = old & ~mask | value & mask
        elif operation == _SECURITY_INFO and self.chip.chip_id is not None:
            info = struct.pack("<I8xII", 0, self.chip.chip_id, 0)
            return self._answer(operation, data=info)
        elif operation == _MEM_BEGIN:
            size, _, _, address = struct.unpack_from("<IIII", body)
            self._segment = address, size
            self._memory[address] = bytearray()
        elif operation == _MEM_DATA:
            self._memory[self._segment[0]] += body
        elif operation == _MEM_END:
            return self._answer(_MEM_END) + self._run(*struct.unpack_from("<4xI", body))
        elif operation in (_FLASH_BEGIN, _DEFL_BEGIN):
            size, _, _, self._at = struct.unpack_from("<IIII", body)
            self._end = self._at + size
            self._inflate = zlib.decompressobj()
        elif operation == _FLASH_DATA:
            self._write(body)
        elif operation == _DEFL_DATA:
            try:
                self._write(self._inflate.decompress(body))
            except zlib.error:
                return self._answer(operation, error=_WRONG_DEFLATE)
        elif operation == _FLASH_MD5:
            address, size = struct.unpack_from("<II", body)
            digest = hashlib.md5(self.flash[address : address + size])  # noqa: S324  the protocol's
            text = digest.digest() if self.stub else digest.hexdigest().encode()
            return self._answer(operation, data=text)
        elif operation == _ERASE_FLASH and self.stub:
            self._erase(0, len(self.flash))
        elif operation not in (
            _SPI_SET_PARAMS,
            _SPI_ATTACH,
            _CHANGE_BAUDRATE,
            _FLASH_END,
            _DEFL_END,
        ):
            return _slip(struct.pack("<BBHI", 1, 0, 4, 0) + _UNKNOWN) * _SYNC_ANSWERS
        return self._answer(operation)

    def _read(self, address: int) -> int:
        where, usr2, w0 = self.chip.spi
        if address != w0:
            # A command to the flash chip is done at once: the bit that started it reads 0.
            return 0 if address == where - 4 else self._registers.get(address, 0)
        command = self._registers.get(usr2, 0) & 0xFF
        if command == _READ_SFDP:
            return 0 if self._registers.get(where, 0) else _SFDP
        if command != _READ_ID or not self.flash:
            return 0
        return len(self.flash).bit_length() - 1 << 16 | _MAKER

    def _run(self, entry: int) -> bytes:
        address, size = self._segment
        whole = len(self._memory.get(address, b"")) >= size
        for start, code in self._memory.items():
            if whole and start <= entry < start + len(code):
                self.stub = True
                return _slip(b"OHAI")
        return b""  # it jumped to where there is nothing

    def _write(self, data: bytes) -> None:
        data = data[: self._end - self._at]
        for address in range(self._at, self._at + len(data)):
            if address % _SECTOR == 0:
                self._erase(address, address + _SECTOR)
        end = self._at + len(data)
        old = self.flash[self._at : end]
        # Programming clears bits, and only erasing sets them.
        self.flash[self._at : end] = bytes(a & b for a, b in zip(old, data, strict=True))
        for address in self.worn:
            self.flash[address] = 0
        self._at = end

    def _erase(self, start: int, end: int) -> None:
        self.flash[start:end] = b"\xff" * (end - start)

    def _answer(self, operation: int, value: int = 0, data: bytes = b"", error: int = 0) -> bytes:
        status = bytes((error != 0, error)) + (b"" if self.stub else b"\0\0")
        body = data + status
        return _slip(struct.pack("<BBHI", 1, operation, len(body), value) + body)


def _slip(packet: bytes) -> bytes:
    for plain, escaped in _ESCAPED:
        packet = packet.replace(plain, escaped)
    return _END + packet + _END


def _checksum(data: bytes) -> int:
    state = 0xEF
    for byte in data:
        state ^= byte
    return state
