"""One tap to measure, always the same: the frames of phone and reader, and the release that judges it.

tap_case.json was made once by `python -m bornetools.bench.tap_case`: with new keys and signatures counts
would differ a little. Bytes are in hexadecimal.

    now, nonce, terminal, purpose   the terminal's request
    frames                          [command's frame, the chip's answers: ACK and frame], in order
    files                           the release's files by name
"""

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from borne.nfc import exchange
from borne.nfc.pn532 import Pn532
from borne.trust import kinds
from borne.trust.key_combs import KeyCombs
from borne.trust.key_file import KeyFile
from borne.trust.release_store import ReleaseStore
from bornetools import times
from bornetools.emulator.chip.field import Field
from bornetools.emulator.chip.pn532 import Pn532 as Chip
from bornetools.emulator.phones.handset import Handset
from bornetools.world.people import World

PATH = Path(__file__).with_name("tap_case.json")
_NEEDED = (kinds.KEYS, kinds.POLICY, kinds.INDICES)


def load() -> dict[str, Any]:
    """The case, as in the file."""
    case: dict[str, Any] = json.loads(PATH.read_text())
    return case


def install(case: dict[str, Any], flash: Path, combs: bool) -> None:
    """Puts the release on a terminal's flash, a folder; with the keys' combs if `combs`."""
    trust = flash / "trust"
    trust.mkdir(parents=True)
    store = ReleaseStore(str(trust))
    names = {}
    for name, text in case["files"].items():
        data = bytes.fromhex(text)
        names[name] = _sha256(data)
        store.begin(names[name], len(data), len(data))
        store.append(names[name], 0, data)
        store.finish(names[name])
    store.commit(1, case["now"], names)
    if combs:
        made = KeyCombs(store, lambda: True)
        made.want(KeyFile(store))
        asyncio.run(made.provide(_no_pause))


async def _no_pause() -> None:
    pass


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Recorder:
    """A transport of borne.nfc.pn532 to an emulated chip, which records the frames."""

    def __init__(self, chip: Chip) -> None:
        self.frames: list[Any] = []
        self._chip = chip
        self._waiting: list[bytes] = []

    async def wake(self) -> None:
        self._chip.receive(b"\x55\x55" + bytes(14), 0.0)

    def write(self, frame: bytes | bytearray | memoryview) -> None:
        self._waiting = self._chip.receive(bytes(frame), 0.0)
        while self._chip.due is not None:
            self._waiting += self._chip.advance(self._chip.due)
        self.frames.append([bytes(frame).hex(), [one.hex() for one in self._waiting]])

    def ready(self) -> bool:
        return bool(self._waiting)

    async def read(self, buffer: bytearray, _expected: int) -> int:
        frame = self._waiting.pop(0)
        buffer[: len(frame)] = frame
        return len(frame)

    def drain(self, buffer: bytearray) -> None:
        self._waiting = []


async def record(phone: Handset, talk: Callable[[Pn532], Awaitable[object]]) -> list[Any]:
    """The frames from the second poll of `phone` on, with those of the coroutine function `talk`, which is
    called with the reader that has found the phone."""
    field = Field()
    transport = _Recorder(Chip(field))
    reader = Pn532(transport)
    await reader.start()
    field.put(phone)
    await reader.poll()
    transport.frames = []
    await reader.release()
    assert await reader.poll()
    await talk(reader)
    return transport.frames


def main() -> None:
    now = times.now()
    with tempfile.TemporaryDirectory() as name:
        world = World.create(Path(name) / "world", now)
        case: dict[str, Any] = {"now": now, "nonce": bytes(range(32)).hex(), "terminal": "QEMU-1"}
        case["purpose"] = "consultation"
        (phone,) = (one.phone for one in world.people if one.case == "valid")

        async def talk(reader: Pn532) -> None:
            nonce = bytes.fromhex(case["nonce"])
            await exchange.read(reader, nonce, case["terminal"], case["purpose"], now)

        case["frames"] = asyncio.run(record(phone, talk))
        store = ReleaseStore(str(world.flash / "trust"))
        case["files"] = {
            name: store.read(name, 1 << 20).hex()
            for name in sorted(store.names())
            if kinds.find(name) in _NEEDED
        }
    PATH.write_text(json.dumps(case, indent=1) + "\n")


if __name__ == "__main__":
    main()
