"""The terminal whole on an emulated Raspberry Pi Pico: its image, its flash, the bytes on its buses."""

import json
import shutil
from dataclasses import replace

import pytest
from fakes_display import Display
from program import borne

from borne.ui import texts_fr
from borne.ui.screens import Screens
from bornetools import times
from bornetools.boards import board
from bornetools.emulator.chip import frames
from bornetools.emulator.clock import StillTime, VirtualTime
from bornetools.emulator.machine import pico_build
from bornetools.emulator.machine.pico import Pico
from bornetools.emulator.machine.prompt import Prompt
from bornetools.emulator.machine.terminal import Terminal, TerminalError
from bornetools.link import courier
from bornetools.link.client import Client
from bornetools.link.flash_folder import provision
from bornetools.link.source import Source
from bornetools.on_micropython import rp2_image
from bornetools.simulator import screen_text
from bornetools.times import DAY

MISSING = [*pico_build.missing(), *(f"apt install {one}" for one in rp2_image.missing())]
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(MISSING),
        reason="no emulated Pico: " + "; ".join(MISSING),
    ),
]

TOKENS = {
    "valid": "VALID",
    "expired": "EXPIRED",
    "revoked": "REVOKED",
    "cloned token": "CLONED",
    "tampered token": "BAD_SIGNATURE",
    "no application": "NO_APPLICATION",
}
UNSEEN = {"screen", "LED", "buzzer"}  # nobody is asked: this is no console
HEAP = 245_000
FREE = 130_000  # bytes at work, with garbage that has not been collected
PWRON_RESET, WDT_RESET = 1, 3  # machine.reset_cause() of MicroPython's rp2 port


@pytest.fixture(scope="module")
def machine():
    return Pico()


@pytest.fixture(scope="module")
def terminal(world, machine, tmp_path_factory):
    flash = shutil.copytree(world.flash, tmp_path_factory.mktemp("pico") / "flash")
    with Terminal(flash, clock=VirtualTime(), machine=machine) as terminal:
        yield terminal


def test_its_screen_says_that_it_is_ready_and_its_heap_has_room(terminal, machine):
    assert screen_text.lines(terminal.panel.frame)[0] == "Prêt"
    counts = machine.counts()
    assert counts.size > HEAP
    assert FREE < counts.free < counts.size
    assert 0 < counts.instructions < counts.cycles


@pytest.mark.parametrize("case", TOKENS)
def test_a_phone_with_a_token(terminal, person, case):
    tap = terminal.tap(person(case).phone)
    assert tap.code == TOKENS[case], tap.detail
    assert tap.frame != bytes(1024)
    assert tap.led != (0, 0, 0)
    # Work takes time, which is the chip's own.
    if case == "valid":
        assert 50_000 < tap.us["verify"] < 2_000_000


def test_a_wallet(terminal, world):
    wallet = world.wallets[0]
    tap = terminal.tap(wallet.phone)
    assert tap.code == wallet.expected, tap.detail


def test_the_doctor_finds_all_well_and_its_pattern_is_on_the_display(terminal):
    terminal.panel.rtc.write(times.now())  # its time has stood still while it was not needed
    done = borne("doctor", "--port", terminal.port, "--json")
    rows = {row["part"]: row["verdict"] for row in json.loads(done.stdout)["parts"]}
    assert (done.exit_code, {part for part in rows if rows[part] != "ok"}) == (0, UNSEEN)
    display = Display()
    Screens(display, texts_fr).pattern()
    assert bytes(display.buffer) in terminal.panel.frames


def test_a_restart_that_the_link_asks_for(terminal, person):
    with Client(terminal.port) as client:
        client.request("reboot")
    terminal.wait_event("restarted")
    terminal.subscribe()
    terminal.wait_event("ready")
    assert terminal.tap(person("valid").phone).code == "VALID"


