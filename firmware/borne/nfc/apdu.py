"""Commands and responses of ISO/IEC 7816-4 (2020), in short APDUs.

    case 1   CLA INS P1 P2                  case 3   CLA INS P1 P2 Lc data
    case 2   CLA INS P1 P2 Le               case 4   CLA INS P1 P2 Lc data Le

Data beyond 255 bytes goes in chained commands (section 5.3.3: CLA bit 0x10 in all but the last), a
response beyond 256 comes by GET RESPONSE (section 5.3.4: SW 61xx).
"""

from micropython import const

from borne import limits
from borne.errors import ApduError, DecodeError
from borne.memory.scrub import wipe

if False:  # for types only
    from typing import Callable

    from borne.protocols import Bytes, CardChannel

_CHAINED = const(0x10)
_GET_RESPONSE = const(0xC0)
_SW_OK = const(0x9000)
_SW1_MORE = const(0x61)
_SW1_WRONG_LE = const(0x6C)

# A constant: no dictionary in RAM.
_NAMES = const(
    (
        (0x6700, "wrong length"),
        (0x6883, "last command of the chain expected"),
        (0x6884, "command chaining not supported"),
        (0x6982, "security status not satisfied"),
        (0x6985, "conditions of use not satisfied"),
        (0x6999, "application not selected"),
        (0x6A80, "wrong data"),
        (0x6A81, "function not supported"),
        (0x6A82, "file or application not found"),
        (0x6A86, "wrong P1 P2"),
        (0x6A88, "referenced data not found"),
        (0x6B00, "wrong P1 P2"),
        (0x6D00, "instruction not supported"),
        (0x6E00, "class not supported"),
        (0x6F00, "no precise diagnosis"),
    )
)

# One buffer for all responses except an mdoc's: a heap of 100 kB has no room for a new one each time.
_response = memoryview(bytearray(limits.APDU_RESPONSE_MAX))


def sw_name(sw: int) -> str:
    """The name of status `sw` (SW1 << 8 | SW2), section 5.6."""
    for status, text in _NAMES:
        if status == sw:
            return text
    return "unknown status"


async def transmit(
    card: "CardChannel",
    ins: int,
    p1: int,
    p2: int,
    data: "Bytes" = b"",
    le: int = 256,
    cla: int = 0x00,
    room: "Callable[[memoryview], memoryview | None] | None" = None,
) -> memoryview:
    """Sends one command to `card`. Returns the response's data, valid until the next call.

    `data` may need chaining; `le` is 1..256, or 0 for a command without response data. `room(part)`, if
    given, takes the first part of the response and returns a buffer for all of it; None: the usual one.
    Raises ApduError for a status other than 9000, DecodeError for a response without a status or beyond
    limits.py, ValueError for more data than limits.py allows, and the errors of `card.exchange`.
    """
    if len(data) > limits.APDU_COMMAND_MAX:
        raise ValueError("more data than a command may have")
    data = memoryview(data)
    while len(data) > limits.APDU_DATA_MAX:
        part = data[: limits.APDU_DATA_MAX]
        _, sw = _split(await card.exchange(_command(cla | _CHAINED, ins, p1, p2, part, 0)))
        if sw != _SW_OK:
            raise ApduError(sw, sw_name(sw))
        data = data[limits.APDU_DATA_MAX :]
    size = 0
    into = _response
    for _ in range(limits.APDU_PARTS_MAX):
        part, sw = _split(await card.exchange(_command(cla, ins, p1, p2, data, le)))
        if sw >> 8 == _SW1_WRONG_LE:
            le = sw & 0xFF or 256
            continue
        if room and len(part):
            into = room(part) or into
            room = None
        end = size + len(part)
        if end > len(into):
            raise DecodeError("response too long")
        into[size:end] = part
        size = end
        if sw >> 8 != _SW1_MORE:
            break
        le = sw & 0xFF or 256
        ins, p1, p2, data = _GET_RESPONSE, 0, 0, b""
    else:
        raise DecodeError("response without an end")
    if sw != _SW_OK:
        raise ApduError(sw, sw_name(sw))
    return into[:size]


def forget() -> None:
    """Overwrites the last response."""
    wipe(_response)


def _command(cla: int, ins: int, p1: int, p2: int, data: "Bytes", le: int) -> bytes:
    apdu = bytes((cla, ins, p1, p2))
    if len(data):
        apdu += bytes((len(data),)) + bytes(data)
    return apdu + bytes((le & 0xFF,)) if le else apdu


def _split(response: memoryview) -> tuple[memoryview, int]:
    """Data and SW of a response APDU."""
    if len(response) < 2:
        raise DecodeError("response without a status")
    return response[:-2], response[-2] << 8 | response[-1]
