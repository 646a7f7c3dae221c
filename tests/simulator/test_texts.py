"""The page's words: the same in all languages, and as many as there is something to say."""

import re
from pathlib import Path

import pytest

from bornetools import simulator
from bornetools.languages import LANGUAGES, texts
from bornetools.simulator import refusal
from bornetools.simulator.drawer import TOKENS, slug
from bornetools.simulator.trace_texts import COMMANDS, COVER, FIELDS, FRAME, INSTRUCTIONS
from bornetools.world.mdoc_people import MdocCast

PAGE = Path(simulator.__file__).parent / "page"
WORDS = {language: texts(language)["page"] for language in LANGUAGES}
SOURCE = "".join(
    path.read_text() for path in sorted(PAGE.glob("*.[hj][ts]*")) if path.suffix != ".json"
)


class NoLists:
    """An issuer's status list that takes whatever it is told."""

    status_uri = "https://issuer.example/status/1"

    def allocate(self):
        return b"", 0

    def set_status(self, index, value, at):
        pass


def test_both_languages_say_the_same_things():
    for language, words in WORDS.items():
        assert list(words) == list(WORDS["en"])
        for key, english in WORDS["en"].items():
            names = [sorted(re.findall(r"\{\w+\}", text)) for text in (words[key], english)]
            assert names[0] == names[1], (language, key)
            assert bool(words[key]) == bool(english)


@pytest.mark.parametrize("language", WORDS)
def test_no_text_is_missing_and_none_is_idle(language):
    named = set(re.findall(r'(?:say\(|data-(?:text|label|placeholder)=)"([\w.-]+)"', SOURCE))
    named |= set(re.findall(r'\? "([\w.]+)" : "[\w.]+"', SOURCE))
    named |= set(re.findall(r'\? "[\w.]+" : "([\w.]+)"', SOURCE))
    made = set(re.findall(r"say\(`(\w+)\.\$", SOURCE))  # say(`token.${...}`)
    known = WORDS[language]
    keys = {key for key in named if key in known or "." in key}
    assert keys <= set(known)
    idle = [key for key in known if key not in named and key.split(".")[0] not in made]
    assert set(idle) <= {"field", "bytes", "meaning"}  # the head of a table: trace.js
    assert made == {"led", "notice", "state", "sync", "token", "wallet", "layer", "to"}


@pytest.mark.parametrize("language", WORDS)
def test_what_the_session_can_say_has_words(language):
    known = WORDS[language]
    for code in refusal.WORDS:
        assert known[f"notice.{code}"]
    assert len([key for key in known if key.startswith("notice.")]) == len(refusal.WORDS)
    for token in (*TOKENS, "key-revoked"):
        assert known[f"token.{token}"]
    for case, *_ in MdocCast(NoLists(), 1_800_000_000, 2027).wallets():
        assert known[f"wallet.{slug(case)}"]
    for status in ("running", "asks", "updated", "current", "unplugged", "refused", "failed"):
        assert known[f"sync.{status}"]
    for state in ("fresh", "warn", "refuse"):
        assert known[f"state.{state}"]


def test_the_page_offers_each_kind_of_token():
    listed = re.search(r"const TOKENS = \[(.*?)\]", (PAGE / "phones.js").read_text(), re.DOTALL)[1]
    assert re.findall(r'"([\w-]+)"', listed) == list(TOKENS)


def test_fields_of_the_trace_have_two_languages():
    told = [*FIELDS.values(), *FRAME.values(), *(text for _, text in COMMANDS.values())]
    told += [text for _, text in INSTRUCTIONS.values()]
    for text in told:
        assert tuple(text) == LANGUAGES
        assert all(text.values())
    assert set(COVER.values()) <= set(FIELDS)


def test_the_page_needs_nothing_from_elsewhere():
    for path in PAGE.iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|@import|url\(", text), path.name
    page = (PAGE / "index.html").read_text()
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", page)
