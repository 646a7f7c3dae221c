"""What unit tests on CPython share; on the VM there is no pytest."""

import asyncio
from collections.abc import Iterator

import pytest
import virtual_loop

from borne.crypto import p256


@pytest.fixture(autouse=True)
def virtual_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test runs with asyncio.run waits for nothing, as on MicroPython; between two runs the firmware's
    ticks go on."""
    clock = virtual_loop.Clock()
    monkeypatch.setattr(asyncio, "run", lambda one: virtual_loop.run(virtual_loop.Loop(clock), one))
    with virtual_loop.ticking(clock):
        yield


@pytest.fixture(autouse=True)
def own_p256() -> Iterator[None]:
    """A test begins with the firmware's own P-256, and leaves it in place."""
    assert not p256.native()
    yield
    assert not p256.native()
