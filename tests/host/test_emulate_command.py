"""`borne emulate` at a pipe: numbers, nonsense, the end."""

import subprocess
import sys
from pathlib import Path

import pytest

BORNE = Path(sys.executable).parent / "borne"


def emulate(typed, **more):
    done = subprocess.run(
        [BORNE, "emulate", "--lang", "en"], input=typed, capture_output=True, timeout=60, **more
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_phones_are_tapped_by_number():
    code, shown, errors = emulate(b"5\n1\nq\n3\n")
    assert (code, errors) == (0, "")
    assert shown.index("REVOKED (status list)") < shown.index("VALID: bus")
    assert "EXPIRED" not in shown


@pytest.mark.parametrize("line", [b"x", b"0", b"99", "²".encode(), b"\xff", b"1" * 5000, b""])
def test_what_is_no_phone_is_said_so(line):
    code, shown, errors = emulate(line + b"\n6\n")
    assert (code, errors) == (0, "")
    assert "that is no phone of the list" in shown
    assert "SUSPENDED" in shown


def test_a_vm_that_cannot_run_is_one_line(monkeypatch):
    monkeypatch.setenv("MICROPYTHON", "/bin/false")
    code, _, errors = emulate(b"1\n")
    assert code == 2
    assert len(errors.splitlines()) == 1
    assert "the firmware stopped" in errors
