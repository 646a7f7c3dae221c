"""Power cuts: every write to flash of a sync is the last one, once.

cases.py        a trust repository with two releases, and the flash of a terminal before each sync
in_process.py   the firmware's part in a sync, on littlefs over a recorded flash, and the courier
experiment.py   the cuts, and what has to be there after each
"""

from bornetools.power_cuts.cases import cases
from bornetools.power_cuts.experiment import STATES, TWICE, Result, markdown, run, try_case

__all__ = [
    "STATES",
    "TWICE",
    "Result",
    "cases",
    "markdown",
    "run",
    "try_case",
]
