"""Part of a manifest: the names of all modules, frozen beside them, in a module that nothing imports.

An import looks up each name in the image's table of names, and puts a missing name into RAM:
`from borne.verify import verifier` contains two of the three names that it needs.
"""

# ruff: noqa: F821
# mypy: disable-error-code="name-defined"
import atexit
import shutil
import tempfile
from pathlib import Path

firmware = Path("../firmware").resolve()  # a manifest is run in its folder
names = ["asyncio.core", "asyncio.event"]
names += [
    ".".join(path.relative_to(firmware).with_suffix("").parts)
    for path in firmware.glob("borne/**/*.py")
]

folder = tempfile.mkdtemp(prefix="borne-names-")
atexit.register(shutil.rmtree, folder)  # the module is frozen by then
lines = [
    f"import {name} as {name.rpartition('.')[2]}\n"
    for name in sorted(names)
    if not name.endswith("__init__")
]
packages = sorted({name.rpartition(".")[0] for name in names})
Path(folder, "_names.py").write_text("".join(lines + [f"import {name}\n" for name in packages]))
module("_names.py", base_path=folder)
