"""The documents: links lead somewhere, each command is described, and counts are those of the code."""

import re
from pathlib import Path

import pytest

from bornetools import firmware, times
from bornetools.cli import COMMANDS
from bornetools.world.people import World

ROOT = firmware.MODULES.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("boards/*/*.md")], key=str
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NUMBERS = {16: "sixteen", 19: "nineteen"}


def anchors(document: Path) -> set[str]:
    """The names that the document's headings have as link targets."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    text = re.sub(r"^    .*$|^```.*?^```$|`[^`\n]*`", "", document.read_text(), flags=re.M | re.S)
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue  # another site
        name, _, anchor = target.partition("#")
        file = document.parent / name if name else document
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def test_the_documents_are_found():
    names = {str(path.relative_to(ROOT)) for path in DOCUMENTS}
    assert {"README.md", "SECURITY.md", "docs/architecture.md", "boards/ESP32/wiring.md"} <= names


def test_each_command_is_described():
    text = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in COMMANDS if f"`borne {name}" not in text] == []


def test_the_readme_counts_the_phones_of_the_demo(tmp_path):
    world = World.create(tmp_path / "world", times.now())
    text = (ROOT / "README.md").read_text()
    tokens, wallets = len(world.people), len(world.wallets)
    assert f"{tokens + wallets} phones tapped" in text
    assert f"{_NUMBERS[tokens]} phones with tokens and {_NUMBERS[wallets]} wallets" in text


def test_each_row_of_who_can_do_what_is_shown_by_tests_that_there_are():
    text = (ROOT / "docs" / "security.md").read_text()
    table = text.partition("| who holds |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(table) > 10
    for row in table:
        named = re.findall(r"`((?:unit|host|device)/[^`]*)`", row.split(" | ")[-1])
        assert named, row
        for name in named:
            file, _, test = name.partition("::")
            assert f"def {test or 'test_'}" in (ROOT / "tests" / file).read_text(), name
