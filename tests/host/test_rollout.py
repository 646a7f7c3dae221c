"""The roll-out of docs/publishing.md: its command is run, and its policy judges phones by date and place."""

import re
import shlex
from pathlib import Path

import pytest
from program import borne

from borne.token.key_set import KeySet
from borne.trust import policy
from borne.trust.status import StatusList
from borne.trust.trustset import TrustSet
from borne.verify import verifier
from borne.verify.evidence import Evidence
from bornetools import times
from bornetools.issuer import cose, nir, proof, status
from bornetools.issuer.claims import Cover
from bornetools.issuer.issuer import Issuer
from bornetools.publisher.repository import Repository

pytestmark = pytest.mark.usefixtures("quick_p256")

DOCUMENT = Path(__file__).parents[2] / "docs" / "publishing.md"
NONCE = bytes(32)
BEFORE, FIRST = "2025-10-30T12:00:00Z", "2025-10-30T23:00:00Z"  # midnight in Paris
LAST = "2025-10-30T22:59:59Z"
ROLLED_OUT = "01 03 04 05 06 07 13 26 38 42 43 44 63 67 69 71 72 73 74 76 83 84"  # announced


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """The Policy that the documented command makes."""
    (words,) = re.findall(
        r"^    borne publish (policy set trust (?:.*\\\n)+.*)$", DOCUMENT.read_text(), re.MULTILINE
    )
    folder = tmp_path_factory.mktemp("rollout") / "trust"
    Repository.create(folder, times.parse(BEFORE))
    arguments = [
        folder if word == "trust" else word for word in shlex.split(words.replace("\\\n", ""))
    ]
    borne("publish", *arguments, status=0)
    return policy.decode((folder / "draft" / "policy.cbor").read_bytes())


class Counter:
    """A terminal's verifier on some day: `verdict` issues a token the day before, and judges it."""

    def __init__(self, folder, rules, at, own_zone=None):
        self.own_zone = own_zone
        self.now = times.parse(at)
        self.issuer = Issuer.create(folder, "https://issuer.example/", self.now - 60 * times.DAY)
        self.rules = rules

    def verdict(self, departement, born="1980-05-06", rank=0, days_ago=1, value=0, forged=False):
        number = nir.fictitious(born, "75", 7, woman=True)
        periods = (("AMO", "2025-01-01", "2026-12-31"),)
        cover = Cover(
            "Specimen",
            "Zoé",
            born,
            number,
            rank=rank,
            departement=departement,
            entitlements=periods,
        )
        key = cose.new_key()
        issued_at = self.now - days_ago * times.DAY
        token = self.issuer.token(cover, key.public_key(), issued_at).token
        if value:
            self.issuer.set_status(self.issuer.index_of_token(token), value, self.now)
        signed = proof.make(token, key, NONCE, "T1", "consultation")
        if forged:
            token = token.replace(b"Specimen", b"Specimem")
        keys = KeySet.decode(cose.encode(self.issuer.key_set()))
        lists = [StatusList(self.issuer.status_list(self.now), keys)]
        trust = TrustSet(keys, self.rules, self.now, lists, own_zone=self.own_zone)
        evidence = Evidence(token, signed, NONCE, "T1", "consultation")
        return verifier.verify(evidence, trust, self.now).code


@pytest.fixture
def counter(tmp_path, rules):
    return lambda at: Counter(tmp_path / "issuer", rules, at)


def test_before_the_day_the_22_departements_are_covered_and_no_other(rules):
    class Somebody:
        birth_date, rank, scheme = "1980-05-06", 0, None

        def __init__(self, departement):
            self.departement = departement

    rolled_out = ROLLED_OUT.split()
    known = [f"{number:02}" for number in range(1, 96) if number != 20]
    known += ["2A", "2B", *map(str, range(971, 977)), None]
    for day, covered in (("2025-10-30", rolled_out), ("2025-10-31", known)):
        found = [one for one in known if rules.excludes(Somebody(one), day) is None]
        assert found == covered, day
    assert len(rolled_out) == 22


@pytest.mark.parametrize(
    ("at", "inside", "outside"),
    [
        (BEFORE, "VALID", "NOT_ELIGIBLE"),
        (LAST, "VALID", "NOT_ELIGIBLE"),
        (FIRST, "VALID", "VALID"),
    ],
)
def test_a_phone_inside_and_one_outside(counter, at, inside, outside):
    there = counter(at)
    assert (there.verdict("69"), there.verdict("75"), there.verdict("2A")) == (
        inside,
        outside,
        outside,
    )


@pytest.mark.parametrize(
    ("own", "midnight"),
    [
        (None, "2025-10-30T23:00:00Z"),  # Paris, by the policy
        ("<-03>3", "2025-10-31T03:00:00Z"),  # Cayenne
        ("<+03>-3", "2025-10-30T21:00:00Z"),  # Mayotte
    ],
)
def test_the_day_begins_at_each_counters_midnight(tmp_path, rules, own, midnight):
    for before, wanted in ((1, "NOT_ELIGIBLE"), (0, "VALID")):
        at = times.write(times.parse(midnight) - before)
        there = Counter(tmp_path / str(before), rules, at, own)
        assert there.verdict("973") == wanted


@pytest.mark.parametrize("at", [BEFORE, FIRST])
def test_sixteen_years_from_the_birthday_on(counter, at):
    there = counter(at)
    assert there.verdict("69", born="2009-10-30") == "VALID"
    assert there.verdict("69", born="2009-11-01") == "NOT_ELIGIBLE"
    assert there.verdict("69", born="2020-01-01", rank=1) == "VALID"  # on a parent's phone


@pytest.mark.parametrize("departement", ["69", "75"])
def test_who_is_invalid_is_refused_inside_and_outside(counter, departement):
    there = counter(BEFORE)
    assert there.verdict(departement, days_ago=20) == "EXPIRED"
    assert there.verdict(departement, value=status.REVOKED) == "REVOKED"
    assert there.verdict(departement, forged=True) == "BAD_SIGNATURE"
