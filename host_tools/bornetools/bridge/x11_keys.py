"""The keys for characters: the layout's own, and for all other characters keycodes that no key has.

A program gets a key as its keycode, and asks the server for the keysym when it handles the key, perhaps much
later. So a keycode that has typed one character gets another only after a rest, long enough for the program
to have read it: places without a character are taken first, then the place that rested longest. Each such
keycode has two places, one of them with Shift.
"""

from collections.abc import Iterable, Iterator

from bornetools.bridge.keyboard import CannotType

REST = 5.0  # seconds until a program has read what was typed

# The first two keysyms of each keycode: alone, and with Shift. 0: none.
Mapping = dict[int, tuple[int, int]]
# A keycode, and whether with Shift.
Stroke = tuple[int, bool]


class Keys:
    """`modifiers` are keycodes that type nothing."""

    def __init__(self, modifiers: Iterable[int]) -> None:
        self._modifiers = frozenset(modifiers)
        self._placed: dict[Stroke, int] = {}  # by us
        self._used: dict[Stroke, float] = {}  # when last
        self._rows: Mapping = {}

    def read(self, rows: Mapping) -> None:
        """Takes the present mapping: the user may have changed the layout."""
        ours = self.ours()
        self._rows = {code: row for code, row in rows.items() if code not in self._modifiers}
        self._placed = {
            place: symbol
            for place, symbol in self._placed.items()
            if self._rows.get(place[0]) == ours[place[0]]
        }

    @property
    def blank(self) -> int | None:
        """A keycode that types nothing, and stays so."""
        return next(iter(self._empty()), None)

    def strokes(self) -> dict[int, Stroke]:
        """How each keysym is typed: by the layout's own keys if possible, and without Shift."""
        found: dict[int, Stroke] = {symbol: place for place, symbol in self._placed.items()}
        for shifted in (True, False):
            for code, row in sorted(self._layout().items(), reverse=True):
                if row[shifted]:
                    found[row[shifted]] = (code, shifted)
        return found

    def runs(self, symbols: Iterable[int]) -> Iterator[list[int]]:
        """The symbols in parts; each part can have all its places at once."""
        layouts = {symbol for row in self._layout().values() for symbol in row}
        most = 2 * len(self._spare())
        run: list[int] = []
        lacking: set[int] = set()
        for symbol in symbols:
            if symbol not in layouts | lacking:
                if len(lacking) == most:
                    yield run
                    run, lacking = [], set()
                lacking.add(symbol)
            run.append(symbol)
        yield run

    def place(self, symbols: Iterable[int], now: float) -> float:
        """Gives places to the keysyms in `symbols` that have none. Returns 0.0; or the seconds until that is
        possible, with nothing changed. Raises CannotType."""
        wanted = set(symbols)
        missing = sorted(wanted - set(self.strokes()))
        free = [
            (code, shifted)
            for code in sorted(self._spare())
            for shifted in (False, True)
            if self._placed.get((code, shifted)) not in wanted
        ]
        if len(missing) > len(free):
            raise CannotType("it has more different characters than this keyboard can be given")
        free.sort(key=lambda place: (place in self._placed, self._rested(place)))
        chosen = free[: len(missing)]
        wait = max((self._rested(place) for place in chosen), default=now) - now
        if wait > 0:
            return wait
        self._placed.update(zip(chosen, missing, strict=True))
        return 0.0

    def ours(self) -> Mapping:
        """The intended keysyms of the keycodes with places: a single keysym twice."""
        rows = {}
        for code, _ in self._placed:
            alone, shifted = self._placed.get((code, False)), self._placed.get((code, True))
            rows[code] = (alone or shifted or 0, shifted or alone or 0)
        return rows

    def used(self, strokes: Iterable[Stroke], now: float) -> None:
        """Records that these strokes have been typed."""
        self._used.update(dict.fromkeys(strokes, now))

    def rest(self, now: float) -> float:
        """Seconds until all places have rested."""
        return max(0.0, max(map(self._rested, self._placed), default=now) - now)

    def _rested(self, place: Stroke) -> float:
        return self._used[place] + REST if place in self._used else 0.0

    def _layout(self) -> Mapping:
        ours = self.ours()
        return {code: row for code, row in self._rows.items() if code not in ours}

    def _spare(self) -> set[int]:
        """Keycodes that have our keysyms, or may have them."""
        return {*self.ours(), *self._empty()[1:]}

    def _empty(self) -> list[int]:
        return sorted(code for code, row in self._rows.items() if not any(row))
