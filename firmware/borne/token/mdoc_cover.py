"""The health cover in verified documents (borne.token.attributes lists their elements)."""

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
    """The cover of a European Health Insurance Card: `nir` is the insured number of any country, or ""."""

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
    """The UTC day of a tdate, which issuers write in place of a full-date; any other value unchanged."""
    moment = tdate.seconds(value)
    return value if moment is None else dates.day_of(moment)


def cover_of(
    documents: "list[tuple[Document, Map]]",
) -> "tuple[HealthCover | None, Document | None]":
    """(HealthCover, its Document) from a list of (Document, fields); (None, None): no card.

    A European card without a name takes the PID's name. Documents are of one holder if they are bound to one
    device key, or agree in names and birth date. A common session is not enough: two phones behind a relay
    could share it. Raises DecodeError if a required field is missing.
    """
    found: dict = {}
    for document, fields in documents:
        if document.doc_type in found:
            raise DecodeError("document type twice")
        if attributes.SUBJECT in fields:
            _flatten(fields)
        found[document.doc_type] = (document, fields)
    ours = attributes.HCOV in found
    if not ours and attributes.EHIC not in found:
        return None, None
    card, fields = found.pop(attributes.HCOV if ours else attributes.EHIC)
    unbound = _unbound(card, fields, found)
    named = health_cover.FAMILY in fields
    if not ours and not named and attributes.PID in found:
        stated = found[attributes.PID][1]
        for field in _NAMES:
            if field in stated:
                fields[field] = stated[field]
    missing = attributes.missing(card.doc_type, fields)
    if missing:
        raise DecodeError("card without " + missing)
    cover = HealthCover(_without_null(fields)) if ours else EuropeanCover(fields)
    if not named:
        cover.name_from = "pid"
    cover.unbound = unbound
    return cover, card


def _unbound(
    card: "Document", fields: "Map", others: "dict[str, tuple[Document, Map]]"
) -> str | None:
    key = card.mso.device_key
    for other, stated in others.values():
        own = other.mso.device_key
        if own.x == key.x and own.y == key.y:
            continue
        if health_cover.FAMILY not in fields:
            return "the card names nobody, and another document has another device key"
        from borne.token.same_holder import agree  # imported when needed only: RAM

        if not agree(fields, stated):
            return "another document has another device key, and no such name and birth date"
    return None


def _without_null(fields: "Map") -> "Map":
    """Removes the fields that a wallet must not hide and that are null: required fields without a value."""
    for field in (health_cover.RANK, health_cover.DELEGATE):
        if fields[field] is None:
            del fields[field]
    return fields


def _flatten(fields: "Map") -> None:
    """Replaces any person that the fields name by the insured person of `subject`."""
    subject = fields.pop(attributes.SUBJECT)
    if not isinstance(subject, dict):
        raise DecodeError("subject is not a map")
    for field in _NAMES:
        fields.pop(field, None)
    for name, field in attributes.SUBJECT_FIELDS:
        if name in subject:
            fields[field] = subject[name]
