"""The link's task and handlers with fakes of what they work on: each command, and whatever else arrives."""

import asyncio
import hashlib
import os
import time
from binascii import hexlify

from support import run, scratch

from borne import VERSION, integrity, limits
from borne.errors import DecodeError, StoreError, TrustError
from borne.link import events as events_module
from borne.link import handlers, messages
from borne.link.events import Events
from borne.link.framing import Receiver, encode
from borne.link.task import Link
from borne.parts.absent import Absent
from borne.token import cbor
from borne.token.time_zone import TimeZone

DIGEST = hashlib.sha256(b"x").digest()
NAMES = [command[0] for command in messages.COMMANDS]


class Line:
    """A serial line: `put` is the host's end, and `sent` what the terminal has written."""

    def __init__(self, at_once=100000):
        self._arrived = b""
        self._at_once = at_once
        self.sent = b""
        self.largest = 0
        self.takes = 100000  # bytes, until it is read no more

    def put(self, data):
        self._arrived += bytes(data)

    def any(self):
        return min(len(self._arrived), self._at_once)

    def readinto(self, buffer, size):
        self.largest = max(self.largest, size)
        data = self._arrived[: min(size, self._at_once)]
        buffer[: len(data)] = data
        self._arrived = self._arrived[len(data) :]
        return len(data) or None

    def write(self, data):
        data = bytes(data)[: min(self._at_once, self.takes)]
        self.largest = max(self.largest, len(data))
        self.takes -= len(data)
        self.sent += data
        return len(data) or None


class Reader:
    def __init__(self, version):
        self.version = version


class Rtc:
    def __init__(self, told):
        self._told = told

    def read(self):
        if isinstance(self._told, Exception):
            raise self._told
        return self._told


class Board:
    """A board's optional parts; its flash is a new folder."""

    def __init__(self, rtc=None, led=None, buzzer=None, button=None):
        self.rtc, self.led, self.buzzer, self.button = rtc, led, buzzer, button
        self.flash = scratch("link-flash")
        self.display, self.answers = self, True


class Services:
    """All services in one object; `calls` records what is asked of them, `broken` is raised."""

    name, terminal_id = "FAKE", "T-1"
    version, time_of = 7, 1_800_000_000
    warn_after, refuse_after = 86400, 864000
    identity_to_software = False
    rtc = led = buzzer = None
    flash = "/nowhere"

    def __init__(self):
        self.board = self.display = self.store = self.update = self.clock = self
        self.answers = True
        self.logs = [None, self]
        self.trust = self.policy = self
        self.time_zone = TimeZone("CET-1")
        self.reader = Reader(None)
        self.events = Events()
        self.calls = []
        self.broken = None
        self.offset = 0
        self.wanted = []
        self.refusal = None
        self.button = self.withdrawn = False
        self.told = None
        self.content = bytes(range(256)) * 9
        self.taps = 0

    def _call(self, *what):
        self.calls.append(what)
        if self.broken:
            raise self.broken

    async def pause(self):
        await asyncio.sleep_ms(0)
        while self.taps:
            self.taps -= 1
            await asyncio.sleep_ms(1)

    # board
    def identify(self, seconds):
        self._call("identify", seconds)

    def reboot(self):
        self._call("reboot")

    def working(self, begun):
        self._call("working", begun)

    def switched(self):
        self._call("switched")

    def pattern(self):
        self._call("pattern")

    def uptime(self):
        return 77

    def heap(self):
        return 40000

    # store
    @property
    def time(self):
        return self.time_of

    def free(self):
        return 12345

    def names(self):
        return {"keys.cbor": "00"}

    def open(self, name):
        with open(self.path(), "wb") as file:
            file.write(self.content)
        return open(self.path(), "rb")

    def path(self):
        return "/tmp/borne-link-%d" % id(self)

    # update
    def forget(self):
        self._call("forget")

    def root_version(self):
        self._call("root_version")
        return 3

    def begin(self, name, sha256, size):
        self._call("begin", name, sha256, size)
        return self.offset

    def append(self, data):
        self._call("append", bytes(data))
        self.offset += len(data)
        return self.offset

    async def finish(self, pause):
        self._call("finish")
        await pause()

    async def commit(self, now, pause, sure):
        self._call("commit", now, sure)
        await pause()
        return self.wanted

    def collect(self):
        self._call("collect")

    # clock
    def now(self):
        return 1_800_000_001

    def floor(self):
        return 1_800_000_000

    def sure(self):
        return self.told

    def offer(self, seconds):
        self._call("offer", seconds)
        return self.refusal

    def ask_time(self, seconds, refusal):
        self._call("ask", seconds, refusal)
        return self.button

    def forget_releases(self):
        self._call("forget_releases")
        if self.withdrawn:
            self.refusal = None
        return self.withdrawn

    def fault(self, code, text):
        self._call("fault", code, text)

    def released(self, store):
        assert store is self
        self._call("released")

    # journal
    def read(self, cursor, most):
        self._call("read", cursor, most)
        return b"lines\n", 99

    def exported(self, now, number, digest):
        self._call("exported", now, number, digest)
        return number - 1


