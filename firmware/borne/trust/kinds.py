"""The kinds of file in a release of trust data: their names, their bounds, and their readers.

A new kind is one row of KINDS and its reader. The module of a slow reader also has `pieces(view)`, a
generator that does the same work and yields after each piece.
"""

import sys
from collections import namedtuple

from borne import limits
from borne.errors import DecodeError, StoreError, TrustError
from borne.memory.unimport import Unimport
from borne.storage.file_view import FileView

if False:  # for types only
    from typing import Any, Iterator

    from borne.protocols import Encoded, File, Store

LISTS = "status/"  # the folder of lists
DELTAS = ".rsd"

# `name` may have a * as a wildcard. `needed`: a release without a file of the kind is refused. `most` is the
# bound of a file in bytes. `reader` is a callable of `module` in borne.trust: it takes a FileView and raises
# DecodeError or TrustError; the reader of a list returns an object with RevocationList's interface. `deltas`
# is the suffix of deltas between two lists; None: there are none.
Kind = namedtuple("Kind", ("name", "needed", "most", "module", "reader", "deltas"))

_LIST_MAX = limits.STATUS_LIST_FILE_MAX
KEYS = Kind("keys.cbor", True, limits.KEY_SET_MAX, "key_file", "places", None)
POLICY = Kind("policy.cbor", True, limits.POLICY_MAX, "policy", "decode", None)
ROOTS = Kind("iaca.cbor", False, limits.ROOTS_FILE_MAX, "roots", "places", None)
INDICES = Kind("status/*.rsl", False, _LIST_MAX, "revocation", "RevocationList", DELTAS)
IDENTIFIERS = Kind("status/*.idl", False, _LIST_MAX, "identifiers", "IdentifierFile", None)
KINDS = (KEYS, POLICY, ROOTS, INDICES, IDENTIFIERS)


def find(name: str) -> "Kind | None":
    """The kind of the file `name`, or None: terminals have no use for it."""
    for kind in KINDS:
        begins, star, ends = kind.name.partition("*")
        if name == begins or (star and name.startswith(begins) and name.endswith(ends)):
            return kind
    return None


def read(kind: "Kind | None", view: "Encoded") -> "Any":
    """The result of the reader of a file's `kind` for `view` (FileView).

    Raises DecodeError or TrustError: also if the file is larger than its bound, or of no kind.
    """
    kind = _known(kind, view)
    loaded = sys.modules.get("borne.trust." + kind.module)
    if loaded:  # as at each look-up in a revocation list: a context takes time
        return getattr(loaded, kind.reader)(view)
    with Unimport():  # readers of certificates, or for mdocs alone, must not stay in RAM
        return getattr(_module(kind), kind.reader)(view)


def load(store: "Store", kind: Kind) -> "Any":
    """The result of `read` for the file of a `kind` in a ReleaseStore or FolderStore. Raises StoreError."""
    view = store.view(kind.name, kind.most)
    try:
        return read(kind, view)
    except DecodeError as error:
        raise StoreError("trust data: " + error.reason)
    finally:
        view.close()


def check(name: str, file: "File") -> "Iterator[None]":
    """Checks that a release with `file` as `name` could be loaded; yields between pieces of work. Raises
    TrustError FORMAT or UNSUPPORTED."""
    view = FileView(file, 0, file.seek(0, 2))
    try:
        kind = _known(find(name), view)
        with Unimport():
            pieces = getattr(_module(kind), "pieces", None)
        if pieces is None:
            read(kind, view)
        else:
            for _ in pieces(view):
                yield
    except DecodeError as error:
        raise TrustError("FORMAT", name + ": " + error.reason)
    except MemoryError:
        pass  # no room beside the release in force: then loading the file tells


def _known(kind: "Kind | None", view: "Encoded") -> Kind:
    """`kind`, if a file of it may be read. Raises DecodeError."""
    if kind is None:
        raise DecodeError("no file of a release")
    if len(view) > kind.most:
        raise DecodeError("larger than a terminal takes")
    return kind


def _module(kind: Kind) -> "Any":
    return __import__("borne.trust." + kind.module, None, None, (kind.reader,))
