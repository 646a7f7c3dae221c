"""Virtual time: the MicroPython VM waits in it, and nobody on this side is ever late."""

import contextlib
import subprocess
import threading
import time

import pytest
from guard import HUNG

from bornetools.emulator.clock import PartError, VirtualTime
from bornetools.on_micropython import vm

LONG = 1_000_000  # seconds that no test takes


@contextlib.contextmanager
def program(clock, text):
    """Runs `text` on the VM in the time of `clock`; it has `asyncio`, `time` and `virtual_time`."""
    begin = f"import virtual_time; virtual_time.install{clock.pipes}\nimport asyncio, time\n"
    process = subprocess.Popen(
        vm.arguments("-c", begin + text),
        env=vm.environment(vm.PROGRAMS),
        stdout=subprocess.PIPE,
        pass_fds=clock.pipes,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def output(process):
    return process.communicate(timeout=HUNG)[0].decode().split()


class Part:
    """Does `acts()` when it is `due`, seconds after its begin."""

    def __init__(self, clock, due=None, acts=lambda: None):
        self._clock, self._began, self._acts = clock, clock.now(), acts
        self.due = None if due is None else self._began + due
        self.settled = []

    def settle(self):
        self.settled.append(self._clock.now() - self._began)
        if self.due is not None and self._clock.now() >= self.due:
            self.due = None
            self._acts()


@pytest.fixture
def clock():
    with VirtualTime() as clock:
        yield clock


def test_hours_pass_at_once_and_to_the_millisecond(clock):
    clock.plugged(Part(clock))
    text = """
async def nap(seconds):
    await asyncio.sleep(seconds)

async def main():
    began = time.ticks_ms()
    await asyncio.gather(nap(3600), nap(1800))
    print(time.ticks_diff(time.ticks_ms(), began))
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 7200)
    except asyncio.TimeoutError:
        print(time.ticks_diff(time.ticks_ms(), began))
    time.sleep(60)
    print(time.ticks_diff(time.ticks_ms(), began))
asyncio.run(main())
"""
    with clock.hurried(), program(clock, text) as process:
        assert output(process) == ["3600000", "10800000", "10860000"]


def test_work_takes_no_time_and_looking_moves_the_clock(clock):
    clock.plugged(Part(clock))
    text = """
began = time.ticks_us()
sum(range(300000))
print(time.ticks_diff(time.ticks_us(), began))
while time.ticks_diff(time.ticks_us(), began) < 1000:
    pass
"""
    with program(clock, text) as process:
        assert output(process) == ["1"]


def test_a_part_that_is_busy_is_waited_for_outside_of_time(clock):
    class Busy(Part):
        def settle(self):
            time.sleep(0.02)
            super().settle()

    part = Busy(clock)
    clock.plugged(part)
    text = """
began = time.ticks_ms()
for _ in range(10):
    time.sleep_ms(1)
print(time.ticks_diff(time.ticks_ms(), began))
"""
    with clock.hurried(), program(clock, text) as process:
        assert output(process) == ["10"]
    assert len(part.settled) >= 10


def test_parts_do_on_the_way_what_is_due(clock):
    part = Part(clock, due=2.5)
    clock.plugged(part)
    with clock.hurried(), program(clock, "time.sleep(10)") as process:
        output(process)
    assert pytest.approx(2.5) in part.settled


def test_nothing_is_hurried_any_more_once_it_is_calm(clock):
    came = threading.Event()

    def act():
        clock.calm()
        came.set()

    began = clock.now()
    clock.plugged(Part(clock, due=5, acts=act))
    with clock.hurried(), program(clock, f"time.sleep({LONG})"):
        assert came.wait(HUNG)
        assert clock.now() - began < LONG / 2


def test_an_answer_is_hurried_and_for_a_while_only(clock):
    clock.plugged(Part(clock))
    with program(clock, f"time.sleep_ms(1500); print('there'); time.sleep({LONG})") as process:
        clock.asked()
        assert process.stdout.readline() == b"there\n"
        began = clock.now()
        clock.answered()
        assert clock.now() - began < LONG / 2


def test_without_power_nobody_waits_and_the_next_program_begins_anew(clock):
    for _ in range(2):
        clock.plugged(Part(clock))
        with program(clock, f"print('there')\ntime.sleep({LONG})") as process:
            assert process.stdout.readline() == b"there\n"
        clock.unplugged()


def test_a_part_that_cannot_use_what_was_sent_stops_no_clock(clock):
    class Confused(Part):
        def settle(self):
            raise PartError

    clock.plugged(Confused(clock))
    with clock.hurried(), program(clock, "time.sleep(10); print('there')") as process:
        assert output(process) == ["there"]


def test_a_part_takes_no_real_time_in_it(clock):
    clock.sleep(0)
    with pytest.raises(ValueError, match="real time"):
        clock.sleep(0.1)
