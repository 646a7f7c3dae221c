"""The computer's serial ports, and those that may have a terminal."""

import os

from serial.tools import list_ports

from bornetools.errors import UserError

# USB vendors of the boards and of the serial bridges on them: any other device on this computer, a
# payment terminal perhaps, is sent nothing unless the user names its port.
_VENDORS = {
    0x10C4,  # Silicon Labs CP210x
    0x1A86,  # WCH CH34x
    0x0403,  # FTDI
    0x303A,  # Espressif
    0x2E8A,  # Raspberry Pi
}


def candidates() -> list[str]:
    """The device names of ports that may have a terminal, sorted."""
    return sorted(port.device for port in list_ports.comports() if port.vid in _VENDORS)


def missing(port: str) -> str:
    """The error text for a port that does not exist."""
    return f"{port}: cannot open: there is no such port: is it plugged in?"


def there(named: str) -> str:
    """The port that the user names, without opening it. Raises UserError if there is no such port."""
    if os.name == "nt":
        found = named in {port.device for port in list_ports.comports()}
    else:
        found = os.path.exists(named)
    if not found:
        raise UserError(missing(named))
    return named


def the_port(named: str | None) -> str:
    """The port that the user names, or the only one that may have a terminal. Raises UserError."""
    if named is not None:
        return there(named)
    found = candidates()
    if len(found) == 1:
        return found[0]
    if not found:
        raise UserError("no port looks like a terminal's: plug it in, or name it with --port")
    raise UserError(f"which terminal? Name it with --port: {', '.join(found)}")
