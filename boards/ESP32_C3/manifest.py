"""What is frozen into the firmware image of this board."""

# ruff: noqa: F821
# mypy: disable-error-code="name-defined"
include("$(PORT_DIR)/boards/manifest.py")
package("borne", base_path="../../firmware")
module("main.py", base_path="../../firmware")
module("board.py")
module("pins.py")