def received(sent):
    """The messages in the bytes that a terminal has sent, as lists."""
    receiver = Receiver()
    found = []
    while True:
        payload = receiver.payload()
        if payload is not None:
            found.append(messages.decode(bytes(payload)))
        elif sent:
            space = receiver.space()
            count = min(len(space), len(sent))
            space[:count] = sent[:count]
            receiver.received(count)
            sent = sent[count:]
        else:
            return found


async def _work(link, steps):
    idle = 0
    for _ in range(steps):
        idle = 0 if await link.step() else idle + 1
        if idle > 2:
            return
    raise AssertionError("still not idle")


def talk(services, *frames, steps=5000):
    """The messages that come back for frames (bytes as they are on the line)."""
    line = Line()
    for frame in frames:
        line.put(frame)
    run(_work(Link(line, services), steps))
    assert line.largest <= 64
    return received(line.sent)


def request(command, seq=5, **fields):
    return encode(messages.encode(seq, NAMES.index(command) + 1, fields))


def ask(services, command, **fields):
    """(code or 0, map) of the answer to one request."""
    answers = talk(services, request(command, **fields))
    assert len(answers) == 1 and answers[0][0] == 5, answers
    what, result = answers[0][1:]
    if what == messages.OK:
        assert messages.matches(result, messages.COMMANDS[NAMES.index(command)][2], null=True), (
            result
        )
    return what, result


def put(**changes):
    fields = {"name": "keys.cbor", "sha256": DIGEST, "size": 5, "offset": 0, "data": b"12345"}
    fields.update(changes)
    return fields


def test_each_command_has_a_handler_of_its_name():
    for name in NAMES:
        assert callable(getattr(handlers, name)), name
    assert len(set(NAMES)) == len(NAMES)


def test_hello():
    assert ask(Services(), "hello") == (
        0,
        {
            "protocol": 1,
            "firmware": VERSION,
            "board": "FAKE",
            "terminal": "T-1",
            "free": 12345,
            "root": 3,
            "version": 7,
            "as_of": 1_800_000_000,
            "warn_after": 86400,
            "refuse_after": 864000,
            "time": 1_800_000_001,
            "time_zone": "CET-1",
        },
    )
    services = Services()
    services.version = services.time_of = 0
    result = ask(services, "hello")[1]
    assert result["version"] is None and result["as_of"] is None
    assert services.calls[0] == ("forget",)


def test_get_reads_a_file_of_the_release_piece_by_piece():
    services = Services()
    data = b""
    while True:
        what, result = ask(services, "get", name="keys.cbor", offset=len(data))
        assert what == 0 and result["size"] == len(services.content)
        if not result["data"]:
            break
        assert len(result["data"]) <= limits.LINK_CHUNK_MAX
        data += result["data"]
    assert data == services.content
    assert ask(services, "get", name="keys.cbor", offset=1 << 60) == (
        0,
        {"size": 2304, "data": b""},
    )
    for name in ("", "other", "../keys.cbor", "objects/00"):
        assert ask(services, "get", name=name, offset=0) == ("NAME", {})
    os.remove(services.path())


