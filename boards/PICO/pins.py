"""The pin of each part: constants only, for the board and for `borne`."""

BOARD = "PICO"
TITLE = "Raspberry Pi Pico"
CHIP = "rp2040-pico"
IMAGE = "RPI_PICO"

I2C = {"id": 0, "sda": 20, "scl": 21}
PN532 = {"bus": "hsu", "id": 1, "tx": 4, "rx": 5, "reset": 6}
DISPLAY = {"kind": "ssd1306"}
RTC = {"kind": "ds3231"}
LED = {"kind": "rgb", "red": 10, "green": 11, "blue": 12}
BUZZER = {"pin": 15}
BUTTON = {"pin": 14}
