"""`borne bench link` on small lists, and the line that it measures."""

import os
import time

from program import answer

from bornetools.bench import link
from bornetools.emulator.machine.cable import Cable


def test_a_line_is_never_faster_than_its_rate():
    sent = os.urandom(6000)
    with Cable(lambda name, fields: None, 115_200) as cable:
        port = os.open(cable.port, os.O_RDWR | os.O_NOCTTY)
        started = time.monotonic()
        os.write(port, sent[:3000])
        os.write(cable.terminal, sent[3000:])
        arrived, back = b"", b""
        while len(arrived) < 3000:
            arrived += os.read(cable.terminal, 4096)
        while len(back) < 3000:
            back += os.read(port, 4096)
        seconds = time.monotonic() - started
        os.close(port)
        assert (arrived, back) == (sent[:3000], sent[3000:])
        # The last piece counts as sent when it begins.
        assert seconds >= (3000 - 64) * 10 / 115_200 - 0.005
        assert (cable.down.carried, cable.up.carried) == (3000, 3000)


def test_bench_link(monkeypatch):
    monkeypatch.setattr(link, "TOKENS", 2_000_000)
    monkeypatch.setattr(link, "CHANGES", 600)
    monkeypatch.setattr(link, "BAUDS", (921_600,))
    load, delta = answer("bench", "link", "--json")["syncs"]
    assert (load["what"], load["baud"]) == ("first load", 921_600)
    # What frames, names and hashes add; without a spoiled frame it is the same each time.
    assert 0.89 < load["files"] / load["to_terminal"] < 0.92
    assert load["from_terminal"] < load["to_terminal"] / 20
    assert delta["files"] < load["files"] / 2
    assert 0 < delta["share"] < load["share"] < 1
