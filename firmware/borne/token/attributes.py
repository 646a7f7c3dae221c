"""The table of the documents that a terminal requests from a wallet, with the field of each element.

An element outside the table is neither requested nor used. The table holds the elements that the screen and
the policy need. It is the same for each purpose of a terminal.
"""

from borne.token import cbor, health_cover

if False:  # for types only
    from borne.protocols import DocRequest, Map
    from borne.token.mdoc import Document

HCOV = "borne.hcov.1"  # Borne's own: the claim `hcov` of the token profile, by name
EHIC = (
    "eu.europa.ec.eudi.ehic.1"  # as the EU reference issuer has it, and as the EHIC rulebook has it
)
PID = "eu.europa.ec.eudi.pid.1"

# Fields, beside those of the claim `hcov`.
SUBJECT, FROM, UNTIL = 101, 102, 103
_FAMILY, _GIVEN, _BIRTH_DATE = health_cover.FAMILY, health_cover.GIVEN, health_cover.BIRTH_DATE

# Each document type has one name space, of the same name: (element identifier, field).
_ELEMENTS = {
    HCOV: (
        ("family_name", _FAMILY),
        ("given_name", _GIVEN),
        ("birth_date", _BIRTH_DATE),
        ("nir", health_cover.NIR),
        ("rank", health_cover.RANK),
        ("scheme", health_cover.SCHEME),
        ("departement", health_cover.DEPARTEMENT),
        ("entitlements", health_cover.PERIODS),
        ("delegate", health_cover.DELEGATE),
    ),
    EHIC: (
        (
            "subject",
            SUBJECT,
        ),  # the insured person; the phone's holder is `credential_holder`
        ("family_name", _FAMILY),  # these three where there is no subject: earlier issuers
        ("forename", _GIVEN),
        ("birth_date", _BIRTH_DATE),
        ("social_security_pin", health_cover.NIR),
        ("personal_administrative_number", health_cover.NIR),  # the rulebook's name for it
        ("starting_date", FROM),
        ("ending_date", UNTIL),
    ),
    PID: (
        ("family_name", _FAMILY),
        ("given_name", _GIVEN),
        ("birth_date", _BIRTH_DATE),
        ("personal_administrative_number", health_cover.NIR),
    ),
}
DOC_TYPES = (HCOV, EHIC, PID)
# The required fields of a card.
_NEEDED = {
    HCOV: (_FAMILY, _BIRTH_DATE, health_cover.NIR, health_cover.RANK, health_cover.DELEGATE),
    EHIC: (_FAMILY, _BIRTH_DATE, FROM, UNTIL),
}
# The elements of an EHIC's subject.
SUBJECT_FIELDS = (
    ("family_name", _FAMILY),
    ("forename", _GIVEN),  # this and the next: the names in DC4EU's schema
    ("date_of_birth", _BIRTH_DATE),
    ("given_name", _GIVEN),
    ("birth_date", _BIRTH_DATE),
)


def requests() -> "list[DocRequest]":
    """The document requests for borne.token.device_request.encode. No element is to be retained."""
    return [
        (doc_type, {doc_type: [(identifier, False) for identifier, _ in _ELEMENTS[doc_type]]})
        for doc_type in DOC_TYPES
    ]


def asked(doc_type: str) -> list[str]:
    """The identifiers of the elements requested of a document type (str), as a list."""
    return [identifier for identifier, _ in _ELEMENTS.get(doc_type, ())]


def missing(doc_type: str, found: "Map") -> str:
    """The identifiers of the required elements that a card of that type lacks, as text; "": none."""
    names = []
    for field in _NEEDED[doc_type]:
        if field not in found:
            names.append([name for name, of in _ELEMENTS[doc_type] if of == field][0])
    return ", ".join(names)


def fields(document: "Document") -> "Map":
    """The values of a Document by field of the table. All elements of the Document are checked, too.

    Raises as Document.elements does.
    """
    found: dict = {}
    table = dict(_ELEMENTS.get(document.doc_type, ()))
    for name_space, identifier, value in document.elements():
        if name_space == document.doc_type and identifier in table:
            found[table[identifier]] = cbor.decode(value, deterministic=False)
    return found