def test_a_power_cut_in_a_write_of_a_sync_and_the_sync_after_it(world, tmp_path, person):
    flash = tmp_path / "flash"
    provision(flash, world.repository.first_root.read_bytes(), world.cast.now - DAY)
    source = Source(str(world.repository.path))
    machine = Pico()
    machine.cut = 25
    with Terminal(flash, clock=VirtualTime(), machine=machine) as terminal:
        assert courier.sync(terminal.port, source).status == "failed"
        with pytest.raises(TerminalError, match="stopped"):
            terminal.wait_event("ready")
        terminal.power_off()
        terminal.power_on()
        assert courier.sync(terminal.port, source).status == "updated"
        assert terminal.tap(person("valid").phone).code == "VALID"


def test_the_watchdog_resets_the_chip_and_it_says_so(flash):
    with Prompt(flash, clock=VirtualTime(), machine=Pico()) as prompt:
        cause = "import machine\nprint(machine.reset_cause())\n"
        assert prompt.run(cause) == f"{PWRON_RESET}\r\n"
        began, ended = prompt.clock.now(), []
        prompt.watch = lambda event: ended.append(prompt.clock.now())
        prompt.restarted_by("import machine\nmachine.WDT(timeout=1000)\nwhile True: pass\n")
        assert 1.0 <= ended[0] - began < 1.2
        assert prompt.run(cause) == f"{WDT_RESET}\r\n"


def test_bytes_that_come_while_the_flash_is_erased_are_lost_but_for_the_fifo(flash):
    """The processor takes no interrupt for 45 ms then: an answer of that length would be cut."""
    command = frames.data(bytes([frames.TO_CHIP, 0x00, 0x00]) + bytes(60))  # Diagnose: echo
    answer = len(frames.ACK) + len(command)
    machine = Pico()
    program = f"""
import rp2, time
from machine import UART, Pin
uart = UART(1, baudrate=115200, tx=Pin(4), rx=Pin(5), txbuf=512, rxbuf=512)
def ask():
    uart.write({command!r})
    time.sleep_us(6300)
uart.write(b"\x55\x55" + bytes(14))
time.sleep_ms(5)
ask()
time.sleep_ms(50)
print(len(uart.read()))
ask()
rp2.Flash().ioctl(6, 340)
time.sleep_ms(50)
print(len(uart.read()))
"""
    with Prompt(flash, clock=VirtualTime(), machine=machine) as prompt:
        whole, rest = map(int, prompt.run(program).split())
        assert whole == answer
        assert rest + machine.counts().lost == whole
        assert machine.counts().lost > 0


BUSES = {
    "i2c": {"bus": "i2c", "irq": 7, "reset": 6},
    "i2c without irq": {"bus": "i2c", "reset": 6},
    "spi": {"bus": "spi", "id": 0, "sck": 18, "mosi": 19, "miso": 16, "cs": 17, "reset": 6},
}
# Its pin table is in the image: another one is put in its place before the terminal is built.
ON_BUS = """
import asyncio, board, gc, pins
from borne import limits
from borne.composition import Composition
pins.PN532 = {}
terminal = Composition(board.make())
gc.collect()
gc.threshold(limits.GARBAGE_MAX)
asyncio.run(terminal.run())
"""


@pytest.mark.parametrize("bus", BUSES)
def test_the_reader_on_each_of_its_buses(bus, flash, world, person):
    of = board.find("PICO")
    parts = {**of.pins.parts, "PN532": BUSES[bus]}
    wired = replace(of, pins=replace(of.pins, parts=parts))
    machine = Pico(rp2_image.build(of), wired)
    with Prompt(flash, clock=VirtualTime(), machine=machine) as terminal:
        terminal.start(ON_BUS.format(BUSES[bus]))
        assert terminal.tap(person("valid").phone).code == "VALID"
        # The longest frames that there are.
        tap = terminal.tap(world.wallets[0].phone)
        assert tap.code == world.wallets[0].expected, tap.detail


def test_the_same_start_takes_the_same_instructions(world, tmp_path):
    counted = set()
    for name in ("one", "other"):
        flash = shutil.copytree(world.flash, tmp_path / name)
        machine = Pico()
        with Terminal(flash, clock=StillTime(world.cast.now), machine=machine) as terminal:
            terminal.subscribe()
            counted.add(machine.counts())
    assert len(counted) == 1
