"""One emulated terminal in its world, and the page's requests to them.

`Session.do` takes a request of the page; events are told as maps with a `type`:

    power     on, language                  the terminal runs, or is switched off for a moment
    screen    frame (base64), text          the framebuffer, 1024 bytes MONO_VLSB, and its texts
    led       rgb                           0 to 255 each
    tone      hertz                         0: silence
    reader    phone, held                   id of the phone on the reader, or null; whether a phone with its
                                            verdict still counts as present
    verdict   code, severity, title, detail, ms
    fault     code, title
    phones    phones                        the drawer: Card.shown of each
    shelf     Shelf.shown, and clock        whether the RTC runs
    sync      status, ...                   the courier: Courier
    journal   logbook.shown
    trace     entries                       Trace
    notice    code, text                    the refusal of a request: bornetools.simulator.refusal
"""

import base64
import importlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bornetools import times
from bornetools.emulator.chip.pace import Pace
from bornetools.emulator.machine.panel import FRAME_SIZE
from bornetools.emulator.machine.terminal import Terminal
from bornetools.errors import UserError
from bornetools.languages import LANGUAGES
from bornetools.simulator import logbook, screen_text
from bornetools.simulator.drawer import LISTED, Drawer
from bornetools.simulator.refusal import Refusal
from bornetools.simulator.shelf import Calendar, Courier, Shelf
from bornetools.simulator.trace import Trace
from bornetools.world.people import World

# Slower than real, so that a person can watch, and take a phone away in the middle: a tap takes some two
# seconds, a sync four.
PACE = Pace(bus_baud=38_400, air_bps=8_000)
COURIER_RATE = 3_000  # bytes a second

_KEPT = ("power", "screen", "led", "reader", "verdict", "phones", "shelf", "sync", "journal")
_AGO = 3600  # seconds since the world's trust data were published


