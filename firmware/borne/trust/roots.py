"""IACA roots (ISO/IEC 18013-5 Annex B.1.2) as a release has them: iaca.cbor.

An array of maps, `{1: certificate in DER, 2: [document types], 3: state, 4: name}`; all but 1 may be absent.
Like a VICAL (Annex C), it says which roots are trusted and what for. It stays in flash: RAM holds only the
offset of each root, once a phone has shown an mdoc.
"""

from micropython import const

from borne import limits_mdoc
from borne.errors import DecodeError, StoreError, UnsupportedError
from borne.storage.file_view import FileView
from borne.token import cbor, x509
from borne.trust import kinds

if False:  # for types only
    from typing import Iterator

    from borne.protocols import Bytes, Encoded, Store

_CERTIFICATE = const(1)
_DOC_TYPES = const(2)
_STATE = const(3)
_NAME = const(4)
_ACTIVE = const(0)
_REVOKED = const(1)


class Root:
    """`certificate` (x509.Certificate), `doc_types` (list of str; None: any), `revoked` bool, `name` str or
    None."""

    def __init__(self, fields: object) -> None:
        """Raises DecodeError unless the decoded `fields` are those of a root."""
        if not isinstance(fields, dict):
            raise DecodeError("root is not a map")
        self.certificate = x509.Certificate(_whole(fields.get(_CERTIFICATE)))
        if not x509.is_root(self.certificate):
            raise DecodeError("certificate is not an IACA root's")
        self.doc_types = fields.get(_DOC_TYPES)
        if self.doc_types is not None:
            if not isinstance(self.doc_types, list):
                raise DecodeError("root's document types are not a list")
            for doc_type in self.doc_types:
                if not isinstance(doc_type, str):
                    raise DecodeError("root's document type is not text")
        state = fields.get(_STATE, _ACTIVE)
        if isinstance(state, bool) or state not in (_ACTIVE, _REVOKED):
            raise UnsupportedError("root's state")
        self.revoked = state == _REVOKED
        self.name = fields.get(_NAME)
        if self.name is not None and not isinstance(self.name, str):
            raise DecodeError("root's name is not text")

    def serves(self, doc_type: str) -> bool:
        """True if documents of that type count when this root's signers have signed them."""
        return self.doc_types is None or doc_type in self.doc_types


class RootFile:
    """The roots of a release in `store` (ReleaseStore or FolderStore), which has the file."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._places: list[tuple[bytes | None, int, int]] | None = None

    def find(self, key_id: bytes | None, subject: "Bytes") -> list[Root]:
        """The Roots with this subject key identifier (bytes) and this Name (encoded), as a list.

        Raises StoreError if the file is not whole.
        """
        view = self._store.view(kinds.ROOTS.name, kinds.ROOTS.most)
        try:
            if self._places is None:
                self._places = places(view)
            found = []
            for known, start, end in self._places:
                if known == key_id:
                    root = Root(cbor.decode(view[start:end], deterministic=False))
                    if bytes(root.certificate.subject) == bytes(subject):
                        found.append(root)
            return found
        except DecodeError as error:
            raise StoreError(kinds.ROOTS.name + ": " + error.reason)
        finally:
            view.close()


def places(view: "Encoded") -> list[tuple[bytes | None, int, int]]:
    """(subject key identifier, start, end) of each root in iaca.cbor (FileView or bytes), as a list.

    A malformed or unsupported root is left out. Raises DecodeError if the file itself is malformed.
    """
    return [place for place in pieces(view) if place]


def pieces(view: "Encoded") -> "Iterator[tuple[bytes | None, int, int] | None]":
    """Yields the places of `places`, one after the other; None for a root that is left out."""
    count = 0
    for fields, start, end in cbor.array(
        view, deterministic=False, most=limits_mdoc.ROOTS_ITEMS_MAX
    ):
        count += 1
        if count > limits_mdoc.ROOTS_MAX:
            raise DecodeError("too many roots")
        try:
            ski = Root(fields).certificate.ski
        except DecodeError:
            yield None
            continue
        yield ski, start, end


def _whole(value: object) -> bytes | memoryview:
    """The bytes of a decoded byte string, which lies in RAM or in the file. Raises DecodeError."""
    if isinstance(value, FileView):
        if len(value) > limits_mdoc.CERTIFICATE_MAX:
            raise DecodeError("certificate too large")
        data = bytearray(len(value))
        if value.readinto_at(0, data) != len(data):
            raise DecodeError("certificate cut short")
        return memoryview(data)
    if not isinstance(value, (bytes, memoryview)):
        raise DecodeError("root without a certificate")
    return value
