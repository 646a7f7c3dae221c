"""Pin tables of the boards: what is refused, with which reason, and what the pictures show."""

import re
import shutil
from functools import partial
from xml.etree import ElementTree

import pytest
from program import borne

from bornetools import firmware
from bornetools.boards import check, drawing, folders, page, pin_table, wiring
from bornetools.boards.chips import CHIPS
from bornetools.errors import UserError

FOLDERS = sorted(path.parent for path in firmware.BOARDS.glob("*/pins.py"))
boards = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)


run = partial(borne, "boards")


def changed(tmp_path, board, **lines):
    """The pins.py of a board TEST_BOARD like `board`, with lines of some NAMEs replaced by `NAME = text`."""
    text = (firmware.BOARDS / board / "pins.py").read_text()
    lines = {"BOARD": '"TEST_BOARD"', "TITLE": '"A board of the tests"', **lines}
    for name, value in lines.items():
        text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.M)
        assert count == 1
    path = tmp_path / "TEST_BOARD" / "pins.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


@boards
def test_the_boards_have_no_conflict(folder):
    table = pin_table.read(folder / "pins.py")
    assert table.board == folder.name
    assert check.problems(table) == []


@boards
def test_page_and_picture_are_those_of_the_pin_table(folder):
    table = pin_table.read(folder / "pins.py")
    text = (folder / "wiring.md").read_text()
    assert page.page(table, text) == text
    assert (folder / "wiring.svg").read_text() == drawing.draw(table)


HSU = '{{"bus": "hsu", "id": {}, "tx": {}, "rx": {}, "reset": {}}}'
I2C = '{{"id": {}, "sda": {}, "scl": {}}}'
SPI = '{{"bus": "spi", "id": {}, "sck": {}, "mosi": {}, "miso": {}, "cs": {}}}'

