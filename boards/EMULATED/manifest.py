"""The modules frozen into a unix VM built as this board; with pip's VM, MICROPYPATH replaces freezing."""

# ruff: noqa: F821
# mypy: disable-error-code="name-defined"
package("borne", base_path="../../firmware")
module("main.py", base_path="../../firmware")
module("board.py")
module("panel.py")
