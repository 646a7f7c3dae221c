"""Which modules a terminal keeps loaded (on the VM): those for tokens and the link, and no others."""

import threading

import numpy as np
import pytest

from borne.memory.unimport import MACHINE_CODE
from borne.provisioned import reader_key, settings
from bornetools import times
from bornetools.emulator.clock import VirtualTime
from bornetools.emulator.machine.prompt import Prompt
from bornetools.emulator.machine.unix_vm import UnixVm
from bornetools.flash.reader_key import from_test_ca
from bornetools.link import courier
from bornetools.link.flash_folder import provision
from bornetools.link.source import Source
from bornetools.times import DAY
from bornetools.world.largest import add_list
from bornetools.world.people import World

# By folder; each folder is a module, too.
RESIDENTS = {
    "": "app attempts composition errors limits starting uptime",
    "crypto": "algorithms comb field ghash hmac limbs p256 p256_base",
    "journal": "chained_log journal pseudonym",
    "link": "events framing handlers messages services task",
    "memory": "scrub unimport",
    "nfc": "apdu exchange phones pn532 pn532_card pn532_frame pn532_hsu pn532_status",
    "parts": "absent stdio",
    "randomness": "entropy prepared",
    "storage": "atomic file_view",
    "token": "cbor cose cose_key cwt dates health_cover nir proof time_zone",
    "trust": "clock freshness keeper key_combs key_file kinds policy release_store revocation trustset"
    " update",
    "ui": "display_watch font font_6x10 font_7x13b glyph_file icons idle question screens signals"
    " substitutes texts_en",
    "verify": "credential evidence token_credential verdict verifier",
}

HEAP = 400_000  # the program below lies in it, too; what the terminal itself needs is tested apart

# `get` of the file "modules" is the question.
_PROGRAM = """
import asyncio, sys
from borne.composition import Composition
from borne.starting import parts
from borne.link import handlers

get = handlers.get

async def modules(services, fields):
    if fields["name"] != "modules":
        return await get(services, fields)
    names = " ".join(sorted(sys.modules)).encode()
    return {"size": len(names), "data": names[fields["offset"] :][:1000]}

handlers.get = modules
asyncio.run(Composition(parts).run())
"""


class Open(Prompt):
    """A context manager: a terminal that tells which modules are loaded."""

    def power_on(self, ready=True):
        super().power_on()
        self.panel.pressed = False
        self._transport.exec_raw_no_follow(_PROGRAM)
        self._transport.close()  # the port is the link's now
        self.subscribe()
        self.wait_event("ready")

    def modules(self) -> set[str]:
        """Those of the firmware that are loaded."""
        names, size = b"", 1
        while len(names) < size:
            answer = self._cable.request("get", 60, name="modules", offset=len(names))
            size = answer["size"]
            names += answer["data"]
        return {one for one in names.decode().split() if one.split(".")[0] == "borne"}


@pytest.fixture
def world(tmp_path):
    """A world of the test's own: it publishes."""
    return World.create(tmp_path / "world", times.now() - 60)


@pytest.fixture
def terminal(world, tmp_path):
    """A terminal that was provisioned with all there is, and has no release yet."""
    flash = tmp_path / "flash"
    provision(flash, world.repository.first_root.read_bytes(), times.now() - DAY)
    (flash / settings.FILE).write_bytes(settings.Settings("T-1", "en").encode())
    key = from_test_ca(tmp_path / "ca", "a counter", 30, times.now())
    (flash / reader_key.FILE).write_bytes(key.encode())
    with Open(flash, machine=UnixVm(HEAP), clock=VirtualTime()) as terminal:
        yield terminal


def residents():
    names = {"borne", *(f"borne.{folder}" for folder in RESIDENTS if folder)}
    for folder, modules in RESIDENTS.items():
        names |= {".".join(filter(None, ("borne", folder, one))) for one in modules.split()}
    return names


def release(world, version):
    """Publishes a list, and from the second version on a delta that leads to it."""
    now = times.now()
    many = np.arange(0, 100_000, 20 + version)
    add_list(world.repository, now - 60, "padding", version, many, 100_000, range(1, version))
    world.repository.release(now)


def sync(terminal, world):
    outcome = courier.sync(terminal.port, Source(str(world.repository.path)))
    assert outcome.status == "updated", outcome


def test_after_taps_and_syncs_exactly_these_stay(terminal, world):
    assert set(MACHINE_CODE) < residents()
    assert terminal.modules() == residents(), "ready"
    token = next(one.phone for one in world.people if one.case == "valid")
    for version in (1, 2):
        release(world, version)
        sync(terminal, world)
        assert terminal.modules() == residents(), "a sync"
        assert terminal.tap(token).code == "VALID"
        assert terminal.modules() == residents(), "a token"
        for holder in world.wallets:
            assert terminal.tap(holder.phone).code == holder.expected
            assert terminal.modules() == residents(), holder.case


def test_after_wallets_during_a_sync_exactly_these_stay(terminal, world):
    """Whose modules come and go while those of the sync are loaded."""
    sync(terminal, world)
    for version in (1, 2, 3):
        release(world, version)
        thread = threading.Thread(target=sync, args=(terminal, world))
        thread.start()
        codes = {terminal.tap(world.wallets[0].phone).code}
        while thread.is_alive():
            codes.add(terminal.tap(world.wallets[0].phone).code)
        thread.join()
        assert codes == {"VALID"}
        assert terminal.modules() == residents()
