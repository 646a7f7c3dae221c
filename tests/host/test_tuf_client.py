"""The TUF client against python-tuf, securesystemslib and cryptography, on made-up input."""

import copy
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import DelegatedRole
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from borne.crypto import ecdsa_der
from borne.crypto.algorithms import ES256
from borne.errors import TrustError
from borne.token import dates
from borne.trust import canonical_json, pem, tuf_signatures
from bornetools.on_micropython import vm
from bornetools.tuf_client import client as tuf_client

pytestmark = pytest.mark.usefixtures("quick_p256")

NOW = 1_795_000_000

# Canonical JSON

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
).filter(lambda value: depth(value) < 16)


def depth(value):
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 1


def canonical(value):
    pieces = []
    canonical_json.write(value, pieces.append)
    return b"".join(pieces)


@given(values)
def test_canonical_json(value):
    assert canonical(value) == encode_canonical(value).encode()


def test_canonical_json_on_the_vm(tmp_path):
    """What MicroPython's own json module reads, hashed on MicroPython, over two hundred documents."""
    documents = []

    @settings(max_examples=200, database=None)
    @given(values, st.booleans())
    @example({"\U0001f600": "\ud7ff\U0010ffff", "\uffff": "\ue000"}, True)
    def collect(value, ascii_only):
        documents.append((json.dumps(value, ensure_ascii=ascii_only), value))

    collect()
    script = tmp_path / "hashes.py"
    script.write_text(
        "import hashlib, json, sys\n"
        "from borne.trust import canonical_json\n"
        "for line in sys.stdin.buffer:\n"
        "    print(canonical_json.digest(json.loads(line), hashlib.sha256()).hex())\n"
    )
    done = vm.run(
        script, heap=1_000_000, stdin="".join(text + "\n" for text, _ in documents).encode()
    )
    hashes = done.stdout.decode().split()
    assert not done.stderr
    assert len(hashes) == len(documents) >= 200
    for (text, value), found in zip(documents, hashes, strict=True):
        assert found == hashlib.sha256(encode_canonical(value).encode()).hexdigest(), text


# Keys, signatures, times


@given(st.integers(1, 2**256), st.integers(1, 2**256))
def test_signature(r, s):
    der = utils.encode_dss_signature(r, s)
    fits = r < 2**256 and s < 2**256
    assert ecdsa_der.signature(der, 32) == (
        r.to_bytes(32, "big") + s.to_bytes(32, "big") if fits else None
    )


@given(st.integers(1, 2**256 - 1), st.integers(1, 2**256 - 1), st.data())
def test_changed_signature_is_not_read_as_another(r, s, data):
    """Strict DER: no two encodings of one signature."""
    der = bytearray(utils.encode_dss_signature(r, s))
    at = data.draw(st.integers(0, len(der) - 1))
    der[at] ^= data.draw(st.integers(1, 255))
    found = ecdsa_der.signature(bytes(der), 32)
    if found is not None:
        again = utils.encode_dss_signature(
            int.from_bytes(found[:32], "big"), int.from_bytes(found[32:], "big")
        )
        assert again == der


@pytest.mark.parametrize(
    "curve", [ec.SECP256R1(), ec.SECP256K1(), ec.SECP384R1(), ec.BrainpoolP256R1()]
)
def test_public_key(curve):
    for _ in range(10):
        key = ec.generate_private_key(curve).public_key()
        text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        numbers = key.public_numbers()
        wanted = (numbers.x, numbers.y) if curve.name == "secp256r1" else None
        found = pem.public_key(text, ES256)
        assert (found and (found.x, found.y)) == wanted


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))
def test_times(moment):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    text = f"{moment.year:04d}" + moment.strftime("-%m-%dT%H:%M:%SZ")
    assert dates.unix_time(text) == moment.timestamp()


@given(st.text("0123456789-TZ: ", min_size=18, max_size=21))
def test_other_times(text):
    seconds = dates.unix_time(text)
    if seconds is not None:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        assert moment.timestamp() == seconds


