"""Before the terminal's main program: the flash, formatted when it is blank."""

import vfs
from mps2 import Flash


def mount() -> None:
    flash = Flash()
    try:
        files = vfs.VfsLfs2(flash, mtime=False)  # type: ignore[abstract] # the stub's error
    except OSError:
        vfs.VfsLfs2.mkfs(flash)
        files = vfs.VfsLfs2(flash, mtime=False)  # type: ignore[abstract]
    vfs.mount(files, "/")


mount()
