"""The presence of a phone on the reader: it stays, has come back, or has gone.

A phone has another UID each time that it gets the field, so its UID tells nothing; its ISO-DEP session does
(Pn532.present). A phone held in a hand loses contact for moments, so only a longer absence counts as gone.
"""

import asyncio

from micropython import const

if False:  # for types only
    from borne.nfc.pn532 import Pn532
    from borne.nfc.pn532_card import Card

_PAUSE = const(50)  # ms between looks; a look with an empty poll takes 65
_EMPTY_POLLS = const(9)  # in a row, 585 ms: a phone that is away for 300 counts as back

STAYS, BACK, AWAY, GONE = const(0), const(1), const(2), const(3)


class Contact:
    """The card on `reader`: `card` is the selected Card, or None."""

    def __init__(self, reader: "Pn532") -> None:
        self._reader = reader
        self.lost()

    def found(self, card: "Card") -> None:
        """A poll has found `card`."""
        self.card: "Card | None" = card
        self._empty = 0
        self._same = False

    def lost(self, same: bool = False) -> None:
        """The field was off, or the card's presence is unknown. With `same` the next card found counts as
        never gone."""
        self.card = None
        self._empty = 0
        self._same = same

    async def renew(self) -> bool:
        """Selects the card anew, for another exchange. Returns whether it is there. Raises ChipError."""
        await self._reader.release()
        card = await self._reader.poll()
        if card:
            self.found(card)
        else:
            self.lost()
        return card is not None

    async def look(self) -> int:
        """Returns STAYS, BACK (after a short absence, or another card), AWAY or GONE. Raises ChipError."""
        await asyncio.sleep_ms(_PAUSE)
        before = self.card
        if before and before.iso_dep and await self._reader.present():
            return STAYS
        if before:
            await self._reader.drop()
            self.card = None
        card = await self._reader.poll()
        if card is None:
            self._empty += 1
            self._same = False
            return GONE if self._empty >= _EMPTY_POLLS else AWAY
        # Cards without ISO-DEP have nothing to read: one may take the place of another unnoticed.
        same = self._same or (before is not None and not before.iso_dep and not card.iso_dep)
        self.found(card)
        return STAYS if same else BACK
