"""Part of a manifest: the image's main.py, and the main program as the module that it imports.

With sys.path as it is here no file on the flash stands in for a module of the image. One ctrl-C does not
stop a terminal that loads: it may be a byte of a frame that came early.
"""

# ruff: noqa: F821
# mypy: disable-error-code="name-defined"
import atexit
import shutil
import tempfile
from pathlib import Path

MAIN = """\
import sys

sys.path[:] = [".frozen"]
for _ in range(2):
    try:
        from borne import image

        if image.intact():
            import terminal
        break
    except KeyboardInterrupt:
        pass
"""

folder = tempfile.mkdtemp(prefix="borne-start-")
atexit.register(shutil.rmtree, folder)  # the modules are frozen by then
Path(folder, "main.py").write_text(MAIN)
shutil.copyfile(
    "../firmware/main.py", Path(folder, "terminal.py")
)  # a manifest is run in its folder
module("main.py", base_path=folder)
module("terminal.py", base_path=folder)
