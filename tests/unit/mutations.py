"""hypothesis strategies that damage valid messages, for tests on CPython.

Bytes are damaged as they lie there (`damages`); CBOR also as a tree (`altered`), so that what comes out
is still CBOR, and one wrong thing stands deep in an otherwise right message.
"""

import os
from dataclasses import dataclass, replace
from datetime import date

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from names import EC2, P256, Key

_ARRAY, _MAP, _TAG = 4, 5, 6
_FULL_DATE = 1004  # RFC 8943; cbor2 makes a date of it

# Encodings that no tree leads to, refused everywhere: indefinite lengths, reserved and simple values,
# lengths that lie, text that is not UTF-8, a float.
_ODD = """
9fff 9f00ff bfff 5f4100ff 7f6161ff ff fc 1c f814 f8ff 9bffffffffffffffff 5a00010000
bbffffffffffffffff 5bffffffffffffffff 7affffffff 62c328 63eda080 fb3ff0000000000000
"""


def examples(count):
    """Settings for `count` examples, or as many times more as --times says; a failure prints what reproduces
    it."""
    unhealthy = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(
        max_examples=count * int(os.environ["BORNE_TIMES"]),
        deadline=None,
        print_blob=True,
        suppress_health_check=unhealthy,
    )


@dataclass(frozen=True)
class Damage:
    """A function from bytes to bytes. `edits` are (at, size, put): `put` bytes take the place of
    `size` bytes; None doubles these, and an int flips that bit of one byte."""

    edits: tuple

    def __call__(self, data):
        for at, size, put in self.edits:
            at %= len(data) + 1
            part = data[at : at + size]
            if put is None:
                put = part + part
            elif isinstance(put, int):
                part = data[at : at + 1]
                put = bytes(byte ^ 1 << put for byte in part)
            data = data[:at] + put + data[at + len(part) :]
        return data


_SIZES = st.integers(0, 8) | st.just(10_000)  # the latter: all the rest
_PUTS = st.binary(max_size=8) | st.none() | st.integers(0, 7)
damages = st.lists(st.tuples(st.integers(0, 4095), _SIZES, _PUTS), min_size=1, max_size=3).map(
    lambda edits: Damage(tuple(edits))
)


def damaged(data):
    """Bytes that differ from `data`."""
    return damages.map(lambda damage: damage(data)).filter(lambda out: out != data)


@dataclass(frozen=True)
class Branch:
    """An array, map (keys and values alternate) or tagged item of CBOR."""

    major: int
    children: tuple
    tag: int = 0


@dataclass(frozen=True)
class Raw:
    """Bytes that stand for an item, though they may be none."""

    data: bytes


class NotPlain(ValueError):
    """The tree is no CBOR that a decoder of the profile may take."""


def tree(value):
    """The tree of what cbor2 decodes; its leaves are what cbor2 encodes."""
    if isinstance(value, dict):
        return Branch(_MAP, tuple(tree(part) for pair in value.items() for part in pair))
    if isinstance(value, list | tuple):
        return Branch(_ARRAY, tuple(map(tree, value)))
    if isinstance(value, date):
        return Branch(_TAG, (value.isoformat(),), _FULL_DATE)
    if isinstance(value, cbor2.CBORTag):
        return Branch(_TAG, (tree(value.value),), value.tag)
    return value


def encode(node):
    """The bytes of a tree."""
    if isinstance(node, Raw):
        return node.data
    if not isinstance(node, Branch):
        return cbor2.dumps(node)
    argument = {_ARRAY: len(node.children), _MAP: len(node.children) // 2, _TAG: node.tag}
    head = bytearray(cbor2.dumps(argument[node.major]))
    head[0] |= node.major << 5
    return bytes(head) + b"".join(map(encode, node.children))


def ordered(node):
    """The tree with the pairs of its maps in the order of RFC 8949 section 4.2.1."""
    if not isinstance(node, Branch):
        return node
    children = [ordered(child) for child in node.children]
    if node.major == _MAP:
        pairs = zip(children[::2], children[1::2], strict=True)
        pairs = sorted(pairs, key=lambda pair: encode(pair[0]))
        children = [part for pair in pairs for part in pair]
    return replace(node, children=tuple(children))


def plain(node):
    """What a decoder makes of a tree: int, bool, None, str, bytes, list, dict or CBORTag.

    Raises NotPlain for what the profile has no place for (docs/protocol.md), duplicate keys among it.
    """
    if isinstance(node, Raw | float):
        raise NotPlain
    if not isinstance(node, Branch):
        return node
    parts = [plain(child) for child in node.children]
    if node.major == _ARRAY:
        return parts
    if node.major == _TAG and len(parts) == 1:
        return cbor2.CBORTag(node.tag, parts[0])
    keys = parts[::2]
    if (
        node.major == _TAG
        or len(parts) % 2
        or not all(type(key) in (int, str, bytes) for key in keys)
    ):
        raise NotPlain
    if len({(type(key), key) for key in keys}) != len(keys):
        raise NotPlain
    return dict(zip(keys, parts[1::2], strict=True))


_NUMBERS = st.sampled_from(
    [0, 1, -1, 23, 24, 255, 256, 1 << 31, 1 << 32, 1 << 53, 1 << 63, (1 << 64) - 1, -(1 << 64)]
)
_SIMPLE = st.sampled_from([False, True, None])
_ODDITIES = st.sampled_from(_ODD.split()).map(lambda text: Raw(bytes.fromhex(text)))
_LEAVES = st.one_of(
    _NUMBERS,
    st.integers(-30, 30),
    _SIMPLE,
    st.text(max_size=20),
    st.binary(max_size=40),
    st.one_of(_ODDITIES, st.floats(), _SIMPLE, _SIMPLE),
)
_LABELS = st.integers(-2, 12) | st.text(max_size=4)
items = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: Branch(_ARRAY, tuple(parts))),
        st.lists(st.tuples(_LABELS | inner, inner), max_size=3).map(
            lambda pairs: Branch(_MAP, sum(pairs, ()))
        ),
        st.tuples(st.sampled_from([0, 1, 2, 18, 61, 1004]), inner).map(
            lambda pair: Branch(_TAG, pair[1:], pair[0])
        ),
    ),
    max_leaves=12,
)


