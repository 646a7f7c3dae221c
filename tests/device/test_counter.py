"""At the counter: several beneficiaries on one phone, and what is left of a patient after the rest time."""

import json

import cbor2
import pytest
from counter import REST, Listened, found, rested, seen
from demo_world import flash_with
from names import Claim, Cover

from bornetools import times
from bornetools.emulator.machine.terminal import TAP_TIMEOUT
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer import cose


def written(flash):
    """The journal's lines."""
    return [
        line
        for path in sorted((flash / "journal").iterdir())
        for line in path.read_text().splitlines()
    ]


def press(terminal):
    """Presses the button. Returns the verdict that this leads to."""
    terminal.panel.pressed = True
    tap = terminal.verdict()
    seen(terminal, False)
    return tap


def test_the_button_shows_each_beneficiary_with_a_verdict_of_its_own(new_terminal, flash, person):
    mother, revoked, cloned = (
        person(case).phone for case in ("valid", "revoked", "no entitlement")
    )
    held = [(revoked.token, revoked._holder_key), (cloned.token, cose.new_key())]
    family = Phone(mother.token, mother._holder_key, dependants=held)
    with new_terminal(flash) as terminal:
        alone = terminal.tap(mother)
        taps = [terminal.tap(family), press(terminal), press(terminal)]
        frames = {tap.frame for tap in (alone, *taps)}
    codes = ["VALID", "REVOKED", "CLONED"]
    assert [tap.code for tap in taps] == codes
    assert len(frames) == 4  # which of how many stands on the screen, too
    assert [tap.us["bus"] > 0 for tap in taps] == [True, False, False]
    lines = [json.loads(line) for line in written(flash)]
    assert [line["verdict"] for line in lines if "verdict" in line] == ["VALID", *codes]


def test_as_many_as_a_phone_can_carry(new_terminal, flash, person):
    family = person("valid, with two children").phone
    more = [*family.dependants, family.dependants[0], family.dependants[1]]
    three, five = (
        Phone(family.token, family._holder_key, dependants=more[:count]) for count in (3, 4)
    )
    with new_terminal(flash) as terminal:
        assert [terminal.tap(three).code, *(press(terminal).code for _ in range(3))] == [
            "VALID"
        ] * 4
        assert terminal.tap(five).code == "MALFORMED"


@pytest.mark.parametrize("to_software", [False, True])
def test_nothing_of_the_last_patient_is_left_in_memory(world, tmp_path, person, to_software):
    """Read from outside, all that the firmware's process can write to: the heap, the stack, C's own.

    With `to_software` the link has been told who the patient is.
    """
    policy = {"rest": REST, "whole_nir": True, "identity_to_software": to_software}
    flash = flash_with(world, tmp_path, times.now(), **policy)
    family = person("valid, with two children").phone
    torn = Phone(family.token, family._holder_key, removed_after=2)
    delegated = person("valid, with a delegate").phone
    words = ["Carpentier", "Desrosiers", "Noëlle", "Chloé", "Lefèvre", "Müller", "Élodie", "Zoé"]
    claims = cbor2.loads(cbor2.loads(family.token).value[2])
    words.append(claims[Claim.HCOV][Cover.NIR])  # the insured number
    with Listened(flash) as terminal:
        terminal.panel.wait_for(lambda panel: any(panel.frame), TAP_TIMEOUT)
        assert found(terminal, words) == set()
        assert terminal.tap(family).code == "VALID"
        assert {"Carpentier", "Noëlle", words[-1]} <= found(
            terminal, words
        )  # they are looked for rightly
        assert press(terminal).code == "VALID"
        rested(terminal)
        assert found(terminal, words) == set()
        assert terminal.tap(torn).code == "TORN"
        rested(terminal)
        assert terminal.tap(delegated).code == "VALID"
        assert {"Lefèvre", "Zoé"} <= found(terminal, words)
        rested(terminal)
        assert found(terminal, words) == set()
        assert terminal.tap(person("valid").phone).code == "VALID"
    told = [fields["holder"]["given"] for fields in terminal.told if "holder" in fields]
    several = ["Marie-Noëlle", "Chloé", "Zoé", "Élodie"]
    assert told == (several if to_software else [])
