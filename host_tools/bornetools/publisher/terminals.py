"""Which boards can follow a release: judged for the publisher, who alone knows what is in the field."""

from bornetools.boards import board as boards
from bornetools.boards import flash_budget
from bornetools.publisher.signing import Released


def judge(released: Released) -> None:
    """Sets `flash` and `boards` of a release, and warns of those boards that have too little flash for its
    lists and the next release's: with the application in the image, as files it takes more."""
    lists = flash_budget.lists(released.targets)
    if not lists:
        return
    released.flash = flash_budget.with_successor(released.targets)
    lacking = []
    for board in boards.with_pins():
        rooms = {
            f"{board.name} ({size} MB)": flash_budget.for_lists(files)
            for size, files in flash_budget.file_systems(board.chip).items()
        }
        released.boards += [name for name, room in rooms.items() if room >= released.flash][:1]
        lacking += [f"{name} has {room:,}" for name, room in rooms.items() if room < released.flash]
    if lacking:
        released.warnings.append(
            f"the lists, {sum(lists.values()):,} bytes, take {released.flash:,} bytes of flash while the next"
            f" release arrives, and {'; '.join(lacking)}. Such a terminal takes this release at most, refuses"
            " the next one (FULL), and its trust data go stale: publish shorter lists, or use other boards"
        )
