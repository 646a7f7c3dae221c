"""`borne verify` on tokens and lists that other libraries made, on both interpreters."""

import hashlib
import json
import zlib

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from names import COSE_KEY, EC2, ES256, ES384, P256, Claim, Cover, Header, Key
from program import borne

pytestmark = pytest.mark.usefixtures("quick_p256")

NOW = 1_800_000_000  # 2027-01-15
DAY = 86400
URI = "https://caisse.example/"
LIST = "https://caisse.example/lists/9"
NONCE = bytes(range(32))


def sign1(key, protected, payload, detached=False):
    """A tagged COSE_Sign1 by `cryptography` and cbor2 alone; maps in the order they are written."""
    raw = cbor2.dumps(protected)
    signed = cbor2.dumps(["Signature1", raw, b"", payload])
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    item = [raw, {}, None if detached else payload, r.to_bytes(32) + s.to_bytes(32)]
    return cbor2.dumps(cbor2.CBORTag(18, item))


def cose_key(key, more=()):
    numbers = key.public_key().public_numbers()
    fields = {
        Key.KTY: EC2,
        Key.CRV: P256,
        Key.X: numbers.x.to_bytes(32),
        Key.Y: numbers.y.to_bytes(32),
    }
    return {**fields, **dict(more)}


class World:
    """An issuer's and a holder's files in one folder, and the command that verifies them."""

    def __init__(self, folder):
        self.folder = folder
        self.issuer = ec.generate_private_key(ec.SECP256R1())
        self.holder = ec.generate_private_key(ec.SECP256R1())
        self.write(
            "keys.cbor",
            cbor2.dumps([cose_key(self.issuer, {Key.KID: b"caisse-1", Key.ISSUER: URI})]),
        )
        self.token({})
        self.status({})

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def token(
        self, change, header=None, signer=None, periods=(["AMO", "2027-01-01", "2027-12-31"],)
    ):
        cover = {
            Cover.FAMILY: "Nuñez Garçon",
            Cover.GIVEN: "Inès",
            Cover.BIRTH_DATE: cbor2.CBORTag(1004, "1990-02-00"),
            Cover.NIR: "255081416802538",
            Cover.ENTITLEMENTS: list(periods),
        }
        claims = {
            Claim.HCOV: cover,  # first, and so not in deterministic order
            Claim.STATUS: {"status_list": {"uri": LIST, "idx": 700}},
            Claim.CNF: {COSE_KEY: cose_key(self.holder)},
            Claim.ISS: URI,
            Claim.EXP: NOW + DAY,
            Claim.IAT: NOW - DAY,
            -70000: "a claim of somebody else's",
        }
        claims.update(change)
        header = header or {Header.KID: b"caisse-1", Header.ALG: ES256}
        data = sign1(signer or self.issuer, header, cbor2.dumps(claims))
        return self.write("token.cwt", data)

    def status(self, statuses, bits=2, uri=LIST, size=1000, more=()):
        raw = bytearray(size * bits // 8)
        for index, value in statuses.items():
            raw[index * bits // 8] |= value << index * bits % 8
        entry = {"bits": bits, "lst": zlib.compress(bytes(raw), 9)}
        claims = {Claim.SUB: uri, Claim.IAT: NOW - DAY, Claim.STATUS_LIST: entry, **dict(more)}
        header = {
            Header.ALG: ES256,
            Header.TYP: "application/statuslist+cwt",
            Header.KID: b"caisse-1",
        }
        return self.write("status.cwt", sign1(self.issuer, header, cbor2.dumps(claims)))

    def proof(self, key=None, nonce=NONCE, uv=True):
        token = (self.folder / "token.cwt").read_bytes()
        digest = hashlib.sha256(token).digest()
        payload = cbor2.dumps(["borne-proof-1", nonce, "T-7", "admission", digest, uv, "face"])
        header = {"method": "face", Header.ALG: ES256, "uv": uv}
        data = sign1(key or self.holder, header, payload, detached=True)
        return self.write("proof.cose", data)

    def run(self, *options, status=("status.cwt",), at=NOW, machine="cpython"):
        lists = [word for name in status for word in ("--status", self.folder / name)]
        files = [self.folder / "token.cwt", "--keys", self.folder / "keys.cbor", *lists]
        return borne("verify", *files, "--at", at, "--vm", machine, "--json", *options)

    def verdict(self, *options, **more):
        result = self.run(*options, **more)
        answer = json.loads(result.stdout)
        assert result.exit_code == (0 if answer["verdict"] == "VALID" else 1)
        return answer["verdict"]


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture(params=["cpython", "micropython"])
def machine(request):
    return request.param


def with_proof(world):
    proof = world.folder / "proof.cose"
    return (
        "--proof",
        proof,
        "--nonce",
        NONCE.hex(),
        "--terminal-id",
        "T-7",
        "--purpose",
        "admission",
    )


def test_both_interpreters_say_the_same(world, machine):
    assert world.verdict(machine=machine) == "VALID"
    assert world.verdict(machine=machine, at=NOW + DAY + 300) == "EXPIRED"
    assert world.verdict(machine=machine, at=NOW + DAY + 299) == "VALID"
    assert world.verdict(machine=machine, at="2027-01-15T08:00:00Z") == "VALID"
    world.status({700: 1, 699: 2})
    assert world.verdict(machine=machine) == "REVOKED"
    world.status({700: 2, 701: 1})
    assert world.verdict(machine=machine) == "SUSPENDED"
    world.proof()
    assert world.verdict(*with_proof(world), machine=machine) == "SUSPENDED"
    world.status({})
    assert world.verdict(*with_proof(world), machine=machine) == "VALID"
    world.proof(key=world.issuer)
    assert world.verdict(*with_proof(world), machine=machine) == "CLONED"
    world.proof(uv=False)
    assert world.verdict(*with_proof(world), machine=machine) == "HOLDER_NOT_PRESENT"


def test_days_are_those_of_the_time_zone(world, machine):
    """At NOW it is 08:00 UTC: the night of the day before where clocks are ten hours behind."""
    for first, last, zone, wanted in (
        ("2027-01-01", "2027-01-14", "UTC0", "NO_ENTITLEMENT"),
        ("2027-01-01", "2027-01-14", "Pacific/Tahiti", "VALID"),
        ("2027-01-15", "2027-01-15", "UTC0", "VALID"),
        ("2027-01-15", "2027-01-15", "<-10>10", "NO_ENTITLEMENT"),
        ("2027-01-16", "2027-12-31", "<+16>-16", "VALID"),
    ):
        world.token({}, periods=[["AMO", first, last]])
        assert world.verdict("--time-zone", zone, machine=machine) == wanted, (first, last, zone)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_every_width_of_status(world, machine, bits):
    world.status({699: 1, 700: 0, 701: 1}, bits)
    assert world.verdict(machine=machine) == "VALID"
    world.status({700: 1}, bits)
    assert world.verdict(machine=machine) == "REVOKED"


def test_several_lists_by_uri(world, machine):
    world.status({700: 1}).rename(world.folder / "ours.cwt")
    world.status({}, uri=LIST + "0").rename(world.folder / "other.cwt")
    assert world.verdict(machine=machine, status=["ours.cwt", "other.cwt"]) == "REVOKED"
    assert world.verdict(machine=machine, status=["other.cwt", "ours.cwt"]) == "REVOKED"
    assert world.verdict(machine=machine, status=["other.cwt"]) == "TRUST_STALE"
    assert world.verdict(machine=machine, status=[]) == "TRUST_STALE"


def test_a_list_of_a_million(world, machine):
    revoked = dict.fromkeys(range(0, 1000000, 97), 1)
    world.token({Claim.STATUS: {"status_list": {"idx": 97 * 10_000, "uri": LIST}}})
    world.status(revoked, 1, size=1_000_000)
    assert world.verdict(machine=machine) == "REVOKED"
    world.token({Claim.STATUS: {"status_list": {"idx": 97 * 10_000 + 1, "uri": LIST}}})
    assert world.verdict(machine=machine) == "VALID"


def test_a_list_past_its_time_or_too_short_tells_nothing(world, machine):
    world.status({}, more={Claim.EXP: NOW})
    assert world.verdict(machine=machine) == "TRUST_STALE"
    world.status({}, more={Claim.EXP: NOW + 1})
    assert world.verdict(machine=machine) == "VALID"
    world.status({}, size=696)
    assert world.verdict(machine=machine) == "TRUST_STALE"


def test_a_list_that_nobody_trusted_has_signed_is_left_out_and_named(world, machine):
    """As on a terminal, which then says what is wrong with the token."""
    key = cose_key(world.issuer, {Key.KID: b"caisse-1", Key.ISSUER: URI, Key.STATE: 1})
    world.write("keys.cbor", cbor2.dumps([key]))
    assert world.verdict(machine=machine) == "ISSUER_REVOKED"
    assert "status.cwt: left out: its key is revoked" in world.run(machine=machine).stderr
    stranger = ec.generate_private_key(ec.SECP256R1())
    world.write(
        "keys.cbor", cbor2.dumps([cose_key(stranger, {Key.KID: b"caisse-1", Key.ISSUER: URI})])
    )
    assert world.verdict(machine=machine) == "BAD_SIGNATURE"
    world.write(
        "keys.cbor", cbor2.dumps([cose_key(stranger, {Key.KID: b"other", Key.ISSUER: URI})])
    )
    assert world.verdict(machine=machine) == "UNKNOWN_ISSUER"


def test_hexadecimal_files_are_as_good(world):
    path = world.folder / "token.cwt"
    path.write_text(path.read_bytes().hex() + "\n")
    assert world.verdict() == "VALID"


def test_any_bytes_are_a_verdict(world, machine):
    for data in (b"\x00", b"\xff" * 100, bytes(5000), b"\xd2\x84"):
        world.write("token.cwt", data)
        assert world.verdict(machine=machine) == "MALFORMED"


def test_other_algorithms_and_issuers(world):
    world.token({}, header={Header.ALG: ES384, Header.KID: b"caisse-1"})
    assert world.verdict() == "UNSUPPORTED"
    world.token({}, header={Header.ALG: ES256, Header.KID: b"caisse-2"})
    assert world.verdict() == "UNKNOWN_ISSUER"
    world.token({Claim.ISS: "https://elsewhere.example/"})
    assert world.verdict() == "UNKNOWN_ISSUER"
    world.token({}, signer=world.holder)
    assert world.verdict() == "BAD_SIGNATURE"
    world.token({Claim.HCOV: {}})
    assert world.verdict() == "MALFORMED"


def test_wrong_files_are_one_line_and_exit_status_2(world):
    def refused(*options, **more):
        result = world.run(*options, **more)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert len(result.stderr.strip().splitlines()) == 1
        return result.stderr

    assert "absent.cwt" in refused(status=["absent.cwt"])
    assert "not a file" in refused(status=["."])
    for machine in ("cpython", "micropython"):
        assert "too many status lists" in refused(status=["status.cwt"] * 17, machine=machine)
    assert "not a usable status list" in refused(status=["token.cwt"])
    assert "go together" in refused("--nonce", "00")
    assert "go together" in refused("--proof", world.folder / "token.cwt")
    world.write("token.cwt", b"")
    assert "empty" in refused()
    world.token({})
    world.write("keys.cbor", b"\x80")
    assert "key set" in refused()


def test_nothing_of_the_holder_is_printed(world):
    shown = world.run().output + world.run(at=NOW + 9 * DAY).output
    for secret in ("Nu", "Garçon", "Inès", "255081416802538", "1990"):
        assert secret not in shown
