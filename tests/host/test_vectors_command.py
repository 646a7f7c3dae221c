"""`borne vectors` can fail: on vectors that lie, and on files that are none."""

import json
from functools import partial

from program import borne

run = partial(borne, "vectors")


def test_a_vector_that_the_firmware_does_not_meet_is_a_failure(tmp_path):
    entries = [
        {"hex": "00", "roundtrip": True, "decoded": 0},
        {"hex": "01", "roundtrip": True, "decoded": 2},
        {"hex": "1800", "roundtrip": True, "decoded": 0},
        {"hex": "f90000", "roundtrip": True, "decoded": 0.0},
    ]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    for machine in ("cpython", "micropython"):
        result = run(tmp_path, "--vm", machine, "--json")
        (row,) = json.loads(result.stdout)["files"]
        assert result.exit_code == 1
        assert row["failed"] == ["01", "1800"]
        assert row["outside"] == ["f90000: float"]
        assert row["passed"] == 1


def test_a_signature_that_should_not_verify_is_a_failure(tmp_path):
    test = {"tcId": 1, "comment": "zero", "msg": "", "sig": "00" * 64, "result": "valid"}
    group = {"publicKey": {"wx": "00", "wy": "00"}, "tests": [test]}
    document = {"schema": "ecdsa_p1363_verify_schema_v1.json", "testGroups": [group]}
    (tmp_path / "w.json").write_text(json.dumps(document))
    assert run(tmp_path, "--vm", "cpython").exit_code == 1
    test["result"] = "invalid"
    (tmp_path / "w.json").write_text(json.dumps(document))
    assert run(tmp_path, "--vm", "cpython").exit_code == 0


def test_files_that_are_no_vectors_are_one_line(tmp_path):
    assert run(tmp_path).exit_code == 2
    (tmp_path / "a.json").write_text("{")
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "not a file of test vectors" in result.stderr
    (tmp_path / "a.json").write_text('[{"hex": "0"}]')
    assert run(tmp_path).exit_code == 2
    (tmp_path / "a.json").write_text("{}")
    assert run(tmp_path).exit_code == 2
