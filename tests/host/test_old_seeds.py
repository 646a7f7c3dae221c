"""What is left of a replaced seed on littlefs: docs/mdoc.md says so, and does not promise more."""

from pathlib import Path

from borne.randomness import entropy
from borne.storage import atomic
from bornetools.emulator.machine.flash import Files, Flash

STARTS = 60
MDOC = Path(__file__).parents[2] / "docs" / "mdoc.md"


def test_earlier_seeds_can_be_read_from_the_flash():
    """Each start replaces the file as Entropy does. Were they gone, the document could promise that."""
    flash = Flash(32)
    Files(flash, True)
    seeds = [bytes([number]) * entropy.SEED_SIZE for number in range(1, STARTS + 1)]
    for seed in seeds:
        files = Files(flash)  # a start
        atomic.replace("/" + entropy.FILE, (seed,), files, files.open)
    with Files(flash).open("/" + entropy.FILE, "rb") as file:
        assert file.read() == seeds[-1]
    left = [seed for seed in seeds[:-1] if seed in flash.buffer]
    assert len(left) > STARTS // 3
    text = MDOC.read_text()
    assert "Old seeds stay on the flash" in text
    assert "after sixty starts" in text
