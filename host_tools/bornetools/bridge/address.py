"""The API's address: 127.0.0.1 alone. localhost's other address, [::1], is held against other programs."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bornetools.errors import UserError

ADDRESS = "127.0.0.1"  # never another one: the API is for this computer
PORT = 8737
QUEUE = 1024  # connections that wait to be accepted; further ones try again in a second
_V6 = "::1"


def names(port: int) -> tuple[str, ...]:
    """The API's names for clients: both are this computer whoever answers for names (RFC 6761, 6.3)."""
    return f"{ADDRESS}:{port}", f"localhost:{port}"


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """A socket that listens on `port`, 0: any. Raises UserError.

    A client that asks for `localhost` may try [::1] first. That port is held as well, without listening:
    another program there would be shown the token.
    """
    with ExitStack() as stack:
        here = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        if os.name == "posix":
            # After an earlier bridge's connections; two listening sockets still cannot share a port.
            here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            _exclusive(here)
        try:
            here.bind((ADDRESS, port))
            here.listen(QUEUE)
        except OSError as error:
            raise _refused(ADDRESS, port, error) from error
        port = here.getsockname()[1]
        try:
            other = stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
            if os.name != "posix":
                _exclusive(other)
            other.bind((_V6, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):  # else there is no IPv6
                raise _refused(f"[{_V6}]", port, error) from error
        yield here


def _exclusive(one: socket.socket) -> None:
    """Takes the port exclusively: otherwise, on Windows, another program could have it as well."""
    one.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE"), 1)  # noqa: B009


def _refused(address: str, port: int, error: OSError) -> UserError:
    return UserError(
        f"{address}:{port}: cannot listen there: {error.strerror}: end the program that does, or choose"
        " another port with --http PORT"
    )
