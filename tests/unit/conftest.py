"""Unit tests on CPython run in virtual time, as those on MicroPython do."""

import asyncio

import pytest
import virtual_loop


@pytest.fixture(autouse=True)
def virtual_time(monkeypatch):
    """What a test runs with asyncio.run waits for nothing; between two runs the firmware's ticks go on."""
    clock = virtual_loop.Clock()
    monkeypatch.setattr(asyncio, "run", lambda one: virtual_loop.run(virtual_loop.Loop(clock), one))
    with virtual_loop.ticking(clock):
        yield
