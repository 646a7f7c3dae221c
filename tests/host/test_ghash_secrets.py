"""Machine code of AES-GCM, read from its source: no address and no branch depends on a secret."""

import ast
from pathlib import Path

from bornetools import firmware

SOURCE = Path(firmware.MODULES) / "borne" / "crypto" / "ghash.py"
PUBLIC = {"i", "at", "bit", "shift", "length", "first"}  # counters, and numbers that are no secret


def names(node):
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def test_addresses_and_branches_are_those_of_counters():
    tree = ast.parse(SOURCE.read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert "ghash" in {function.name for function in functions}
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, ast.Subscript):
            assert names(node.slice) <= PUBLIC, ast.unparse(node)
        elif isinstance(node, (ast.While, ast.If, ast.IfExp)):
            assert names(node.test) <= PUBLIC, ast.unparse(node.test)
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if {target.id for target in targets if isinstance(target, ast.Name)} & PUBLIC:
                assert names(node.value) <= PUBLIC, ast.unparse(node)
        else:
            assert not isinstance(node, (ast.For, ast.BoolOp, ast.Call)) or known(node), (
                ast.unparse(node)
            )


def known(node):
    """`and` of counters, and viper's types."""
    if isinstance(node, ast.BoolOp):
        return names(node) <= PUBLIC
    return isinstance(node, ast.Call) and node.func.id in ("int", "uint")
