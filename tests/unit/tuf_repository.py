"""A small TUF repository in memory, signed by signing.Signer, for tests on both interpreters."""

import binascii
import hashlib
import json

from signing import Signer

from borne.crypto.algorithms import ES256
from borne.trust import canonical_json
from borne.trust.pem import _head

NOW = 1795000000  # 2026-11-18
LATER = "2027-06-01T00:00:00Z"
EARLIER = "2026-01-01T00:00:00Z"


def pem(signer):
    spki = _head(ES256) + signer.x.to_bytes(32, "big") + signer.y.to_bytes(32, "big")
    text = binascii.b2a_base64(spki).decode().strip()
    lines = "\n".join([text[at : at + 64] for at in range(0, len(text), 64)])
    return "-----BEGIN PUBLIC KEY-----\n" + lines + "\n-----END PUBLIC KEY-----\n"


def der(raw):
    """A 64-byte signature as Ecdsa-Sig-Value."""
    body = b""
    for half in (raw[:32], raw[32:]):
        value = half.lstrip(b"\x00") or b"\x00"
        value = b"\x00" + value if value[0] & 0x80 else value
        body += bytes([2, len(value)]) + value
    return bytes([0x30, len(body)]) + body


def key(signer):
    return {
        "keytype": "ecdsa",
        "scheme": "ecdsa-sha2-nistp256",
        "keyval": {"public": pem(signer)},
    }


class Memory:
    """The store of a terminal: `files` by role."""

    def __init__(self, root):
        self.files = {"root": root}

    def read(self, role):
        return self.files.get(role)

    def write(self, role, data):
        self.files[role] = data

    def delete(self, role):
        self.files.pop(role, None)


class Repository:
    """Four roles, a key each, targets "keys.cbor" and "status/a/1.rsl"; `files` by name.

    Change the dicts `root`, `timestamp`, `snapshot`, `targets` or `signers` and call `publish`.
    """

    signer_of = {}

    def __init__(self):
        self.files = {}
        self.asked = []
        self.signers = {}
        self.targets = self._signed("targets", {"targets": {}})
        self.snapshot = self._signed("snapshot", {"meta": {"targets.json": {"version": 1}}})
        self.timestamp = self._signed("timestamp", {"meta": {"snapshot.json": {"version": 1}}})
        self.root = self._signed("root", {"consistent_snapshot": True, "keys": {}, "roles": {}})
        for role in ("root", "timestamp", "snapshot", "targets"):
            self.set_keys(role, [role])
        for name in ("keys.cbor", "status/a/1.rsl"):
            content = name.encode()
            sha256 = hashlib.sha256(content).digest().hex()
            self.targets["targets"][name] = {"length": len(content), "hashes": {"sha256": sha256}}
        self.publish("root", "targets", "snapshot", "timestamp")
        self.first_root = self.files["1.root.json"]

    def _signed(self, role, more):
        fields = {"_type": role, "spec_version": "1.0.34", "version": 1, "expires": LATER}
        fields.update(more)
        return fields

    def signer(self, name):
        if name not in self.signer_of:
            self.signer_of[name] = Signer(name)
        return self.signer_of[name]

    def set_keys(self, role, names, threshold=1):
        """The role's keys, by the names of their signers, who sign it from now on."""
        self.root["roles"][role] = {"keyids": list(names), "threshold": threshold}
        for name in names:
            self.root["keys"][name] = key(self.signer(name))
        self.signers[role] = list(names)

    def next(self, *roles):
        """A new version of these roles and of what names them, timestamp always."""
        for role in roles:
            getattr(self, role)["version"] += 1
        if "targets" in roles:
            self.snapshot["meta"]["targets.json"]["version"] = self.targets["version"]
        if "snapshot" in roles:
            self.timestamp["meta"]["snapshot.json"]["version"] = self.snapshot["version"]
        self.publish(*roles)

    def publish(self, *roles):
        for role in roles:
            signed = getattr(self, role)
            name = role + ".json"
            if role != "timestamp":
                name = str(signed["version"]) + "." + name
            self.files[name] = self.sign(signed, self.signers[role])

    def sign(self, signed, names):
        digest = canonical_json.digest(signed, hashlib.sha256())
        signatures = []
        for name in names:
            signature = der(self.signer(name).sign(digest)).hex()
            signatures.append({"keyid": name, "sig": signature})
        return json.dumps({"signatures": signatures, "signed": signed}).encode()

    def fetch(self, name, most):
        self.asked.append(name)
        data = self.files.get(name)
        return None if data is None else data[: most + 1]
