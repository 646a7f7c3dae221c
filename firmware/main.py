"""Wiring only: pick the board, build the parts, run the app."""

import gc

# While modules load, garbage is collected before it scatters what stays: the heap's free part is then
# one block, not holes of a few kilobytes.
gc.threshold(4096)

import asyncio
import json

import board
from borne.app import App
from borne.errors import StoreError
from borne.journal import Journal
from borne.nfc.pn532 import Pn532
from borne.trust import trustset
from borne.trust.policy import Policy
from borne.trust.store import FolderStore
from borne.ui.screens import Screens
from borne.ui.signals import Signals


def report(event):
    """One line of JSON on the board's serial port, for each thing that happens."""
    print(json.dumps(event))


def load_trust(parts, journal):
    """The trust set of the board's store; an empty one, with which nothing is accepted, without it."""

    def fault(code, text):
        report({"event": "fault", "code": code, "detail": text})
        try:
            journal.fault(parts.now(), code, text)
        except OSError:
            pass  # then the first verdict says so, on the screen

    try:
        return trustset.load(FolderStore(parts.store_root), lambda text: fault("STATUS_LIST", text))
    except StoreError as error:
        fault("NO_TRUST", str(error))
        return trustset.TrustSet([], Policy(), None)


def main():
    parts = board.make()
    texts = __import__("borne.ui.texts_" + parts.language, None, None, ("TITLES",))
    screens = Screens(parts.display, texts)
    screens.starting()
    journal = Journal(parts.journal_path)
    app = App(
        Pn532(parts.transport, parts.reset_pin),
        screens,
        Signals(parts.led, parts.buzzer),
        load_trust(parts, journal),
        journal,
        parts.terminal_id,
        parts.now,
        report,
    )
    gc.collect()
    gc.threshold(-1)  # from here on the app says when
    asyncio.run(app.run())


main()
