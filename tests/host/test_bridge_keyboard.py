"""Typing verdicts: templates, and real keys on an X display that somebody else's terminal emulator reads."""

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bridge_world import WAIT, Bridge, hold
from demo_world import NOW, flash_with
from hypothesis import given
from hypothesis import strategies as st
from mutations import examples
from virtual_terminal import VirtualTerminal

from bornetools import times
from bornetools.bridge import events, x11_keys
from bornetools.bridge.command import _type
from bornetools.bridge.keyboard import CannotType, Key, Piece
from bornetools.bridge.say import Say
from bornetools.bridge.system_keyboard import system_keyboard
from bornetools.bridge.template import FIELDS, KEYS, Template
from bornetools.bridge.windows_keyboard import Input, WindowsKeyboard
from bornetools.bridge.x11_keys import REST, Keys
from bornetools.errors import UserError

WHO = {
    "family": "Specimen",
    "given": "Camille",
    "birth_date": "1985-02-14",
    "nir": "255081416802538",
    "rank": 0,
    "until": "2027-12-31",
    "delegate": ["Qzyx", "Anna", "2026-12-31"],
    "name_from": "pid",
}


class Paper:
    """A keyboard that is looked at: `typed` has the texts, and each key in angle brackets."""

    def __init__(self) -> None:
        self.typed = ""

    def type(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            self.typed += f"<{piece.name.lower()}>" if isinstance(piece, Key) else piece

    def close(self) -> None:
        pass


def verdict(code: str = "VALID", severity: str = "accept", **who: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"code": code, "severity": severity, "detail": "why"}
    fields |= {"holder": {**WHO, **who}} if who or severity == "accept" else {}
    return events.stamped(events.from_link("verdict", fields, True), "T-1", "s", 7)


def typed(template: str, event: dict[str, Any], identity: bool = True) -> str:
    paper = Paper()
    paper.type(Template(template, identity).pieces(event))
    return paper.typed


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
def test_what_a_token_says_presses_no_key(family: str, given_name: str) -> None:
    """It is typed into whatever has the focus: an Enter in a name would send a form, or a command."""
    template = Template("{family}{given}", True)
    event = verdict(family=family, given=given_name)
    try:
        pieces = template.pieces(event)
    except CannotType:
        assert "\ufffd" in event["holder"]["family"] + event["holder"]["given"]
        return
    text = "".join(one for one in pieces if isinstance(one, str))
    assert Key.ENTER not in pieces and Key.TAB not in pieces  # noqa: PT018
    assert not [one for one in text if unicodedata.category(one)[0] == "C"]
    assert text == family + given_name


@pytest.mark.parametrize(
    "character", ["\n", "\t", "\x1b", "\x03", "\x7f", "\x9b", "\u202e", "\ufeff"]
)
def test_of_a_verdict_that_cannot_be_typed_nothing_is(character: str, capsys: Any) -> None:
    paper = Paper()
    template = Template("{code};{family}{enter}", True)
    _type(template, paper, Say(), verdict(family=f"Qzyx{character}rm"))
    assert paper.typed == ""
    assert capsys.readouterr().err == (
        "a verdict was not typed: it has a character that no key types\n"
    )
    _type(template, paper, Say(), verdict())
    assert paper.typed == "VALID;Specimen<enter>"


def test_what_is_typed_is_bounded() -> None:
    with pytest.raises(CannotType, match="more than 1000 characters"):
        typed("{family}{given}{delegate}", verdict(family="x" * 500, given="y" * 501))


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
    class Broken(Paper):
        def type(self, pieces: Sequence[Piece]) -> None:
            raise ValueError(pieces)

    _type(Template("{family}", True), Broken(), Say(), verdict())
    assert capsys.readouterr() == ("", "a verdict was not typed: ValueError\n")


def test_only_verdicts_are_typed() -> None:
    paper = Paper()
    for kind in ("ready", "gone", "remove"):
        event = events.stamped({"event": kind, "lost": 0}, None, "s", 1)
        _type(Template("{code}", False), paper, Say(), event)
    assert paper.typed == ""


# A layout of 26 letters, and keycodes that no key has, as many as usual keyboards leave.
LAYOUT = {100 + at: (ord("a") + at, ord("A") + at) for at in range(26)}
LAYOUT |= dict.fromkeys(range(200, 219), (0, 0))
LETTERS = "".join(map(chr, (*range(0x370, 0x3FF), *range(0x400, 0x450), *range(0x100, 0x180))))


class Server:
    """Keycodes as a server has them, and a program that reads what was typed late, but within REST."""

    def __init__(self) -> None:
        self.rows = dict(LAYOUT)
        self.keys = Keys(modifiers=[])
        self.now = 0.0
        self._unread: list[tuple[float, x11_keys.Stroke]] = []
        self.got: list[int] = []

    def type(self, symbols: Sequence[int], late: float) -> None:
        self.keys.read(self.rows)
        while wait := self.keys.place(symbols, self.now):
            self.wait(wait)
        self.rows |= self.keys.ours()
        strokes = self.keys.strokes()
        for symbol in symbols:
            self._unread.append((self.now + late, strokes[symbol]))
        self.keys.used({strokes[symbol] for symbol in symbols}, self.now)

    def wait(self, seconds: float) -> None:
        """The program reads what it comes to, by the mapping of that moment."""
        self.now += seconds
        while self._unread and self._unread[0][0] <= self.now:
            _, (code, shifted) = self._unread.pop(0)
            self.got.append(self.rows[code][shifted])


@examples(200)
@given(
    st.lists(
        st.tuples(st.text(LETTERS + "abcXYZ", max_size=36), st.floats(0, 10)),
        min_size=1,
        max_size=8,
    )
)
def test_a_program_that_reads_late_reads_what_was_typed(names: list[tuple[str, float]]) -> None:
    """The keycode of one letter is not given to the next one too soon."""
    server = Server()
    wanted: list[int] = []
    for name, pause in names:
        wanted += map(ord, name)
        server.type([ord(one) for one in name], REST * 0.99)
        server.wait(pause)
    server.wait(REST)
    assert server.got == wanted
    assert server.rows[200] == (0, 0)  # the key that types nothing
    assert {code: server.rows[code] for code in range(100, 126)} == {
        code: LAYOUT[code] for code in range(100, 126)
    }


def test_more_letters_than_there_are_places_are_typed_in_runs() -> None:
    server = Server()
    places = [*range(0x400, 0x400 + 36)]
    server.type(places, 1)
    server.wait(1)
    before = dict(server.rows)
    more = [*places, 0x61, 0x500, *places[:3], 0x501]
    runs = list(server.keys.runs(more))
    assert runs == [[*places, 0x61], [0x500, *places[:3], 0x501]]
    with pytest.raises(CannotType, match="more different characters"):
        server.type(more, 1)
    assert server.rows == before
    server.type(places, 1)  # these are there already: nothing is mapped anew
    assert (server.rows, server.now) == (before, 1)
    server.got.clear()
    for run in runs:
        server.type(run, REST * 0.99)
    server.wait(REST)
    assert server.got == [*places, *more]


def test_a_layout_that_somebody_has_changed_is_followed() -> None:
    server = Server()
    server.type([0x410, 0x411], 0)
    server.wait(1)
    server.rows = {**LAYOUT, 201: (0x420, 0x421), 202: (0x410, 0)}
    server.type([0x410, 0x411, 0x421], 0)
    server.wait(1)
    assert server.got == [0x410, 0x411, 0x410, 0x411, 0x421]
    assert server.rows[201] == (0x420, 0x421)


class User32:
    """What of Windows's library is called."""

    def __init__(self, takes: int = 1000):
        self.takes = takes
        self.held = 0
        self.inputs: list[tuple[int, int, int, int]] = []

    def GetAsyncKeyState(self, key: int) -> int:  # noqa: N802
        self.held -= 1
        return 0x8000 if self.held > 0 else 0

    def SendInput(self, count: int, inputs: Any, size: int) -> int:  # noqa: N802
        assert len(inputs) == count
        assert size == (40 if ctypes.sizeof(ctypes.c_void_p) == 8 else 28)  # as Windows has it
        taken = list(inputs)[: self.takes]
        self.inputs += [
            (one.type, one.input.key.key, one.input.key.scan, one.input.key.flags) for one in taken
        ]
        return len(taken)


def test_windows_is_given_characters_and_no_keys_of_a_layout() -> None:
    user32 = User32()
    WindowsKeyboard(user32).type(["Aÿ", Key.TAB, "\U0001f600", Key.ENTER])
    units = [0x41, 0xFF, None, 0xD83D, 0xDE00, None]
    keys = [0x09, 0x0D]
    wanted = []
    for unit in units:
        key, scan, flags = (keys.pop(0), 0, 0) if unit is None else (0, unit, 4)
        wanted += [(1, key, scan, flags), (1, key, scan, flags | 2)]
    assert user32.inputs == wanted
    assert Input.input.offset == ctypes.sizeof(ctypes.c_void_p)


def test_windows_waits_for_modifiers_and_says_what_it_has_not_typed() -> None:
    held = User32()
    held.held = 12
    WindowsKeyboard(held).type(["a"])
    assert len(held.inputs) == 2
    with pytest.raises(CannotType, match="does not let this program type"):
        WindowsKeyboard(User32(0)).type(["a"])
    with pytest.raises(CannotType, match="only a part"):
        WindowsKeyboard(User32(1)).type(["a"])


@pytest.mark.parametrize(
    ("platform", "environment", "reason"),
    [
        ("darwin", {}, "not on macOS"),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "Wayland"),
        ("linux", {}, "no X display"),
    ],
)
def test_where_nothing_can_be_typed_for_sure_it_is_refused_at_once(
    platform: str, environment: dict[str, str], reason: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=reason):
        system_keyboard()


