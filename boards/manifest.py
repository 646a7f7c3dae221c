"""The modules frozen into the image of a board with a pin table. The variable BORNE_BOARD names its folder:

make -C micropython/ports/esp32 BOARD=ESP32_GENERIC FROZEN_MANIFEST=$PWD/boards/manifest.py BORNE_BOARD=ESP32
"""

# ruff: noqa: F821
# mypy: disable-error-code="name-defined"
import os

freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
package("borne", base_path="../firmware")
include("names.py")
include("start.py")
module("board.py")
module("pins.py", base_path=os.environ["BORNE_BOARD"])
