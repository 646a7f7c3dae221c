"""The pin of each part: constants only, for the board and for `borne`."""

BOARD = "ESP32_C3"
TITLE = "ESP32-C3 DevKitM-1"
CHIP = "esp32c3"
IMAGE = "ESP32_GENERIC_C3"

I2C = {"id": 0, "sda": 4, "scl": 5}
PN532 = {"bus": "hsu", "id": 1, "tx": 6, "rx": 7, "reset": 10}
DISPLAY = {"kind": "ssd1306"}
RTC = {"kind": "ds3231"}
LED = {"kind": "ws2812", "data": 3}
BUZZER = {"pin": 1}
BUTTON = {"pin": 0}
