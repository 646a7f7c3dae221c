"""The trust set of a terminal: keys, policy, status lists, and their age."""

from borne import limits
from borne.errors import DecodeError, StoreError, TrustError
from borne.token import cose_key
from borne.token.time_zone import TimeZone
from borne.trust import kinds, revocation  # noqa: F401 - needed at each tap: kinds.read drops its imports
from borne.trust.key_file import KeyFile
from borne.trust.policy import Policy

if False:  # for types only
    from typing import Any, Callable, Iterable

    from borne.protocols import Bytes, Keys, StatusSource, Store
    from borne.storage.file_view import FileView
    from borne.trust.identifiers import IdentifierFile
    from borne.trust.roots import Root
    from borne.verify.credential import StatusRef

SIGNED = ".cwt"  # suffix of issuers' own lists: tools read them, terminals do not


class TrustSet:
    """Keys, policy and lists of a release issued at `as_of`. `roots` is a store that has iaca.cbor; None: no
    mdoc's issuer is known. `whole` is False if a revocation list is missing. `time_zone` (TimeZone) gives the
    days: by the terminal's own rule, or else by the policy's."""

    def __init__(
        self,
        keys: "Keys",
        policy: Policy,
        as_of: int | None,
        lists: "Iterable[StatusSource]" = (),
        whole: bool = True,
        roots: "Store | None" = None,
        own_zone: str | None = None,
    ) -> None:
        self.keys = keys
        self.policy = policy
        self.as_of = as_of
        self._lists = list(lists)
        self._whole = whole
        self.roots = roots
        self.time_zone = TimeZone(own_zone or policy.time_zone)

    def find_keys(self, kid: bytes, issuer: str) -> list[cose_key.CoseKey]:
        """The keys with this kid for this issuer. A key without an issuer serves any."""
        return [key for key in self.keys.find(kid) if key.issuer in (None, issuer)]

    def find_roots(self, key_id: bytes | None, subject: "Bytes") -> "list[Root]":
        """The IACA roots (borne.trust.roots.Root) with this subject key identifier and this Name (encoded).

        Raises StoreError if their file is not whole.
        """
        if self.roots is None:
            return []
        # Made anew each time: module and object must not stay in RAM (borne.nfc.phones).
        from borne.trust.roots import RootFile

        return RootFile(self.roots).find(key_id, subject)

    def status(self, reference: "StatusRef", now: int) -> int | None:
        """The status (0: valid) that the newest lists have for `reference` (StatusRef); None: undetermined.

        A status list counts for its own issuer's tokens alone, or, if its key names no issuer, for any's.
        Revocation lists come from the publisher of the release, one for each value. A status in one list
        stands, even if other lists cannot tell. A token is valid only if all lists can tell and none states
        a status. A list issued in the future is ignored.
        """
        newest: "dict[int, list[StatusSource]]" = {}
        for one in self._lists:
            if one.uri != reference.uri or one.issuer not in (None, reference.issuer):
                continue
            if one.issued_at > now + limits.CLOCK_SKEW_MAX:
                continue
            if one.identifiers != reference.identifiers:
                continue
            # All lists of the same second count: the order of their names must not decide.
            rivals = newest.get(one.states, [])
            if not rivals or one.issued_at > rivals[0].issued_at:
                newest[one.states] = [one]
            elif one.issued_at == rivals[0].issued_at:
                rivals.append(one)
        values = [one.value(reference.key, now) for rivals in newest.values() for one in rivals]
        stated = [value for value in values if value]
        if stated:
            return min(stated)  # revoked before suspended
        return 0 if values and None not in values and self._whole else None


def load(
    store: "Store", report: "Callable[[str, str], None]", own_zone: str | None = None
) -> TrustSet:
    """Reads the trust set from `store` (ReleaseStore or FolderStore); `own_zone` is the terminal's own rule.

    An unusable list is left out and told to `report(name, reason)`. Its tokens are then undetermined, which
    is a refusal. The tokens of a missing revocation list are not known: all that it might have named are
    undetermined. Raises StoreError if keys, policy or release are not whole.
    """
    keys = KeyFile(store)
    policy = kinds.load(store, kinds.POLICY)
    as_of = store.time
    lists, whole = lists_of(store, keys, report)
    return TrustSet(keys, policy, as_of, lists, whole, _with_roots(store), own_zone)


def lists_of(
    store: "Store", keys: "Keys", report: "Callable[[str, str], None]"
) -> "tuple[list[StatusSource], bool]":
    """(lists, whole) for a TrustSet, as `load` reads them; `keys` are the possible signers of lists."""
    lists: "list[StatusSource]" = []
    whole = True
    names = sorted([name for name in store.names() if name.startswith(kinds.LISTS)])
    if len(names) > limits.STATUS_LIST_COUNT_MAX:
        raise StoreError("trust data: too many status lists")
    for name in names:
        try:
            lists.append(_list(store, name, keys))
        except (DecodeError, StoreError, TrustError) as error:
            whole = whole and name.endswith(SIGNED)
            report(name, str(error))
    return lists, whole


def _with_roots(store: "Store") -> "Store | None":
    return store if kinds.ROOTS.name in store.names() else None


def _list(store: "Store", name: str, keys: "Keys") -> "StatusSource":
    # Terminals get revocation lists. Tools also read issuers' own lists; terminals do not load that code.
    if name.endswith(SIGNED):
        from borne.trust import identifier_list, status

        view = store.view(name, limits.STATUS_LIST_FILE_MAX)
        one = identifier_list.IdentifierList if identifier_list.is_one(view) else status.StatusList
        return one(view, keys, _with_roots(store))
    return _RevocationFile(store, name)


class _RevocationFile:
    """A revocation list that is open during a look-up only: an open file takes RAM on a board."""

    issuer = None  # the publisher of the release vouches for it

    def __init__(self, store: "Store", name: str) -> None:
        self._store = store
        self._name = name
        self._kind = kinds.find(name)
        view = self._view()
        try:
            found = self._opened(view)
            self.uri, self.issued_at, self.states = found.uri, found.issued_at, found.value
            self.identifiers = found.identifiers
        finally:
            view.close()

    def value(self, key: "Any", now: int) -> int | None:
        """`states` or 0, or None where the list cannot tell: expired, or too short."""
        view = self._view()
        try:
            found = self._opened(view)
            if found.expires is not None and now >= found.expires:
                return None
            return self.states if found.contains(key) else 0
        except IndexError:
            return None
        finally:
            view.close()

    def _view(self) -> "FileView":
        return self._store.view(self._name, limits.STATUS_LIST_FILE_MAX)

    def _opened(self, view: "FileView") -> "revocation.RevocationList | IdentifierFile":
        return kinds.read(self._kind, view)
