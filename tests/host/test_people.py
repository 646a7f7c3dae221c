"""The demo's world, told from the firmware's side: every phone gets the verdict that it is there for."""

import os

import cbor2
import pytest
from names import Challenge

from borne.errors import DecodeError
from borne.token import cbor as firmware_cbor
from borne.trust import store as firmware_store
from borne.trust import trustset as firmware_trust
from borne.verify import verifier
from borne.verify.evidence import Evidence
from bornetools import times
from bornetools.emulator.chip.field import Gone
from bornetools.errors import UserError
from bornetools.world.people import World

pytestmark = pytest.mark.usefixtures("quick_p256")

SELECT = bytes.fromhex("00A4040007F0424F524E450100")


def read(phone):
    """What a terminal asks and gets: (nonce, answer), or the status that ends it."""
    response = phone.apdu(SELECT)
    if response[-2:] != b"\x90\0":
        return response[-2:].hex(), None
    nonce = os.urandom(32)
    data = cbor2.dumps(
        {Challenge.NONCE: nonce, Challenge.TERMINAL_ID: "T1", Challenge.PURPOSE: "consultation"}
    )
    response = phone.apdu(bytes([0, 0x88, 0, 0, len(data)]) + data + b"\0")
    answer = b""
    while response[-2] == 0x61:
        answer += response[:-2]
        response = phone.apdu(bytes([0, 0xC0, 0, 0, response[-1]]))
    if response[-2:] != b"\x90\0":
        return response[-2:].hex(), None
    return nonce, answer + response[:-2]


def verdict(phone, trust, now):
    try:
        nonce, answer = read(phone)
    except Gone:
        return "TORN"
    if answer is None:
        return {"6a82": "NO_APPLICATION", "6985": "HOLDER_NOT_PRESENT"}[nonce]
    try:
        token, proof = pair_of(answer)
    except DecodeError:
        return "MALFORMED"
    evidence = Evidence(token, proof, nonce, "T1", "consultation")
    return verifier.verify(evidence, trust, now).code


def pair_of(answer):
    """The first token and its proof: those of dependants follow."""
    items = firmware_cbor.decode(answer)
    if not isinstance(items, list) or not items or len(items) % 2:
        raise DecodeError("no pairs")
    return items[:2]


@pytest.mark.parametrize(
    "date", ["2026-07-14T12:00:00Z", "2027-01-01T00:00:00Z", "2027-12-31T23:59:59Z", "2028-02-29"]
)
def test_everybody_gets_the_verdict_they_are_there_for(tmp_path, date):
    now = times.parse(date)
    world = World.create(tmp_path / "world", now)
    problems = []
    trust = firmware_trust.load(
        firmware_store.FolderStore(str(world.store)), lambda *one: problems.append(one)
    )
    assert problems == []
    found = {person.case: verdict(person.phone, trust, now) for person in world.people}
    assert found == {person.case: person.expected for person in world.people}
    assert len(found) == len(world.people) == 19


def test_an_accept_shows_a_name_with_its_accents(tmp_path):
    now = times.parse("2026-07-14")
    world = World.create(tmp_path / "world", now)
    trust = firmware_trust.load(firmware_store.FolderStore(str(world.store)), print)
    phone = world.people[1].phone
    nonce, answer = read(phone)
    evidence = Evidence(*pair_of(answer), nonce, "T1", "consultation")
    holder = verifier.verify(evidence, trust, now).holder
    assert (holder.family, holder.given) == ("Lefèvre-Müller", "Zoé")
    assert "Élodie" in str(holder.delegate)
    for person in world.people:
        assert person.case.isascii()


def test_an_existing_world_is_kept(tmp_path):
    World.create(tmp_path / "world", 1_800_000_000)
    with pytest.raises(UserError, match="nothing was overwritten"):
        World.create(tmp_path / "world", 1_800_000_000)
