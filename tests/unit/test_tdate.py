from borne.token import cbor, dates, tdate

AT = 1_800_000_000  # 2027-01-15T08:00:00Z


def test_fractions_of_a_second_are_dropped():
    assert tdate.seconds(cbor.Tag(0, "2027-01-15T08:00:00Z")) == AT
    for fraction in ("0", "4", "464489", "999999999"):
        assert tdate.seconds(cbor.Tag(0, "2027-01-15T08:00:00." + fraction + "Z")) == AT
    assert tdate.seconds(cbor.Tag(0, "1969-12-31T23:59:59.5Z")) == -1


def test_nothing_else_is_a_tdate():
    for text in (
        "2027-01-15T08:00:00.Z",
        "2027-01-15T08:00:00.4644898881Z",  # ten digits
        "2027-01-15T08:00:00.464489",
        "2027-01-15T08:00:00.4644890",
        "2027-01-15T08:00:00.464489z",
        "2027-01-15T08:00:00.464489+00:00",
        "2027-01-15T08:00:00,464489Z",
        "2027-01-15T08:00:00.46 489Z",
        "2027-01-15T08:00:00.-1Z",
        "2027-01-15T08:00:00.\u0661Z",
        "2027-01-15T08:00.5Z",
        "2027-02-30T08:00:00.5Z",
        "2027-01-15t08:00:00.5Z",
        ".",
        "",
        b"2027-01-15T08:00:00Z",
        AT,
        True,
        None,
        [],
    ):
        assert tdate.seconds(cbor.Tag(0, text)) is None, text
    for value in (
        "2027-01-15T08:00:00Z",
        cbor.Tag(1, AT),
        cbor.Tag(1004, "2027-01-15"),
        None,
        True,
    ):
        assert tdate.seconds(value) is None


def test_the_time_of_tuf_has_none():
    assert dates.unix_time("2027-01-15T08:00:00Z") == AT
    assert dates.unix_time("2027-01-15T08:00:00.5Z") is None
