from names import Cover, Delegate
from support import raises

from borne.errors import DecodeError
from borne.token import dates, nir
from borne.token.cbor import Tag
from borne.token.health_cover import HealthCover

GOOD = {
    Cover.FAMILY: "Lefèvre",
    Cover.GIVEN: "Élodie",
    Cover.BIRTH_DATE: "1985-02-29",
    Cover.NIR: "255081416802538",
    Cover.RANK: 1,
    Cover.SCHEME: "01-751-0001",
    Cover.DEPARTEMENT: "2A",
    Cover.ENTITLEMENTS: [
        ["AMO", "2026-01-01", Tag(1004, "2026-12-31")],
        ["C2S", "2026-06-01", "2027-05-31"],
    ],
    Cover.PROOFING: "eid",
    Cover.DELEGATE: {
        Delegate.FAMILY: "Martin",
        Delegate.GIVEN: "Paul",
        Delegate.UNTIL: "2026-12-31",
    },
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
    cover = HealthCover(changed(Cover.RANK, 1))
    assert (cover.family, cover.given, cover.birth_date) == ("Lefèvre", "Élodie", "1985-02-29")
    assert (cover.rank, cover.scheme, cover.departement) == (1, "01-751-0001", "2A")
    assert cover.delegate == ("Martin", "Paul", "2026-12-31")
    assert cover.proofing == "eid"


def test_the_period_that_lasts_longest_counts():
    cover = HealthCover(changed(Cover.RANK, 0))
    days = ("2025-12-31", "2026-01-01", "2026-06-01", "2026-12-31", "2027-05-31", "2027-06-01")
    until = [cover.entitled_until(day) for day in days]
    assert until == [None, "2026-12-31", "2027-05-31", "2027-05-31", "2027-05-31", None]


def test_fields_that_may_be_absent_may_be_absent():
    cover = HealthCover(
        {Cover.FAMILY: "Li", Cover.BIRTH_DATE: "1985-00-00", Cover.NIR: nir_of("1850275100001")}
    )
    assert (cover.given, cover.rank, cover.periods, cover.delegate) == ("", 0, [], None)
    for key in (Cover.FAMILY, Cover.BIRTH_DATE, Cover.NIR):
        raises(DecodeError, HealthCover, changed(key, None))


def test_fields_out_of_bounds_are_refused():
    for key, value in (
        (Cover.FAMILY, ""),
        (Cover.FAMILY, "a" * 129),
        (Cover.FAMILY, "a\x1bb"),
        (Cover.FAMILY, 5),
        (Cover.GIVEN, b"x"),
        (Cover.BIRTH_DATE, "1985-2-3"),
        (Cover.BIRTH_DATE, "1985-13-01"),
        (Cover.BIRTH_DATE, Tag(100, 5)),
        (Cover.NIR, "185027510000100"),
        (Cover.NIR, 185027510000151),
        (Cover.RANK, -1),
        (Cover.RANK, True),
        (Cover.RANK, "0"),
        (Cover.SCHEME, "01-75-00010"),
        (Cover.SCHEME, "0a-751-0001"),
        (Cover.DEPARTEMENT, "00"),
        (Cover.DEPARTEMENT, "96"),
        (Cover.DEPARTEMENT, "2C"),
        (Cover.DEPARTEMENT, "977"),
        (Cover.ENTITLEMENTS, [["AMO", "2026-01-01"]]),
        (Cover.ENTITLEMENTS, [["AMO", "2026-01-01", "2026-02-30"]]),
        (Cover.ENTITLEMENTS, [["", "2026-01-01", "2026-02-28"]]),
        (Cover.ENTITLEMENTS, [["AMO", "2026-01-01", "2026-02-28"]] * 17),
        (Cover.ENTITLEMENTS, {}),
        (Cover.PROOFING, "guess"),
        (Cover.DELEGATE, {}),
        (Cover.DELEGATE, {Delegate.FAMILY: "Martin"}),
        (
            Cover.DELEGATE,
            {Delegate.FAMILY: "Martin", Delegate.UNTIL: "2026-12-31", 4: "a diagnosis"},
        ),
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
