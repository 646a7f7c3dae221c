"""Golomb-coded blocks of increasing indices, by numpy: millions of indices at once.

The code is Golomb's with any parameter, the remainder in truncated binary (S. W. Golomb, "Run-length
encodings", IEEE Trans. Information Theory 12, 1966): for gaps of random indices the best prefix code there
is (Gallager and van Voorhis, 1975).
"""

import numpy as np

from borne import limits

_FIRST_BITS = 32  # of the first index of a block


def best_parameter(indices: np.ndarray) -> int:
    """The parameter with which the gaps between `indices` (increasing) take the fewest bits.

    Candidates are powers of the fourth root of 2, and the neighbourhood of the best of them.
    """
    gaps, counts = np.unique(np.diff(indices) - 1, return_counts=True)

    def bits(parameter: int) -> int:
        return int(np.dot(_widths(gaps, parameter), counts))

    limit = limits.RSL_PARAMETER_MAX
    steps = sorted({min(limit, round(2 ** (n / 4))) for n in range(4 * limit.bit_length())})
    coarse = min(steps, key=bits)
    near = np.linspace(coarse * 0.84, min(limit, coarse * 1.19), 32).round().astype(int)
    best: int = min({coarse, *(max(1, int(parameter)) for parameter in near)}, key=bits)
    return best


def encode(indices: np.ndarray, block_size: int, parameter: int) -> bytes:
    """The blocks of `indices` (increasing), of `block_size` bytes each; the last is as short as possible."""
    indices = np.asarray(indices, np.int64)
    if not len(indices):
        return b""
    gaps = np.diff(indices, prepend=indices[0] - 1) - 1
    ends = np.cumsum(_widths(gaps, parameter))
    starts = _starts(ends, 8 * block_size - _FIRST_BITS)
    begin = 8 * block_size * np.arange(len(starts))  # start of each block, in bits
    # `ends` is the end of the gap code before each index; a block's first index has no gap code.
    moved = begin + _FIRST_BITS - ends[starts]
    ends += np.repeat(moved, np.diff(starts, append=len(indices)))
    coded = np.ones(len(indices), bool)
    coded[starts] = False

    bits = np.ones(-(-int(ends[-1]) // 8) * 8, np.uint8)  # ones: the quotients, and the padding
    first = indices[starts]
    for place in range(_FIRST_BITS):
        bits[begin + place] = first >> (_FIRST_BITS - 1 - place) & 1
    rest = gaps[coded] % parameter
    width, short = _code(parameter)
    long = rest >= short
    at = ends[coded] - width - long - 1
    bits[at] = 0
    rest += np.where(long, short, 0)
    for place in range(width):
        bits[at + 1 + place] = rest >> (width - 1 - place + long) & 1
    bits[at[long] + 1 + width] = rest[long] & 1
    return np.packbits(bits).tobytes()


def decode(data: bytes, block_size: int, parameter: int, bound: int) -> np.ndarray:
    """The inverse of `encode`: increasing indices below `bound`. Raises ValueError for other data.

    All blocks are decoded in parallel, one index of each at a time.
    """
    if not data:
        return np.zeros(0, np.int64)
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    begin = np.arange(0, len(bits), 8 * block_size)
    end = np.minimum(begin + 8 * block_size, len(bits))
    if end[-1] - begin[-1] < _FIRST_BITS:
        raise ValueError("the last block is cut short")
    # Positions of the zero bits; the last entry, beyond the end, serves bits without a next zero.
    zeros = np.append(np.flatnonzero(bits == 0), len(bits))
    bits = np.concatenate([bits, np.ones(64, np.uint8)])
    width, short = _code(parameter)

    index = _number(bits, begin, _FIRST_BITS)
    at = begin + _FIRST_BITS
    found = [index]
    blocks = [np.arange(len(begin))]
    live = blocks[0]
    while len(live):
        zero = zeros[np.searchsorted(zeros, at)]
        on = zero < end[live]
        live, at, zero, index = live[on], at[on], zero[on], index[on]
        rest = _number(bits, zero + 1, width)
        long = rest >= short
        rest = np.where(long, (rest << 1 | bits[zero + 1 + width]) - short, rest)
        index = index + 1 + (zero - at) * parameter + rest
        at = zero + 1 + width + long
        if np.any(at > end[live]):
            raise ValueError("a code is cut short")
        found.append(index)
        blocks.append(live)
    indices = np.concatenate(found)[np.argsort(np.concatenate(blocks), kind="stable")]
    if np.any(np.diff(indices) <= 0) or indices[-1] >= bound:
        raise ValueError("the indices do not increase, or reach beyond the list")
    return indices


def _code(parameter: int) -> tuple[int, int]:
    """Bits of the shorter remainders, and how many remainders are that short."""
    width = parameter.bit_length() - 1
    return width, (2 << width) - parameter


def _widths(gaps: np.ndarray, parameter: int) -> np.ndarray:
    """The bits of the code of each gap."""
    width, short = _code(parameter)
    quotient, rest = np.divmod(gaps, parameter)
    return quotient + 1 + width + (rest >= short)


def _starts(ends: np.ndarray, room: int) -> np.ndarray:
    """Positions of the blocks' first indices; up to `room` bits of codes follow each. `ends` sums codes."""
    starts = [0]
    while (after := int(np.searchsorted(ends, ends[starts[-1]] + room, "right"))) < len(ends):
        starts.append(after)
    return np.array(starts)


def _number(bits: np.ndarray, at: np.ndarray, width: int) -> np.ndarray:
    """The numbers of `width` bits, most significant first, that begin at each place of `at`."""
    number = np.zeros(len(at), np.int64)
    for place in range(width):
        number = number << 1 | bits[at + place]
    return number
