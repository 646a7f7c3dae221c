"""What a terminal verifies against: keys, policy, status lists, and how old they are."""

from micropython import const

from borne import limits
from borne.errors import DecodeError, StoreError, TrustError
from borne.memory.unimport import Unimport
from borne.storage.file_view import FileView
from borne.token import cbor, cose_key
from borne.trust import policy, revocation

_KEYS = const("keys.cbor")
_ROOTS = const("iaca.cbor")


class TrustSet:
    """`keys` (KeySet or KeyFile; empty: there are none), `policy` (Policy), `as_of` (unix seconds of the
    release, or None), `roots` (a store that has iaca.cbor, or None: no mdoc's issuer is known).

    `lists` have `uri`, `issued_at`, `issuer` (None: whoever it is), `states` (the status that a list stands
    for; 0: any), `identifiers` (True: their keys are identifiers, else indices) and `value(key, now)`.
    `whole` is False if a revocation list is missing.
    """

    def __init__(self, keys, policy, as_of: int | None, lists=(), whole: bool = True, roots=None):
        self.keys = keys
        self.policy = policy
        self.as_of = as_of
        self._lists = list(lists)
        self._whole = whole
        self.roots = roots

    def find_keys(self, kid: bytes, issuer: str) -> list[cose_key.CoseKey]:
        """The keys with this kid for this issuer. A key that names no issuer is for any."""
        return [key for key in self.keys.find(kid) if key.issuer in (None, issuer)]

    def find_roots(self, key_id, subject) -> list:
        """The IACA roots (borne.trust.roots.Root) with this subject key identifier and this Name (encoded).

        Raises StoreError if their file is not whole.
        """
        if self.roots is None:
            return []
        # Made anew each time: what it takes is not to stay in RAM (borne.nfc.phones).
        from borne.trust.roots import RootFile

        return RootFile(self.roots).find(key_id, subject)

    def status(self, reference, now: int) -> int | None:
        """The status (0: valid) that the newest lists have for `reference` (StatusRef); None: undetermined.

        A status list speaks for its own issuer's alone, and one whose key names no issuer for any's.
        Revocation lists come from the publisher of the release, one for each value. What one list states
        stands, whatever others cannot tell; valid is only what none of them states and all of them can tell.
        A list of the future tells nothing.
        """
        newest: dict = {}
        for one in self._lists:
            if one.uri != reference.uri or one.issuer not in (None, reference.issuer):
                continue
            if one.issued_at > now + limits.CLOCK_SKEW_MAX:
                continue
            if one.identifiers != reference.identifiers:
                continue
            # Of the same second, all count: the order of their names must not decide.
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


def load(store, report) -> TrustSet:
    """Reads the trust set from `store` (ReleaseStore or FolderStore).

    A list that cannot be used is left out and `report(text)` told. Its tokens are then undetermined,
    which is a refusal; without a revocation list, whose tokens nobody knows, all are that it might
    have named. Raises StoreError if keys, policy or release are not whole.
    """
    keys = KeyFile(store)
    rules = _decoded(store, "policy.cbor", limits.POLICY_MAX, policy.decode)
    as_of = store.time
    lists, whole = lists_of(store, keys, report)
    roots = store if _ROOTS in store.names() else None
    return TrustSet(keys, rules, as_of, lists, whole, roots)


def lists_of(store, keys, report):
    """(lists, whole) for a TrustSet, as `load` reads them; `keys` are those that may have signed lists."""
    block = bytearray(limits.RSL_BLOCK_MAX)  # for all lists: one is searched at a time
    lists = []
    whole = True
    names = sorted([name for name in store.names() if name.startswith("status/")])
    if len(names) > limits.STATUS_LIST_COUNT_MAX:
        raise StoreError("trust data: too many status lists")
    for name in names:
        try:
            lists.append(_list(store, name, keys, block))
        except (DecodeError, StoreError, TrustError) as error:
            whole = whole and name.endswith(".cwt")
            report(name + ": " + str(error))
    return lists, whole


