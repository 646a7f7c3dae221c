"""The emulated microcontroller itself: memory, time, UARTs and flash, by programs at its prompt."""

import os
import random
import select
import subprocess
import threading
from binascii import crc32

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from demo_world import flash as flash

from bornetools import firmware
from bornetools.emulator.machine import qemu_build
from bornetools.emulator.machine.prompt import Prompt
from bornetools.emulator.machine.qemu import Qemu
from bornetools.emulator.machine.terminal import Terminal
from bornetools.errors import UserError

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        bool(qemu_build.missing()),
        reason="no emulated microcontroller: apt install " + " ".join(qemu_build.missing()),
    ),
]

HEAP = 100_000
FREE = 51_500  # bytes with all of the application loaded, and the parts of the board


@pytest.fixture
def prompt(flash):
    with Prompt(flash, machine=Qemu()) as prompt:
        yield prompt


def test_the_heap_is_a_boards_and_the_application_leaves_half_of_it(prompt):
    program = "import gc, sys\ngc.collect()\nprint(gc.mem_alloc(), gc.mem_free(), *sys.modules)\n"
    used, free, *modules = prompt.run(program).split()
    assert {"borne.composition", "borne.trust.update", "borne.link.task"} <= set(modules)
    # The collector's own tables take a part of it.
    assert HEAP * 0.95 < int(used) + int(free) < HEAP
    assert int(free) > FREE


def test_no_name_of_a_module_is_put_together_in_ram(prompt):
    program = """
import micropython
from borne.composition import Composition
from borne.starting import parts
Composition(parts)
micropython.qstr_info(1)
"""
    head, *names = prompt.run(program).splitlines()
    assert head.startswith("qstr pool: ")  # and its bytes
    own = {path.stem for path in firmware.MODULES.rglob("*.py")}
    assert {name for name in names if name[2:-1].rpartition(".")[2] in own} == set()


def test_more_than_the_heap_cannot_be_had(prompt):
    program = f"try:\n    bytearray({HEAP})\nexcept MemoryError:\n    print('no')\n"
    assert prompt.run(program) == "no\r\n"


def test_time_advances(prompt):
    program = """
import asyncio, time
async def nap():
    await asyncio.sleep_ms(30)
def took(ms, us):
    return time.ticks_diff(time.ticks_ms(), ms), time.ticks_diff(time.ticks_us(), us)
for wait in (
    lambda: time.sleep_ms(30),
    lambda: time.sleep(0.03),
    lambda: time.sleep_us(30_000),
    lambda: asyncio.run(nap()),
):
    start = time.ticks_ms(), time.ticks_us()
    wait()
    print(*took(*start))
"""
    for line in prompt.run(program).splitlines():
        ms, us = map(int, line.split())
        assert ms >= 29
        assert us >= 29_000
        assert abs(us - ms * 1000) < 2000


def test_the_same_work_takes_the_same_time_when_instructions_are_counted(flash):
    program = """
import time
start = time.ticks_us()
value = 1
for _ in range(2000):
    value = value * 3 % 1000003
print(time.ticks_diff(time.ticks_us(), start))
"""
    with Prompt(flash, machine=Qemu(counted=True)) as prompt:
        times = [int(prompt.run(program)) for _ in range(4)]
    # But for the interrupts that fall into it, and the clock's own steps.
    assert max(times) - min(times) < 0.02 * min(times)


def test_what_a_uart_cannot_take_at_once_is_not_lost(prompt):
    """Far more bytes than its buffer holds, to a program that is slow to take them."""
    sent = bytes(range(256)) * 40
    asked = "from machine import UART\nprint(UART(1).any(), UART(1).readinto(bytearray(9)))\n"
    assert prompt.run(asked) == "0 None\r\n"
    handle = prompt.chip._controller
    threading.Thread(target=write_all, args=(handle, sent), daemon=True).start()
    program = f"""
from machine import UART
from binascii import crc32
import time
uart, buffer, crc, left = UART(1), bytearray(300), 0, {len(sent)}
time.sleep_ms(100)
while left:
    count = uart.readinto(buffer) or 0
    crc = crc32(memoryview(buffer)[:count], crc)
    left -= count
print(crc)
"""
    assert prompt.run(program) == f"{crc32(sent)}\r\n"


def write_all(handle, data):
    while data:
        select.select([], [handle], [])
        data = data[os.write(handle, data[:1000]) :]


