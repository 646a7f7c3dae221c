"""`borne emulate` at a pipe: numbers, nonsense, the end."""

import shutil
import subprocess

import pytest
from guard import HUNG
from program import BORNE, answer, borne


def emulate(typed, *arguments):
    """(exit status, standard output, errors)"""
    done = borne("emulate", "--lang", "en", *arguments, typed=typed)
    return done.exit_code, done.stdout, done.stderr


def test_phones_are_tapped_by_number():
    command = [BORNE, "emulate", "--lang", "en"]
    done = subprocess.run(command, input=b"5\n1\nq\n3\n", capture_output=True, timeout=HUNG)
    shown, errors = done.stdout.decode(), done.stderr.decode()
    assert (done.returncode, errors) == (0, "")
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


def test_a_terminal_and_phone_of_ones_own(tmp_path):
    """What docs/trust.md walks through, by the commands alone."""
    issuer, trust, flash = tmp_path / "issuer", tmp_path / "trust", tmp_path / "flash"
    token, key = tmp_path / "token.cwt", tmp_path / "holder.pem"
    answer("issuer", "init", issuer, "--issuer", "https://issuer.example/")
    person = ["--family", "Specimen", "--given", "Camille", "--birth-date", "1985-02-14"]
    cover = ["--nir", "255081416802538", "--entitlement", "AMO:2000-01-01:2999-12-31"]
    answer("issuer", "token", issuer, "--out", token, "--holder-key", key, *person, *cover)
    answer("publish", "init", trust)
    answer("publish", "keys", "add", trust, issuer / "keys.cbor")
    answer("publish", "status", "import", trust, issuer / "status.cwt", "--list", "mine")
    answer("publish", "release", trust)
    own = ["--flash", flash, "--phone", token, key]
    root = ["--root", trust / "metadata" / "1.root.json"]
    with subprocess.Popen(
        [BORNE, "emulate", *own, *root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as emulated:
        port = emulated.stdout.readline().split()[-1]
        assert "release none -> 1" in answer("sync", "--port", port, "--from", trust)
        assert "fresh" in answer("terminal", "info", "--port", port)
        shown = emulated.communicate("1\nu\n1\nq\n", timeout=HUNG)[0]
    assert shown.count("VALID: bus") == 2
    (tmp_path / "other").mkdir()
    other = [shutil.copy(path, tmp_path / "other") for path in (token, key)]
    # The flash has kept it; and a phone may have a file of the same name.
    code, shown, errors = emulate(b"2\nb\n", *own, "--phone", *other)
    assert (code, errors) == (0, "")
    assert "VALID: bus" in shown


def test_what_the_user_gets_wrong(tmp_path):
    root = tmp_path / "root.json"
    root.write_text("{}")
    assert "--root goes with --flash" in emulate(b"", "--root", root)[2]
    assert emulate(b"", "--flash", tmp_path / "flash", "--chip-only")[0] == 2
    assert "--native goes with --machine qemu" in emulate(b"", "--native")[2]
    assert (
        "no trust root for a terminal: FORMAT"
        in emulate(b"", "--flash", tmp_path / "f", "--root", root)[2]
    )
    answer("publish", "init", tmp_path / "trust")
    own = ["--flash", tmp_path / "flash", "--root", tmp_path / "trust/metadata/1.root.json"]
    assert emulate(b"", *own)[0] == 0
    assert "has a trust root already" in emulate(b"", *own)[2]
