"""The place in a document for the output of `borne bench NAME`."""

from pathlib import Path

import click

from bornetools import files
from bornetools.errors import UserError

_BEGIN = "<!-- generated: borne bench {} -->\n"
_END = "<!-- end of {} -->\n"

write_option = click.option(
    "--write",
    "document",
    type=click.Path(path_type=Path),
    metavar="MD",
    help="Put the result into this document, in the place that it marks.",
)


class Marked:
    """The place in a document for the output of `borne bench NAME`. Raises UserError if there is none."""

    def __init__(self, document: Path, name: str) -> None:
        self._document = document
        self._begin, self._end = _BEGIN.format(name), _END.format(name)
        self._text = files.read(document, "document").decode()
        if (self._text.count(self._begin), self._text.count(self._end)) != (1, 1):
            raise UserError(
                f"{document}: lacks the lines {self._begin.strip()} and {self._end.strip()}"
            )

    def write(self, made: str) -> None:
        """Replaces the text there."""
        before, _, rest = self._text.partition(self._begin)
        after = rest.partition(self._end)[2]
        text = f"{before}{self._begin}\n{made}\n{self._end}{after}"
        files.replace(self._document, text.encode())
