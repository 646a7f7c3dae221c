"""The modules frozen into the image: the whole terminal. Its bytecode lies in flash, not in the heap."""

# ruff: noqa: F821
# mypy: disable-error-code="name-defined"
include("$(MPY_DIR)/extmod/asyncio")
package("borne", base_path="../../firmware")
include("../names.py")
module("main.py", base_path="../../firmware")
module("_boot.py")
module("board.py")
module("panel.py", base_path="../EMULATED")
