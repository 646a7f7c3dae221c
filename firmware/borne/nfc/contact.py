"""Whether what was found on the reader still lies there, has come back, or has gone.

A phone has another UID each time that it gets the field, so that its UID tells nothing. What does is its
ISO-DEP session: Pn532.present. A hand that holds a phone loses it for a moment, so only a phone that stays
away has gone.
"""

import asyncio

from micropython import const

if False:  # for types only
    from borne.nfc.pn532 import Pn532
    from borne.nfc.pn532_card import Card

_PAUSE = const(50)  # ms between looks; with a poll that finds nobody, 65 for one look
_EMPTY_POLLS = const(9)  # in a row, 585 ms: a phone that is away for 300 comes back

STAYS, BACK, AWAY, GONE = const(0), const(1), const(2), const(3)


class Contact:
    """What lies on `reader`: `card` is the Card that is selected, or None."""

    def __init__(self, reader: "Pn532") -> None:
        self._reader = reader
        self.lost()

    def found(self, card: "Card") -> None:
        """The poll has found it."""
        self.card: "Card | None" = card
        self._empty = 0
        self._same = False

    def lost(self, same: bool = False) -> None:
        """The field was off, or whether the card is there is not known. With `same` what is found next counts
        as never gone."""
        self.card = None
        self._empty = 0
        self._same = same

    async def renew(self) -> bool:
        """Selects the card anew, to be asked again. Returns whether it is there. Raises ChipError."""
        await self._reader.release()
        card = await self._reader.poll()
        if card:
            self.found(card)
        else:
            self.lost()
        return card is not None

    async def look(self) -> int:
        """STAYS; BACK, after it was away for a moment, or another one; AWAY; or GONE. Raises ChipError."""
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
        # A card without ISO-DEP has nothing to be read. One takes the place of another unnoticed.
        same = self._same or (before is not None and not before.iso_dep and not card.iso_dep)
        self.found(card)
        return STAYS if same else BACK