RSA = rsa.generate_private_key(65537, 2048)
EC, ED = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()


def described(private, **change):
    """A key of the metadata, and its CryptoSigner: type, scheme or spelling changed."""
    key = SSlibKey.from_crypto(private.public_key(), scheme=change.get("scheme"))
    text = change.pop("public", key.keyval["public"])
    signer = CryptoSigner(private, key)
    return {**key.to_dict(), **change, "keyval": {"public": text}}, signer


def text_of(private):
    return SSlibKey.from_crypto(private.public_key()).keyval["public"]


ONE_KEY = {
    "two ids": (described(EC), described(EC)),
    "two types": (described(EC), described(EC, keytype="ecdsa-sha2-nistp256")),
    "other lines": (described(EC), described(EC, public=text_of(EC).replace("\n", "\r\n"))),
    "other blanks": (described(RSA), described(RSA, public=text_of(RSA) + "\n")),
    "two schemes": (described(RSA), described(RSA, scheme="rsa-pkcs1v15-sha256")),
    "other digits": (described(ED), described(ED, public=text_of(ED).upper())),
}


@pytest.mark.parametrize("case", ONE_KEY)
@pytest.mark.filterwarnings("ignore:keytype")
def test_one_key_counts_once(case):
    signed = {"a": 1}
    payload = tuf_client.WidePayload(signed)
    other = described(ec.generate_private_key(ec.SECP256R1()))

    def judge(*pairs):
        keys = {f"id{number}": key for number, (key, _) in enumerate(pairs)}
        signatures = {
            f"id{number}": signer.sign(encode_canonical(signed).encode()).signature
            for number, (_, signer) in enumerate(pairs)
        }
        role = {"keyids": list(keys), "threshold": 2}
        tuf_signatures.require_threshold(keys, role, payload, signatures)

    first, second = ONE_KEY[case]
    judge(first, other)
    judge(second, other)
    with pytest.raises(TrustError, match="not signed by enough keys"):
        judge(first, second)


# Which role speaks for a path

paths = st.text("ab.*?/[]!x", min_size=1, max_size=8)


@given(paths, st.lists(paths, max_size=3))
def test_path_patterns(path, patterns):
    role = DelegatedRole("role", [], 1, False, paths=patterns)
    assert tuf_client.is_delegated({"paths": patterns}, path) == role.is_delegated_path(path)


@given(paths, st.lists(st.text("0123456789abcdef", max_size=2), max_size=40))
def test_path_hash_prefixes(path, prefixes):
    role = DelegatedRole("role", [], 1, False, path_hash_prefixes=prefixes)
    found = tuf_client.is_delegated({"path_hash_prefixes": prefixes}, path)
    assert found == role.is_delegated_path(path)


# The same decisions as python-tuf, over two generations of a repository with one thing changed

SIGNERS = {
    name: CryptoSigner.generate_ecdsa() for name in ("root", "timestamp", "snapshot", "targets")
}
SIGNERS |= {"other": CryptoSigner.generate_ecdsa(), "more": CryptoSigner.generate_ed25519()}
ROLES = ("root", "timestamp", "snapshot", "targets")


