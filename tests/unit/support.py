"""What unit tests share; runs on CPython and on MicroPython."""

import asyncio
import os


def raises(kind, function, *args, **kwargs):
    """The exception of class `kind` that the call raises; AssertionError if it raises none."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError("raised nothing, wanted " + kind.__name__)


def scratch(name):
    """The path of a new folder. Its parent, SCRATCH, is made and removed by tests/conftest.py."""
    path = os.getenv("SCRATCH") + "/" + name + "-%d" % int.from_bytes(os.urandom(4), "big")
    os.mkdir(path)
    return path


def run(coroutine):
    """The result of a coroutine, in an event loop of its own."""
    return asyncio.run(coroutine)


def words(texts) -> dict:
    """(title, what to do) by key, of a module borne.ui.texts_*."""
    return {key: (title, line) for key, title, line in texts.SAID}
