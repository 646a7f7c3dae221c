"""The board and its parts as types, as borne.protocols has the other seams (docs/porting.md)."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from borne.protocols import Buffer, Bytes

Part: TypeAlias = dict[str, Any]  # the row of a part in a pin table: numbers of pins, and its kind

class Pins(Protocol):
    """A pin table; None for a part that is not fitted."""

    @property
    def BOARD(self) -> str: ...
    @property
    def I2C(self) -> Part: ...
    @property
    def PN532(self) -> Part: ...
    @property
    def DISPLAY(self) -> Part: ...
    @property
    def RTC(self) -> Part | None: ...
    @property
    def LED(self) -> Part | None: ...
    @property
    def BUZZER(self) -> Part | None: ...
    @property
    def BUTTON(self) -> Part | None: ...

class Display(Protocol):
    """A monochrome screen of 128x64 pixels: methods of framebuf.FrameBuffer, and `show`."""

    def blit(self, source: Any, x: int, y: int, key: int = -1, /) -> None: ...
    def fill(self, colour: int, /) -> None: ...
    def fill_rect(self, x: int, y: int, width: int, height: int, colour: int, /) -> None: ...
    def rect(self, x: int, y: int, width: int, height: int, colour: int, /) -> None: ...
    def text(self, text: str, x: int, y: int, /) -> None: ...
    def show(self) -> None:
        """Sends the picture to the screen."""

    @property
    def answers(self) -> bool:
        """Whether the screen took the last picture."""

class Led(Protocol):
    def rgb(self, red: int, green: int, blue: int) -> None:
        """Each 0 to 255."""

class Buzzer(Protocol):
    def tone(self, hertz: int) -> None:
        """Sounds until the next call; 0 is silence."""

class Rtc(Protocol):
    """A clock chip. Both methods raise OSError."""

    def read(self) -> int | None:
        """The time; None when the chip knows that it has stopped."""

    def write(self, seconds: int) -> None: ...

class Uart(Protocol):
    """The methods of machine.UART that are used. None of them waits."""

    def any(self) -> int:
        """How many bytes can be read at least."""

    def readinto(self, buffer: Buffer, size: int, /) -> int | None:
        """Reads what is there, at most `size` bytes. Returns their number, None for none."""

    def write(self, data: Bytes, /) -> int | None:
        """Writes what the line takes. Returns the number of bytes, None for none."""

class Stream(Uart, Protocol):
    """The link to a computer."""

    def claim(self) -> None:
        """Takes the port from the prompt, on which a byte may stop the program."""

class Transport(Protocol):
    """A bus to a PN532. Every method may raise OSError."""

    async def wake(self) -> None:
        """Wakes the chip up, as the bus needs it."""

    def write(self, frame: Bytes) -> None:
        """Sends one frame."""

    def ready(self) -> int:
        """Whether the chip has something to say. Allocates nothing."""

    async def read(self, buffer: bytearray, expected: int, /) -> int:
        """Reads one frame into `buffer`, as pn532_frame.opened takes it. Returns the count of bytes.

        `expected` is the frame's usual size. Raises DecodeError if there is no whole frame.
        """

    def drain(self, buffer: bytearray) -> None:
        """Throws away what the chip has to say, using `buffer`."""

class Board(Protocol):
    """The parts of a terminal."""

    @property
    def name(self) -> str: ...
    @property
    def terminal_id(self) -> str:
        """Holds without settings."""

    @property
    def language(self) -> str:
        """Holds without settings."""

    @property
    def flash(self) -> str:
        """The folder of the terminal's own files, to whose name paths add a slash."""

    @property
    def transport(self) -> Transport: ...
    @property
    def reset_pin(self) -> Callable[[int], object] | None:
        """Sets the level of the PN532's RSTPDN (0 = reset); None: not wired."""

    @property
    def display(self) -> Display: ...
    @property
    def led(self) -> Led: ...
    @property
    def buzzer(self) -> Buzzer: ...
    @property
    def button(self) -> Callable[[], bool] | None:
        """Whether the button is pressed; None: not fitted."""

    @property
    def rtc(self) -> Rtc | None: ...
    @property
    def link(self) -> Stream: ...
    def reboot(self) -> None: ...
