"""The health cover that verified documents speak of (borne.token.attributes has their elements)."""

from borne import limits_mdoc
from borne.errors import DecodeError
from borne.token import attributes, dates, health_cover, tdate
from borne.token.health_cover import HealthCover

if False:  # for types only
    from borne.protocols import Map
    from borne.token.mdoc import Document

_CODE = "EHIC"
_NAMES = (health_cover.FAMILY, health_cover.GIVEN, health_cover.BIRTH_DATE)


class EuropeanCover(HealthCover):
    """That of a European Health Insurance Card: `nir` is the insured number of any country, or ""."""

    def __init__(self, fields: "Map") -> None:
        """`fields` are those of borne.token.attributes. Raises DecodeError."""
        period = [_CODE, _day(fields.get(attributes.FROM)), _day(fields.get(attributes.UNTIL))]
        claim: "Map" = {health_cover.PERIODS: [period]}
        for field in _NAMES + (health_cover.NIR,):
            if field in fields:
                claim[field] = fields[field]
        super().__init__(claim)

    def _nir(self, value: object) -> str:
        if value is None:
            return ""
        number = health_cover.name(value)
        if len(number) > limits_mdoc.NUMBER_MAX:
            raise DecodeError("insured number too long")
        return number


def _day(value: object) -> object:
    """The UTC day of a tdate, which issuers write in place of a full-date; anything else as it is."""
    moment = tdate.seconds(value)
    return value if moment is None else dates.day_of(moment)


def cover_of(
    documents: "list[tuple[Document, Map]]",
) -> "tuple[HealthCover | None, Document | None]":
    """(HealthCover, the Document that it is from) of a list of (Document, fields); (None, None): no card.

    A name that the card itself lacks is taken from the PID if that is the same holder's: if both documents
    are bound to one device key, or both state the same number. That both came in one session is not
    enough: two phones behind a relay could share one. Raises DecodeError if what is needed is not there.
    """
    found: dict = {}
    for document, fields in documents:
        if document.doc_type in found:
            raise DecodeError("document type twice")
        found[document.doc_type] = (document, fields)
    if attributes.HCOV in found:
        document, fields = found[attributes.HCOV]
        return HealthCover(_with_delegate(fields)), document
    if attributes.EHIC not in found:
        return None, None
    document, fields = found[attributes.EHIC]
    if attributes.SUBJECT in fields:
        _flatten(fields)
    if health_cover.FAMILY not in fields and attributes.PID in found:
        identity, stated = found[attributes.PID]
        if not _same_holder(document, fields, identity, stated):
            raise DecodeError("documents of two holders")
        for field in _NAMES:
            if field in stated:
                fields[field] = stated[field]
    return EuropeanCover(fields), document


def _with_delegate(fields: "Map") -> "Map":
    # A wallet must not hide a delegate: the element has to be there, and is null where there is no delegate.
    if health_cover.DELEGATE not in fields:
        raise DecodeError("response without the delegate")
    if fields[health_cover.DELEGATE] is None:
        del fields[health_cover.DELEGATE]
    return fields


def _flatten(fields: "Map") -> None:
    """Puts the insured person of `subject` in the place of any other that the fields name."""
    subject = fields[attributes.SUBJECT]
    if not isinstance(subject, dict):
        raise DecodeError("subject is not a map")
    for field in _NAMES:
        fields.pop(field, None)
    for name, field in attributes.SUBJECT_FIELDS:
        if name in subject:
            fields[field] = subject[name]


def _same_holder(one: "Document", fields: "Map", other: "Document", stated: "Map") -> bool:
    first, second = one.mso.device_key, other.mso.device_key
    if first.x == second.x and first.y == second.y:
        return True
    number = fields.get(health_cover.NIR)
    return number is not None and number == stated.get(health_cover.NIR)
