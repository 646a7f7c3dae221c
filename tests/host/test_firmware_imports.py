"""Which folders of the firmware know which: read from its source."""

import ast
from collections.abc import Iterator

import pytest

from bornetools import firmware

BORNE = firmware.MODULES / "borne"

# The verifier knows no port, no reader and no screen: it runs on any computer as it does on a terminal.
PURE = ("crypto", "token", "trust", "verify")
OUTSIDE = {"machine", "link", "nfc", "ui"}


def run(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes in `node`, but what stands under `if False:`: that is for types, and no VM imports it."""
    yield node
    if not (isinstance(node, ast.If) and ast.unparse(node.test) == "False"):
        for child in ast.iter_child_nodes(node):
            yield from run(child)


def imported(source: str) -> Iterator[str]:
    """The names that the source imports, at its head or later: modules, and what is taken from them."""
    for node in run(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "a relative import"
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", None) == "__import__":
            begins = [one for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
            assert begins, "a name that cannot be read from the source"
            yield begins[0].value  # of a name that is put together, its beginning


def part(name: str) -> str | None:
    """The folder of `borne`, or the module beside the folders, that a dotted name is in or of; for what is
    not in `borne` its first word; None: the package itself."""
    first, *rest = name.split(".")
    if first != "borne":
        return first
    if not rest or not ((BORNE / rest[0]).is_dir() or (BORNE / f"{rest[0]}.py").is_file()):
        return None
    return rest[0]


def graph() -> dict[str, set[str]]:
    """For each folder of `borne`, and each module beside the folders, what it imports (`part`)."""
    found: dict[str, set[str]] = {}
    for path in BORNE.rglob("*.py"):
        own = path.relative_to(BORNE).parts[0].removesuffix(".py")
        parts = {part(name) for name in imported(path.read_text())}
        found.setdefault(own, set()).update(one for one in parts if one and one != own)
    return found


def reached(start: str, edges: dict[str, set[str]]) -> set[str]:
    """All that `start` imports, and what that imports, and so on."""
    found: set[str] = set()
    new = set(edges[start])
    while new:
        found |= new
        new = {one for known in new for one in edges.get(known, ())} - found
    return found


def test_imports_are_found_wherever_they_stand():
    source = """
import a.b
from c.d import e, f as g
if False:
    from o import p
def later():
    from h import i
    __import__("j." + k, None, None, ("l",))
"""
    assert set(imported(source)) == {"a.b", "c.d.e", "c.d.f", "h.i", "j."}
    assert part("borne.trust.tuf") == part("borne.trust") == "trust"
    assert part("borne.limits.TIME_MAX") == "limits"
    assert part("borne.VERSION") is None
    assert part("machine.Pin") == "machine"


def test_all_of_the_firmware_is_looked_at():
    edges = graph()
    folders = {path.name for path in BORNE.iterdir() if (path / "__init__.py").is_file()}
    assert {"crypto", "journal", "link", "nfc", "parts", "trust"} <= folders <= edges.keys()
    assert {"crypto", "errors", "limits"} <= edges["token"]
    assert "ui" in edges["parts"]


def test_a_circle_is_found():
    assert "a" in reached("a", {"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert "a" not in reached("a", {"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_no_folders_import_each_other():
    edges = graph()
    assert [one for one in sorted(edges) if one in reached(one, edges)] == []


@pytest.mark.parametrize("folder", PURE)
def test_the_verifier_knows_neither_ports_nor_reader_nor_screen(folder):
    assert reached(folder, graph()) & OUTSIDE == set()


def deepest(start: str) -> list[str]:
    """The longest chain of modules that wait for each other while `start` is imported. A module is loaded
    where it is imported first; what functions import comes later."""
    paths = {
        ".".join(path.relative_to(firmware.MODULES).with_suffix("").parts): path
        for path in firmware.MODULES.rglob("*.py")
    }
    loaded: set[str] = set()

    def load(name: str) -> list[str]:
        loaded.add(name)
        below: list[str] = []
        nodes = (ast.Import, ast.ImportFrom)
        head = [one for one in ast.parse(paths[name].read_text()).body if isinstance(one, nodes)]
        for one in imported("\n".join(map(ast.unparse, head))):
            for module in (one.rpartition(".")[0], one):
                if module in paths and module not in loaded:
                    below = max(below, load(module), key=len)
        return [name, *below]

    return load(start)


def test_imports_do_not_lie_deeper_in_each_other_than_a_c_stack_allows():
    """With 10 kB of it the emulated microcontroller did not start when there were 11."""
    chain = deepest("main")
    assert chain[:2] == ["main", "borne.composition"]
    assert len(chain) <= 8, chain


def awaited(source: str) -> list[int]:
    """The lines at which something is awaited in a context of Unimport."""
    contexts = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.With) and "Unimport" in ast.unparse(node.items[0].context_expr)
    ]
    waits = (ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)
    return [one.lineno for node in contexts for one in ast.walk(node) if isinstance(one, waits)]


def test_nothing_is_awaited_while_modules_are_there_for_a_moment():
    context = "async def f():\n    with Unimport() as modules:\n        import a\n"
    assert awaited(context + "        await a.b()\n") == [4]
    assert awaited(context + "    await a.b()\n") == []
    found = {path.name: awaited(path.read_text()) for path in BORNE.rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert sum("with Unimport" in path.read_text() for path in BORNE.rglob("*.py")) > 5