class Session:
    """A context manager. `tell(message)` is called from several threads."""

    def __init__(
        self,
        folder: str | Path,
        language: str,
        tell: Callable[[dict[str, Any]], None],
        pace: Pace = PACE,
        rate: float = COURIER_RATE,
    ) -> None:
        self.calendar = Calendar()
        self.world = World.create(Path(folder) / "world", times.now() - _AGO)
        self.terminal = Terminal(self.world.flash, language, pace=pace)
        self.drawer = Drawer(self.world)
        self.shelf = Shelf(self.world, self.calendar)
        self.courier = Courier(self.world.repository.path, self.calendar, rate, self._carried)
        self.trace = Trace(lambda entries: self._say("trace", entries=entries))
        self._tell = tell
        self._now: dict[str, dict[str, Any]] = {}
        self._on = False
        self._doing = threading.Lock()
        self.terminal.watch = self._happened
        self.terminal.panel.watch = self._panel
        self.terminal.chip.watch = self.trace.watch
        self._actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "tap": self._tap,
            "remove": self._remove,
            "press": self._press,
            "change": self._change,
            "revoke": self._revoke,
            "publish": self._publish,
            "policy": self._policy,
            "sync": self._sync,
            "unplug": lambda _: self.courier.unplug(),
            "wait": self._wait,
            "clock": self._clock,
            "power": self._power,
            "language": self._language,
            "polls": self._polls,
        }

    def __enter__(self) -> "Session":
        self._say("phones", phones=self._cards())
        self._say("reader", phone=None, held=False)
        self._say("sync", status="idle")
        self.terminal.__enter__()
        self._on = True
        self._tell_power()
        return self

    def __exit__(self, *_: object) -> None:
        self.courier.unplug()
        self.terminal.__exit__()

    def snapshot(self) -> list[dict[str, Any]]:
        """Messages with the whole present state."""
        now = dict(self._now)
        return [now[kind] for kind in _KEPT if kind in now] + [
            {"type": "trace", "entries": list(self.trace.entries)}
        ]

    def do(self, message: Any) -> None:
        """Does a request of the page: a map with `do` and its parameters. A refusal is told as a notice."""
        try:
            asked = message.get("do") if isinstance(message, dict) else None
            action = self._actions.get(asked) if isinstance(asked, str) else None
            if action is None:
                raise Refusal("request")
            with self._doing:
                action(message)
        except Refusal as refusal:
            self._say("notice", code=refusal.code, text=str(refusal))
        except UserError as error:  # TerminalError
            self._say("notice", code="terminal", text=str(error))

    # Phones

    def _tap(self, message: dict[str, Any]) -> None:
        card = self.drawer.card(message.get("phone"))
        self._need_power()
        self.terminal.subscribe()
        self._now.pop("verdict", None)
        self._say("reader", phone=card.id, held=False)
        self.terminal.field.put(card.phone)

    def _remove(self, _: dict[str, Any]) -> None:
        self.terminal.field.remove()
        self._say("reader", phone=None, held=False)

    def _change(self, message: dict[str, Any]) -> None:
        card = self.drawer.change(
            message.get("phone"), message.get("properties"), self.calendar.now()
        )
        self._say("phones", phones=self._cards())
        if card.token in LISTED:
            self._publish(message)

    def _press(self, message: dict[str, Any]) -> None:
        self.terminal.panel.press(self._on and message.get("down") is True)

    # The shelf

    def _revoke(self, message: dict[str, Any]) -> None:
        self.shelf.revoke(self.drawer.holding(message.get("phone")))
        self._say("phones", phones=self._cards())
        self._publish(message)

    def _publish(self, _: dict[str, Any]) -> None:
        self.shelf.publish()
        self._tell_shelf()

    def _policy(self, message: dict[str, Any]) -> None:
        self.shelf.set_policy(message.get("policy"))
        self._publish(message)

    def _sync(self, _: dict[str, Any]) -> None:
        self._need_power()
        self.courier.start(self.terminal.port)

    def _wait(self, message: dict[str, Any]) -> None:
        days = message.get("days")
        if type(days) is not int or not 1 <= days <= 366:
            raise Refusal("days")

        def pass_by() -> None:
            self.calendar.ahead += days * times.DAY
            if self.terminal.panel.rtc.ahead is not None:
                self.terminal.panel.rtc.ahead = self.calendar.ahead
            self.drawer.renew(self.calendar.now())
            self.shelf.publish()  # as publishers do each day

        self._restart(pass_by)

    def _clock(self, message: dict[str, Any]) -> None:
        running = message.get("running") is True

        def change() -> None:
            self.terminal.panel.rtc.ahead = self.calendar.ahead if running else None

        self._restart(change)

    def _language(self, message: dict[str, Any]) -> None:
        language = message.get("language")
        if language not in LANGUAGES:
            raise Refusal("language")

        def change() -> None:
            self.terminal.language = language

        self._restart(change)

    def _polls(self, message: dict[str, Any]) -> None:
        self.trace.polls = message.get("on") is True

    def _power(self, message: dict[str, Any]) -> None:
        wanted = message.get("on") is True
        if wanted != self._on:
            self._restart(lambda: None, wanted)

    def _restart(self, change: Callable[[], None], on: bool | None = None) -> None:
        """Applies `change` while the terminal is switched off, so that it starts with the new state.
        Afterwards the terminal is `on`, None: as before."""
        on = self._on if on is None else on
        if self._on:
            self._switch_off()
        change()
        if on:
            self.terminal.power_on()
            self._on = True
        self._tell_power()

    def _switch_off(self) -> None:
        self.courier.unplug()
        self._remove({})
        self._on = False
        self.terminal.panel.press(False)
        self.terminal.power_off()
        self._now.pop("verdict", None)
        self._say("power", on=False, language=self.terminal.language)
        self._show(bytes(FRAME_SIZE))
        self._say("led", rgb=[0, 0, 0])
        self._say("tone", hertz=0)

    def _need_power(self) -> None:
        if not self._on:
            raise Refusal("off")

    def _tell_power(self) -> None:
        self._say("power", on=self._on, language=self.terminal.language)
        self._tell_shelf()
        self._tell_journal()

    # What happens, in the terminal's and the courier's threads

    def _happened(self, event: dict[str, Any]) -> None:
        texts = importlib.import_module("borne.ui.texts_" + self.terminal.language)
        title = next((row[1] for row in texts.SAID if row[0] == event.get("code")), "")
        if event["event"] == "verdict":
            self.terminal.field.remove()
            self._say("reader", phone=None, held=True)
            self._say(
                "verdict",
                code=event["code"],
                severity=event["severity"],
                title=title,
                detail=event["detail"],
                ms={name: round(us / 1000) for name, us in event["us"].items()},
            )
            self._tell_journal()
        elif event["event"] == "gone" and self._now["reader"]["held"]:
            self._say("reader", phone=None, held=False)
        elif event["event"] == "fault":
            self._say("fault", code=event["code"], title=title)
            self._tell_journal()
        elif event["event"] == "stopped" and self._on:
            self._say("fault", code="STOPPED", title=event["output"].strip()[-200:])

    def _panel(self, kind: bytes, payload: bytes) -> None:
        if kind == b"F":
            self._show(payload)
        elif kind == b"L":
            self._say("led", rgb=list(payload))
        else:
            self._say("tone", hertz=int.from_bytes(payload, "little"))

    def _show(self, frame: bytes) -> None:
        encoded = base64.b64encode(frame).decode()
        if self._now.get("screen", {}).get("frame") != encoded:
            self._say("screen", frame=encoded, text=screen_text.lines(frame))

    def _carried(self, progress: dict[str, Any]) -> None:
        self._say("sync", **progress)
        if progress["status"] not in ("running", "asks"):
            self._tell_shelf()
            self._tell_journal()

    def _cards(self) -> list[dict[str, Any]]:
        return [card.shown() for card in self.drawer.cards.values()]

    def _tell_shelf(self) -> None:
        clock = self.terminal.panel.rtc.ahead is not None
        self._say("shelf", clock=clock, **self.shelf.shown())

    def _tell_journal(self) -> None:
        self._say("journal", **logbook.shown(Path(self.world.flash)))

    def _say(self, kind: str, **fields: Any) -> None:
        message = {"type": kind, **fields}
        if kind in _KEPT:
            self._now[kind] = message
        self._tell(message)