def at(days):
    return (datetime.fromtimestamp(NOW, UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def public(name):
    return copy.deepcopy(SIGNERS[name].public_key.to_dict())


def keyid(name):
    return SIGNERS[name].public_key.keyid


def generation(version):
    """{role: [signed, names of signers]} of a whole release."""
    common = {"spec_version": "1.0.31", "version": version, "expires": at(10)}
    targets = {"file": {"length": 1, "hashes": {"sha256": "00" * 32}}}
    delegated = {"name": "A", "keyids": [keyid("other")], "threshold": 1, "terminating": False}
    delegated["paths"] = ["a/*"]
    return {
        "root": [
            {
                **common,
                "_type": "root",
                "consistent_snapshot": True,
                "keys": {keyid(name): public(name) for name in SIGNERS},
                "roles": {role: {"keyids": [keyid(role)], "threshold": 1} for role in ROLES},
            },
            ["root"],
        ],
        "timestamp": [
            {**common, "_type": "timestamp", "meta": {"snapshot.json": {"version": version}}},
            ["timestamp"],
        ],
        "snapshot": [
            {
                **common,
                "_type": "snapshot",
                "meta": {"targets.json": {"version": version}, "A.json": {"version": version}},
            },
            ["snapshot"],
        ],
        "targets": [
            {
                **common,
                "_type": "targets",
                "targets": targets,
                "delegations": {"keys": {keyid("other"): public("other")}, "roles": [delegated]},
            },
            ["targets"],
        ],
    }


def signed_file(signed, names):
    payload = encode_canonical(signed).encode()
    signatures = [
        {"keyid": keyid(name), "sig": SIGNERS[name].sign(payload).signature} for name in names
    ]
    return json.dumps({"signed": signed, "signatures": signatures}).encode()


def places(value, path=()):
    """Every path into a JSON value."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


REPLACEMENTS = [
    *(0, 1, 2, 3, 4, -1, 99, "", "x", "1", [], {}, "1.0", "1.0.34", "2.0.0", "1.0.0.0", "sha512"),
    *(
        "root",
        "timestamp",
        "snapshot",
        "targets",
        "ed25519",
        "ecdsa",
        at(-1),
        at(0),
        at(1),
        "tomorrow",
    ),
    *(
        [keyid("other")],
        [keyid("root"), keyid("other")],
        [keyid("root"), keyid("root")],
        ["unknown"],
    ),
    *(
        {"version": 1},
        {"version": 2},
        {"version": 3},
        {"sha256": "00" * 32},
        {"sha512": "00"},
        {"md5": ""},
    ),
]
signers = st.lists(st.sampled_from(list(SIGNERS)), max_size=3)


KINDS = [(key["keytype"], key["scheme"]) for key in map(public, SIGNERS)]


def differs(signed):
    """Whether this is one of the forms on which the firmware and python-tuf are known to disagree.

    The firmware wants the types that the specification gives; python-tuf takes any object in a few
    places. A key of an unknown kind does not count here, and makes the whole file unreadable there.
    """
    roles = []
    keys = []
    if signed.get("_type") == "root":
        if not isinstance(signed.get("consistent_snapshot", True), bool):
            return True
        roles += of_dict(signed.get("roles"))
        keys += of_dict(signed.get("keys"))
    delegations = signed.get("delegations")
    if isinstance(delegations, dict):
        if not isinstance(delegations.get("roles"), list):
            return True
        delegated = [role for role in delegations["roles"] if isinstance(role, dict)]
        roles += delegated
        keys += of_dict(delegations.get("keys"))
        for role in delegated:
            lists = [role[field] for field in ("paths", "path_hash_prefixes") if field in role]
            if not all(isinstance(one, list) for one in lists):
                return True
            if not isinstance(role.get("terminating"), bool) or not isinstance(
                role.get("name"), str
            ):
                return True
    for role in roles:
        keyids = role.get("keyids")
        if not isinstance(keyids, list) or not all(isinstance(one, str) for one in keyids):
            return True
    return any((key.get("keytype"), key.get("scheme")) not in KINDS for key in keys)


def of_dict(value):
    """The values of a dict that are dicts."""
    values = value.values() if isinstance(value, dict) else ()
    return [one for one in values if isinstance(one, dict)]


@st.composite
def repositories(draw):
    """The files of two generations, in the order in which a client takes them."""
    releases = [generation(1), generation(2)]
    for _ in range(draw(st.integers(0, 2))):
        entry = draw(st.sampled_from(releases))[draw(st.sampled_from(ROLES))]
        kind = draw(
            st.sampled_from(["replace", "remove", "add", "signers", "threshold", "version"])
        )
        signed = entry[0]
        if kind == "signers":
            entry[1] = draw(signers)
        elif kind == "version":
            signed["version"] = draw(st.integers(0, 4))
        elif kind == "threshold":
            role = draw(st.sampled_from(ROLES))
            root = draw(st.sampled_from(releases))["root"][0]
            assume(isinstance(root.get("roles"), dict))
            names = draw(st.lists(st.sampled_from(list(SIGNERS)), max_size=3, unique=True))
            threshold = draw(st.integers(0, 3))
            root["roles"][role] = {
                "keyids": [keyid(name) for name in names],
                "threshold": threshold,
            }
        else:
            *above, last = draw(st.sampled_from([path for path in places(signed) if path]))
            for step in above:
                signed = signed[step]
            if kind == "replace":
                signed[last] = copy.deepcopy(draw(st.sampled_from(REPLACEMENTS)))
            elif kind == "remove":
                del signed[last]
            elif isinstance(signed, dict):
                field = draw(
                    st.sampled_from(["x-unknown", "length", "hashes", "consistent_snapshot"])
                )
                signed[field] = copy.deepcopy(draw(st.sampled_from(REPLACEMENTS)))
    assume(not any(differs(release[role][0]) for release in releases for role in ROLES))
    files = [(role, signed_file(*release[role])) for release in releases for role in ROLES]
    spoiled = draw(
        st.none() | st.tuples(st.integers(0, 7), st.integers(0, 10_000), st.integers(1, 255))
    )
    if spoiled:
        index, place, bits = spoiled
        data = bytearray(files[index][1])
        data[place % len(data)] ^= bits
        files[index] = (files[index][0], bytes(data))
    return files


class Ours:
    """The firmware's rules. A timestamp that is no news is False."""

    def __init__(self, root):
        self.trusted = tuf_client.WideMetadata(root)

    def root(self, data):
        self.trusted.update_root(data)

    def timestamp(self, data):
        self.trusted.root_done(NOW)
        return self.trusted.update_timestamp(data, NOW)

    def snapshot(self, data):
        self.trusted.update_snapshot(data, NOW)

    def targets(self, data):
        self.trusted.update_targets(data, NOW)


class Reference:
    """python-tuf."""

    def __init__(self, root):
        self.trusted = TrustedMetadataSet(root, EnvelopeType.METADATA)
        self.trusted.reference_time = datetime.fromtimestamp(NOW, UTC)

    def root(self, data):
        self.trusted.update_root(data)

    def timestamp(self, data):
        self.trusted.update_timestamp(data)

    def snapshot(self, data):
        self.trusted.update_snapshot(data)

    def targets(self, data):
        self.trusted.update_targets(data)


def decisions(kind, files, stops):
    """What a client decides on each file: the first generation's roots, timestamps, snapshots, and then
    the second's, so that each is compared with one before. True: accepted."""
    order = ["root", "root", "timestamp", "timestamp", "snapshot", "snapshot", "targets"]
    by_role = {role: [data for name, data in files if name == role] for role in ROLES}
    taken = []
    client = None
    for role in order:
        data = by_role[role].pop(0) if role != "targets" else by_role[role][-1]
        try:
            if client is None:
                client = kind(data)
                taken.append(True)
            else:
                taken.append(getattr(client, role)(data) is not False)
        except stops:
            taken.append(False)
            if client is None:
                break
    return taken


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(repositories())
def test_same_decisions_as_python_tuf(files):
    ours = decisions(Ours, files, TrustError)
    reference = decisions(Reference, files, (RepositoryError, RuntimeError, ValueError))
    assert ours == reference


def test_unchanged_repository_is_accepted():
    files = [
        (role, signed_file(*release[role]))
        for release in (generation(1), generation(2))
        for role in ROLES
    ]
    # The first snapshot is not the one that the second timestamp names.
    wanted = [True, True, True, True, False, True, True]
    assert decisions(Ours, files, TrustError) == wanted
    assert decisions(Reference, files, RepositoryError) == wanted