def test_put_goes_on_at_the_offset_and_finishes_once_all_is_there():
    services = Services()
    assert ask(services, "put", **put(size=8)) == (0, {"offset": 5})
    assert ask(services, "put", **put(size=8)) == ("OFFSET", {"offset": 5})
    assert ask(services, "put", **put(size=8, offset=6)) == ("OFFSET", {"offset": 5})
    assert "finish" not in [call[0] for call in services.calls]
    assert ask(services, "put", **put(size=8, offset=5, data=b"678")) == (0, {"offset": 8})
    assert services.calls[-2:] == [("append", b"678"), ("finish",)]
    # All was there before a restart, checked or not.
    assert ask(services, "put", **put(size=8)) == (0, {"offset": 8})
    assert services.calls[-1] == ("finish",)
    assert ask(services, "put", **put(data=bytes(limits.LINK_CHUNK_MAX + 1)))[0] == "PARAMETERS"


def test_commit_names_what_is_wanted_or_switches():
    services = Services()
    services.wanted = [["keys.cbor", DIGEST, number] for number in range(20)]
    what, result = ask(services, "commit")
    assert what == "WANTED"
    assert result == {"files": services.wanted[: limits.LINK_WANTED_MAX]}
    committed = [("working", True), ("commit", 1_800_000_001, False)]
    assert services.calls == committed + [("working", False)]
    services.calls.clear()
    services.wanted = []
    assert ask(services, "commit") == (0, {"version": 7})
    assert services.calls == committed + [
        ("switched",),
        ("collect",),
        ("working", False),
        ("released",),
    ]
    services.told = 1_800_000_001
    ask(services, "commit")
    assert ("commit", 1_800_000_001, True) in services.calls


def test_the_longest_answers_fit_a_frame():
    services = Services()
    services.wanted = [["status/" + "x" * 32 + "/99999999-99999999.rsd", DIGEST, 1 << 31]] * 8
    assert ask(services, "commit")[0] == "WANTED"


def test_time_journal_identify_reboot():
    services = Services()
    assert ask(services, "time", time=5) == (0, {"time": 1_800_000_001})
    services.refusal = "STEP_TOO_LARGE"
    assert ask(services, "time", time=6) == ("STEP_TOO_LARGE", {})
    services.button = True
    within = {"confirm": limits.CLOCK_CONFIRM_WITHIN}
    assert ask(services, "time", time=7) == ("STEP_TOO_LARGE", within)
    services.refusal = "BELOW_FLOOR"
    floor = {"floor": 1_800_000_000}
    assert ask(services, "time", time=8) == ("BELOW_FLOOR", dict(within, **floor))
    services.button = False
    assert ask(services, "time", time=9) == ("BELOW_FLOOR", floor)
    services.withdrawn = True  # the key that signed the floor
    assert ask(services, "time", time=10) == (0, {"time": 1_800_000_001})
    assert ask(services, "time", time=1 << 40) == ("PARAMETERS", {})
    assert ask(services, "journal", log="receipts", cursor=7) == (
        0,
        {"data": b"lines\n", "cursor": 99},
    )
    assert ask(services, "identify", seconds=1 << 50) == (0, {})
    assert services.calls == [
        ("offer", 5),
        ("offer", 6),
        ("ask", 6, "STEP_TOO_LARGE"),
        ("offer", 7),
        ("ask", 7, "STEP_TOO_LARGE"),
        ("offer", 8),
        ("forget_releases",),
        ("ask", 8, "BELOW_FLOOR"),
        ("offer", 9),
        ("forget_releases",),
        ("ask", 9, "BELOW_FLOOR"),
        ("offer", 10),
        ("forget_releases",),
        ("offer", 10),
        ("read", 7, limits.LINK_CHUNK_MAX),
        ("identify", limits.LINK_IDENTIFY_MAX),
    ]

    async def rebooted():
        line = Line()
        line.put(request("reboot"))
        await _work(Link(line, services), 500)
        assert received(line.sent) == [[5, 0, {}]]
        assert services.calls[-1] != ("reboot",)  # the answer leaves first
        await asyncio.sleep_ms(400)
        assert services.calls[-1] == ("reboot",)

    run(rebooted())


def test_check_tells_what_is_fitted_and_how_it_is():
    services = Services()
    services.reader = Reader((0x32, 1, 6, 7))
    services.board = Board(Rtc(1_800_000_009), print, print, print)
    all_well = {
        "reader": b"\x32\x01\x06\x07",
        "display": True,
        "parts": "rtc led buzzer button",
        "rtc": 1_800_000_009,
        "uptime": 77,
        "heap": 40000,
        "fault": None,
    }
    assert ask(services, "check") == (0, all_well)
    services.reader = Reader(None)
    for rtc in (Rtc(None), Rtc(OSError(5))):
        services.board = Board(rtc, Absent(), Absent(), None)
        worse = dict(all_well, reader=None, parts="rtc", rtc=None)
        assert ask(services, "check") == (0, worse)
    services.board = Board(None, Absent(), print, None)
    services.board.answers = False
    assert ask(services, "check") == (0, dict(worse, parts="buzzer", display=False))


