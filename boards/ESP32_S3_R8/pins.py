"""The pin of each part: constants only, for the board and for `borne`."""

BOARD = "ESP32_S3_R8"
TITLE = "ESP32-S3 DevKitC-1 R8"
CHIP = "esp32s3-octal"
IMAGE = "ESP32_GENERIC_S3-SPIRAM_OCT"

I2C = {"id": 0, "sda": 8, "scl": 9}
PN532 = {"bus": "hsu", "id": 1, "tx": 17, "rx": 18, "reset": 16}
DISPLAY = {"kind": "ssd1306"}
RTC = {"kind": "ds3231"}
LED = {"kind": "rgb", "red": 4, "green": 5, "blue": 6}
BUZZER = {"pin": 7}
BUTTON = {"pin": 15}
