"""Debian's libnfc, a driver nobody here wrote, reads the emulated chip."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from guard import HUNG

from bornetools.emulator.chip.chip_link import ChipOnPty

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        shutil.which("nfc-list") is None,
        reason="nfc-list is missing: install Debian's libnfc-bin (apt-get install libnfc-bin)",
    ),
]


def nfc_list(path, *arguments):
    done = subprocess.run(
        ["nfc-list", *arguments],
        env={**os.environ, "LIBNFC_DEVICE": "pn532_uart:" + path},
        capture_output=True,
        text=True,
        timeout=HUNG,
        check=True,
    )
    return re.sub(r"[ \t]+", " ", done.stdout)


def test_a_phone_is_listed_as_iso14443a_4(field, echo):
    field.put(echo)
    with ChipOnPty(field) as link:
        for _ in range(2):  # it puts the chip to sleep when it leaves
            listed = nfc_list(link.path, "-v")
            assert "1 ISO14443A passive target(s) found" in listed
            assert "ATQA (SENS_RES): 00 04" in listed
            assert "UID (NFCID3): 08 01 02 03" in listed
            assert "SAK (SEL_RES): 20" in listed
            assert "* Compliant with ISO/IEC 14443-4" in listed
            assert "ATS: 78 77 81 00" in listed
            assert "* Max Frame Size accepted by PICC: 256 bytes" in listed
            assert "* Frame Waiting Time: 77.33 ms" in listed
            assert "0 Felica (212 kbps) passive target(s) found" in listed


def test_an_empty_field_lists_nothing(field):
    with ChipOnPty(field) as link:
        listed = nfc_list(link.path, "-v")
    assert "0 ISO14443A passive target(s) found" in listed
    assert "UID" not in listed


def test_borne_emulate_chip_only():
    command = [
        sys.executable,
        "-c",
        "from bornetools.cli import main; main()",
        "emulate",
        "--chip-only",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as emulator:
        try:
            listed = nfc_list(emulator.stdout.readline().strip())
        finally:
            emulator.terminate()
        assert emulator.wait(HUNG) == 0
    assert "1 ISO14443A passive target(s) found" in listed
    assert "UID (NFCID3): 08 " in listed
    assert "SAK (SEL_RES): 20" in listed