def test_a_line_that_takes_nothing_stops_no_program(prompt):
    program = """
from machine import UART
uart, data, sent = UART(1), bytes(1000), 0
while True:
    count = uart.write(data)
    if count != len(data):
        break
    sent += count
print(count is None or count < len(data), sent >= 4000)
"""
    with prompt.chip._lock:  # the chip is busy: nobody reads what the reader is sent
        assert prompt.run(program) == "True True\r\n"


def test_bytes_that_wait_when_it_starts_are_received(flash):
    """The port enables the link's UART before there is an interrupt to take its first byte."""
    with Terminal(flash, machine=Qemu()) as terminal:
        for _ in range(5):
            terminal.power_off()
            terminal.power_on()  # with a request that waits before the machine has started


def test_files_outlive_the_machine(flash):
    (flash / "there").write_bytes(b"before")
    with Prompt(flash, machine=Qemu()) as prompt:
        assert prompt.run("print(open('there').read())") == "before\r\n"
        prompt.run("import os\nos.mkdir('d')\nwith open('d/new', 'w') as f: f.write('x' * 9000)\n")
        prompt.save()
        assert (flash / "d" / "new").read_text() == "x" * 9000
        prompt.run("os.remove('there')")
        prompt.power_off()
        prompt.power_on()
        assert (
            prompt.run("import os\nprint(os.stat('d/new')[6], os.listdir())").split()[0] == "9000"
        )
    assert sorted(path.name for path in flash.iterdir() if path.name != "trust") == ["d"]


def test_random_bytes_differ(prompt):
    one, other = prompt.run("import os\nfor _ in (1, 2): print(os.urandom(32))").splitlines()
    assert one != other
    assert len(eval(one)) == 32


def test_aes_is_that_of_the_standard(prompt):
    """FIPS 197, appendices C.1 and C.3."""
    said = prompt.run(
        "import cryptolib\n"
        "from binascii import hexlify, unhexlify\n"
        "text = unhexlify('00112233445566778899aabbccddeeff')\n"
        "for size in (16, 32):\n"
        "    aes = cryptolib.aes(bytes(range(size)), 1)\n"
        "    twice = bytearray(text + text)\n"
        "    aes.encrypt(twice, twice)\n"
        "    print(hexlify(aes.encrypt(text)).decode(), aes.encrypt(text) * 2 == twice)\n"
        "for wrong in (b'k' * 24, 1), (b'k' * 32, 2):\n"
        "    try:\n"
        "        cryptolib.aes(*wrong)\n"
        "    except ValueError:\n"
        "        print('refused')\n"
    )
    assert said.split() == [
        *("69c4e0d86a7b0430d8cdb78070b4c55a", "True"),
        *("8ea2b7ca516745bfeafc49904b496089", "True"),
        *("refused", "refused"),
    ]


def test_messages_are_sealed_as_by_another_library(prompt):
    """The machine code of AES-GCM for words of 32 bits."""
    source = random.Random(1)
    program = "from binascii import hexlify\nfrom borne.crypto import gcm\nprint(gcm.NATIVE)\n"
    wanted = ["True"]
    for size in (0, 1, 16, 31, 256, 300, 1000):
        key, nonce, plain, aad = map(source.randbytes, (32, 12, size, size % 37))
        program += f"b = bytearray({plain!r} + bytes(16))\n"
        program += f"gcm.seal({key!r}, {nonce!r}, b, {size}, {aad!r})\n"
        program += "s = bytes(b)\nprint(hexlify(s).decode())\n"
        program += f"print(gcm.open_({key!r}, {nonce!r}, b, {aad!r}) and b[:{size}] == {plain!r})\n"
        wanted += [AESGCM(key).encrypt(nonce, plain, aad).hex(), "True"]
    assert prompt.run(program).split() == wanted


def test_an_image_is_built_once(monkeypatch):
    image = qemu_build.build()
    built = image.stat().st_mtime_ns
    assert qemu_build.build().stat().st_mtime_ns == built
    monkeypatch.setattr(subprocess, "run", None)  # not even make is asked
    assert qemu_build.build() == image


def test_a_source_that_is_none_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MICROPY_SRC", str(tmp_path))
    with pytest.raises(UserError, match=f"MICROPY_SRC: {tmp_path} is not MicroPython's source"):
        qemu_build.build()
