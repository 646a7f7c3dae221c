"""The import contracts of pyproject.toml, checked on the imports made when the programs run.

The firmware's imports for types alone stand in `if False:`, which costs a board nothing. The tool that reads
imports knows `if TYPE_CHECKING:`, so it reads a copy.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"borne": "firmware/borne", "bornetools": "host_tools/bornetools"}
_FOR_TYPES = "if False:  # for types only"


def copy(folder: Path) -> None:
    """Copies both packages into `folder`, with `if TYPE_CHECKING:` for the imports for types alone."""
    for package, path in PACKAGES.items():
        for source in (ROOT / path).rglob("*.py"):
            target = folder / package / source.relative_to(ROOT / path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source.read_text().replace(_FOR_TYPES, "if TYPE_CHECKING:"))


def graph() -> grimp.ImportGraph:
    """The imports of both packages, except those for types alone."""
    imported = {package: sys.modules.pop(package, None) for package in PACKAGES}  # else found there
    with tempfile.TemporaryDirectory() as name:
        copy(Path(name))
        sys.path.insert(0, name)
        try:
            return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
        finally:
            sys.path.pop(0)
            sys.modules.update({name: module for name, module in imported.items() if module})


def main() -> int:
    """Checks the contracts. Returns the exit status."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    with tempfile.TemporaryDirectory() as name:
        copy(Path(name))
        environment = {**os.environ, "PYTHONPATH": f"{name}{os.pathsep}{ROOT / '.ci'}"}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
