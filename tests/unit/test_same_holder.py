"""Names and birth dates of two documents, on both interpreters."""

from names import Cover

from borne.token.cbor import Tag
from borne.token.same_holder import agree

DAY = "1985-02-01"


def stated(family, given, day=DAY):
    return {Cover.FAMILY: family, Cover.GIVEN: given, Cover.BIRTH_DATE: day}


def same(one, other, field=Cover.FAMILY):
    first, second = stated("Name", "Name"), stated("Name", "Name")
    first[field], second[field] = one, other
    found = agree(first, second)
    assert agree(second, first) is found, (one, other)
    return found


ALIKE = (
    ("Lefèvre", "LEFEVRE"),
    ("Lefèvre", "Lefe\u0300vre"),  # the mark by itself
    ("Lefèvre-Müller", "LEFEVRE MUELLER"),
    ("Müller", "Muller"),
    ("Müller", "MÜLLER"),
    ("Weiß", "WEISS"),
    ("Øvergård", "OEVERGAARD"),
    ("Øvergård", "Overgard"),
    ("O’Brien", "O'BRIEN"),
    ("O’Brien", "OBrien"),
    ("'t Hart", "T HART"),
    ("St. John", "St John"),
    ("van der  Berg", "Van Der Berg"),
    ("Łukasz", "LUKASZ"),
    ("Ibáñez", "Ibanez"),
    ("Cœur", "COEUR"),
    ("Ștefănescu", "Stefanescu"),
    ("Þórsdóttir", "Thorsdottir"),
    ("Παπαδάκης", "ΠΑΠΑΔΑΚΗΣ"),
    ("Иванов", "ИВАНОВ"),
    ("Ђоковић", "ЂОКОВИЋ"),
    ("García López", "García-López"),
)
OTHERS = (
    ("Lefèvre", "Lefebvre"),
    ("Bauer", "Baur"),
    ("Müller", "Miller"),
    ("García López", "García"),  # a family name is whole
    ("García López", "López García"),
    ("Papadakis", "Παπαδάκης"),  # one script for both
    ("Martin", "Martine"),
    ("-", "'"),
    ("", "Martin"),
)


def test_one_name_in_two_spellings():
    for one, other in ALIKE:
        assert same(one, other), (one, other)
        assert same(one, other, Cover.GIVEN), (one, other)


def test_other_names():
    for one, other in OTHERS:
        assert not same(one, other), (one, other)


def test_given_names_may_go_on():
    assert same("Zoé", "Zoe Marie", Cover.GIVEN)
    assert same("Jan Wijnand", "Jan", Cover.GIVEN)
    assert same("Jean-Pierre", "Jean Pierre", Cover.GIVEN)
    assert same("Jean-Pierre", "JEAN-PIERRE MARIE", Cover.GIVEN)
    assert same("", "", Cover.GIVEN)  # both say that there is none
    for one, other in (
        ("Jean", "Jean-Pierre"),
        ("Zoé", "Marie Zoé"),
        ("Zoé Anne", "Zoé Marie"),
        ("Jean", "Jeanne"),
        ("", "Zoé"),
    ):
        assert not same(one, other, Cover.GIVEN), (one, other)


def test_all_three_have_to_be_stated_by_both():
    for field in (Cover.FAMILY, Cover.GIVEN, Cover.BIRTH_DATE):
        whole, less = stated("Lefèvre", "Zoé"), stated("Lefèvre", "Zoé")
        del less[field]
        assert agree(whole, whole)
        assert not agree(whole, less)
        assert not agree(less, whole)
        assert not agree(less, dict(less))


def test_birth_dates():
    assert same(DAY, Tag(1004, DAY), Cover.BIRTH_DATE)
    assert not same(DAY, "1985-02-02", Cover.BIRTH_DATE)
    # What is not known whole tells nobody apart.
    for day in ("1985-00-00", "1985-02-00", "1985-02-30", 5, None, b"1985-02-01", Tag(0, DAY)):
        assert not same(day, day, Cover.BIRTH_DATE), day


def test_names_that_are_not_text():
    for value in (5, None, b"Name", ["Name"], Tag(24, "Name")):
        assert not same(value, value), value
        assert not same(value, "Name"), value