MISSING = [name for name in ("Xvfb", "xterm", "setxkbmap") if not shutil.which(name)]
MISSING += [] if importlib.util.find_spec("Xlib") else ["pip install 'borne[typing]'"]
needs_display = pytest.mark.skipif(
    bool(MISSING), reason="no keyboard to test: " + ", ".join(MISSING)
)


@pytest.fixture
def display(monkeypatch: Any) -> Iterator[str]:
    """The name of an X display of the test's own."""
    ours, theirs = os.pipe()
    screen = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    # It stays as it is when the last program leaves it.
    with started([*screen, "-noreset"], pass_fds=[theirs], stderr=subprocess.DEVNULL):
        os.close(theirs)
        with open(ours) as line:
            name = ":" + line.readline().strip()
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield name


@contextmanager
def started(command: Sequence[str], **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended with the block."""
    with subprocess.Popen(command, **more) as program:
        try:
            yield program
        finally:
            program.terminate()


class Window:
    """A context manager: xterm, with the focus, and a program in it that keeps what it reads."""

    def __init__(self, folder: Path):
        self.into = folder / "typed"
        program = f"stty raw -echo; touch {self.into}; cat > {self.into}"
        self._command = ["xterm", "-u8", "-geometry", "130x40+0+0", "-e", "sh", "-c", program]

    def __enter__(self) -> "Window":
        self.program = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        until(self.into.exists)
        give_focus(os.environ["DISPLAY"])
        return self

    def __exit__(self, *_: object) -> None:
        self.program.terminate()
        self.program.wait()

    def read(self, wanted: str) -> None:
        """It has read just that, byte for byte, and then nothing any more: a last key says so."""
        until(lambda: len(self.into.read_bytes()) >= len(wanted.encode()))
        assert self.into.read_bytes() == wanted.encode()


@contextmanager
def keyboard() -> Iterator[Any]:
    from bornetools.bridge.x11_keyboard import X11Keyboard

    here = X11Keyboard()
    try:
        yield here
    finally:
        here.close()


def layout(*arguments: str) -> None:
    subprocess.run(["setxkbmap", *arguments], check=True)


# Names with the letters of each language of the European Union, and what else a name may have.
NAMES = {
    "bg": "Зорница Щъркелова-Йорданова Юлия Фьодорова",
    "cs": "Dvořáček Žluťoučký Kůň Ďábelské Ódy",
    "da": "Ærø Østergård Åse",
    "de": "Größe Ärmel ẞ Öztürk Übelhör",
    "el": "Παπαδοπούλου-Ξενάκη Ελένη Ψυχή Ϊωάννα ΐΰ",
    "en": "O’Neill D'Arcy Zoë",
    "es": "Ñandú Íñiguez Güell Ángeles Ópalo Úrsula Éboli",
    "et": "Õun Šokk Žürii Üüve Öö Ääre",
    "fi": "Åström Häyhä Žilinskas",
    "fr": "L’Haÿ\N{NO-BREAK SPACE}de Cœur Jérôme Noël Ç À È Ù Ï Ô Æ",
    "ga": "Ó Séaghdha Ní Úna Íde Áine Ḃ ḃ ċ Ḋ ḟ Ġ ṁ ṗ ṡ ṫ",
    "hr": "Đorđević Šćepanović Čučković Žnj",
    "hu": "Őry Űrhajós Győző Fűzfa",
    "it": "Forlì Niccolò Però È Ù",
    "lt": "Šešelgis Ųžys Žydrūnas Įė Ąęč",
    "lv": "Ķēniņš Ļubova Ģirts Ŗīga Ņikita Ūdris Āboliņa",
    "mt": "Għaxaq Ħal Ċetta Ġużeppi Żejtun",
    "nl": "IJsbrand ĳ Ĳ Daniël Café",
    "pl": "Żółć-Brzęczyszczykiewicz Łukasz Świętosław Ńąźć",
    "pt": "Conceição João Õ À Ê Ü",
    "ro": "Țurcanu Ștefan Ăâî Ţ ş",
    "sk": "Ľubomíra Ďáň Ŕŕ Ĺĺ Ťažký Ôň",
    "sl": "Žiga Čopič Šušteršič",
    "sv": "Åkerö Ärla Öman",
    "signs": 'x"@{}[]|\\~#^`€$ ¿¡ 0123456789 «» – … ’‘“”',
    "decomposed": unicodedata.normalize("NFD", "Ångström Ệ Ǘ Jérôme Ώρα Ϊ Й Żółć"),
    "beyond": "\N{NO-BREAK SPACE}x\N{NARROW NO-BREAK SPACE}𝒜 𐀀",
    "many": "".join(map(chr, (*range(0x391, 0x3A2), *range(0x3B1, 0x3CA), *range(0x430, 0x450)))),
}


@pytest.fixture
def prompt(monkeypatch: Any) -> None:
    """The program that is typed into has read each verdict before the next one: the test waits for that."""
    monkeypatch.setattr(x11_keys, "REST", 0.0)
    monkeypatch.setattr(importlib.import_module("bornetools.bridge.x11_keyboard"), "_MAPPED", 0.0)


@pytest.mark.root
@needs_display
@pytest.mark.parametrize("of", ["us", "fr", "de", "ch", "ch -variant fr", "us,gr"])
def test_names_of_every_language_are_typed_as_they_are(
    display: str, prompt: None, tmp_path: Path, of: str
) -> None:
    """One patient after the other, by one keyboard: what is read is what the token says, byte for byte."""
    from bornetools.bridge.x11_display import X11Display

    layout(*of.split())
    template = Template("{code};{family} {given}{enter}{until}{tab}", True)
    wanted = ""
    before = X11Display().mapping()
    with Window(tmp_path) as window, keyboard() as here:
        for language in (*NAMES, *reversed(NAMES)):  # each comes again
            if language == "many":
                continue
            family, _, given_name = NAMES[language].rpartition(" ")
            here.type(template.pieces(verdict(family=family, given=given_name)))
            wanted += f"VALID;{family} {given_name}\r2027-12-31\t"
            window.read(wanted)
    assert X11Display().mapping() == before


@pytest.mark.root
@needs_display
def test_a_program_that_hangs_meanwhile_reads_what_was_typed(
    display: str, tmp_path: Path, monkeypatch: Any
) -> None:
    """After more letters at once than the keyboard has places for."""
    layout("us")
    with Window(tmp_path) as window, keyboard() as here:
        here.type([NAMES["many"]])
        window.read(NAMES["many"])
        monkeypatch.setattr(x11_keys, "REST", 0.0)  # that has been read
        window.program.send_signal(signal.SIGSTOP)
        for language in ("fr", "mt"):
            here.type([NAMES[language]])
        window.program.send_signal(signal.SIGCONT)
        window.read("".join(NAMES[language] for language in ("many", "fr", "mt")))


@pytest.mark.root
@needs_display
def test_when_another_window_gets_the_focus_the_rest_is_not_typed(
    display: str, tmp_path: Path, monkeypatch: Any
) -> None:
    from Xlib import X
    from Xlib.display import Display

    from bornetools.bridge import x11_keyboard

    layout("us")
    other = Display(display)
    real = x11_keyboard.X11Keyboard._map
    monkeypatch.setattr(x11_keyboard, "_MAPPED", 0.0)

    def turn_away(here: Any, run: list[int]) -> None:
        """The focus goes before the second run is typed."""
        if here._typed:
            window.read(NAMES["many"][:36])
            monkeypatch.setattr(x11_keys, "REST", 0.0)
            other.set_input_focus(X.PointerRoot, X.RevertToNone, X.CurrentTime)
            other.sync()
        real(here, run)

    monkeypatch.setattr(x11_keyboard.X11Keyboard, "_map", turn_away)
    with Window(tmp_path) as window, keyboard() as here:
        with pytest.raises(CannotType, match="only a part was typed: another window"):
            here.type([NAMES["many"]])
        window.read(NAMES["many"][:36])


@pytest.mark.root
@needs_display
def test_caps_lock_changes_nothing_and_is_left_as_it_was(
    display: str, prompt: None, tmp_path: Path
) -> None:
    from Xlib import XK
    from Xlib.display import Display

    layout("fr")
    code = Display(display).keysym_to_keycode(XK.XK_Caps_Lock)
    with Window(tmp_path) as window, keyboard() as here:
        here._display.tap(code)
        locked = here._display.state()
        assert locked.locked
        here.type(["Éa é1 ŻżΩω", Key.TAB])
        assert here._display.state() == locked
        here._display.tap(code)
        here.type(["Éa é1 Żż"])
        assert not here._display.state().locked
        window.read("Éa é1 ŻżΩω\tÉa é1 Żż")


@pytest.mark.root
@needs_display
@pytest.mark.parametrize("name", ["Shift_L", "Control_L", "Alt_L", "ISO_Level3_Shift"])
def test_while_a_modifier_is_held_nothing_is_typed(
    display: str, tmp_path: Path, monkeypatch: Any, name: str
) -> None:
    from Xlib import XK, X
    from Xlib.display import Display
    from Xlib.ext import xtest

    from bornetools.bridge import x11_keyboard

    monkeypatch.setattr(x11_keyboard, "_PATIENCE", 0.1)
    layout("fr")
    other = Display(display)
    XK.load_keysym_group("xkb")
    code = other.keysym_to_keycode(XK.string_to_keysym(name))
    with Window(tmp_path) as window, keyboard() as here:
        xtest.fake_input(other, X.KeyPress, code)
        other.sync()
        with pytest.raises(CannotType, match="is held down"):
            here.type(["Qzyx"])
        xtest.fake_input(other, X.KeyRelease, code)
        other.sync()
        here.type(["é"])
        window.read("é")


@pytest.mark.root
@needs_display
def test_a_layout_may_change_between_two_patients(
    display: str, prompt: None, tmp_path: Path
) -> None:
    wanted = ""
    with Window(tmp_path) as window, keyboard() as here:
        for of in ("us", "fr", "gr", "bg", "de", "fr"):
            layout(of)
            here.type([f"{of} Ελ Зо é{{zyaq}}", Key.TAB])
            wanted += f"{of} Ελ Зо é{{zyaq}}\t"
            window.read(wanted)


@pytest.mark.root
@needs_display
def test_where_no_window_has_the_focus_nothing_is_typed(display: str) -> None:
    from Xlib import X
    from Xlib.display import Display

    other = Display(display)
    other.set_input_focus(X.NONE, X.RevertToNone, X.CurrentTime)
    other.sync()
    with keyboard() as here, pytest.raises(CannotType, match="no window has the focus"):
        here.type(["Qzyx"])


@pytest.mark.root
@needs_display
def test_verdicts_are_typed_into_the_program_that_has_the_focus(
    display: str, world: Any, phones: Any, tmp_path: Path
) -> None:
    from bornetools.bridge.x11_display import X11Display

    flash = flash_with(world, tmp_path, NOW, identity_to_software=True)
    template = "Œuvre λ {code};{family} {given};{until}{tab}"
    before = X11Display().mapping()
    with (
        Window(tmp_path) as window,
        VirtualTerminal(flash) as terminal,
        Bridge(tmp_path, terminal.port, "--type", template, "--identity") as running,
    ):
        running.plug()
        running.stderr.find("is connected")
        for case in ("valid", "revoked"):
            hold(terminal, phones[case])
        year = int(times.write(NOW)[:4])
        window.read(f"Œuvre λ VALID;Lefèvre-Müller Élodie;{year + 1}-12-31\tŒuvre λ REVOKED; ;\t")
        assert X11Display().mapping() != before
        assert running.end() == 0
        assert "Lefèvre" not in running.stderr.text
    assert X11Display().mapping() == before


def give_focus(display: str) -> None:
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


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