def test_check_compares_the_application_on_the_flash():
    services = Services()
    services.board = Board()
    root = services.board.flash + "/"
    with open(root + "a.mpy", "wb") as file:
        file.write(b"x")
    with open(root + integrity.MANIFEST, "wb") as file:
        file.write(b"# borne 0 X 1\n" + hexlify(DIGEST) + b"  a.mpy\n")
    assert ask(services, "check")[1]["fault"] == ""
    with open(root + "a.mpy", "wb") as file:
        file.write(b"y")
    assert ask(services, "check")[1]["fault"] == "a.mpy is missing or not what was sent"


def test_a_pattern_is_shown():
    services = Services()
    assert ask(services, "pattern") == (0, {})
    assert services.calls == [("pattern",)]


def test_a_request_that_is_not_as_it_has_to_be():
    services = Services()
    assert talk(services, encode(messages.encode(5, len(NAMES) + 1, {}))) == [[5, "COMMAND", {}]]
    for fields in (
        {},
        {"log": "receipts", "cursor": -1},
        {"log": "receipts", "cursor": True},
        {"log": "receipts", "cursor": None},
        {"log": "receipts", "cursor": "0"},
        {"log": "receipts", "cursor": b"0"},
        {"log": "receipts", "cursor": 0, "more": 1},
        {"log": 1, "cursor": 0},
        {"log": "receipts"},
        {"other": 0, "cursor": 0},
    ):
        assert ask(services, "journal", **fields) == ("PARAMETERS", {}), fields
    for item in (
        [],
        [5, 1],
        [5, 1, {}, {}],
        [5, 1, []],
        [-1, 1, {}],
        [1 << 32, 1, {}],
        [True, 1, {}],
        ["5", 1, {}],
        [5, None, {}],
        [5, b"1", {}],
        {},
        5,
        cbor.Tag(1, [5, 1, {}]),
    ):
        assert talk(services, encode(cbor.encode(item))) == [[0, "MESSAGE", {}]], item
    for payload in (
        b"",
        b"\x83\x05\x01",
        b"\x83\x05\x01\xa0\x00",
        b"\x9f\x05\x01\xa0\xff",
        os.urandom(9),
    ):
        assert talk(services, encode(payload)) == [[0, "MESSAGE", {}]]
    # What this end says itself comes back on a line with an echo: not answered, or it never ends.
    echoes = ([0, 1, {}], [0, "FRAME", {}], [5, 0, {}], [5, "COMMAND", {}])
    for item in echoes:
        assert talk(services, encode(cbor.encode(item))) == []
    assert services.calls == []


def test_spoiled_frames_are_told_and_the_next_request_is_answered():
    services = Services()
    spoiled = bytearray(request("identify", seconds=1))
    spoiled[5] ^= 1
    for bad in (
        spoiled,
        request("identify", seconds=1)[:-4],
        b"\0" + b"\x07" * 5000,
        b"boot: ready\r\n",
    ):
        answers = talk(services, bad, request("hello"))
        assert answers[0] == [0, "FRAME", {}] and len(answers) == 2, bad
        assert answers[1][:2] == [5, 0]
    assert ("identify", 1) not in services.calls


def test_requests_again_out_of_order_and_together():
    answers = talk(
        Services(),
        request("journal", 9, log="receipts", cursor=1),
        request("journal", 9, log="receipts", cursor=1),
        request("journal", 3, log="receipts", cursor=1),
        request("hello", 1 << 32),
        request("identify", 0xFFFFFFFF, seconds=1),
    )
    assert [answer[:2] for answer in answers] == [
        [9, 0],
        [9, 0],
        [3, 0],
        [0, "MESSAGE"],
        [0xFFFFFFFF, 0],
    ]


