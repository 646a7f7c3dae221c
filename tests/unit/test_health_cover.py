from support import raises

from borne.errors import DecodeError
from borne.token import dates, nir
from borne.token.cbor import Tag
from borne.token.health_cover import HealthCover

GOOD = {
    1: "Lefèvre",
    2: "Élodie",
    3: "1985-02-29",
    4: "255081416802538",
    5: 1,
    6: "01-751-0001",
    7: "2A",
    8: [["AMO", "2026-01-01", Tag(1004, "2026-12-31")], ["C2S", "2026-06-01", "2027-05-31"]],
    9: "eid",
    10: {1: "Martin", 2: "Paul", 3: "2026-12-31"},
}


def nir_of(number):
    counted = number.replace("2A", "19").replace("2B", "18")
    return number + "%02d" % (97 - int(counted) % 97)


def changed(key, value):
    fields = dict(GOOD)
    if value is None:
        del fields[key]
    else:
        fields[key] = value
    return fields


def test_a_whole_cover_is_read():
    cover = HealthCover(changed(5, 1))
    assert (cover.family, cover.given, cover.birth_date) == ("Lefèvre", "Élodie", "1985-02-29")
    assert (cover.rank, cover.scheme, cover.departement) == (1, "01-751-0001", "2A")
    assert cover.delegate == ("Martin", "Paul", "2026-12-31")
    assert cover.proofing == "eid"


def test_the_period_that_lasts_longest_counts():
    cover = HealthCover(changed(5, 0))
    days = ("2025-12-31", "2026-01-01", "2026-06-01", "2026-12-31", "2027-05-31", "2027-06-01")
    until = [cover.entitled_until(day) for day in days]
    assert until == [None, "2026-12-31", "2027-05-31", "2027-05-31", "2027-05-31", None]


def test_fields_that_may_be_absent_may_be_absent():
    cover = HealthCover({1: "Li", 3: "1985-00-00", 4: nir_of("1850275100001")})
    assert (cover.given, cover.rank, cover.periods, cover.delegate) == ("", 0, [], None)
    for key in (1, 3, 4):
        raises(DecodeError, HealthCover, changed(key, None))


def test_fields_out_of_bounds_are_refused():
    for key, value in (
        (1, ""),
        (1, "a" * 129),
        (1, "a\x1bb"),
        (1, 5),
        (2, b"x"),
        (3, "1985-2-3"),
        (3, "1985-13-01"),
        (3, Tag(100, 5)),
        (4, "185027510000100"),
        (4, 185027510000151),
        (5, -1),
        (5, True),
        (5, "0"),
        (6, "01-75-00010"),
        (6, "0a-751-0001"),
        (7, "00"),
        (7, "96"),
        (7, "2C"),
        (7, "977"),
        (8, [["AMO", "2026-01-01"]]),
        (8, [["AMO", "2026-01-01", "2026-02-30"]]),
        (8, [["", "2026-01-01", "2026-02-28"]]),
        (8, [["AMO", "2026-01-01", "2026-02-28"]] * 17),
        (8, {}),
        (9, "guess"),
        (10, {}),
        (10, {1: "Martin"}),
        (10, {1: "Martin", 3: "2026-12-31", 4: "a diagnosis"}),
        (11, "a diagnosis"),
        ("note", "x"),
    ):
        raises(DecodeError, HealthCover, changed(key, value))
    raises(DecodeError, HealthCover, None)


def test_the_nir_control_key():
    assert nir.is_valid("255081416802538")  # the specimen that social security prints
    for number in ("1850275100001", "2991299999999", "1000000000000"):
        assert nir.is_valid(nir_of(number))
    # Only the place of the department takes letters.
    assert not nir.is_valid(nir_of("1852A75100001"))
    corsican = nir_of("185022A001001")
    assert nir.is_valid(corsican)
    assert nir.is_valid(nir_of("285032B001001"))
    assert not nir.is_valid(corsican[:13] + "%02d" % (int(corsican[13:]) % 97 + 1))
    for bad in ("", None, "1" * 14, "1" * 16, "185022C001001" + "11", "١" * 15):
        assert not nir.is_valid(bad)


def test_days():
    assert [dates.day_of(at) for at in (0, 86399, 86400)] == [
        "1970-01-01",
        "1970-01-01",
        "1970-01-02",
    ]
    assert dates.day_of(951782400) == "2000-02-29"
    assert dates.day_of(4107542399) == "2100-02-28"
    assert dates.day_of(4107542400) == "2100-03-01"
    assert dates.is_date("2024-02-29") and dates.is_date("2000-02-29")
    for bad in (
        "2023-02-29",
        "2100-02-29",
        "2026-00-01",
        "2026-01-00",
        "2026-1-01",
        "20260101",
        "٢٠٢٦-01-01",
        3,
    ):
        assert not dates.is_date(bad)


def test_ages():
    assert dates.age_on("2026-11-23", "2010-11-23") == 16
    assert dates.age_on("2026-11-22", "2010-11-23") == 15
    assert dates.age_on("2026-11-23", "2010-00-00") == 15
    assert dates.age_on("2026-11-23", "2010-11-00") == 15
    assert dates.age_on("2026-12-01", "2010-11-00") == 16
