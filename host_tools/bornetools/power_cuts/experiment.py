"""The power goes at every write to flash of a sync: what has to be there after each cut.

A sync runs on a recorded flash. Then, for each of its writes (programmed units and erased blocks alike),
the flash is put back to the moment at which the power goes: before that write, halfway through it, and
halfway with garbage at the torn edge. The terminal starts on what is left. It has to have, whole,

- the old release; or the old one with the new root, timestamp and snapshot; or the new one; and its trust
  data as taps are judged by them, unless it had none before;
- its other files, a floor of its clock that is the old or the new release's time, and of the uploads all
  that was synced or finished.

Then the courier syncs again from the beginning. The new release has to be there, and no file that it does
not name. Some of these second attempts are cut, too; none may fall back behind the state that the first
had reached.
"""

import gc
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from borne import limits
from borne.errors import StoreError, TrustError
from borne.trust.release_store import ReleaseStore
from bornetools.emulator.machine.flash import CUTS, Flash, Write
from bornetools.link.client import LinkFailure
from bornetools.power_cuts.cases import OTHERS, Case, cases
from bornetools.power_cuts.in_process import OBJECTS, Courier, Lost, Terminal
from bornetools.verify import library_p256

Durable = list[tuple[str, int]]
Progress = Callable[[int, int], None]

_TWICE_EVERY = 2  # at one in so many writes the second attempt is cut, too
_MOST = limits.STATUS_LIST_FILE_MAX

TWICE = "twice"
OLD, KEPT, NEW = STATES = range(
    3
)  # releases that a terminal may have: KEPT is the old one with the new one's metadata