def test_noise_is_survived_whatever_it_is():
    services = Services()
    for _ in range(20):
        answers = talk(services, os.urandom(2000), request("hello"))
        assert answers[-1][:2] == [5, 0]
        for answer in answers[:-1]:
            assert answer in ([0, "FRAME", {}], [0, "MESSAGE", {}])


def test_random_messages_are_refused_or_answered():
    services = Services()
    services.content = b""
    for number in range(300):
        seed = hashlib.sha256(b"%d" % number).digest()
        fields = {}
        parameters = messages.COMMANDS[seed[0] % len(NAMES)][1].split()
        for item in parameters[: seed[1] % 7]:
            values = (seed[2], -1, "keys.cbor", seed, None, [seed], {"x": 1}, 1 << 63)
            fields[item.split(":")[0]] = values[seed[len(fields) + 3] % 8]
        frame = encode(messages.encode(5, seed[0] % len(NAMES) + 1, fields))
        answers = talk(services, frame)
        assert len(answers) == 1 and answers[0][0] == 5, fields
        assert answers[0][1] in (0, "PARAMETERS", "NAME", "OFFSET"), (fields, answers)


def test_what_breaks_in_a_handler_is_an_answer():
    for broken, what, result in (
        (TrustError("ROLLBACK", "older"), "ROLLBACK", {"detail": "older"}),
        (StoreError("not whole"), "STORE", {"detail": "not whole"}),
        (OSError(28), "FULL", {}),
        (OSError(5), "STORE", {}),
        (OSError(), "STORE", {}),
        (DecodeError("bytes"), "INTERNAL", {"detail": "DecodeError"}),
        (MemoryError(), "INTERNAL", {"detail": "MemoryError: release 7 is in force"}),
        (KeyError("secret"), "INTERNAL", {"detail": "KeyError"}),
    ):
        services = Services()
        services.broken = broken
        assert ask(services, "identify", seconds=1) == (what, result)
        assert ask(services, "commit") == (what, result)


def test_a_courier_that_falls_silent_is_forgotten():
    async def scenario(services, command, fields, wait):
        line = Line()
        line.put(request(command, **fields))
        link = Link(line, services)
        await _work(link, 5000)
        services.calls.clear()
        await asyncio.sleep_ms(wait)
        line.put(request("subscribe", seconds=60))  # some other software goes on
        await _work(link, 5000)
        first = list(services.calls)
        await _work(link, 5000)
        return first, services.calls

    silence = limits.LINK_COURIER_MAX
    for command, fields in (("put", put(size=8)), ("commit", {})):
        for wait, calls in ((silence - 1000, []), (silence + 1000, [("forget",)])):
            once, after = run(scenario(Services(), command, fields, wait))
            assert once == after == calls, (command, wait)
    assert run(scenario(Services(), "identify", {"seconds": 1}, silence + 1000)) == ([], [])


def test_events_of_a_frame_that_is_given_up_count_as_lost():
    services = Services()
    services.events.subscribe(60)
    line = Line()
    link = Link(line, services)
    for number in range(limits.LINK_EVENTS_MAX + 2):
        services.events.report({"event": "fault", "code": str(number), "detail": ""})
    line.takes = 10

    class Gone(Line):
        def write(self, data):
            raise OSError(5)

    async def steps():
        await link.step()  # the line takes nothing more: the event that says "2 lost" is lost, too
        line.takes, line.sent = 100000, b""
        await _work(link, 5000)

    run(steps())
    told = received(line.sent)
    assert told[0] == [0, 4, {"code": "3", "detail": "", "lost": 3}]
    assert len(told) == limits.LINK_EVENTS_MAX - 1
    # A line that breaks.
    for holder in (False, True):
        services.events.subscribe(60, holder)
        services.events.report(accepted())
        try:
            run(Link(Gone(), services).step())
        except OSError:
            pass
        assert services.events._sending is None
        services.events.report({"event": "gone"})
        assert talk(services) == [[0, 3, {"lost": 1}]]


def test_a_new_subscriber_is_not_told_what_another_has_lost():
    events = Events()
    events.subscribe(60)
    for _ in range(limits.LINK_EVENTS_MAX + 2):
        events.report({"event": "gone"})
    events.frame()
    events.subscribe(0)
    events.sent(False)
    events.subscribe(60)
    events.report({"event": "gone"})
    assert events.next() == (3, {})


