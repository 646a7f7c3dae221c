"""The emulated chip on a pseudo-terminal, through pyserial as any host would."""

import signal
import threading
import time

import pytest
import serial
from guard import HUNG
from program import started

from bornetools.emulator.chip.chip_link import ChipOnPty
from bornetools.emulator.chip.field import Field
from bornetools.emulator.chip.pace import Pace
from bornetools.issuer import cose

ACK = bytes.fromhex("0000FF00FF00")
WAKE = bytes.fromhex("55550000")
GET_VERSION = bytes.fromhex("0000FF02FED4022A00")
VERSION = bytes.fromhex("0000FF06FAD50332010607E800")
POLL = bytes.fromhex("0000FF04FCD44A0100E100")
LISTED = bytes.fromhex("D54B01")  # one phone
FOUND = bytes.fromhex("D54B010100042004080102030578778100")
EXCHANGE_1 = bytes.fromhex("0000FF04FCD4400101EA00")


def host(link):
    return serial.Serial(link.path, 115200, timeout=HUNG)


def ask(line, frame, answer):
    line.write(frame)
    assert line.read(len(ACK) + len(answer)) == ACK + answer


def quiet(line):
    line.timeout = 0.1
    return line.read(1) == b""


def test_hosts_come_and_go(field):
    with ChipOnPty(field) as link:
        for _ in range(3):
            with host(link) as line:
                ask(line, WAKE + GET_VERSION, VERSION)


def test_a_waiting_poll_sees_the_phone_arrive(field, echo):
    with ChipOnPty(field) as link, host(link) as line:
        line.write(WAKE + POLL)  # endless retries are the chip's default
        assert line.read(len(ACK)) == ACK
        field.put(echo)
        assert FOUND in line.read(len(FOUND) + 7)


def test_the_acknowledgement_does_not_wait_for_the_phone(field, echo):
    thinking, done = threading.Event(), threading.Event()
    echo.apdu = lambda command: thinking.set() or done.wait(HUNG) and b"\x90\x00"
    field.put(echo)
    with ChipOnPty(field) as link, host(link) as line:
        line.write(WAKE + POLL)
        line.read(len(ACK) + len(FOUND) + 7)
        line.write(EXCHANGE_1)
        assert thinking.wait(HUNG)
        assert line.read(len(ACK)) == ACK
        assert line.in_waiting == 0
        done.set()
        assert line.read(12)[5:10] == bytes.fromhex("D541009000")


def test_the_reset_line(field):
    with ChipOnPty(field) as link, host(link) as line:
        ask(line, WAKE + GET_VERSION, VERSION)
        link.chip.silent = True
        line.write(GET_VERSION)
        assert quiet(line)
        link.reset(0)
        line.write(WAKE + GET_VERSION)
        assert quiet(line)
        link.reset(1)
        line.timeout = HUNG
        ask(line, WAKE + GET_VERSION, VERSION)


def test_outgoing_frames_can_be_tampered_with(field):
    seen = []

    def drop(frame):
        seen.append(frame)
        return b"" if frame == ACK else frame[:-2] + b"!"

    with ChipOnPty(field) as link, host(link) as line:
        link.tamper = drop
        line.write(WAKE + GET_VERSION)
        assert line.read(len(VERSION) - 1) == VERSION[:-2] + b"!"
    assert seen == [ACK, VERSION]


def test_bytes_take_their_time_on_the_bus(field):
    """9 bytes there, 6 and 13 back, 4 to wake up, at 9600 baud: 33 ms."""
    with ChipOnPty(field, Pace(bus_baud=9600)) as link, host(link) as line:
        began = time.monotonic()
        ask(line, WAKE + GET_VERSION, VERSION)
        assert 0.033 <= time.monotonic() - began < HUNG


def test_a_host_that_never_reads_blocks_nothing(field):
    all_sent = threading.Event()
    sent = []

    def count(frame):
        sent.append(frame)
        if len(sent) == 16_000:
            all_sent.set()
        return frame

    with ChipOnPty(field) as link:
        link.tamper = count
        with host(link) as line:
            line.write(WAKE + GET_VERSION * 8_000)  # 152 kB of answers: more than the line holds
            assert all_sent.wait(HUNG)
        with host(link) as line:
            while not quiet(line):  # what the line did hold
                line.read(line.in_waiting)
            line.timeout = HUNG
            ask(line, GET_VERSION, VERSION)


def test_a_phones_own_failure_comes_out(field, echo):
    class Broken(Exception):
        pass

    echo.answers[b"\x01"] = Broken()
    field.put(echo)

    def run():
        with ChipOnPty(field) as link, host(link) as line:
            line.write(WAKE + POLL)
            line.read(len(ACK) + len(FOUND) + 7)
            line.write(EXCHANGE_1)
            assert line.read(len(ACK)) == ACK
            assert quiet(line)

    with pytest.raises(Broken):
        run()


def test_the_newer_phone_stays_when_the_older_one_leaves(echo):
    field = Field()
    field.put(echo)
    arrival, _ = field.presence()
    field.put(echo)
    field.leave(arrival)
    assert field.presence() == (arrival + 1, echo)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_chip_only_serves_until_a_signal(number, tmp_path):
    token, key = tmp_path / "token.cwt", tmp_path / "holder.pem"
    token.write_bytes(b"what a chip does not look at")
    key.write_bytes(cose.private_pem(cose.new_key()))
    own = ("--flash", tmp_path / "flash", "--phone", token, key)
    with started("emulate", "--chip-only", *own) as run:
        path = run.line().strip()
        with serial.Serial(path, 115200, timeout=HUNG) as line:
            line.write(WAKE + POLL)
            assert LISTED in line.read_until(LISTED)
        assert run.ended_by(number) == 0
        assert run.said == f"{path}\n"
