"""The terminal that a command of `borne terminal` or `borne doctor` talks to."""

from types import TracebackType
from typing import Optional

from bornetools.errors import UserError
from bornetools.link import ports
from bornetools.link.client import Client, LinkFailure, Refused
from bornetools.link.explain import explain


class Connection:
    """A context manager: a Client whose failures become UserError, refusals in words."""

    def __init__(self, named: str | None) -> None:
        self._port = ports.the_port(named)

    def __enter__(self) -> Client:
        try:
            self._client = Client(self._port)
        except LinkFailure as failure:
            raise UserError(str(failure)) from failure
        return self._client

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._client.close()
        if isinstance(error, Refused):
            raise UserError(f"{self._port}: {error.code}: {explain(error.code)}") from error
        if isinstance(error, LinkFailure):
            raise UserError(str(error)) from error
