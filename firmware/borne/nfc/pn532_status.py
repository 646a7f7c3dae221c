"""The PN532's error codes by name (UM0701-02, section 7.1, table 14)."""

from micropython import const

NO_ERROR = const(0x00)

# A constant: no dictionary in RAM.
_NAMES = const(
    (
        (0x01, "time out"),
        (0x02, "CRC error"),
        (0x03, "parity error"),
        (0x04, "bit count in anti-collision"),
        (0x05, "framing error"),
        (0x06, "bit collision"),
        (0x07, "buffer size insufficient"),
        (0x09, "RF buffer overflow"),
        (0x0A, "RF field not switched on in time"),
        (0x0B, "RF protocol error"),
        (0x0D, "overheating"),
        (0x0E, "internal buffer overflow"),
        (0x10, "invalid parameter"),
        (0x12, "DEP: command not supported"),
        (0x13, "data format"),
        (0x14, "MIFARE: authentication"),
        (0x23, "UID check byte"),
        (0x25, "DEP: invalid device state"),
        (0x26, "operation not allowed"),
        (0x27, "command not acceptable in this context"),
        (0x29, "released by its initiator"),
        (0x2A, "card exchanged"),
        (0x2B, "card disappeared"),
        (0x2C, "NFCID3 mismatch"),
        (0x2D, "over-current"),
        (0x2E, "NAD missing"),
    )
)


def name(status: int) -> str:
    """The name of error code `status`."""
    for code, text in _NAMES:
        if code == status:
            return text
    return "unknown error code"
