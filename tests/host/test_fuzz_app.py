"""The whole terminal in a time of its own: app, reader, verifier and screens, with bad phones and lines.

Whatever comes, there is a verdict with its screen, and the terminal reads the next phone.
"""

import asyncio
from contextlib import suppress
from copy import deepcopy
from functools import cache
from types import SimpleNamespace

import cbor2
import fakes_chip
import fakes_pn532
import pytest
from bad_phones import Spoiler, bad_phones
from demo_world import NOW
from fakes_display import Display
from hypothesis import given
from hypothesis import strategies as st
from mutations import altered, damages, encode, examples, sign1, tree

from borne.app import App
from borne.nfc.phones import Phones
from borne.nfc.pn532 import Pn532
from borne.randomness.prepared import Prepared
from borne.ui import texts_en, texts_fr
from borne.ui.question import Question
from borne.ui.screens import Screens
from borne.verify.verdict import SEVERITIES, Holder, Verdict
from bornetools.emulator.chip.field import Field
from bornetools.emulator.phones.phone import Phone

pytestmark = pytest.mark.usefixtures("quick_p256")

LIMIT = 120  # seconds of the fakes' time, for whatever is waited for


class Unsurprising:
    """An Entropy that repeats."""

    def random(self, size):
        return bytes(size)

    def scalar(self):
        return 7

    def happened(self):
        pass


@cache
def new_phones():
    """Phones as they begin, which is after they have loaded each of their modules once."""
    return Phones("T1", Prepared(Unsurprising()))


class Terminal:
    """The app with its parts; `line` is its chip's, `entries` its journal's codes, which `journal` may
    take down as well, `said` its events."""

    def __init__(self, loop, trust, journal=None):
        self.field = Field()
        self.line = fakes_chip.ChipLine(loop, self.field)
        self.display = Display()
        self.entries = []
        self._events = asyncio.Queue()
        nothing = SimpleNamespace(play=lambda severity: None, rest=lambda: None)
        self.said = []
        self._journal = journal
        self._app = App(
            Pn532(fakes_pn532.hsu(self.line), fakes_pn532.FakePin(self.line)),
            Screens(self.display, texts_fr),
            nothing,
            SimpleNamespace(trust=trust),
            self,
            deepcopy(new_phones()),
            SimpleNamespace(now=lambda: NOW, verified=lambda seconds: None),
            SimpleNamespace(report=self._report, forget=lambda: None),
            Question(None),
        )

    def verdict(self, now, verdict, evidence):
        self.entries.append(verdict.code)
        if self._journal:
            self._journal.verdict(now, verdict, evidence)

    def fault(self, now, code, detail):
        self.entries.append(code)
        if self._journal:
            self._journal.fault(now, code, detail)

    def settle(self, at_once):
        if self._journal:
            self._journal.settle(at_once)

    def _report(self, event):
        self.said.append(event)
        self._events.put_nowait(event)

    async def __aenter__(self):
        self._task = asyncio.create_task(self._app.run())
        await self.event("ready")
        return self

    async def __aexit__(self, *_):
        assert not self._task.done(), "the app ended"
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def event(self, *names):
        while True:
            event = await asyncio.wait_for(self._events.get(), LIMIT)
            assert event.get("code") != "INTERNAL", event
            if event["event"] in names:
                return event

    async def tap(self, phone):
        """The code of the verdict on `phone`, and the screen with it; the phone then leaves."""
        self.field.put(phone)
        event = await self.event("verdict")
        frame = self.display.shown[-1]
        assert event["severity"] == SEVERITIES[event["code"]]
        assert self.entries[-1] == event["code"]
        if event["severity"] in ("refuse", "retry"):
            assert frame == screen_of(event["code"])
        self.field.remove()
        # After a fault in between, the terminal is ready anew and has not seen the phone go.
        await self.event("gone", "ready")
        return event["code"]


@cache
def screen_of(code):
    display = Display()
    Screens(display, texts_fr).verdict(Verdict(code))
    return display.shown[-1]


def with_terminal(trust, scene, journal=None):
    """Plays `scene`, a function from Terminal to a coroutine."""
    loop = fakes_chip.Loop()

    async def play():
        async with Terminal(loop, trust, journal) as terminal:
            return await scene(terminal)

    return fakes_chip.run(loop, play())


def refused(code):
    return SEVERITIES[code] in ("refuse", "retry")


@examples(100)
@given(st.lists(bad_phones, min_size=1, max_size=2))
def test_after_bad_phones_a_good_one_is_read(trust, phones, recipes):
    async def scene(terminal):
        for recipe in recipes:
            bad = recipe(phones["valid"])
            code = await terminal.tap(bad)
            assert refused(code) or bad.may_pass()
        assert await terminal.tap(phones["valid"]) == "VALID"

    with_terminal(trust, scene)


plans = st.dictionaries(st.integers(0, 40), damages, max_size=3)


@examples(100)
@given(plans, plans)
def test_on_a_spoiled_line_nobody_is_accepted_and_then_everybody(trust, phones, to_host, to_chip):
    async def scene(terminal):
        terminal.line.to_host, terminal.line.to_chip = Spoiler(to_host), Spoiler(to_chip)
        assert refused(await terminal.tap(phones["revoked"]))
        terminal.line.to_host = terminal.line.to_chip = bytes
        # What the line did to the last tap may still be on its way: the first try can be torn.
        codes = [await terminal.tap(phones["valid"]) for _ in range(3)]
        assert all(code == "VALID" or refused(code) for code in codes)
        assert codes[-2:] == ["VALID", "VALID"]

    with_terminal(trust, scene)


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=128)


@examples(100)
@given(NAMES.filter(len), NAMES, NAMES.filter(len), st.dates(), st.booleans())
def test_any_name_has_a_screen(family, given_name, delegate, until, accepted):
    cover = SimpleNamespace(
        family=family,
        given=given_name,
        birth_date="1985-00-00",
        name_from="card",
        nir="255081416802538",
        rank=0,
        delegate=(delegate, given_name, str(until)) if accepted else None,
    )
    display = Display()
    for texts in (texts_fr, texts_en):
        holder = Holder(cover, str(until))
        Screens(display, texts).verdict(
            Verdict("VALID" if accepted else "NOT_ELIGIBLE", "", holder)
        )
    assert display.shown[0] != display.shown[1]


@examples(100)
@given(st.data())
def test_whatever_an_issuer_signs_has_a_verdict(trust, phones, issuer_key, data):
    """Re-signed by the right key, so that all of it reaches the claims, and perhaps the screen."""
    genuine = phones["valid, with a delegate"]
    protected, _, payload, _ = cbor2.loads(genuine.token).value
    claims = encode(data.draw(altered(tree(cbor2.loads(payload)))))
    token = sign1(issuer_key, protected, claims)

    async def scene(terminal):
        await terminal.tap(Phone(token, genuine._holder_key))
        assert await terminal.tap(phones["valid"]) == "VALID"

    with_terminal(trust, scene)
