"""What a terminal verifies against: keys, policy, status lists, and how old they are."""

from borne import limits
from borne.errors import DecodeError, StoreError
from borne.token import cbor, cose_key
from borne.trust import policy
from borne.trust.status import StatusList

_VERSION, _TIME = 1, 2


class TrustSet:
    """`keys` (list of CoseKey), `policy` (Policy), `as_of` (unix seconds of the release, or None)."""

    def __init__(self, keys, policy, as_of, lists=()):
        self.keys = keys
        self.policy = policy
        self.as_of = as_of
        self._lists = list(lists)

    def find_key(self, kid, issuer):
        """The key with this kid for this issuer, or None. A key that names no issuer is for any."""
        for key in self.keys:
            if key.kid == kid and key.issuer in (None, issuer):
                return key
        return None

    def status(self, uri, index, issuer, now):
        """The status (int) of `index` in the newest list `uri` of that issuer; None: undetermined."""
        newest = None
        for one in self._lists:
            # Only a token's own issuer can speak for it: another's list is as good as absent.
            theirs = one.uri == uri and one.issuer in (None, issuer)
            if theirs and (newest is None or one.issued_at > newest.issued_at):
                newest = one
        return None if newest is None else newest.value(index, now)


def load(store, report):
    """Reads the trust set from `store` (FolderStore). Returns TrustSet.

    A status list that does not verify is left out and `report(text)` told: its tokens are then
    undetermined, which is a refusal. Raises StoreError if keys, policy or release are not whole.
    """
    try:
        keys = cose_key.key_set(store.read("keys.cbor", limits.KEY_SET_MAX))
        rules = policy.decode(store.read("policy.cbor", limits.POLICY_MAX))
        as_of = release_time(store.read("release.cbor", limits.POLICY_MAX))
    except DecodeError as error:
        raise StoreError("trust data: " + error.reason)
    lists = []
    names = store.names("status")
    if len(names) > limits.STATUS_LIST_COUNT_MAX:
        raise StoreError("trust data: too many status lists")
    for name in names:
        try:
            view = store.view("status/" + name, limits.STATUS_LIST_FILE_MAX)
            lists.append(StatusList(view, keys))
        except (DecodeError, StoreError) as error:
            report("status/" + name + ": " + str(error))
    return TrustSet(keys, rules, as_of, lists)


def release_time(data):
    """The unix time in the bytes of release.cbor. Raises DecodeError."""
    fields = cbor.decode(data)
    if not isinstance(fields, dict) or not isinstance(fields.get(_TIME), int):
        raise DecodeError("not a release")
    return fields[_TIME]
