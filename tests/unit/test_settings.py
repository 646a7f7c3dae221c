from names import Setting
from support import raises, scratch

from borne import limits
from borne.errors import DecodeError, StoreError
from borne.provisioned.settings import Settings, decode, load
from borne.token import cbor


def test_what_was_written_is_read():
    for terminal_id, language, time_zone in (
        ("T-1", "fr", None),
        ("x" * limits.TERMINAL_ID_MAX, "en", "A" * (limits.TIME_ZONE_MAX - 1) + "1"),
        ("A_b.9", "fr", "<+03>-3"),
    ):
        path = scratch("settings") + "/settings.cbor"
        with open(path, "wb") as file:
            file.write(Settings(terminal_id, language, time_zone).encode())
        read = load(path)
        assert (read.terminal_id, read.language) == (terminal_id, language)
        assert read.time_zone == time_zone


def test_the_file_is_this_map():
    assert Settings("T-1", "fr").encode() == b"\xa2\x01\x63T-1\x02\x62fr"
    zoned = Settings("T-1", "fr", "<-03>3").encode()
    assert zoned == b"\xa3\x01\x63T-1\x02\x62fr\x03\x66<-03>3"


def test_without_a_file_the_boards_defaults_hold():
    assert load(scratch("settings") + "/settings.cbor") is None


def test_ids_languages_and_time_zones_that_no_terminal_has():
    for terminal_id in (
        "",
        "x" * (limits.TERMINAL_ID_MAX + 1),
        "a b",
        "\u00e9",
        "a\n",
        "../a",
        5,
        None,
        b"T",
    ):
        raises(DecodeError, Settings, terminal_id, "fr")
    for language in ("de", "", "FR", None, 1, ["fr"]):
        raises(DecodeError, Settings, "T-1", language)
    for time_zone in ("", "Europe/Paris", "UTC", "CET-1CEST", "CET-25", "A" * 99 + "1", 1, b"UTC0"):
        raises(DecodeError, Settings, "T-1", "fr", time_zone)


def test_a_file_that_is_not_settings_is_refused_and_not_passed_over():
    whole = Settings("T-1", "fr").encode()
    bad = [
        b"",
        whole[:-1],
        whole + b"\0",
        b"\xff" * 8,
        whole + bytes(limits.SETTINGS_MAX),
        cbor.encode({}),
        cbor.encode({Setting.ID: "T-1"}),
        cbor.encode({Setting.ID: "T-1", Setting.LANGUAGE: "de"}),
        cbor.encode({Setting.ID: "T-1", Setting.LANGUAGE: "fr", 3: 0}),
        cbor.encode({Setting.ID: "T-1", Setting.LANGUAGE: "fr", Setting.TIME_ZONE: None}),
        cbor.encode({Setting.ID: "T-1", Setting.LANGUAGE: "fr", Setting.TIME_ZONE: "CET"}),
        cbor.encode({Setting.ID: "T-1", Setting.LANGUAGE: "fr", 4: "UTC0"}),
        cbor.encode({Setting.ID: 7, Setting.LANGUAGE: "fr"}),
        cbor.encode({"a": "T-1", Setting.LANGUAGE: "fr"}),
        cbor.encode(["T-1", "fr"]),
        b"\xa2\x02\x62fr\x01\x63T-1",  # keys out of order
    ]
    for data in bad:
        path = scratch("settings") + "/settings.cbor"
        with open(path, "wb") as file:
            file.write(data)
        raises(StoreError, load, path)
        raises(DecodeError, decode, data)


def test_a_file_that_cannot_be_read_is_not_passed_over():
    class Broken:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self, size):
            raise OSError(5)

    raises(StoreError, load, "settings.cbor", lambda path, mode: Broken())