def test_one_byte_a_step_takes_long_and_works():
    services = Services()
    line = Line(at_once=1)
    line.put(request("put", **put()))
    run(_work(Link(line, services), 5000))
    assert received(line.sent) == [[5, 0, {"offset": 5}]]
    assert services.calls[1] == ("append", b"12345")


def test_no_request_is_begun_while_a_phone_is_read():
    async def scenario():
        services = Services()
        line = Line()
        link = Link(line, services)
        line.put(request("hello"))
        services.taps = 1 << 30
        task = asyncio.create_task(_work(link, 500))
        await asyncio.sleep_ms(30)
        assert services.calls == [] and line.sent == b""
        services.taps = 0
        await task
        assert received(line.sent)[0][:2] == [5, 0]

    run(scenario())


def test_a_line_that_nobody_reads_costs_a_frame_and_not_the_task():
    services = Services()
    line = Line()
    line.takes = 10
    line.put(request("hello"))
    patience = limits.LINK_WRITE_TIMEOUT
    limits.LINK_WRITE_TIMEOUT = 20
    try:
        link = Link(line, services)
        run(_work(link, 5000))
        assert len(line.sent) == 10
        line.sent, line.takes = b"", 100000
        line.put(request("journal", log="receipts", cursor=0))
        run(_work(link, 5000))
        assert received(line.sent) == [[5, 0, {"data": b"lines\n", "cursor": 99}]]
    finally:
        limits.LINK_WRITE_TIMEOUT = patience


def test_a_line_that_breaks_does_not_end_the_task():
    class Broken(Line):
        failures = 3

        def any(self):
            if self.failures:
                self.failures -= 1
                raise OSError(5)
            return super().any()

    async def scenario():
        line = Broken()
        line.put(request("hello"))
        task = asyncio.create_task(Link(line, Services()).run())
        while not line.sent.endswith(b"\0") or len(line.sent) < 10:
            await asyncio.sleep_ms(1)
        task.cancel()
        assert received(line.sent)[0][:2] == [5, 0]

    run(scenario())


def test_events_reach_a_subscriber_and_nobody_else():
    services = Services()
    verdict = {
        "event": "verdict",
        "code": "VALID",
        "severity": "accept",
        "detail": "",
        "us": {"bus": 1},
    }
    services.events.report(verdict)
    assert talk(services) == []
    assert ask(services, "subscribe", seconds=60) == (0, {"identity": False})
    assert talk(services) == []
    services.events.report(verdict)
    services.events.report({"event": "gone"})
    assert talk(services) == [
        [0, 2, {"code": "VALID", "severity": "accept", "detail": "", "us": {"bus": 1}}],
        [0, 3, {}],
    ]
    assert verdict["event"] == "verdict"  # the app's own, unchanged
    assert ask(services, "subscribe", seconds=0) == (0, {"identity": False})
    services.events.report(verdict)
    assert talk(services) == []


class Later:
    """In its `with` block it is `ms` later than it is, for borne.link.events."""

    def __init__(self, ms: int):
        self._ms = ms
        self.ticks_add, self.ticks_diff = time.ticks_add, time.ticks_diff

    def ticks_ms(self) -> int:
        return time.ticks_add(time.ticks_ms(), self._ms)

    def __enter__(self) -> None:
        events_module.time = self

    def __exit__(self, *_) -> None:
        events_module.time = time


def test_events_wait_in_bounds_and_a_subscription_ends():
    events = Events()
    events.subscribe(1 << 60)
    for number in range(limits.LINK_EVENTS_MAX + 5):
        events.report({"event": "fault", "code": str(number), "detail": ""})
    assert events.next() == (4, {"code": "5", "detail": "", "lost": 5})
    assert events.next() == (4, {"code": "6", "detail": ""})
    for _ in range(limits.LINK_EVENTS_MAX - 2):
        assert events.next()
    assert events.next() is None
    events.subscribe(1)
    events.report({"event": "ready"})
    with Later(1000):
        assert events.next() is None
        events.report({"event": "ready"})
        assert events.next() is None


def test_a_subscription_begins_with_how_the_reader_is():
    for said, told in (
        (["ready"], 1),
        (["ready", "verdict", "gone"], 1),
        (["ready", "verdict", "remove"], 5),
        (["ready", "verdict", "remove", "gone", "ready"], 1),
        (["fault"], 4),
    ):
        events = Events()
        for kind in said:
            events.report({"event": kind})
        events.subscribe(60)
        assert events.next() == (told, {})
        assert events.next() is None


