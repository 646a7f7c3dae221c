"""What each command does, one function for each, in the order of messages.COMMANDS.

A handler takes `services` and the request's map, whose types have been checked, and returns the
answer's. It raises LinkError, TrustError, StoreError or OSError to refuse. `services` has:

    board           `name`, `flash` (str), `rtc`, `led`, `buzzer`, `button`, `reboot()`: borne.parts.board
    terminal_id     str
    app             `trust`, the TrustSet that taps are judged by; `pattern()`, shows the test pattern
    reader          `version`, (IC, Ver, Rev, Support) or None: borne.nfc.pn532
    heap()          bytes of memory that are free
    pause()         a coroutine function that lets the app work, and waits while it reads a phone
    working(begun)  work that may last has begun, or ended: the screen says so
    switched()      the release is another: takes it for the next tap, and nothing of the old one any more
    ask_time(s)     asks the operator to confirm a time; False if there is no button to say so
    identify(s)     blinks for so many seconds, and does not wait
    store           borne.trust.release_store.ReleaseStore
    update          borne.trust.update.Update
    clock           borne.trust.clock.Clock
    logs            borne.journal.chained_log.ChainedLog of each of messages.LOGS, in their order
    events          borne.link.events.Events
"""

import asyncio
import os
from binascii import hexlify

from micropython import const

import borne
from borne import integrity, limits
from borne.link import messages
from borne.link.messages import LinkError
from borne.parts.absent import Absent

_ANSWER_FIRST = const(300)  # ms in which the answer to reboot leaves


async def handle(services, command, fields):
    """The result map of a request. Raises LinkError, TrustError, StoreError or OSError."""
    if not 1 <= command <= len(_HANDLERS):
        raise LinkError(messages.COMMAND)
    parameters = messages.COMMANDS[command - 1][1]
    if not messages.takes(fields, parameters):
        raise LinkError(messages.PARAMETERS)
    return await _HANDLERS[command - 1](services, fields)


async def hello(services, _):
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
        "warn_after": services.app.trust.policy.warn_after,
        "refuse_after": services.app.trust.policy.refuse_after,
        "time": services.clock.now(),
    }


async def get(services, fields):
    name = fields["name"]
    if name not in services.store.names():
        raise LinkError(messages.NAME)
    with services.store.open(name) as file:
        size = file.seek(0, 2)
        file.seek(min(fields["offset"], size))
        return {"size": size, "data": file.read(limits.LINK_CHUNK_MAX)}


async def put(services, fields):
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


async def commit(services, _):
    services.working(True)
    try:
        files = await services.update.commit(services.clock.now(), services.pause)
        if files:
            raise LinkError(messages.WANTED, {"files": files[: limits.LINK_WANTED_MAX]})
        services.switched()
        services.update.collect()
    finally:
        services.working(False)
    services.clock.verified(services.store.time)
    return {"version": services.store.version}


async def time(services, fields):
    if fields["time"] > limits.TIME_MAX:
        raise LinkError(messages.PARAMETERS)
    refusal = services.clock.offer(fields["time"])
    if refusal == "STEP_TOO_LARGE" and services.ask_time(fields["time"]):
        raise LinkError(refusal, {"confirm": limits.CLOCK_CONFIRM_WITHIN})
    if refusal:
        raise LinkError(refusal)
    return {"time": services.clock.now()}


async def journal(services, fields):
    data, cursor = _log(services, fields).read(fields["cursor"], limits.LINK_CHUNK_MAX)
    return {"data": data, "cursor": cursor}


async def subscribe(services, fields):
    asked = fields.get("identity", False)
    services.events.subscribe(fields["seconds"], asked)
    return {"identity": asked and services.app.trust.policy.identity_to_software}


async def identify(services, fields):
    services.identify(min(fields["seconds"], limits.LINK_IDENTIFY_MAX))
    return {}


async def reboot(services, _):
    asyncio.create_task(_reboot(services.board))
    return {}


async def exported(services, fields):
    log, now = _log(services, fields), services.clock.now()
    return {"exported": log.exported(now, fields["entry"], bytes(fields["hash"]))}


def _log(services, fields):
    if fields["log"] not in messages.LOGS:
        raise LinkError(messages.NAME)
    return services.logs[messages.LOGS.index(fields["log"])]


async def _reboot(board):
    await asyncio.sleep_ms(_ANSWER_FIRST)
    board.reboot()


async def check(services, _):
    board, version = services.board, services.reader.version
    fitted = [
        name
        for name in ("rtc", "led", "buzzer", "button")
        if not isinstance(getattr(board, name), (Absent, type(None)))
    ]
    return {
        "reader": version and bytes(version),
        "parts": " ".join(fitted),
        "rtc": _read(board.rtc),
        "uptime": services.clock.uptime(),
        "heap": services.heap(),
        "fault": _application_fault(board.flash + "/"),
    }


def _read(rtc):
    """What the RTC says, believable or not; None if there is none, or it has stopped."""
    try:
        return rtc.read() if rtc else None
    except OSError:
        return None


def _application_fault(root):
    """What is wrong with the application on the flash, "" for nothing; None if it is not there: frozen."""
    try:
        os.stat(root + integrity.MANIFEST)
    except OSError:
        return None
    return integrity.find_fault(root) or ""


async def pattern(services, _):
    services.app.pattern()
    return {}


_HANDLERS = (
    hello,
    get,
    put,
    commit,
    time,
    journal,
    subscribe,
    identify,
    reboot,
    check,
    pattern,
    exported,
)
