"""The published vectors through `borne vectors`, on both interpreters."""

import json

import pytest
from program import borne


@pytest.fixture(scope="session")
def report(vectors):
    result = borne("vectors", vectors, "--json")
    return result, json.loads(result.stdout)


def rows(report, folder, machine):
    return [
        row for row in report[1]["files"] if row["file"].startswith(folder) and row["vm"] == machine
    ]


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_wycheproof(report, machine):
    (row,) = rows(report, "wycheproof/", machine)
    assert (row["cases"], row["passed"], row["failed"], row["outside"]) == (262, 262, [], [])


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_cose(report, machine):
    found = rows(report, "cose/", machine)
    assert len(found) == 10
    assert all(row["passed"] == row["cases"] == 1 for row in found)


@pytest.mark.parametrize("machine", ["cpython", "micropython"])
def test_cbor(report, machine):
    (row,) = rows(report, "cbor/", machine)
    assert row["failed"] == []
    assert row["passed"] + len(row["outside"]) == row["cases"] == 82
    assert row["passed"] == 44


def test_nothing_failed(report):
    assert report[0].exit_code == 0
    assert report[1]["unknown"] == []
