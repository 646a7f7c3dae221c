"""The trust shelf: the issuer's revocations, the publisher's releases, the courier, and time itself."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from borne.token.time_zone import TimeZone
from borne.trust import freshness, kinds
from borne.trust.release_store import ReleaseStore
from bornetools import times
from bornetools.errors import UserError
from bornetools.issuer import status
from bornetools.link import courier
from bornetools.link.source import Source
from bornetools.simulator.drawer import Card
from bornetools.simulator.refusal import Refusal
from bornetools.world.largest import add_list
from bornetools.world.people import MINIMUM_AGE, TIME_ZONE, World

# Other people's tokens, and how many of them are revoked in each release, chosen anew: data for the courier
# to carry.
_OTHERS, _OTHERS_REVOKED = 1_000_000, 10_000
_LISTED_MAX = 110  # funds or départements of a policy


class Unplugged(Exception):
    """The courier's plug was pulled."""


@dataclass
class Calendar:
    """The world's time: `ahead` seconds ahead of this computer's clock. It never runs back."""

    ahead: int = 0

    def now(self) -> int:
        """Unix seconds."""
        return times.now() + self.ahead


class Shelf:
    """The trust data of `world`, by the time of `calendar`."""

    def __init__(self, world: World, calendar: Calendar) -> None:
        self._world = world
        self._calendar = calendar
        self._others = 0  # version of the list of other people's tokens
        self.policy: dict[str, Any] = {
            "minimum_age": MINIMUM_AGE,
            "funds": [],
            "departements": [],
            "whole_nir": False,
        }
        self._random = np.random.default_rng()

    def revoke(self, card: Card) -> None:
        """The issuer revokes a phone's token. Raises Refusal if the token is not this issuer's."""
        issuer = self._world.issuer
        try:
            index = issuer.index_of_token(card.phone.token)
        except UserError as error:
            raise Refusal("issuer") from error
        issuer.set_status(index, status.REVOKED, self._calendar.now())
        card.revoked = True

    def set_policy(self, wanted: Any) -> None:
        """Sets the policy of the next release: a map as in `shown`. Raises Refusal."""
        if not isinstance(wanted, dict):
            raise Refusal("policy")
        age, whole = wanted.get("minimum_age"), wanted.get("whole_nir")
        lists: list[Any] = [wanted.get("funds"), wanted.get("departements")]
        if not (
            type(age) is int
            and isinstance(whole, bool)
            and all(isinstance(one, list) and len(one) <= _LISTED_MAX for one in lists)
            and all(isinstance(text, str) for one in lists for text in one)
        ):
            raise Refusal("policy")
        rules = {"minimum_age": age, "funds": lists[0], "departements": lists[1]}
        rules["whole_nir"] = whole
        try:
            self._world.repository.set_policy({**rules, "time_zone": TIME_ZONE})
        except UserError as error:
            raise Refusal("policy") from error
        self.policy = rules

    def publish(self) -> int:
        """The publisher imports the issuer's list and makes a release. Returns the release's version."""
        now, repository = self._calendar.now(), self._world.repository
        repository.import_status(self._world.issuer.status_list(now), now, slug="assurance")
        self._others += 1
        revoked = np.unique(self._random.integers(0, _OTHERS, _OTHERS_REVOKED))
        add_list(repository, now, "others", self._others, revoked, _OTHERS)
        return repository.release(now).versions["targets"]

    def shown(self) -> dict[str, Any]:
        """The versions published and in the terminal; the age of the latter, with `state` as
        borne.trust.freshness judges it; the `local` time at its counter, as unix seconds are UTC's; and the
        policy of the draft."""
        store = ReleaseStore(str(Path(self._world.flash) / "trust"))
        targets = self._world.repository.metadata.chain().targets
        rules = kinds.load(store, kinds.POLICY)
        bounds = rules.warn_after, rules.refuse_after
        age, state = freshness.judge(store.time, self._calendar.now(), *bounds)
        return {
            "release": store.version,
            "published": targets.signed.version if targets else 0,
            "as_of": store.time,
            "age": age,
            "state": state,
            "local": TimeZone(TIME_ZONE).local(self._calendar.now()),
            "policy": self.policy,
        }


class Courier:
    """Carries releases of `folder` at `rate` bytes a second: slow enough to be interrupted.

    `tell(message)` is called with a map each time something changes, in the courier's own thread.
    """

    def __init__(
        self, folder: Path, calendar: Calendar, rate: float, tell: Callable[[dict[str, Any]], None]
    ) -> None:
        self.rate = rate
        self._folder = folder
        self._calendar = calendar
        self._tell = tell
        self._thread: threading.Thread | None = None
        self._pulled = threading.Event()

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, port: str) -> None:
        """Plugs in at the terminal's serial port, unless a sync is running."""
        if self.busy:
            return
        self._pulled.clear()
        self._thread = threading.Thread(target=self._carry, args=(port,), name="courier")
        self._thread.start()

    def unplug(self) -> None:
        """Pulls the plug, even in the middle of a file, and waits until the courier has stopped."""
        self._pulled.set()
        if self._thread:
            self._thread.join()

    def _carry(self, port: str) -> None:
        began, first = time.monotonic(), None
        self._tell({"status": "running", "done": 0, "total": 0})

        def report(total: int, done: int) -> None:
            nonlocal first
            first = done if first is None else first
            self._tell({"status": "running", "done": done, "total": total})
            due = began + (done - first) / self.rate
            if self._pulled.wait(max(0.0, due - time.monotonic())):
                raise Unplugged

        def say(_: str) -> None:
            self._tell({"status": "asks", "done": 0, "total": 0})

        def now() -> int:
            if self._pulled.is_set():  # while it waits for the operator's word
                raise Unplugged
            return self._calendar.now()

        try:
            outcome = courier.sync(port, Source(str(self._folder)), report, say, now)
        except Unplugged:
            self._tell({"status": "unplugged"})
            return
        self._tell(
            {
                "status": outcome.status,
                "code": outcome.code,
                "before": outcome.before,
                "after": outcome.after,
                "sent": outcome.sent,
            }
        )
