"""A courier who brings nothing that anybody wants: what is left of it after its unplugging and a restart."""

import hashlib
import random

import pytest
from counter import combs_made, polled

from bornetools import times
from bornetools.emulator.machine.unix_vm import UnixVm
from bornetools.link import courier
from bornetools.link.client import Client, Refused
from bornetools.link.source import Source
from bornetools.world.people import World

JITTER = 2048  # bytes of heap: what a start leaves differs by so much
LEFT, LEFT_ON_QEMU = 10_000, 700  # there they take room on a real littlefs, block by block


@pytest.fixture
def world(tmp_path):
    """A world of the test's own: it publishes."""
    return World.create(tmp_path / "world", times.now() - 60)


def sync(terminal, world):
    outcome = courier.sync(terminal.port, Source(str(world.repository.path)))
    assert outcome.status in ("updated", "current"), outcome


def objects(terminal, flash):
    terminal.save()
    return {path.name for path in flash.glob("trust/objects/*") if ".combs" not in path.name}


def put(client, name, data, size=None):
    digest = hashlib.sha256(data).digest()
    return client.request(
        "put", name=name, sha256=digest, size=size or len(data), offset=0, data=data
    )


def heap(terminal):
    with Client(terminal.port) as client:
        return client.request("check")["heap"]


def test_thousands_of_parts_of_an_earlier_firmware_are_collected_at_the_start(
    machine, new_terminal, world, flash
):
    folder = flash / "trust" / "objects"
    before = {path.name for path in folder.iterdir()}
    for number in range(LEFT if machine is UnixVm else LEFT_ON_QEMU):
        (folder / f"{random.Random(number).randbytes(32).hex()}.part").touch()
    with new_terminal(flash) as terminal:
        assert objects(terminal, flash) == before
        assert terminal.tap(world.people[0].phone).code == "VALID"
        world.repository.release(times.now())
        sync(terminal, world)
        assert len(objects(terminal, flash)) == len(before)


def test_six_hundred_uploads_of_nothing_cost_nothing_that_stays(new_terminal, world, flash):
    with new_terminal(flash) as terminal:
        sync(terminal, world)
        before = objects(terminal, flash)
        combs_made(terminal, flash)
        terminal.subscribe()
        terminal.power_off()
        terminal.power_on()
        polled(terminal, 50)
        free = heap(terminal)
        with Client(terminal.port) as client:
            for number in range(600):
                role = ("timestamp", "9.root", "9.snapshot", "9.targets")[number % 4]
                put(client, f"{role}.json", b"%d" % number, 2000)
            assert len(objects(terminal, flash)) <= len(before) + 4
            for number in range(2, 60):  # whole ones, too; then it is unplugged, without a commit
                put(client, f"{number}.root.json", b"root %d" % number)
            with pytest.raises(Refused):
                client.request("commit")
            put(client, "timestamp.json", b"{}" * 400, 2000)
        for path in flash.glob("trust/objects/*.combs"):
            path.unlink()
        terminal.power_off()
        terminal.power_on()
        assert objects(terminal, flash) == before
        combs_made(terminal, flash)  # nobody holds them back
        terminal.subscribe()
        polled(terminal, 50)
        assert heap(terminal) > free - JITTER
        assert terminal.tap(world.people[0].phone).code == "VALID"
        world.repository.release(times.now())
        sync(terminal, world)
