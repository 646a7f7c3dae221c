"""The PN532's antenna: its field, and the card in it."""

from collections.abc import Generator

from bornetools.emulator.chip import isodep
from bornetools.emulator.chip.field import Field, Gone
from bornetools.emulator.chip.pace import Pace

_ACTIVATION = (1, 2, 2, 5, 9, 1)  # bytes of REQA, ATQA, anticollision, UID, SELECT, SAK


class Radio:
    """`on`: whether the chip generates its field."""

    def __init__(self, field: Field, pace: Pace) -> None:
        self.on = False
        self._field = field
        self._pace = pace
        self._arrival = 0
        self._card: isodep.Card | None = None

    def off(self) -> None:
        """Switches the field off: the card loses its state."""
        if self.on and self._card is not None:
            self._card.power_off()
        self.on = False

    def activate(self, uid: bytes, wake: bool = False) -> Generator[float, None, bytes | None]:
        """Field on, one request, anticollision and SELECT; a `uid` that is not empty selects that card alone.

        Returns the card's UID, or None: no card answers.
        """
        self.on = True
        card = self._look()
        if card is None or not card.request(wake):
            return None
        yield sum(map(self._pace.air, _ACTIVATION))
        if uid not in (b"", card.phone.uid):
            return None
        return card.select()

    def transmit(self, frame: bytes) -> Generator[float, None, bytes | None]:
        """Sends a frame to the selected card. Returns its answer, or None: silence.

        Without a field no card is selected, so that none answers.
        """
        yield self._pace.air(len(frame))
        card = self._look()
        if card is None:
            return None
        try:
            answer = card.transmit(frame)
        except Gone:
            self._field.leave(self._arrival)
            return None
        yield card.worked
        # The answer of a phone that was taken away while it computed is lost.
        if answer is None or self._look() is not card:
            return None
        yield self._pace.air(len(answer))
        return answer

    def _look(self) -> isodep.Card | None:
        arrival, phone = self._field.presence()
        if phone is None:
            self._card = None
        elif arrival != self._arrival or self._card is None:
            self._card = isodep.Card(phone)
        self._arrival = arrival
        return self._card
