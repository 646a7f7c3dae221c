"""The picture of the house is that of the imports, and the project's own contract finds what breaks it."""

import architecture
import grimp
import pytest
from contracts import CommandsContract

from bornetools import firmware

DOCS = firmware.MODULES.parent / "docs"
MAKE = "make architecture"


@pytest.mark.parametrize("package", sorted(architecture.PACKAGES))
def test_the_picture_is_that_of_the_imports(package):
    drawn = (DOCS / f"architecture-{package}.svg").read_text()
    assert drawn == architecture.picture(package), MAKE


@pytest.mark.parametrize("package", sorted(architecture.PACKAGES))
def test_every_folder_stands_on_a_floor_and_imports_from_lower_ones(package):
    floors = architecture.floors(package)
    level = {name: number for number, floor in enumerate(floors) for name in floor}
    edges = architecture.imports(package)
    folders = {
        path.parent.name
        for path in (architecture.ROOT / architecture.PACKAGES[package]).glob("*/__init__.py")
    }
    assert folders <= level.keys() == edges.keys()
    assert sum(map(len, edges.values())) > len(level)
    assert [(a, b) for a, to in edges.items() for b in to if level[b] <= level[a]] == []


def test_an_arrow_that_a_longer_way_implies_is_left_out():
    edges = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert architecture.reduced(edges) == {"a": {"b"}, "b": {"c"}, "c": set()}


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("bornetools.link.command_sync", "click", True),
        ("bornetools.cli", "click", True),
        ("bornetools.terminal.command", "bornetools.journal.command", True),
        ("bornetools.link.client", "click", False),
        ("bornetools.link.client", "bornetools.link.command_sync", False),
    ],
)
def test_a_library_that_knows_the_command_line_is_found(importer, imported, kept):
    graph = grimp.ImportGraph()
    graph.add_import(importer=importer, imported=imported)
    found = CommandsContract("name", {}, {}).check(graph, verbose=False)
    assert found.kept is kept
    assert found.metadata["broken"] == ([] if kept else [(importer, imported)])