REFUSED = [
    # ESP32
    ("ESP32", "BUZZER", '{"pin": 12}', "BUZZER pin: GPIO12 is a strapping pin"),
    ("ESP32", "BUZZER", '{"pin": 0}', "GPIO0 is a strapping pin"),
    ("ESP32", "BUZZER", '{"pin": 34}', "GPIO34 is input only, and this is an output. Use GPIO13"),
    ("ESP32", "BUTTON", '{"pin": 39}', "GPIO39 has no pull-up inside"),
    ("ESP32", "BUZZER", '{"pin": 6}', "GPIO6 is connected to the module's flash"),
    ("ESP32", "BUZZER", '{"pin": 1}', "GPIO1 is UART0, the console"),
    ("ESP32", "BUZZER", '{"pin": 24}', "the ESP32 (WROOM module) has no GPIO24"),
    ("ESP32", "BUZZER", '{"pin": 50}', "has no GPIO50"),
    ("ESP32", "BUZZER", '{"pin": 25}', "GPIO25 is taken by LED red"),
    ("ESP32", "I2C", I2C.format(0, 36, 22), "I2C sda: GPIO36 is input only"),
    ("ESP32", "I2C", I2C.format(2, 21, 22), "has no I2C2 in MicroPython. Use I2C0 or I2C1"),
    ("ESP32", "PN532", HSU.format(0, 17, 16, 4), "PN532 id: UART0, the console"),
    ("ESP32", "PN532", HSU.format(3, 17, 16, 4), "has no UART3 in MicroPython. Use UART1 or UART2"),
    ("ESP32", "PN532", HSU.format(2, 35, 16, 4), "PN532 tx: GPIO35 is input only"),
    (
        "ESP32",
        "TITLE",
        '"x"\nRESERVED = {32: "Ethernet\'s clock", 18: "Ethernet\'s"}',
        "BUZZER pin: GPIO32 is reserved on this board: Ethernet's clock. Use GPIO13, GPIO14, GPIO19",
    ),
    ("ESP32", "CHIP", '"esp32-wrover"', "PN532 tx: GPIO17 is connected to the module's PSRAM"),
    # ESP32-S3
    ("ESP32_S3", "BUZZER", '{"pin": 45}', "GPIO45 is a strapping pin"),
    ("ESP32_S3", "BUZZER", '{"pin": 3}', "GPIO3 is a strapping pin"),
    ("ESP32_S3", "BUZZER", '{"pin": 19}', "GPIO19 is USB"),
    ("ESP32_S3", "BUZZER", '{"pin": 36}', "GPIO36 is connected to the octal flash or PSRAM"),
    ("ESP32_S3_R8", "BUZZER", '{"pin": 33}', "GPIO33 is connected to the module's PSRAM"),
    ("ESP32_S3_R8", "BUZZER", '{"pin": 37}', "GPIO37 is connected to the module's PSRAM"),
    ("ESP32_WROVER", "BUZZER", '{"pin": 16}', "GPIO16 is connected to the module's PSRAM"),
    ("ESP32_WROVER", "BUZZER", '{"pin": 17}', "GPIO17 is connected to the module's PSRAM"),
    ("ESP32_S3", "BUZZER", '{"pin": 27}', "GPIO27 is connected to the module's flash"),
    ("ESP32_S3", "BUZZER", '{"pin": 22}', "has no GPIO22"),
    ("ESP32_S3", "BUZZER", '{"pin": 43}', "GPIO43 is UART0"),
    # ESP32-C3
    ("ESP32_C3", "BUZZER", '{"pin": 8}', "GPIO8 is a strapping pin"),
    ("ESP32_C3", "BUZZER", '{"pin": 2}', "GPIO2 is a strapping pin"),
    ("ESP32_C3", "BUZZER", '{"pin": 18}', "GPIO18 is USB. Use GPIO1"),
    ("ESP32_C3", "BUZZER", '{"pin": 22}', "has no GPIO22"),
    ("ESP32_C3", "PN532", HSU.format(2, 6, 7, 10), "has no UART2 in MicroPython. Use UART1"),
    ("ESP32_C3", "PN532", SPI.format(2, 6, 7, 10, 0), "has no SPI2 in MicroPython. Use SPI1"),
    # Pico
    ("PICO", "BUZZER", '{"pin": 25}', "GP25 is the green LED on this board"),
    ("PICO", "BUZZER", '{"pin": 23}', "GP23 is the regulator's power save pin"),
    ("PICO", "BUZZER", '{"pin": 30}', "has no GP30"),
    (
        "PICO",
        "PN532",
        HSU.format(1, 5, 4, 6),
        "PN532 tx: GP5 cannot be UART1 TX; it can be I2C0 SCL",
    ),
    ("PICO", "PN532", HSU.format(0, 4, 5, 6), "GP4 cannot be UART0 TX; it can be"),
    ("PICO", "PN532", HSU.format(0, 4, 5, 6), "UART1 TX, SPI0 MISO. Use GP0, GP16 or GP28"),
    ("PICO", "PN532", HSU.format(1, 6, 7, 3), "GP6 cannot be UART1 TX"),
    ("PICO", "I2C", I2C.format(1, 20, 21), "I2C sda: GP20 cannot be I2C1 SDA"),
    ("PICO", "I2C", I2C.format(0, 21, 20), "I2C scl: GP20 cannot be I2C0 SCL"),
    ("PICO", "PN532", SPI.format(0, 2, 4, 3, 5), "PN532 mosi: GP4 cannot be SPI0 MOSI"),
    ("PICO", "PN532", SPI.format(1, 2, 3, 4, 5), "PN532 sck: GP2 cannot be SPI1 SCK"),
    ("PICO", "BUZZER", '{"pin": 13}', "GP13 shares its PWM slice"),
    ("PICO", "BUZZER", '{"pin": 26}', "GP26 is the same PWM output as GP10 (LED red)"),
]


@pytest.mark.parametrize(("board", "name", "value", "said"), REFUSED)
def test_refusals_name_the_pin_the_reason_and_what_to_use(tmp_path, board, name, value, said):
    result = run("check", changed(tmp_path, board, **{name: value}))
    assert result.exit_code == 1, result.output
    assert said in result.output
    assert re.search(
        r"\. (Use .*(GP(IO)?\d|UART\d|I2C\d|SPI\d)|No pin of this chip)", result.output
    )


