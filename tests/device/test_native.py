"""The native module: compiled for each processor, right on those that can be emulated, and never needed."""

import hashlib
import json
import shutil
import struct

import pytest

from borne.crypto import field, p256
from bornetools.bench import c_library, differential
from bornetools.emulator.machine import qemu_build
from bornetools.emulator.machine.prompt import Prompt
from bornetools.emulator.machine.qemu import Qemu
from bornetools.emulator.machine.terminal import Terminal
from bornetools.on_micropython import natmod
from bornetools.verify import vectors as published

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(qemu_build.missing()),
        reason="no emulated microcontroller: apt install " + " ".join(qemu_build.missing()),
    ),
]

CASES = 2000
_ARCHS = {
    "armv6m": 4,
    "armv7m": 5,
    "armv7emsp": 7,
    "xtensawin": 10,
    "rv32imc": 11,
}  # py/persistentcode.h
_PROGRAM = """
import json
from borne.crypto import native, p256
print(native.load(), p256.native())
with open("cases") as file:
    for line in file:
        x, y, digest, signature = json.loads(line)
        digest, signature = bytes.fromhex(digest), bytes.fromhex(signature)
        print(int(p256.verify(int(x, 16), int(y, 16), digest, signature)), end="")
"""


def compiled(arch):
    missing = natmod.missing(arch)
    if missing:
        pytest.skip("apt install " + " ".join(missing))
    return natmod.build(arch)


@pytest.fixture(scope="module", params=["armv7m", "armv6m", "armv7emsp"])
def emulated(request, tmp_path_factory):
    """A module that runs on the emulated Cortex-M3. That takes code of smaller ones, too; of a Cortex-M4 if
    the file does not say so, for there is no instruction in it that a Cortex-M3 lacks."""
    data = compiled(request.param).read_bytes()
    path = tmp_path_factory.mktemp(request.param) / natmod.NAME
    arch = min(_ARCHS[request.param], _ARCHS["armv7m"])
    path.write_bytes(natmod.sealed(data[:2] + bytes([arch << 2 | 3]) + data[3:-32]))
    return path


@pytest.fixture(scope="module")
def module():
    return compiled("armv7m")


def answers(module, flash, cases):
    """What the emulated microcontroller says to `cases` (x, y, digest, signature), as 0 and 1 in a text."""
    flash.mkdir()
    shutil.copy(module, flash)
    lines = [json.dumps([f"{x:x}", f"{y:x}", d.hex(), s.hex()]) for x, y, d, s in cases]
    (flash / "cases").write_text("\n".join(lines))
    with Prompt(flash, machine=Qemu()) as prompt:
        loaded, said = prompt.run(_PROGRAM).split("\r\n", 1)
    assert loaded == "None True"
    return said


@pytest.mark.parametrize("arch", list(_ARCHS))
def test_it_compiles_for_the_processors_of_boards(arch):
    data = compiled(arch).read_bytes()
    # "M", version 6, sub-version 3 of native code below the architecture, small integers of 31 bits.
    assert data[:3] == bytes([ord("M"), 6, _ARCHS[arch] << 2 | 3])
    assert data[-32:] == hashlib.sha256(data[:-32]).digest()
    assert 4000 < len(data) < 12_000


def test_it_judges_as_another_library_does(emulated, tmp_path):
    cases = list(differential.cases(CASES, seed=7))
    expected = "".join(str(int(differential._expected(case))) for case in cases)
    assert answers(emulated, tmp_path / "flash", cases) == expected
    assert CASES * 0.3 < expected.count("1") < CASES * 0.8


def test_it_judges_as_another_library_does_on_this_computer():
    if not natmod.HOST:
        pytest.skip("no native modules for this computer's processor")
    module = compiled(natmod.HOST)
    assert differential.run(CASES, 8, True, lambda: None, module) == []


def test_published_vectors(emulated, tmp_path, vectors):
    (path,) = (vectors / "wycheproof").glob("*.json")
    cases, given = published.load(path), []
    assert len(cases) == 262
    for case in cases:
        _, x, y, message, signature = case.request
        digest = hashlib.sha256(bytes.fromhex(message)).digest()
        given.append((int(x, 16), int(y, 16), digest, bytes.fromhex(signature)))
    for answer, case in zip(answers(emulated, tmp_path / "flash", given), cases, strict=True):
        assert case.outcome(answer == "1") == "passed", case.name


def wrong_base(data):
    """The module with one bit changed in its multiples of the base point, and whole."""
    x = (p256.BASE[0] << 261) % field.P  # firmware/native/p256_field.h
    limbs = struct.pack("<9I", *(x >> 29 * limb & (1 << 29) - 1 for limb in range(9)))
    assert data.count(limbs) == 1
    return natmod.sealed(data[:-32].replace(limbs, bytes([limbs[0] ^ 1]) + limbs[1:]))


def other_processor(data):
    """The module as one for RISC-V, and whole."""
    return natmod.sealed(bytes([*data[:2], _ARCHS["rv32imc"] << 2 | 3]) + data[3:-32])


def one_bit(data):
    return data[:3000] + bytes([data[3000] ^ 1]) + data[3001:]


def faults(flash):
    lines = b"".join(path.read_bytes() for path in sorted((flash / "journal").iterdir()))
    return [entry["detail"] for entry in map(json.loads, lines.splitlines()) if "fault" in entry]


def test_taps_with_it_end_as_they_do_without(module, world, flash):
    shutil.copy(module, flash)
    with Terminal(flash, machine=Qemu()) as terminal:
        for person in world.people:
            tap = terminal.tap(person.phone)
            assert (person.case, tap.code) == (person.case, person.expected), tap.detail
    assert faults(flash) == []
    assert list(flash.glob("trust/objects/*.combs")) == []  # nobody needs them


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda data: data[:-1], "the native module is damaged"),
        (one_bit, "the native module is damaged"),
        (wrong_base, "the native module fails its test"),
        (other_processor, "the native module does not load"),
    ],
    ids=["torn", "a bit", "wrong", "other processor"],
)
def test_without_a_good_one_python_serves_and_a_fault_is_reported(
    module, world, flash, person, change, fault
):
    (flash / natmod.NAME).write_bytes(change(module.read_bytes()))
    with Terminal(flash, machine=Qemu()) as terminal:
        for case in ("valid", "cloned token"):
            one = person(case)
            assert terminal.tap(one.phone).code == one.expected
    assert faults(flash) == [fault]


def test_a_c_library_on_the_same_machine_judges_rightly():
    """c_library.measure raises if it does not."""
    measured = c_library.measure()
    for option in c_library.OPTIONS:
        assert 10**6 < measured[option]["instructions"] < 10**8