def _decoded(store, name, most, decode):
    view = store.view(name, most)
    try:
        return decode(view)
    except DecodeError as error:
        raise StoreError("trust data: " + error.reason)
    finally:
        view.close()


class KeyFile:
    """The issuers' keys as they lie in keys.cbor: in RAM is which kid is where. 32 keys took 13 kB.

    `combs_size` is the bytes of the combs of all of them (borne.trust.key_combs).
    """

    def __init__(self, store):
        """Raises StoreError if the file is not whole."""
        self._store = store
        self.combs = None  # borne.trust.key_combs.KeyCombs, once there are any
        self._places, self.combs_size = _decoded(store, _KEYS, limits.KEY_SET_MAX, _places)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self):
        for _, start, end, _ in self._places:
            yield self._key(start, end)

    def find(self, kid: bytes) -> list[cose_key.CoseKey]:
        """The CoseKeys with this kid."""
        found = []
        for known, start, end, comb_at in self._places:
            if known == kid:
                key = self._key(start, end)
                if key.algorithm.comb:
                    key.combs, key.comb_at = self.combs, comb_at
                found.append(key)
        return found

    def _key(self, start: int, end: int) -> cose_key.CoseKey:
        def decode(view):
            return cose_key.key(cbor.decode(view[start:end], deterministic=False))

        return _decoded(self._store, _KEYS, limits.KEY_SET_MAX, decode)


def _places(view) -> tuple[list, int]:
    """A list of (kid, start, end, where its comb begins) of each key, and where the combs end."""
    found = []
    comb_at = 0
    for key, start, end in cose_key.keys_of(view):
        found.append((key.kid, start, end, comb_at))
        comb_at += key.algorithm.comb
    return found, comb_at


def check(name: str, file):
    """Raises TrustError FORMAT or UNSUPPORTED if `load` could not take `file` as `name`."""
    try:
        if name == "keys.cbor":
            _places(FileView(file, 0, file.seek(0, 2)))
        elif name == "policy.cbor":
            policy.decode(FileView(file, 0, file.seek(0, 2)))
        elif name == _ROOTS:
            with Unimport():  # what reads certificates is not to stay for the rest of the release
                from borne.trust.roots import places

                places(FileView(file, 0, file.seek(0, 2)))
        elif name.endswith(".idl"):
            with Unimport():
                from borne.trust.identifiers import IdentifierFile

                IdentifierFile(revocation.view_of(file))
        else:
            revocation.Header(revocation.view_of(file))
    except DecodeError as error:
        raise TrustError("FORMAT", name + ": " + error.reason)
    except MemoryError:
        pass  # no room for it beside the release in force: then loading it tells


def _list(store, name, keys, block):
    # Terminals get revocation lists, tools also the issuers' own, whose code terminals do not load.
    if name.endswith(".cwt"):
        from borne.trust import identifier_list, status

        view = store.view(name, limits.STATUS_LIST_FILE_MAX)
        one = identifier_list.IdentifierList if identifier_list.is_one(view) else status.StatusList
        return one(view, keys, store if _ROOTS in store.names() else None)
    return _RevocationFile(store, name, block)


class _RevocationFile:
    """A revocation list that is open during a look-up only: an open file takes RAM on a board."""

    issuer = None  # the publisher of the release vouches for it

    def __init__(self, store, name, block):
        self._store = store
        self._name = name
        self._block = block
        self.identifiers = name.endswith(".idl")
        view = self._view()
        try:
            header = self._opened(view)
            self.uri, self.issued_at, self.states = header.uri, header.issued_at, header.value
        finally:
            view.close()

    def value(self, key, now: int) -> int | None:
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

    def _view(self):
        return self._store.view(self._name, limits.STATUS_LIST_FILE_MAX)

    def _opened(self, view):
        if not self.identifiers:
            return revocation.open(view, len(view), self._block)
        with Unimport():  # for mdocs alone: its code is not to stay in RAM
            from borne.trust.identifiers import IdentifierFile

            return IdentifierFile(view)