ACCEPTED = [
    ("ESP32", "PN532", HSU.format(2, 17, 34, 4)),  # an input on an input-only pin
    ("ESP32", "PN532", SPI.format(2, 18, 23, 35, 13)),
    ("ESP32", "PN532", '{"bus": "i2c"}'),
    ("ESP32", "PN532", '{"bus": "i2c", "irq": 39, "reset": 4}'),
    ("ESP32", "LED", '{"kind": "ws2812", "data": 13}'),
    ("ESP32", "LED", "None"),
    ("ESP32", "RTC", "None"),
    ("ESP32", "BUTTON", "None"),
    ("ESP32", "DISPLAY", '{"kind": "sh1106"}'),
    ("PICO", "PN532", SPI.format(0, 18, 19, 16, 17)),
    ("PICO", "PN532", HSU.format(0, 0, 17, 6)),  # the pins of a pair are free to be apart
    ("PICO2", "PN532", HSU.format(1, 6, 7, 3)),  # CTS and RTS may carry data on an RP2350
    ("PICO", "CHIP", '"rp2040"'),
]


@pytest.mark.parametrize(("board", "name", "value"), ACCEPTED)
def test_what_works_is_not_refused(tmp_path, board, name, value):
    path = changed(tmp_path, board, **{name: value})
    result = run("check", path)
    assert result.exit_code == 0, result.output
    assert "no conflict" in result.output
    assert run("draw", path.parent).exit_code == 0


def test_everything_that_is_wrong_is_said(tmp_path):
    path = changed(tmp_path, "ESP32", BUZZER='{"pin": 6}', BUTTON='{"pin": 6}')
    lines = run("check", path).output.splitlines()
    assert [line.split(":")[1] for line in lines] == [" BUZZER pin", " BUTTON pin"]


NO_TABLES = [
    ("import machine\n", "line 1: a pin table is lines of NAME = value"),
    ('"""A table."""\nBUZZER = print(1)\n', "line 2: a pin table is lines of NAME = value"),
    ("BUZZER = (\n", "not a Python file"),
    ("", "missing: BOARD, BUTTON, BUZZER, CHIP, DISPLAY, I2C, IMAGE, LED, PN532, RTC, TITLE"),
]


@pytest.mark.parametrize(("text", "said"), NO_TABLES)
def test_what_is_no_pin_table(tmp_path, text, said):
    path = tmp_path / "pins.py"
    path.write_text(text)
    result = run("check", path)
    assert result.exit_code == 2
    assert said in result.output


SHAPES = [
    ("DISPLAY", "None", "DISPLAY cannot be None: no verdict could be read without it"),
    ("PN532", "None", "PN532 cannot be None"),
    ("DISPLAY", '{"kind": "lcd"}', 'DISPLAY: "kind" has to be one of ssd1306, sh1106'),
    ("BUZZER", "7", "BUZZER has to be None or {...}"),
    ("BUZZER", "{}", "BUZZER: 'pin' is missing"),
    ("BUZZER", '{"pin": True}', "BUZZER: 'pin' has to be a number of 0 to 63"),
    ("BUZZER", '{"pin": -1}', "has to be a number of 0 to 63"),
    ("BUZZER", '{"pin": 7, "id": 0}', "BUZZER: unknown: 'id'"),
    ("BOARD", "7", "BOARD has to be a text"),
    ("CHIP", '"z80"', "unknown CHIP 'z80'; known are esp32, esp32-wrover"),
    ("TITLE", '"x"\nLCD = None', "unknown: LCD"),
    ("TITLE", '"x"\nRESERVED = {0}', "RESERVED has to be {GPIO: reason}"),
    ("TITLE", '"x"\nRESERVED = {"0": "x"}', "RESERVED: '0' has to be a number of 0 to 63"),
    ("TITLE", '"x"\nRESERVED = {0: ""}', "RESERVED: 0 needs a reason of at most 60 characters"),
    ("TITLE", f'"x"\nRESERVED = {{0: "{61 * "x"}"}}', "RESERVED: 0 needs a reason of at most 60"),
    ("IMAGE", "None", "IMAGE has to be a text"),
]


@pytest.mark.parametrize(("name", "value", "said"), SHAPES)
def test_what_has_the_wrong_shape(tmp_path, name, value, said):
    result = run("check", changed(tmp_path, "ESP32", **{name: value}))
    assert result.exit_code == 2
    assert said in result.output


