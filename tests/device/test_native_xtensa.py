"""The native module for Xtensa, as on ESP32 and ESP32-S3: in qemu-xtensa, loaded by MicroPython's own loader.

QEMU has no MULSH (xtensa/mulsh.h): a jump stands in for each, all other bytes run as they are on the flash.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import capstone
import pytest

from bornetools.bench import differential
from bornetools.on_micropython import micropython_source, natmod, xtensa_windowed
from bornetools.verify import vectors as published

CASES = 2000
HERE = Path(__file__).parent / "xtensa"
_CORE = "dc233c"
_HANG = 600  # seconds
_GCC = (sys.executable, "-m", xtensa_windowed.__name__, "gcc")
_OPTIONS = (
    "-std=gnu99",
    "-Os",
    "-ffreestanding",
    "-DNDEBUG",
    "-DNO_QSTR",
    "-DMP_CONFIGFILE=<port.h>",
)
_LD = ("xtensa-lx106-elf-ld", "--unresolved-symbols=ignore-all", "--no-warn-rwx-segments")
# Operands that show where each field of an instruction lies.
INSTRUCTIONS = [
    *(("entry", ("a1", str(size))) for size in (16, 32, 112, 32760)),
    *(("callx8", (f"a{s}",)) for s in range(16)),
    *(("movsp", (f"a{t}", f"a{15 - t}")) for t in range(16)),
    *(("mulsh", operands) for operands in (("a3", "a6", "a12"), ("a14", "a1", "a9"))),
    *((name, ()) for name in ("retw", "retw.n")),
]


def missing():
    tool = shutil.which("qemu-xtensa")
    return natmod.missing("xtensawin") + ([] if tool else ["qemu-user"])


pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(missing()), reason="no Xtensa: apt install " + " ".join(missing())),
]


@pytest.fixture(scope="module")
def module():
    return natmod.build("xtensawin").read_bytes()


@pytest.fixture(scope="module")
def loader(tmp_path_factory):
    """The program that loads the module, by MicroPython's sources."""
    folder = tmp_path_factory.mktemp("xtensa")
    run = micropython_source.run
    with micropython_source.locked():
        micropython_source.fetch_micropython()
        source = micropython_source.micropython()
        run(
            *(sys.executable, source / "tools" / "mpy_ld.py", "--arch", "xtensawin"),
            *("--preprocess", "-o", folder / "qstrs.h", HERE / "loader.c"),
        )
        objects = []
        for path in (
            HERE / "loader.c",
            source / "py" / "persistentcode.c",
            source / "py" / "reader.c",
        ):
            objects.append(folder / f"{path.stem}.o")
            run(
                *_GCC,
                *_OPTIONS,
                f"-I{HERE}",
                f"-I{folder}",
                f"-I{source}",
                "-c",
                "-o",
                objects[-1],
                path,
            )
    run(*_LD, "-T", HERE / "loader.ld", "-o", folder / "loader", *objects)
    return folder / "loader"


def answers(loader, module, cases):
    """What the module says to `cases` (x, y, digest, signature), as 0 and 1 in a text."""
    code = module[:-32]
    given = b"".join(x.to_bytes(32) + y.to_bytes(32) + d + s for x, y, d, s in cases)
    done = subprocess.run(
        ["qemu-xtensa", "-cpu", _CORE, loader],
        input=len(code).to_bytes(4, "little") + code + given,
        capture_output=True,
        timeout=_HANG,
        check=True,
    )
    return done.stdout.decode()


def test_it_judges_as_another_library_does(loader, module):
    cases = list(differential.cases(CASES, seed=7))
    expected = "".join(str(int(differential._expected(case))) for case in cases)
    assert answers(loader, module, cases) == expected
    assert CASES * 0.3 < expected.count("1") < CASES * 0.8


def test_published_vectors(loader, module, vectors):
    (path,) = (vectors / "wycheproof").glob("*.json")
    cases, given = published.load(path), []
    assert len(cases) == 262
    for case in cases:
        _, x, y, message, signature = case.request
        digest = hashlib.sha256(bytes.fromhex(message)).digest()
        given.append((int(x, 16), int(y, 16), digest, bytes.fromhex(signature)))
    fit = [len(signature) == 64 for *_, signature in given]  # ValueError if not
    assert fit.count(True) == 241
    kept = [case for case, fits in zip(cases, fit, strict=True) if fits]
    said = answers(loader, module, [one for one, fits in zip(given, fit, strict=True) if fits])
    for answer, case in zip(said, kept, strict=True):
        assert case.outcome(answer == "1") == "passed", case.name
    for case, fits in zip(cases, fit, strict=True):
        assert fits or case.outcome(False) == "passed", case.name


def test_a_wrong_bit_in_the_code_is_seen(loader, module):
    """What the two tests above compare is what the module says."""
    cases = list(differential.cases(60, seed=7))
    right = answers(loader, module, cases)
    unlike = 0
    for at in range(2000, 8000, 500):  # products, most of it
        try:
            unlike += (
                answers(loader, module[:at] + bytes([module[at] ^ 16]) + module[at + 1 :], cases)
                != right
            )
        except subprocess.SubprocessError:
            unlike += 1
    assert unlike >= 8


@pytest.mark.parametrize("mode", ["ESP32", "ESP32S3"])
def test_capstone_reads_what_was_encoded(mode):
    reader = capstone.Cs(capstone.CS_ARCH_XTENSA, getattr(capstone, f"CS_MODE_XTENSA_{mode}"))
    for name, operands in INSTRUCTIONS:
        (read,) = reader.disasm(xtensa_windowed.encode(name, *operands), 0)
        said = read.op_str.replace(",", "").split()
        assert (read.mnemonic, [as_written(one) for one in said]) == (name, list(operands))
    assert {name for name, _ in INSTRUCTIONS} == set(xtensa_windowed.INSTRUCTIONS)


def as_written(operand):
    return operand if operand.startswith("a") else str(int(operand, 0))