# Strategies are made once: hypothesis would look through one that is made for each draw anew.
_CHOICE = st.integers(0, 2**16 - 1)


def _one_of(draw, values):
    return values[draw(_CHOICE) % len(values)]


@st.composite
def altered(draw, root, edits=2):
    """`root`, a tree, with up to so many items changed, removed, doubled, moved or put in."""
    for _ in range(_one_of(draw, range(edits)) + 1):
        keys, others = _paths(root)
        if others:
            *above, at = _one_of(draw, keys + 4 * others)
            root = _edit(draw, root, above, at)
    return root


def _paths(node, above=()):
    """The places of all items below `node`: those of map keys, and the others."""
    keys, others = [], []
    for at, child in enumerate(node.children if isinstance(node, Branch) else ()):
        path = (*above, at)
        (others if node.major != _MAP or at % 2 else keys).append(path)
        below = _paths(child, path)
        keys += below[0]
        others += below[1]
    return keys, others


_KINDS = ["near"] * 5 + ["other", "remove", "double", "insert", "move"]
_KEYS = _LABELS | items


def _edit(draw, node, above, at):
    children = list(node.children)
    if above:
        children[above[0]] = _edit(draw, children[above[0]], above[1:], at)
        return replace(node, children=tuple(children))
    kind = _one_of(draw, _KINDS)
    if kind == "near":
        children[at] = _near(draw, children[at])
    elif kind == "other":
        children[at] = draw(items)
    else:
        width = 1 + (node.major == _MAP)  # a key goes with its value
        at -= at % width
        part = children[at : at + width]
        if kind == "insert":
            part = [draw(one) for one in (_KEYS, items)[-width:]]
        elif kind != "double":
            del children[at : at + width]
        if kind == "move":
            at = width * _one_of(draw, range(len(children) // width + 1))
        if kind != "remove":
            children[at:at] = part
    return replace(node, children=tuple(children))


def _near(draw, leaf):
    """What is almost the leaf: a neighbour, the same in another type, longer, shorter."""
    if isinstance(leaf, bool):
        return _one_of(draw, [not leaf, int(leaf), None, "true"])
    if isinstance(leaf, int):
        others = [leaf + 1, leaf - 1, leaf + 86400 * 30, leaf - 86400 * 30, -leaf, leaf << 32]
        others = [value for value in others if -(1 << 64) <= value < 1 << 64]
        return _one_of(draw, [*others, True, str(leaf), Branch(_TAG, (leaf,), 1)])
    if isinstance(leaf, str):
        others = [leaf[:-1], leaf + "0", leaf[::-1], leaf + "\0", leaf * 60, leaf.encode(), ""]
        return _one_of(draw, others)
    if isinstance(leaf, bytes):
        others = [leaf[:-1], leaf + b"\0", bytes(len(leaf)), b"", leaf * 20]
        return _one_of(draw, others) if _one_of(draw, (True, False)) else draw(damages)(leaf)
    return draw(items)


def key(number):
    """A P-256 key pair, always the same for one number."""
    return ec.derive_private_key(number, ec.SECP256R1())


def cose_key(private):
    """Its public COSE_Key, as a dict."""
    numbers = private.public_key().public_numbers()
    return {
        Key.KTY: EC2,
        Key.CRV: P256,
        Key.X: numbers.x.to_bytes(32, "big"),
        Key.Y: numbers.y.to_bytes(32, "big"),
    }


def signature(private, protected, payload):
    """The 64 bytes of ES256 over protected header and payload (bytes): RFC 9052 section 4.4."""
    message = cbor2.dumps(["Signature1", protected, b"", payload])
    r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def sign1(private, protected, payload, detached=False):
    """A tagged COSE_Sign1 whose protected header and payload are these bytes."""
    signed = signature(private, protected, payload)
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, None if detached else payload, signed]))


def unsigned_change(original, data):
    """Whether `data` still has every byte string of `original`, a COSE_Sign1, that its signature covers,
    and the signature: what else a message has, nobody has signed."""
    protected, _, payload, signed = cbor2.loads(original).value
    return all(part in bytes(data) for part in (protected, payload or b"", signed))