# RP2040 data sheet, section 1.4.3, functions F1 to F3 of GPIO0 to GPIO15, without what is not used here.
RP2040_FUNCTIONS = """
SPI0 MISO, UART0 TX, I2C0 SDA
           UART0 RX, I2C0 SCL
SPI0 SCK,            I2C1 SDA
SPI0 MOSI,           I2C1 SCL
SPI0 MISO, UART1 TX, I2C0 SDA
           UART1 RX, I2C0 SCL
SPI0 SCK,            I2C1 SDA
SPI0 MOSI,           I2C1 SCL
SPI1 MISO, UART1 TX, I2C0 SDA
           UART1 RX, I2C0 SCL
SPI1 SCK,            I2C1 SDA
SPI1 MOSI,           I2C1 SCL
SPI1 MISO, UART0 TX, I2C0 SDA
           UART0 RX, I2C0 SCL
SPI1 SCK,            I2C1 SDA
SPI1 MOSI,           I2C1 SCL
"""


def test_rp2_functions_are_those_of_the_data_sheet():
    for pin, line in enumerate(RP2040_FUNCTIONS.strip().splitlines()):
        wanted = {name.strip() for name in line.split(",") if name.strip()}
        for place in {pin, pin + 16} & CHIPS["rp2040"].pins:  # the second sixteen are as the first
            can_be = CHIPS["rp2040"].functions(place)
            found = {f"{bus.upper()}{n} {name.upper()}" for name, (bus, n) in can_be.items()}
            assert found == wanted, place
    # RP2350 data sheet, section 1.2.3: the same, and UART data on the pins of CTS and RTS by F11.
    for pin in CHIPS["rp2350a"].pins:
        can_be = CHIPS["rp2350a"].functions(pin)
        below = CHIPS["rp2040"].functions(pin & ~2)
        name = ("tx", "rx")[pin % 2]
        assert can_be.pop(name) == below[name]
        assert (
            can_be.items()
            == {k: v for k, v in CHIPS["rp2040"].functions(pin).items() if k != name}.items()
        )


@boards
def test_the_picture_is_legible(folder):
    """Well-formed, every wire level and between the boxes, every text within the picture and no two
    texts on one another (a character is taken for 0.6 of its size)."""
    table = pin_table.read(folder / "pins.py")
    root = ElementTree.fromstring(drawing.draw(table))
    space = "{http://www.w3.org/2000/svg}"
    width, height = int(root.get("width")), int(root.get("height"))
    boxes = []
    for text in root.iter(space + "text"):
        size, x, y = (float(text.get(name)) for name in ("font-size", "x", "y"))
        length = 0.6 * size * len(text.text or "")
        left = x - {"start": 0, "middle": length / 2, "end": length}[text.get("text-anchor")]
        assert left >= 0
        assert left + length <= width
        assert 0 < y < height
        boxes.append((left, left + length, y - 0.8 * size, y, text.text))
    for place, (left, right, top, bottom, text) in enumerate(boxes):
        for other in boxes[:place]:
            apart = right <= other[0] or left >= other[1] or bottom <= other[2] or top >= other[3]
            assert apart or not text or not other[4], (text, other[4])
    wires = [
        re.fullmatch(r"M(\d+) (\d+)H(\d+)", path.get("d"))
        for path in root.iter(space + "path")
        if "H" in path.get("d")
    ]
    rows = [row for part in wiring.parts(table) for row in part.rows]
    assert len(wires) == len(rows)
    for wire in wires:
        y = int(wire[2])
        for left, right, top, bottom, text in boxes:
            crossed = left < int(wire[3]) and right > int(wire[1]) and top < y < bottom
            assert not crossed, text


@boards
def test_every_pin_of_the_table_is_in_page_and_picture(folder):
    table = pin_table.read(folder / "pins.py")
    text, picture = (folder / "wiring.md").read_text(), (folder / "wiring.svg").read_text()
    for wire in table.wires():
        name = re.compile(rf"\b{table.chip.pin_name(wire.pin)}\b")
        assert name.search(text)
        assert name.search(picture)


