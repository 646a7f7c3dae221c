"""The handlers of the commands: each function has its command's name in messages.COMMANDS.

A handler takes the LinkServices and the request's map, with types checked, and returns the answer's map. It
raises LinkError, TrustError, StoreError or OSError to refuse.
"""

import asyncio
import os
from binascii import hexlify

from micropython import const

import borne
from borne import limits
from borne.link import messages
from borne.link.messages import LinkError
from borne.link.services import LinkServices
from borne.memory.unimport import Unimport
from borne.parts.absent import Absent

if False:  # for types only
    from borne.journal.chained_log import ChainedLog
    from borne.parts.protocols import Board, Rtc

_ANSWER_FIRST = const(300)  # ms in which the answer to reboot leaves


async def handle(services: LinkServices, command: int, fields: dict) -> dict:
    """The result map of a request. Raises LinkError, TrustError, StoreError or OSError."""
    if not 1 <= command <= len(messages.COMMANDS):
        raise LinkError(messages.COMMAND)
    name, parameters, _ = messages.COMMANDS[command - 1]
    if not messages.takes(fields, parameters):
        raise LinkError(messages.PARAMETERS)
    return await globals()[name](services, fields)


async def hello(services: LinkServices, _: dict) -> dict:
    services.update.forget()
    store = services.store
    return {
        "protocol": messages.PROTOCOL,
        "firmware": borne.VERSION,
        "board": services.board.name,
        "terminal": services.terminal_id,
        "free": store.free(),
        "root": services.update.root_version(),
        "version": store.version or None,
        "as_of": store.time or None,
        "warn_after": services.trust.policy.warn_after,
        "refuse_after": services.trust.policy.refuse_after,
        "time": services.clock.now(),
        "time_zone": services.trust.time_zone.rule,
    }


async def get(services: LinkServices, fields: dict) -> dict:
    name = fields["name"]
    if name not in services.store.names():
        raise LinkError(messages.NAME)
    with services.store.open(name) as file:
        size = file.seek(0, 2)
        file.seek(min(fields["offset"], size))
        return {"size": size, "data": file.read(limits.LINK_CHUNK_MAX)}


async def put(services: LinkServices, fields: dict) -> dict:
    update, size, data = services.update, fields["size"], fields["data"]
    if len(data) > limits.LINK_CHUNK_MAX:
        raise LinkError(messages.PARAMETERS)
    offset = update.begin(fields["name"], hexlify(fields["sha256"]).decode(), size)
    if offset < size:
        if offset != fields["offset"]:
            # Also the answer to a repeated request: its data are here already.
            raise LinkError(messages.OFFSET, {"offset": offset})
        offset = update.append(data)
    if offset == size:
        await update.finish(services.pause)
    return {"offset": offset}


async def commit(services: LinkServices, _: dict) -> dict:
    clock = services.clock
    services.working(True)
    try:
        sure = clock.sure() is not None
        files = await services.update.commit(clock.now(), services.pause, sure)
        if files:
            raise LinkError(messages.WANTED, {"files": files[: limits.LINK_WANTED_MAX]})
        services.switched()
        services.update.collect()
    finally:
        services.working(False)
    clock.released(services.store)
    return {"version": services.store.version}


async def time(services: LinkServices, fields: dict) -> dict:
    if fields["time"] > limits.TIME_MAX:
        raise LinkError(messages.PARAMETERS)
    clock = services.clock
    refusal = clock.offer(fields["time"])
    if refusal == "BELOW_FLOOR" and services.forget_releases():
        refusal = clock.offer(fields["time"])
    if refusal:
        result = {"floor": clock.floor()} if refusal == "BELOW_FLOOR" else {}
        if services.ask_time(fields["time"], refusal):
            result["confirm"] = limits.CLOCK_CONFIRM_WITHIN
        raise LinkError(refusal, result)
    return {"time": services.clock.now()}


async def journal(services: LinkServices, fields: dict) -> dict:
    data, cursor = _log(services, fields).read(fields["cursor"], limits.LINK_CHUNK_MAX)
    return {"data": data, "cursor": cursor}


async def subscribe(services: LinkServices, fields: dict) -> dict:
    asked = fields.get("identity", False)
    services.events.subscribe(fields["seconds"], asked)
    return {"identity": asked and services.trust.policy.identity_to_software}


async def identify(services: LinkServices, fields: dict) -> dict:
    services.identify(min(fields["seconds"], limits.LINK_IDENTIFY_MAX))
    return {}


async def reboot(services: LinkServices, _: dict) -> dict:
    asyncio.create_task(_reboot(services.board))
    return {}


async def exported(services: LinkServices, fields: dict) -> dict:
    log, now = _log(services, fields), services.clock.now()
    return {"exported": log.exported(now, fields["entry"], bytes(fields["hash"]))}


def _log(services: LinkServices, fields: dict) -> "ChainedLog":
    if fields["log"] not in messages.LOGS:
        raise LinkError(messages.NAME)
    return services.logs[messages.LOGS.index(fields["log"])]


async def _reboot(board: "Board") -> None:
    await asyncio.sleep_ms(_ANSWER_FIRST)
    board.reboot()


async def check(services: LinkServices, _: dict) -> dict:
    board, version = services.board, services.reader.version
    fitted = [
        name
        for name in ("rtc", "led", "buzzer", "button")
        if not isinstance(getattr(board, name), (Absent, type(None)))
    ]
    return {
        "reader": version and bytes(version),
        "display": board.display.answers,
        "parts": " ".join(fitted),
        "rtc": _read(board.rtc),
        "uptime": services.clock.uptime(),
        "heap": services.heap(),
        "fault": _application_fault(board.flash + "/"),
    }


def _read(rtc: "Rtc | None") -> int | None:
    """The time of the RTC, believable or not; None if there is none, or it has stopped."""
    try:
        return rtc.read() if rtc else None
    except OSError:
        return None


def _application_fault(root: str) -> str | None:
    """The fault of the application on the flash, "" for none; None if the application is frozen."""
    with Unimport():
        from borne.integrity import MANIFEST, find_fault

        try:
            os.stat(root + MANIFEST)
        except OSError:
            return None
        return find_fault(root) or ""


async def pattern(services: LinkServices, _: dict) -> dict:
    services.pattern()
    return {}
