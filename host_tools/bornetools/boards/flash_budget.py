"""The flash of a terminal: what has to fit it beside the revocation lists, and how long these may be.

One arithmetic for `borne publish`, `borne provision`, `borne doctor` and docs/boards.md. All sizes are bytes.

A release is taken whole or not at all: while the next one arrives, the lists in force lie beside its lists
and the deltas that lead to them. Combs, which the terminal makes itself, give way, and take no room here.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from borne import limits
from borne.link.messages import LOGS
from borne.provisioned import reader_key, settings
from borne.randomness import entropy
from borne.trust import kinds
from bornetools.boards.chips import Chip
from bornetools.errors import UserError

BLOCK = 4096  # of littlefs, on every chip here
_POINTER = 4  # bytes: a block has one to each block that lies a power of two before it
_INLINE = 128  # bytes of a file that lies in its folder's blocks: littlefs's cache, as MicroPython sets it

# 67 million tokens of which 1 % are revoked: 683,300 to 683,500 bytes (docs/trust.md).
NATION = 67_000_000
NATIONAL_LIST = 684_000
# The longest delta that the publisher makes leads over seven days. Where one in 365 of the revoked comes and
# one goes each day, it is 6.0 % of the list (docs/decisions/2026-11-30-lists-that-do-not-fit.md).
_DELTA = 1 / 16
_ANY = kinds.LISTS + "any/1.rsl"
NATIONAL = {_ANY: NATIONAL_LIST}  # as targets

# The release's other files, at their bounds.
_METADATA = (
    limits.TUF_ROOT_MAX,
    limits.TUF_TIMESTAMP_MAX,
    limits.TUF_SNAPSHOT_MAX,
    limits.TUF_TARGETS_MAX,
    limits.RELEASE_MAX,
)
_CONTENT = (limits.KEY_SET_MAX, limits.POLICY_MAX, limits.ROOTS_FILE_MAX)
# Two blocks for each folder: the root, trust/, its objects/ (which takes two pairs), journal/, receipts/. And
# one each for seed, settings, clock and reader key.
_OWN = 16 * BLOCK
_OWNED = {"trust", *LOGS, entropy.FILE, settings.FILE, reader_key.FILE, "clock"}


def blocks(size: int) -> int:
    """The blocks that a file takes on littlefs (its DESIGN.md, "CTZ skip-lists")."""
    if size <= _INLINE:
        return 0
    count = -(-size // BLOCK)
    while count * BLOCK - _POINTER * (2 * (count - 1) - (count - 1).bit_count()) < size:
        count += 1
    return count


def stored(sizes: Iterable[int]) -> int:
    """The flash that files of these sizes take."""
    return BLOCK * sum(map(blocks, sizes))


def application(sizes: Mapping[str, int]) -> int:
    """The flash that the application takes as files, sizes by path, with their folders; the terminal's own
    files among them do not count."""
    sizes = {path: size for path, size in sizes.items() if path.split("/")[0] not in _OWNED}
    folders = {parent for path in sizes for parent in PurePosixPath(path).parents if parent.name}
    return stored(sizes.values()) + 2 * BLOCK * len(folders)


def file_systems(chip: Chip) -> dict[int, int]:
    """The file system that MicroPython makes of each flash (MB) that the chip comes with."""
    return {size: size * 1024**2 - chip.image_kb * 1024 for size in chip.flash_mb}


def for_lists(files: int, application: int = 0) -> int:
    """What a file system of `files` bytes has for lists, in force and arriving; less than 0: it is too small
    for a release without any. `application` is what the application takes as files; 0: it is in the image."""
    releases = 2 * stored((*_METADATA, *_CONTENT))
    return files - limits.STORE_RESERVE - _OWN - releases - application


def longest(room: int) -> int:
    """How long a list may be that has to fit `room` (`for_lists`) with its successor and the delta."""
    sizes = range(max(0, room))
    return max(0, bisect_right(sizes, room, key=lambda size: with_successor({_ANY: size})) - 1)


def tokens(size: int) -> int:
    """The tokens, in whole millions, of which 1 % are revoked in a list of `size` bytes."""
    return size * NATION // NATIONAL_LIST // 1_000_000 * 1_000_000


def require(files: int, application: int) -> None:
    """Raises UserError unless a file system of `files` bytes takes the application as files and the
    terminal's data, with a release that has no list."""
    files = max(files, 0)
    lacking = -for_lists(files, application)
    if lacking > 0:
        data = files + lacking - application
        raise UserError(
            f"the flash has {files:,} bytes for files. The application takes {application:,}, journal"
            f" and trust data without any list {data:,}: nothing was changed. Choose a board with more flash"
        )


def lists(targets: Mapping[str, int]) -> dict[str, int]:
    """The lists among a release's targets, sizes by name."""
    return {
        name: size
        for name, size in targets.items()
        if name.startswith(kinds.LISTS) and kinds.find(name)
    }


def arriving(targets: Mapping[str, int]) -> int:
    """The flash that a release takes while it arrives: the lists of `targets` (sizes by name) and a delta to
    each; no shorter than the longest here, as a list's first days have short ones."""
    deltas: dict[str, int] = {}
    for name, size in targets.items():
        folder = name.rpartition("/")[0]
        kind = kinds.find(name)
        if name.endswith(kinds.DELTAS):
            deltas[folder] = max(size, deltas.get(folder, 0))
        elif kind and kind.deltas:
            deltas[folder] = max(math.ceil(size * _DELTA), deltas.get(folder, 0))
    return stored(lists(targets).values()) + stored(deltas.values())


def with_successor(targets: Mapping[str, int]) -> int:
    """What `for_lists` has to be for a release with these targets and its successor."""
    return stored(lists(targets).values()) + arriving(targets)


def beside(free: int, targets: Mapping[str, int]) -> int:
    """What `for_lists` is on a terminal that says it has `free` bytes left (hello), with a release of these
    targets in force, or none."""
    releases = 1 if targets else 2
    return free - releases * stored((*_METADATA, *_CONTENT)) + stored(lists(targets).values())


def lacks(room: int) -> str:
    """What to say where there is no `room` for a national list and its successor; "" where there is."""
    needed = with_successor(NATIONAL)
    if needed <= room:
        return ""
    return (
        f"too little flash for a list of {NATION // 1_000_000} million tokens, 1 % of them revoked, and its"
        f" successor: they take {needed:,} bytes, and {max(room, 0):,} are left for lists. Such a terminal"
        " refuses the second release (FULL), and its trust data go stale"
    )


def says(room: int) -> str:
    """The longest lists for which there is `room`, in words."""
    size = longest(room)
    if size == 0:
        return "no lists"
    return (
        f"lists of {size:,} bytes in all with their successors: {tokens(size) // 1_000_000} million tokens,"
        " 1 % of them revoked"
    )
