"""What the tests on CPython share; on the VM there is no pytest."""

import gc
from collections.abc import Iterator

import pytest

from borne.crypto import p256


@pytest.fixture(autouse=True, scope="module")
def _little_to_collect() -> Iterator[None]:
    """Keeps what pytest and the suite hold out of the garbage collector's sight.

    The firmware collects garbage often, as its heap is small. Here each time would take a tenth of a second.
    """
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _own_p256() -> Iterator[None]:
    """A test begins with the firmware's own P-256, and leaves it in place."""
    assert not p256.native()
    yield
    assert not p256.native()