@dataclass
class Result:
    """Of one case: the `writes` that its sync takes, the number of `cuts` tried by their moment (CUTS and
    TWICE), the number of terminals `left` with each of STATES, and `lost`, a text for each cut that was
    not survived."""

    case: str
    writes: int
    cuts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*CUTS, TWICE), 0))
    left: dict[int, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    lost: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return sum(self.cuts.values())

    @property
    def survived(self) -> int:
        return self.tried - len(self.lost)


def run(progress: Progress | None = None) -> list[Result]:
    """Tries all cuts of all cases. Returns a list of Result.

    `progress(done, total)` is called after each write.
    """
    # The firmware collects garbage at every file; on CPython that would look at all of this process.
    gc.freeze()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return [try_case(case, progress=progress) for case in cases(Path(folder))]
    finally:
        gc.unfreeze()


def try_case(
    case: Case,
    store_class: type[ReleaseStore] = ReleaseStore,
    every: int = 1,
    progress: Progress | None = None,
) -> Result:
    """Cuts the sync of `case` at each of its writes, or at one in `every`. Returns Result."""
    # The firmware collects garbage at every file; on CPython that would look at all of this process.
    gc.freeze()
    with library_p256.in_use():
        return _Experiment(store_class, case).run(every, progress)


def markdown(results: list[Result]) -> str:
    """The results (list of Result) as a table."""
    lines = [
        "| sync | writes to flash | cut once | cut twice | left: old | old, new metadata | new | survived |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in results:
        once = sum(one.cuts[when] for when in CUTS)
        left = " | ".join(str(one.left[state]) for state in STATES)
        lines.append(
            f"| {one.case} | {one.writes} | {once} | {one.cuts[TWICE]} | {left}"
            f" | {one.survived} of {one.tried} |"
        )
    return "\n".join(lines) + "\n"


class _Attempt:
    """A terminal that starts on a flash; `state` is its release at the start, one of STATES."""

    def __init__(
        self, image: bytes | bytearray, store_class: type[ReleaseStore], case: Case
    ) -> None:
        self._case = case
        self.terminal = Terminal(Flash(image=image), store_class)
        self.courier = Courier(self.terminal)
        self.state = self._check()

    @property
    def writes(self) -> list[Write]:
        return self.terminal.flash.writes

    def sync(self) -> None:
        self.courier.sync(self._case.new)

    def durable(self, writes: int) -> Durable:
        """The uploads that must be there after so many writes to flash, (SHA-256, bytes) each."""
        return [upload for at, upload in self.courier.durable if at <= writes]

    def _check(self) -> int:
        """Raises Lost, StoreError or OSError unless everything but uploads is whole."""
        terminal, case = self.terminal, self._case
        releases = (case.old, case.old.with_metadata_of(case.new), case.new)
        store = terminal.store
        names = {name: digest.hex() for name, digest in store.names().items()}
        found = (store.version, store.time, names)
        states = [(one.version, one.time, one.names) for one in releases]
        if found not in states:
            raise Lost("part of the release")
        state = states.index(found)
        release = releases[state]
        for name, data in release.files.items():
            if terminal.store.read(name, _MOST) != data:
                raise Lost(name)
        for path, data in OTHERS.items():
            with terminal.files.open(path, "rb") as file:
                if file.read() != data:
                    raise Lost(path)
        if terminal.floor != case.floor and (state, terminal.floor) != (NEW, case.new.time):
            raise Lost("the clock's floor")
        return state


class _Experiment:
    def __init__(self, store_class: type[ReleaseStore], case: Case) -> None:
        self._store_class = store_class
        self._case = case
        self._random = random.Random(1)

    def run(self, every: int, progress: Progress | None) -> Result:
        image = bytearray(self._case.image)
        whole = self._start(image)
        whole.sync()
        writes = whole.writes
        result = Result(self._case.name, len(writes))
        for number, write in enumerate(writes):
            if number % every == 0:
                durable = whole.durable(number)
                for when in CUTS:
                    cut = write.cut(image, when)
                    again = self._try(result, when, number, cut, durable)
                    if again and when == "before" and number // every % _TWICE_EVERY == 0:
                        self._cut_again(result, number, image, durable, again)
            write.onto(image)
            if progress:
                progress(number + 1, len(writes))
        return result

    def _cut_again(
        self,
        result: Result,
        number: int,
        image: bytes | bytearray,
        durable: Durable,
        again: _Attempt,
    ) -> None:
        """Cuts `again`, the _Attempt that began on `image`, at one of its writes."""
        if not again.writes:
            return
        image = bytearray(image)
        last = self._random.randrange(len(again.writes))
        for one in again.writes[:last]:
            one.onto(image)
        cut = again.writes[last].cut(image, "torn")
        self._try(result, TWICE, number, cut, durable + again.durable(last), again.state)

    def _start(self, image: bytes | bytearray) -> "_Attempt":
        return _Attempt(image, self._store_class, self._case)

    def _try(
        self,
        result: Result,
        when: str,
        number: int,
        image: bytes | bytearray,
        durable: Durable,
        reached: int = OLD,
    ) -> "_Attempt | None":
        """Starts on `image`, and records the result. Returns the second attempt, None if it failed."""
        result.cuts[when] += 1
        try:
            again = self._start(image)
            result.left[again.state] += 1
            self._survive(again, durable, reached)
            return again
        except (Lost, StoreError, TrustError, LinkFailure, OSError) as error:
            result.lost.append(f"{result.case}, {when}, write {number}: {error!r}")
            return None

    def _survive(self, again: _Attempt, durable: Durable, reached: int) -> None:
        if again.state < reached:
            raise Lost("what had been verified")
        if again.state != NEW:
            names = self._case.new.names
            sizes = {names[name]: len(data) for name, data in self._case.new.files.items()}
            made = all(again.terminal.held(one) == size for one, size in sizes.items())
            for sha256, size in durable:
                # Once the whole new release is there, no delta is wanted any more.
                needed = sha256 in sizes or not made
                if needed and again.terminal.held(sha256) < size:
                    raise Lost("what was synced of an upload")
        again.sync()
        after = self._start(again.terminal.flash.buffer)
        if after.state != NEW:
            raise Lost("the update")
        if after.terminal.floor != self._case.new.time:
            raise Lost("the new release's time")
        if sorted(after.terminal.files.listdir(OBJECTS)) != sorted(self._case.new.names.values()):
            raise Lost("room, to files that no release names")
