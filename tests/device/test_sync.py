"""Trust data over the link, and what of it outlives a restart."""

import link_world
import pytest

from bornetools import times
from bornetools.link import courier
from bornetools.link.client import Client
from bornetools.link.source import Source
from bornetools.provisioning import provision


@pytest.fixture
def bare(tmp_path, world, new_terminal):
    """A terminal that has the world's trust root, and no release."""
    flash = tmp_path / "flash"
    provision(flash, world.repository.first_root.read_bytes(), times.now() - times.DAY)
    with new_terminal(flash) as terminal:
        yield terminal


class Pulled(Exception):
    pass


def sync(terminal, repository):
    return courier.sync(terminal.port, Source(str(repository)))


def hello(terminal):
    with Client(terminal.port) as client:
        return client.request("hello")


def test_a_release_counts_from_the_next_tap_on_and_after_the_plug_was_pulled(bare, world, person):
    assert bare.tap(person("valid").phone).code == "TRUST_STALE"
    assert sync(bare, world.repository.path).status == "updated"
    assert bare.tap(person("valid").phone).code == "VALID"
    bare.power_off()
    bare.power_on()
    assert bare.tap(person("valid").phone).code == "VALID"
    assert bare.tap(person("revoked").phone).code == "REVOKED"
    assert sync(bare, world.repository.path).status == "current"


def test_a_plug_that_is_pulled_during_a_sync(bare, world, person):
    def pull(total, done):
        if done:
            bare.power_off()
            raise Pulled

    with pytest.raises(Pulled):
        courier.sync(bare.port, Source(str(world.repository.path)), pull)
    bare.power_on()
    assert bare.tap(person("valid").phone).code == "TRUST_STALE"
    assert sync(bare, world.repository.path).status == "updated"
    assert bare.tap(person("valid").phone).code == "VALID"


def test_a_delta_and_new_roots(tmp_path, new_terminal):
    publisher = link_world.Publisher(tmp_path / "repository")
    publisher.add_list()
    publisher.release()
    flash = tmp_path / "flash"
    provision(flash, publisher.repository.first_root.read_bytes(), publisher.at)
    with new_terminal(flash) as terminal:
        assert sync(terminal, publisher.base).after == 1
        publisher.add_list([5, 77])
        publisher.rotate_root()
        publisher.release()
        outcome = sync(terminal, publisher.base)
        assert (outcome.status, outcome.files) == ("updated", ["status/a/1-2.rsd"])
        assert (hello(terminal)["version"], hello(terminal)["root"]) == (2, 2)


def test_a_restart_that_the_link_asks_for(bare, world, person):
    sync(bare, world.repository.path)
    with Client(bare.port) as client:
        client.request("reboot")
    bare.wait_event("restarted")
    bare.subscribe()
    bare.wait_event("ready")
    assert bare.tap(person("valid").phone).code == "VALID"