def test_a_new_board_is_a_new_folder(tmp_path, monkeypatch):
    shutil.copytree(firmware.BOARDS, tmp_path / "boards")
    folder = tmp_path / "boards" / "TEST_BOARD"
    shutil.copytree(tmp_path / "boards" / "PICO", folder)
    monkeypatch.setattr(firmware, "BOARDS", tmp_path / "boards")
    monkeypatch.setenv("COLUMNS", "100")  # nothing is wrapped
    text = (folder / "pins.py").read_text()
    text = text.replace('"PICO"', '"TEST_BOARD"').replace(
        "Raspberry Pi Pico", "A board of the tests"
    )
    text = text.replace('"sda": 20, "scl": 21', '"sda": 0, "scl": 1')
    text = text.replace('"rp2040-pico"', '"rp2040"')
    (folder / "pins.py").write_text(text)
    (folder / "wiring.md").unlink()
    assert run("check", folder).output == "TEST_BOARD: 10 pins, no conflict\n"
    assert run("draw", folder).exit_code == 0
    text = (folder / "wiring.md").read_text()
    assert text.startswith("# Wiring: A board of the tests\n")
    assert "GP0, I2C0 SDA" in text
    assert ">GP0<" in (folder / "wiring.svg").read_text()
    listed = run().output
    assert all(
        name in listed for name in ("TEST_BOARD", "A board of the tests", "PICO", "EMULATED")
    )
    assert "GP0 " in run("show", "TEST_BOARD").output


def test_reserved_pins_that_the_chip_has_not(tmp_path):
    result = run("check", changed(tmp_path, "ESP32", TITLE='"x"\nRESERVED = {24: "x", 18: "x"}'))
    assert result.exit_code == 1
    assert (
        result.output
        == "TEST_BOARD: RESERVED: the ESP32 (WROOM module) has no GPIO24. Leave it out\n"
    )


def test_drawing_keeps_what_people_wrote(tmp_path):
    folder = shutil.copytree(firmware.BOARDS / "ESP32", tmp_path / "ESP32")
    written = folder / "wiring.md"
    written.write_text(written.read_text().replace("GPIO32", "GPIO99") + "\nMine.\n")
    assert run("draw", folder).exit_code == 0
    assert (
        written.read_text() == (firmware.BOARDS / "ESP32" / "wiring.md").read_text() + "\nMine.\n"
    )


def test_drawing_refuses_a_page_without_its_marks_and_a_table_with_conflicts(tmp_path):
    folder = changed(tmp_path, "ESP32").parent
    (folder / "wiring.md").write_text("Mine.\n")
    result = run("draw", folder)
    assert result.exit_code == 2
    assert "<!-- pins -->" in result.output
    assert (folder / "wiring.md").read_text() == "Mine.\n"
    changed(tmp_path, "ESP32", BUZZER='{"pin": 6}')
    result = run("draw", folder)
    assert result.exit_code == 2
    assert "flash" in result.output


def test_show():
    shown = run("show", "PICO").output
    assert "GP4 (pin 6)      UART1 TX" in shown
    assert "264 kB (data sheet)" in shown
    assert "unix VM" in run("show", "EMULATED").output
    wrong = run("show", "NONE")
    assert wrong.exit_code == 2
    assert "ESP32_C3" in wrong.output


def test_the_list_names_every_board():
    listed = run()
    assert listed.exit_code == 0
    assert {"EMULATED", "QEMU_MPS2", *(folder.name for folder in FOLDERS)} == {
        folder.name for folder in folders.folders()
    }
    for folder in folders.folders():
        assert folder.name in listed.output
    assert run("list").output == listed.output


def test_an_unknown_chip_is_the_users_error(tmp_path):
    with pytest.raises(UserError):
        pin_table.read(changed(tmp_path, "ESP32", CHIP='"none"'))


def test_the_readme_wires_the_reader_as_the_pin_table_does():
    readme = (firmware.BOARDS.parent / "README.md").read_text()
    rows = {
        row.part_pin: row
        for row in wiring.parts(pin_table.read(firmware.BOARDS / "ESP32" / "pins.py"))[0].rows
    }
    for part_pin in ("RXD", "TXD"):
        row = rows[part_pin]
        assert f"| {part_pin} | {row.board_pin} | {row.function} |" in readme
    assert f"| RSTPDN | {rows['RSTPDN'].board_pin} |" in readme