class Holder:
    """As the app reports one: borne.verify.verdict.Holder."""

    family, given, birth_date = "Qzyxfamily", "Qzyxgiven", "1985-02-14"
    nir, rank, until = "255081416802538", 1, "2027-12-31"
    delegate = ("Qzyxdelegate", "", "2026-12-31")
    name_from = "pid"


WHO = {
    "family": "Qzyxfamily",
    "given": "Qzyxgiven",
    "birth_date": "1985-02-14",
    "nir": "255081416802538",
    "rank": 1,
    "until": "2027-12-31",
    "delegate": ["Qzyxdelegate", "", "2026-12-31"],
    "name_from": "pid",
}


def accepted():
    """What the app reports of an accepted tap where its policy lets it say who that is."""
    return {"event": "verdict", "code": "VALID", "holder": Holder()}


def test_who_the_holder_is_is_told_to_whom_asked_for_it():
    services = Services()
    services.identity_to_software = True
    for asked, told in ((None, False), (False, False), (True, True), (False, False)):
        fields = {"seconds": 60} if asked is None else {"seconds": 60, "identity": asked}
        assert ask(services, "subscribe", **fields) == (0, {"identity": told})
        services.events.report(accepted())
        wanted = {"code": "VALID", "holder": WHO} if told else {"code": "VALID"}
        assert talk(services) == [[0, 2, wanted]]
    services.identity_to_software = False
    assert ask(services, "subscribe", seconds=60, identity=True) == (0, {"identity": False})


def test_what_is_no_subscription_is_refused():
    for fields in (
        {"seconds": 60, "identity": 1},
        {"seconds": 60, "identity": None},
        {"seconds": True},
        {"identity": True},
        {"seconds": 60, "who": True},
        {"seconds": 60, "identity": True, "who": True},
    ):
        assert ask(Services(), "subscribe", **fields) == ("PARAMETERS", {}), fields


def test_a_holder_who_waits_for_the_line_is_forgotten():
    for forget in (
        lambda events: events.forget(),
        lambda events: events.subscribe(60),
        lambda events: events.subscribe(60, False),
    ):
        events = Events()
        events.subscribe(60, True)
        waiting = [accepted(), accepted()]
        for event in waiting:
            events.report(event)
        forget(events)
        assert not ["holder" for event in waiting if "holder" in event]
        assert [events.next(), events.next()] == [(2, {"code": "VALID"})] * 2
    events.subscribe(60, True)
    events.report(waiting[0])
    events.subscribe(0)
    events.subscribe(60, True)
    assert events.next() is None


def test_a_subscription_that_has_ended_holds_nobody():
    events = Events()
    events.subscribe(1, True)
    events.report(accepted())
    with Later(1000):
        events.report(accepted())
        assert events._waiting == []
        assert events.next() is None


def test_a_frame_with_a_holder_on_its_way_is_overwritten():
    """The line has taken a part of it when the app forgets the holder, and takes the rest later."""

    async def scenario():
        services = Services()
        line = Line()
        line.takes = 30
        link = Link(line, services)
        services.events.subscribe(60, True)
        services.events.report(accepted())
        task = asyncio.create_task(link.step())
        while line.takes:
            await asyncio.sleep_ms(1)
        frame = services.events._sending
        assert b"Qzyxfamily" in frame
        services.events.forget()
        assert bytes(frame) == bytes(len(frame))
        line.takes = 100000
        await task
        services.events.report({"event": "gone"})
        assert await link.step()
        return line.sent

    sent = run(scenario())
    assert b"Qzyx" not in sent[30:]
    assert b"255081416802538" not in sent
    assert sent[30:].startswith(bytes(100))
    # The host sees a frame that was spoiled, which it drops, and then how many events are missing.
    assert received(sent[30:]) == [[0, 3, {"lost": 1}]]


def test_a_frame_that_was_sent_is_overwritten():
    events = Events()
    events.subscribe(60, True)
    events.report(accepted())
    frame = events.frame()
    assert b"Qzyxfamily" in frame
    events.sent()
    assert bytes(frame) == bytes(len(frame))
    events.forget()
    events.report({"event": "gone"})
    assert events.next() == (3, {})
