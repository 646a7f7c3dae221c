"""Options of the whole suite, and tests/unit on both interpreters.

Every file of tests/unit is collected twice: as an ordinary pytest module on CPython, and function by
function on the real MicroPython VM, where tests/unit/run_on_vm.py runs it. Such a file uses nothing but
`assert` and its neighbour `support.py`.
"""

import fcntl
import gc
import json
import os
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest

from bornetools.on_micropython import vm

UNIT = Path(__file__).parent / "unit"
_SHARED = pytest.StashKey[Path]()
_BYTECODE = Path(__file__).parent.parent / "build" / "bytecode"
_UNIT_HEAP = (
    2_000_000  # a test file and what it tests, compiled on the VM; budgets are tested apart
)


def pytest_configure(config):
    """Makes the folder of a run, which its workers share, and in it the one for the folders of unit tests, on
    either interpreter: in memory where there is such a file system, as these tests write a lot."""
    _keep_bytecode()
    hypothesis.settings.register_profile("any computer", deadline=None)
    hypothesis.settings.load_profile("any computer")
    os.environ["BORNE_TIMES"] = str(config.getoption("--times"))
    if not hasattr(config, "workerinput"):
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        folder = tempfile.TemporaryDirectory(prefix="borne-tests-", dir=memory)
        config.add_cleanup(folder.cleanup)
        os.environ["BORNE_TESTS"] = folder.name
    else:
        # Coverage is of what runs in the workers: programs that tests start are not measured.
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    config.stash[_SHARED] = Path(os.environ["BORNE_TESTS"])
    os.environ["SCRATCH"] = tempfile.mkdtemp(dir=config.stash[_SHARED])


def _keep_bytecode():
    """Keeps the bytecode of modules in `build`, where the environment wants none beside the sources.

    The firmware unloads modules and imports them again by the thousand, and many tests start an interpreter.
    """
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(_BYTECODE)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # for the tests' processes


def pytest_collection_modifyitems(items):
    """The longest first: what waits behind it in its worker's queue, no other worker can take meanwhile."""
    items.sort(key=lambda item: "a_thousand_taps" not in item.name)


def pytest_addoption(parser):
    parser.addoption(
        "--vectors",
        default=os.environ.get("BORNE_VECTORS"),
        help="folder of published test vectors (or BORNE_VECTORS)",
    )
    parser.addoption(
        "--times",
        type=int,
        default=1,
        help="so many times more examples in the tests that draw damaged messages, phones and lines",
    )
    parser.addoption(
        "--simulator-picture",
        type=Path,
        metavar="PNG",
        help="write the picture of docs/simulator.md to this file",
    )


@pytest.fixture(autouse=True, scope="module")
def nothing_to_collect():
    """Keeps what is there before a module's tests from the garbage collector. That is the whole process's on
    CPython, pytest and its libraries among it, and the firmware runs it at each file and each tap."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def vectors(request):
    folder = request.config.getoption("--vectors")
    if not folder:
        pytest.skip("no published test vectors: give their folder with --vectors or BORNE_VECTORS")
    return Path(folder)


def pytest_collect_file(file_path, parent):
    if file_path.parent == UNIT and file_path.name.startswith("test_"):
        return VmFile.from_parent(parent, path=file_path, name=file_path.name + "[vm]")
    return None


class VmFile(pytest.File):
    """A file of tests/unit on the VM: run once, on the first of its functions to be asked for, also where
    several workers have some of them."""

    _results = None

    def collect(self):
        for line in self.path.read_text().splitlines():
            if line.startswith("def test_"):
                yield VmFunction.from_parent(self, name=line[4 : line.index("(")])

    def results(self):
        if self._results is None:
            shared = self.config.stash[_SHARED] / self.path.with_suffix(".json").name
            with open(shared, "a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                data = file.read()
                if not data:
                    data = json.dumps(self._run()).encode()
                    file.write(data)
            self._results = json.loads(data)
        return self._results

    def _run(self):
        done = vm.run(
            UNIT / "run_on_vm.py", self.path.stem, heap=_UNIT_HEAP, folders=[UNIT, vm.PROGRAMS]
        )
        results = {"": done.stderr.decode() + done.stdout.decode()}
        for line in done.stdout.decode().splitlines():
            if line.startswith("{"):
                result = json.loads(line)
                results[result["name"]] = result["error"]
        return results


class VmFunction(pytest.Item):
    def runtest(self):
        results = self.parent.results()
        error = results.get(self.name, "the VM did not run it:\n" + results[""])
        if error:
            raise VmFailure(error)

    def repr_failure(self, excinfo):
        return (
            str(excinfo.value)
            if isinstance(excinfo.value, VmFailure)
            else super().repr_failure(excinfo)
        )

    def reportinfo(self):
        return self.path, None, f"{self.path.name}::{self.name} on MicroPython"


class VmFailure(Exception):
    pass
