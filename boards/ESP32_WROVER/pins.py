"""The pin of each part: constants only, for the board and for `borne`."""

BOARD = "ESP32_WROVER"
TITLE = "ESP32-WROVER DevKit"
CHIP = "esp32-wrover"
IMAGE = "ESP32_GENERIC-SPIRAM"

I2C = {"id": 0, "sda": 21, "scl": 22}
PN532 = {"bus": "hsu", "id": 2, "tx": 18, "rx": 19, "reset": 4}
DISPLAY = {"kind": "ssd1306"}
RTC = {"kind": "ds3231"}
LED = {"kind": "rgb", "red": 25, "green": 26, "blue": 27}
BUZZER = {"pin": 32}
BUTTON = {"pin": 33}
