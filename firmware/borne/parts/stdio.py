"""The board's own serial port, its standard input and output, as the link's stream."""

import select
import sys

import micropython

if False:  # for types only
    from borne.protocols import Buffer, Bytes


class Stdio:
    """any(), readinto() and write() as machine.UART has them; none of them blocks."""

    def __init__(self) -> None:
        self._input = sys.stdin.buffer
        self._output = sys.stdout.buffer
        self._poll = select.poll()
        self._poll.register(self._input, select.POLLIN)
        self._room = select.poll()
        self._room.register(self._output, select.POLLOUT)

    def claim(self) -> None:
        """Takes the port from the prompt: 0x03 is a byte of a frame like others from now on."""
        micropython.kbd_intr(-1)

    def any(self) -> int:
        """1 if there is a byte, else 0. Raises SystemExit when the other end of a pty has gone."""
        for _, event in self._poll.ipoll(0):
            if event & select.POLLIN:
                return 1
            if event & (select.POLLHUP | select.POLLERR):
                raise SystemExit  # as if the terminal were unplugged
        return 0

    def readinto(self, buffer: "Buffer", size: int) -> int | None:
        """Reads the bytes available, at most `size`. Returns their number, None for none."""
        count = 0
        while count < size and self.any():
            # A byte at a time: reading more would wait until all of it has come.
            self._input.readinto(buffer[count : count + 1])
            count += 1
        return count or None

    def write(self, data: "Bytes") -> int | None:
        """Writes as many bytes as the line takes. Returns their number, None for none."""
        for _, event in self._room.ipoll(0):
            if event & select.POLLOUT:
                return self._output.write(data)
        return None
