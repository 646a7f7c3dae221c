"""Typing verdicts: templates, and real keys on an X display that somebody else's terminal emulator reads."""

import importlib.util
import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest
from bridge_world import WAIT, Bridge, hold
from demo_world import NOW, flash_with
from hypothesis import given
from hypothesis import strategies as st
from mutations import examples
from virtual_terminal import VirtualTerminal

from bornetools import times
from bornetools.bridge import events
from bornetools.bridge.command import _type
from bornetools.bridge.keyboard import FIELDS, KEYS, Template

WHO = {
    "family": "Specimen",
    "given": "Camille",
    "birth_date": "1985-02-14",
    "nir": "255081416802538",
    "rank": 0,
    "until": "2027-12-31",
    "delegate": ["Qzyx", "Anna", "2026-12-31"],
}


class Keys:
    """A keyboard that is looked at: `typed` has the texts, and each key in angle brackets."""

    def __init__(self):
        self.typed = ""

    def write(self, text):
        self.typed += text

    def press(self, key):
        self.typed += f"<{key}>"


def verdict(code="VALID", severity="accept", **who):
    fields = {"code": code, "severity": severity, "detail": "why"}
    fields |= {"holder": {**WHO, **who}} if who or severity == "accept" else {}
    return events.stamped(events.from_link("verdict", fields, True), "T-1", "s", 7)


def typed(template, event, identity=True):
    keys = Keys()
    Template(template, identity).type(event, keys)
    return keys.typed


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{code};{until}{tab}", "VALID;2027-12-31<tab>"),
        ("{nir}{enter}", "255081416802538<enter>"),
        ("{{{code}}} é", "{VALID} é"),
        ("{title_fr}/{title_en}", "Valide/Valid"),
        ("{family} {given}|{delegate}|{rank}", "Specimen Camille|Qzyx Anna|0"),
        ("{terminal}{seq}{detail}{severity}", "T-17whyaccept"),
    ],
)
def test_a_template(template, wanted):
    assert typed(template, verdict()) == wanted


def test_what_a_verdict_does_not_have_is_empty():
    refused = verdict("REVOKED", "refuse")
    assert typed("{code};{nir};{delegate}{tab}", refused) == "REVOKED;;<tab>"
    assert typed("{until};{delegate};", verdict(until=None, delegate=None)) == ";;"


@examples(200)
@given(st.text(max_size=40), st.text(max_size=40))
def test_what_a_token_says_presses_no_key(family, given_name):
    """It is typed into whatever has the focus: an Enter in a name would send a form, or a command."""
    text = typed("{family}{given}", verdict(family=family, given=given_name))
    assert text.isprintable()
    assert text == "".join(filter(str.isprintable, family + given_name))


@examples(200)
@given(st.sampled_from([*FIELDS, *KEYS]), st.text(max_size=20))
def test_no_template_without_the_flag_has_an_identity(field, literal):
    template = literal.replace("{", "{{").replace("}", "}}") + "{" + field + "}"
    if literal.isprintable():
        text = typed(template, verdict(), identity=False)
        assert not [
            part
            for part in ("Specimen", "Camille", WHO["nir"])
            if part in text and part not in literal
        ]


def test_what_cannot_be_typed_is_said_without_its_content(capsys):
    class Broken(Keys):
        def write(self, text):
            raise ValueError(text)

    _type(verdict(), Template("{family}", True), Broken())
    assert capsys.readouterr() == ("", "a verdict could not be typed: ValueError\n")


def test_only_verdicts_are_typed():
    keys = Keys()
    for kind in ("ready", "gone", "remove"):
        _type(
            events.stamped({"event": kind, "lost": 0}, None, "s", 1),
            Template("{code}", False),
            keys,
        )
    assert keys.typed == ""


MISSING = [name for name in ("Xvfb", "xterm") if not shutil.which(name)]
MISSING += [] if importlib.util.find_spec("pynput") else ["pip install 'borne[typing]'"]


@pytest.fixture
def display():
    """The name of an X display of the test's own."""
    ours, theirs = os.pipe()
    screen = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    with started(screen, pass_fds=[theirs], stderr=subprocess.DEVNULL):
        os.close(theirs)
        with open(ours) as line:
            yield ":" + line.readline().strip()


@contextmanager
def started(command, **more):
    """A program that is ended with the block."""
    with subprocess.Popen(command, **more) as program:
        try:
            yield program
        finally:
            program.terminate()


@pytest.mark.root
@pytest.mark.skipif(bool(MISSING), reason="no keyboard to test: " + ", ".join(MISSING))
def test_verdicts_are_typed_into_the_program_that_has_the_focus(
    display, world, phones, tmp_path, monkeypatch
):
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    flash = flash_with(world, tmp_path, NOW, identity_to_software=True)
    into = tmp_path / "typed"
    program = f"stty raw -echo; touch {into}; cat > {into}"
    # pynput sends X events, and xterm is the rare program that by default takes only a device's.
    window = ["xterm", "-u8", "-geometry", "130x40+0+0", "-xrm", "*allowSendEvents: true"]
    window += ["-e", "sh", "-c", program]
    template = "{code};{family} {given};{until}{tab}"
    with started(window, stderr=subprocess.DEVNULL), VirtualTerminal(flash) as terminal:
        until(into.exists)
        give_focus(display)
        with Bridge(tmp_path, terminal.port, "--type", template, "--identity") as running:
            running.plug()
            running.stderr.find("is connected")
            for case in ("valid", "revoked"):
                hold(terminal, phones[case])
            year = times.write(NOW)[:4]
            wanted = f"VALID;Lefèvre-Müller Élodie;{int(year) + 1}-12-31\tREVOKED; ;\t"
            until(lambda: len(into.read_bytes()) >= len(wanted.encode()))
            assert into.read_text() == wanted
            running.end()
            assert "Lefèvre" not in running.stderr.text


def give_focus(display):
    """To the only window, as a window manager does."""
    from Xlib import X
    from Xlib.display import Display

    screen = Display(display)
    (window,) = [
        one
        for one in screen.screen().root.query_tree().children
        if one.get_attributes().map_state == X.IsViewable
    ]
    window.set_input_focus(X.RevertToParent, X.CurrentTime)
    screen.sync()
    screen.close()


def until(condition):
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
