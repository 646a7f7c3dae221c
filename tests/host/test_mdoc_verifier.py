"""The verdict on what a wallet answers, for each thing that an issuer, a wallet or a thief may do."""

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from mdoc_world import (
    EHIC,
    HCOV,
    HOLDER,
    LIST_URI,
    NIR,
    NOW,
    READER,
    ROOT,
    SIGNER,
    OneList,
    code,
    document,
    judge,
    response,
    trust,
)
from names import EC2, P384, Delegate, Eligible, Header, Key, Root, Rule
from pymdoccbor.mdoc.verifier import MdocCbor

from borne.trust.policy import Policy
from borne.trust.trustset import TrustSet
from bornetools.issuer import mdoc as issuer
from bornetools.times import DAY

pytestmark = pytest.mark.usefixtures("quick_p256")

LISTED = {"status_list": {"idx": 7, "uri": LIST_URI}}


def without(elements, *identifiers):
    """The elements of one document but for those."""
    ((doc_type, values),) = elements.items()
    return {doc_type: {key: value for key, value in values.items() if key not in identifiers}}


def changed(elements, **values):
    ((doc_type, old),) = elements.items()
    return {doc_type: {**old, **values}}


def edited(change):
    """A `change` for device_response, of its first document."""

    def apply(whole):
        change(whole["documents"][0])
        return whole

    return apply


def test_a_european_card_is_valid_and_shows_its_holder():
    verdict = judge(response())
    assert (verdict.code, verdict.detail) == ("VALID", "")
    holder = verdict.holder
    assert (holder.family, holder.given, holder.birth_date) == ("Lefèvre", "Zoé", "1985-02-01")
    assert (holder.nir, holder.until) == (NIR, "2027-12-31")
    assert verdict.issued_at == NOW - DAY
    assert (verdict.signed.issuer, verdict.signed.proof) == ("Utopia", None)
    assert verdict.signed.holder_key.x == HOLDER.public_key().public_numbers().x


def test_another_librarys_reader_takes_what_our_issuer_makes():
    both = MdocCbor()
    both.loads(response(document(), document(issuer.pid("Lefèvre", "Zoé", "1985-02-01"))).hex())
    assert both.verify(trusted_root_certs=[ROOT.certificate])
    assert len(both.documents) == 2


def test_the_device_authenticates_by_mac_as_well():
    assert code(response(reader_key=READER.public_key())) == "VALID"
    other = issuer.new_key()
    assert code(response(reader_key=other.public_key())) == "CLONED"
    assert code(response(reader_key=READER.public_key(), device_key=other)) == "CLONED"


def test_our_own_document_has_what_a_token_has():
    verdict = judge(
        response(document(HCOV)),
        trust(
            {
                Rule.ELIGIBILITY: {
                    Eligible.MINIMUM_AGE: 99,
                    Eligible.FUNDS: ["01-"],
                    Eligible.DEPARTEMENTS: ["2A"],
                }
            }
        ),
    )
    assert verdict.code == "VALID"
    assert (verdict.holder.rank, verdict.holder.nir) == (1, NIR)
    assert (
        code(response(document(HCOV)), trust({Rule.ELIGIBILITY: {Eligible.DEPARTEMENTS: ["75"]}}))
        == "NOT_ELIGIBLE"
    )
    acted = {Delegate.FAMILY: "Martin", Delegate.GIVEN: "Léa", Delegate.UNTIL: "2027-02-01"}
    verdict = judge(response(document(changed(HCOV, delegate=acted))))
    assert (verdict.code, verdict.holder.delegate[0]) == ("VALID", "Martin")
    acted[Delegate.UNTIL] = "2027-01-14"
    assert code(response(document(changed(HCOV, delegate=acted)))) == "NO_ENTITLEMENT"


def test_a_delegation_cannot_be_hidden():
    acted = document(
        changed(HCOV, delegate={Delegate.FAMILY: "Martin", Delegate.UNTIL: "2027-01-14"})
    )
    shown = [name for name in HCOV[issuer.HCOV] if name != "delegate"]
    assert code(response(acted, shown={issuer.HCOV: shown})) == "MALFORMED"


def test_another_countrys_number_is_no_nir():
    verdict = judge(response(document(changed(EHIC, social_security_pin="1237 010180"))))
    assert (verdict.code, verdict.holder.nir) == ("VALID", "1237 010180")
    for wrong in ("", "x" * 65, 12, "a\nb"):
        assert code(response(document(changed(EHIC, social_security_pin=wrong)))) == "MALFORMED"


def test_what_nobody_needs_may_be_left_out():
    shown = ("subject", "starting_date", "ending_date")
    verdict = judge(response(shown={issuer.EHIC: shown}))
    assert (verdict.code, verdict.holder.nir) == ("VALID", "")


def test_an_empty_or_partial_answer_is_no_success():
    assert code(response(change=lambda whole: {"version": "1.0", "status": 0})) == "NO_APPLICATION"
    refused = {
        "version": "1.0",
        "documents": [],
        "documentErrors": [{issuer.EHIC: 0}],
        "status": 0,
    }
    assert code(response(change=lambda whole: refused)) == "NO_APPLICATION"
    assert code(response(shown={})) == "MALFORMED"

    def bare(one):
        del one["issuerSigned"]["nameSpaces"]

    def emptied(one):
        one["issuerSigned"]["nameSpaces"]["more"] = []

    assert code(response(change=edited(bare))) == "MALFORMED"
    more = {**EHIC, "more": {"element": 1}}
    assert code(response(document(more), change=edited(emptied))) == "MALFORMED"


STATUSES = {
    10: ("HOLDER_NOT_PRESENT", "retry", "the wallet declines this terminal"),
    11: ("UNSUPPORTED", "refuse", "the wallet does not understand this terminal"),
    12: ("UNSUPPORTED", "refuse", "the wallet does not understand this terminal"),
    1: ("MALFORMED", "refuse", "the wallet reports an error"),
    -1: ("MALFORMED", "refuse", "the wallet reports an error"),
}


def test_a_status_of_the_response_is_what_the_wallet_makes_of_the_terminal():
    for status, expected in STATUSES.items():
        empty = {"version": "1.0", "status": status}
        for made in (
            response(change=lambda whole, empty=empty: empty),
            response(change=lambda whole, status=status: {**whole, "status": status}),
        ):
            verdict = judge(made)
            assert (verdict.code, verdict.severity, verdict.detail) == expected


def test_what_a_card_lacks_is_named():
    def lacking(elements, *names):
        ((doc_type, values),) = elements.items()
        shown = [name for name in values if name not in names]
        verdict = judge(response(document(elements), shown={doc_type: shown}))
        assert verdict.code == "MALFORMED", names
        return verdict.detail

    assert lacking(EHIC, "subject") == "card without family_name, birth_date"
    assert lacking(EHIC, "starting_date") == "card without starting_date"
    assert (
        lacking(EHIC, "starting_date", "ending_date") == "card without starting_date, ending_date"
    )
    for name in ("family_name", "birth_date", "nir", "rank", "delegate"):
        assert lacking(HCOV, name) == "card without " + name
    bornless = document(changed(EHIC, subject={"family_name": "Lefèvre", "given_name": "Zoé"}))
    assert judge(response(bornless)).detail == "card without birth_date"


def test_a_rank_cannot_be_hidden_and_null_is_the_insureds():
    nobodys = judge(response(document(changed(HCOV, rank=None))))
    assert (nobodys.code, nobodys.holder.rank) == ("VALID", 0)
    assert code(response(document(changed(HCOV, rank="1")))) == "MALFORMED"


def test_errors_beside_what_is_needed_change_nothing():
    def errors(value):
        return response(change=edited(lambda one: one.update(errors=value)))

    def document_errors(value):
        return response(change=lambda whole: {**whole, "documentErrors": value})

    asked = "personal_administrative_number"
    assert code(errors({issuer.EHIC: {asked: 0, "forename": 0}})) == "VALID"
    assert code(document_errors([{issuer.PID: 0}, {issuer.HCOV: 0}])) == "VALID"
    for wrong in (
        [],
        {issuer.EHIC: 0},
        {issuer.EHIC: {asked: "no"}},
        {issuer.EHIC: {asked: False}},
    ):
        assert code(errors(wrong)) == "MALFORMED"
    # Of what a terminal has not asked for, or with another code than the standard's one.
    for wrong in (
        {issuer.EHIC: {"document_id": 0}},
        {issuer.EHIC: {asked: 1}},
        {issuer.EHIC: {asked: -1}},
        {issuer.PID: {"family_name": 0}},
    ):
        assert code(errors(wrong)) == "UNSUPPORTED"
    assert code(document_errors([{"org.iso.18013.5.1.mDL": 0}])) == "UNSUPPORTED"
    assert code(document_errors([{issuer.PID: 2}])) == "UNSUPPORTED"


NAMELESS = without(EHIC, "subject", "credential_holder")  # as the EHIC rulebook has it
PERSON = issuer.pid("Lefèvre", "Zoé", "1985-02-01", NIR)


def apart(card, person, with_trust=None, **more):
    """The verdict on two documents, each with a device key of its own."""
    both = document(card), document(person, device_key=issuer.new_key())
    verdict, other = (judge(response(*some, **more), with_trust) for some in (both, both[::-1]))
    assert (verdict.code, verdict.detail) == (other.code, other.detail)  # in any order
    return verdict


def test_a_name_that_the_card_lacks_is_the_pids():
    assert code(response(document(NAMELESS))) == "MALFORMED"
    verdict = judge(response(document(NAMELESS), document(PERSON)))
    assert (verdict.code, verdict.holder.family) == ("VALID", "Lefèvre")
    assert verdict.holder.name_from == "pid"
    assert judge(response()).holder.name_from == "card"


def test_a_name_of_another_device_key_is_unproven():
    """As every EUDI wallet shows it. A number that both have is of two name spaces."""
    verdict = apart(NAMELESS, PERSON)
    assert (verdict.code, verdict.severity) == ("IDENTITY_NOT_BOUND", "warn")
    holder = verdict.holder
    assert (holder.family, holder.birth_date, holder.name_from) == ("Lefèvre", "1985-02-01", "pid")
    assert (holder.nir, holder.until) == (NIR, "2027-12-31")
    # What the card itself says cannot be held back in favour of a stranger's.
    flat = changed(NAMELESS, family_name="Martin", forename="Léa", birth_date="1960-02-01")
    shown = {issuer.EHIC: [*NAMELESS[issuer.EHIC]], issuer.PID: [*PERSON[issuer.PID]]}
    assert apart(flat, PERSON, shown=shown).code == "IDENTITY_NOT_BOUND"


def test_documents_of_two_keys_that_agree_are_one_holders():
    verdict = apart(EHIC, PERSON)
    assert (verdict.code, verdict.holder.name_from) == ("VALID", "card")
    assert apart(HCOV, PERSON).code == "VALID"
    assert apart(EHIC, issuer.pid("LEFEVRE", "Zoé Marie", "1985-02-01")).code == "VALID"
    assert apart(HCOV, EHIC).code == "VALID"


TWO_PHONES = {
    "another family name": (EHIC, issuer.pid("Martin", "Zoé", "1985-02-01")),
    "another given name": (EHIC, issuer.pid("Lefèvre", "Zoë-Anne", "1985-02-01")),
    "another birth date": (EHIC, issuer.pid("Lefèvre", "Zoé", "1985-02-02")),
    "a name that is not text": (EHIC, issuer.pid("Lefèvre", 5, "1985-02-01")),
    "a birth date that is none": (EHIC, issuer.pid("Lefèvre", "Zoé", "yesterday")),
    "no name": (NAMELESS, PERSON),
    "a number alone": (NAMELESS, issuer.pid("Martin", "Léa", "1960-02-01", NIR)),
    "a PID that says nothing": (EHIC, {issuer.PID: {"nationality": ["FR"]}}),
    "a child's card beside a parent": (HCOV, issuer.pid("Lefèvre", "Marc", "1955-02-01")),
    "two cards": (HCOV, changed(EHIC, subject={"family_name": "Martin", "given_name": "Léa"})),
    "two cards, one without a name": (HCOV, NAMELESS),
}


@pytest.mark.parametrize("case", TWO_PHONES)
def test_two_phones_in_one_session_never_give_valid(case):
    card, person = TWO_PHONES[case]
    verdict = apart(card, person)
    assert verdict.code == "IDENTITY_NOT_BOUND"
    # The name is the card's where it has one.
    assert verdict.holder.name_from == ("pid" if card is NAMELESS else "card")


def test_the_device_keys_are_what_the_phones_sign_with():
    """A second phone's document does not become this one's by its signature."""
    stolen, thief = document(NAMELESS), document(PERSON, device_key=issuer.new_key())
    for key in (stolen.device_key, thief.device_key):
        assert code(response(stolen, thief, device_key=key)) == "CLONED"


@pytest.mark.parametrize("hidden", [("given_name",), ("given_name", "forename")])
def test_twins_are_told_apart_by_a_name_that_both_state(hidden):
    flat = changed(NAMELESS, family_name="Lefèvre", forename="Zoé", birth_date="1985-02-01")
    twin = issuer.pid("Lefèvre", "Anne", "1985-02-01")
    shown = {
        issuer.EHIC: [name for name in flat[issuer.EHIC] if name not in hidden],
        issuer.PID: [name for name in twin[issuer.PID] if name not in hidden],
    }
    assert apart(flat, twin, shown=shown).code == "IDENTITY_NOT_BOUND"


def test_each_document_has_to_verify():
    stranger = issuer.document_signer(issuer.iaca(NOW - DAY), NOW - DAY)
    person = issuer.pid("Lefèvre", "Zoé", "1985-02-01")
    assert code(response(document(), document(person, signer=stranger))) == "UNKNOWN_ISSUER"
    old = document(person, signed_at=NOW - 40 * DAY)
    assert code(response(document(), old)) == "EXPIRED"
    assert code(response(document(), document())) == "MALFORMED"  # twice the same


def test_earlier_european_cards_have_flat_names():
    flat = without(EHIC, "subject", "credential_holder")
    flat = changed(flat, family_name="Lefèvre", forename="Zoé", birth_date="1985-02-01")
    assert judge(response(document(flat))).holder.given == "Zoé"


def test_a_genuine_document_that_is_no_card_covers_nobody():
    licence = {"org.iso.18013.5.1": {"family_name": "Lefèvre", "portrait": bytes(900), "pi": 3.14}}
    verdict = judge(response(document(licence, "org.iso.18013.5.1.mDL")))
    assert (verdict.code, verdict.holder) == ("NO_ENTITLEMENT", None)
    assert verdict.detail == "no health card among the documents"
    assert code(response(document(issuer.pid("A", "B", "1985-02-01")))) == "NO_ENTITLEMENT"
    forged = document(licence, "org.iso.18013.5.1.mDL")
    assert code(response(forged, device_key=issuer.new_key())) == "CLONED"


def test_shape():
    whole = cbor2.loads(response())
    wrong = (
        {"version": "2.0"},
        {"more": 1},
        {"status": "0"},
        {"status": False},
        {"documents": {}},
        {"documentErrors": [0]},
    )
    for change in wrong:
        verdict = judge(response(change=lambda whole, change=change: {**whole, **change}))
        assert verdict.code in ("MALFORMED", "UNSUPPORTED"), change
    for missing in whole:
        left = {key: value for key, value in whole.items() if key != missing}
        assert code(cbor2.dumps(left)) in ("MALFORMED", "NO_APPLICATION"), missing
    for data in (b"", b"\xa0", response()[:-1], response() + b"\0", bytes(9000)):
        assert code(data) == "MALFORMED"
    five = {**whole, "documents": whole["documents"] * 5}
    assert code(cbor2.dumps(five)) == "MALFORMED"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one.update(docType="borne.hcov.1"), "BAD_SIGNATURE"),
        (lambda one: one.update(docType=5), "MALFORMED"),
        (lambda one: one.update(other=5), "UNSUPPORTED"),
        (lambda one: one.pop("deviceSigned"), "MALFORMED"),
        (lambda one: one["deviceSigned"].update(deviceAuth={}), "MALFORMED"),
        (lambda one: one["deviceSigned"].update(nameSpaces={}), "CLONED"),
        (lambda one: one["issuerSigned"].pop("issuerAuth"), "MALFORMED"),
        (lambda one: one["issuerSigned"]["issuerAuth"].pop(), "MALFORMED"),
        (
            lambda one: one["issuerSigned"]["issuerAuth"][1].update({Header.KID: b"kid"}),
            "VALID",
        ),
        (lambda one: one["issuerSigned"]["issuerAuth"][1].pop(33), "MALFORMED"),
        (
            lambda one: one["issuerSigned"]["issuerAuth"][1].update({Header.X5CHAIN: []}),
            "UNSUPPORTED",
        ),
        (
            lambda one: one["issuerSigned"]["issuerAuth"][1].update({Header.X5CHAIN: "text"}),
            "MALFORMED",
        ),
        (lambda one: one["issuerSigned"]["issuerAuth"].__setitem__(2, None), "MALFORMED"),
        (lambda one: one["issuerSigned"]["issuerAuth"].__setitem__(0, b""), "UNSUPPORTED"),
        (lambda one: one["issuerSigned"]["issuerAuth"].__setitem__(3, bytes(64)), "BAD_SIGNATURE"),
        (
            lambda one: one["issuerSigned"].update(
                issuerAuth=cbor2.CBORTag(18, one["issuerSigned"]["issuerAuth"])
            ),
            "MALFORMED",
        ),
    ],
)
def test_an_altered_document(change, expected):
    assert code(response(change=edited(change))) == expected


def test_more_elements_than_a_document_may_have():
    needed = ("subject", "starting_date", "ending_date")
    card = {issuer.EHIC: {name: EHIC[issuer.EHIC][name] for name in needed}}
    many = {f"x{number}": number for number in range(48 - len(needed))}
    assert code(response(document(changed(card, **many)))) == "VALID"
    assert code(response(document(changed(card, **many, more=1)))) == "MALFORMED"
    # The MSO may have digests of more than a wallet shows.
    several = document(changed(card, **{f"x{number}": number for number in range(100)}))
    assert code(response(several, shown={issuer.EHIC: needed})) == "VALID"


def test_elements_that_the_issuer_did_not_sign():
    def swapped(one):
        items = one["issuerSigned"]["nameSpaces"][issuer.EHIC]
        item = cbor2.loads(items[0].value)
        item["elementValue"] = "Martin"
        items[0] = cbor2.CBORTag(24, cbor2.dumps(item))

    assert code(response(change=edited(swapped))) == "BAD_SIGNATURE"

    def twice(one):
        items = one["issuerSigned"]["nameSpaces"][issuer.EHIC]
        items.append(items[0])

    assert code(response(change=edited(twice))) == "MALFORMED"

    def elsewhere(one):
        spaces = one["issuerSigned"]["nameSpaces"]
        spaces["other"] = [spaces[issuer.EHIC].pop()]

    assert code(response(change=edited(elsewhere))) == "BAD_SIGNATURE"

    def another_cards(one):
        items = cbor2.loads(response())["documents"][0]["issuerSigned"]["nameSpaces"]
        one["issuerSigned"]["nameSpaces"] = items

    assert code(response(change=edited(another_cards))) == "BAD_SIGNATURE"


def test_one_identifier_twice_is_refused_though_the_issuer_signed_it():
    def same(item):
        return {**item, "elementIdentifier": "subject"}

    assert code(response(document(change_item=same))) == "MALFORMED"


def test_the_mso():
    def mso(**values):
        return code(response(document(change_mso=lambda old: {**old, **values})))

    assert mso() == "VALID"
    assert mso(version="2.0") == "UNSUPPORTED"
    assert mso(digestAlgorithm="SHA-512") == "UNSUPPORTED"
    assert mso(docType="org.iso.18013.5.1.mDL") == "BAD_SIGNATURE"
    assert mso(validityInfo={}) == "MALFORMED"
    assert mso(valueDigests={issuer.EHIC: {}}) == "BAD_SIGNATURE"
    assert mso(valueDigests={issuer.EHIC: dict.fromkeys(range(20), b"x")}) == "MALFORMED"
    assert mso(valueDigests=[]) == "MALFORMED"
    assert (
        mso(deviceKeyInfo={"deviceKey": {Key.KTY: EC2, Key.CRV: P384, Key.X: bytes(48)}})
        == "UNSUPPORTED"
    )
    assert mso(more="unknown, and signed") == "VALID"
    late = {"signed": "2027-01-14T08:00:00Z"}
    assert mso(validityInfo=late) == "MALFORMED"  # no tag 0
    for missing in ("version", "deviceKeyInfo", "docType", "validityInfo", "valueDigests"):
        without_it = document(
            change_mso=lambda old, name=missing: {k: v for k, v in old.items() if k != name}
        )
        assert code(response(without_it)) == "MALFORMED", missing


def test_the_signers_certificate():
    def signer(change=issuer.unchanged, at=NOW - 100 * DAY, root=ROOT, **built):
        return code(
            response(document(signer=issuer.document_signer(root, at, change=change, **built)))
        )

    def put(name, extension, critical=True):
        return lambda extensions: {**extensions, name: (extension, critical)}

    def left_out(name):
        return lambda extensions: {k: v for k, v in extensions.items() if k != name}

    assert signer() == "VALID"
    assert signer(at=NOW - 400 * DAY) == "ISSUER_REVOKED"  # expired
    assert signer(at=NOW + DAY) == "ISSUER_REVOKED"  # not yet
    assert signer(put("usage", issuer.key_usage(key_cert_sign=True))) == "UNKNOWN_ISSUER"
    both = issuer.key_usage(digital_signature=True, key_agreement=True)
    assert signer(put("usage", both)) == "UNKNOWN_ISSUER"
    assert signer(left_out("usage")) == "UNKNOWN_ISSUER"
    usage = issuer.key_usage(digital_signature=True)
    assert signer(put("usage", usage, critical=False)) == "UNKNOWN_ISSUER"
    assert signer(left_out("purpose")) == "UNKNOWN_ISSUER"
    purpose = x509.ExtendedKeyUsage([issuer.MDL_DS])
    assert signer(put("purpose", purpose, critical=False)) == "UNKNOWN_ISSUER"
    other = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.6")])  # mdoc readers'
    assert signer(put("purpose", other)) == "UNKNOWN_ISSUER"
    several = x509.ExtendedKeyUsage([issuer.MDL_DS, x509.ObjectIdentifier("1.0.18013.5.1.6")])
    assert signer(put("purpose", several)) == "UNKNOWN_ISSUER"
    european = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.130.2.0.0.1.2")])
    assert signer(put("purpose", european)) == "VALID"
    authority = x509.BasicConstraints(ca=True, path_length=0)
    assert signer(put("basic", authority)) == "UNKNOWN_ISSUER"
    assert signer(left_out("aki")) == "UNKNOWN_ISSUER"
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert signer(put("more", unknown)) == "UNSUPPORTED"
    assert signer(put("more", unknown, critical=False)) == "VALID"
    assert signer(digest=hashes.SHA384()) == "UNSUPPORTED"
    p384 = ec.generate_private_key(ec.SECP384R1())
    assert signer(public_key=p384.public_key()) == "UNSUPPORTED"


def test_the_root():
    assert code(response(), trust(entries=[])) == "UNKNOWN_ISSUER"
    assert code(response(), TrustSet([], Policy(), NOW)) == "UNKNOWN_ISSUER"
    assert code(response(), TrustSet([], Policy(), None)) == "TRUST_STALE"
    assert (
        code(response(), trust(entries=[{Root.CERTIFICATE: ROOT.der, Root.STATE: 1}]))
        == "ISSUER_REVOKED"
    )
    assert (
        code(
            response(), trust(entries=[{Root.CERTIFICATE: ROOT.der, Root.DOC_TYPES: [issuer.PID]}])
        )
        == "UNKNOWN_ISSUER"
    )
    both = [issuer.PID, issuer.EHIC]
    assert (
        code(response(), trust(entries=[{Root.CERTIFICATE: ROOT.der, Root.DOC_TYPES: both}]))
        == "VALID"
    )
    lapsed = issuer.iaca(NOW - 400 * DAY, days=399)
    signed = document(signer=issuer.document_signer(lapsed, NOW - 100 * DAY))
    assert (
        code(response(signed), trust(entries=[{Root.CERTIFICATE: lapsed.der}])) == "ISSUER_REVOKED"
    )
    for name in ("basic", "usage"):  # critical, says Annex B

        def lax(usual, name=name):
            return {**usual, name: (usual[name][0], False)}

        other = issuer.iaca(NOW - 400 * DAY, change=lax)
        signed = document(signer=issuer.document_signer(other, NOW - 100 * DAY))
        assert (
            code(response(signed), trust(entries=[{Root.CERTIFICATE: other.der}]))
            == "UNKNOWN_ISSUER"
        )
    # The same name and key identifier, another key.
    identifier = x509.SubjectKeyIdentifier.from_public_key(ROOT.key.public_key())
    imposter = issuer.iaca(
        NOW - DAY, change=lambda extensions: {**extensions, "ski": (identifier, False)}
    )
    assert code(response(), trust(entries=[{Root.CERTIFICATE: imposter.der}])) == "BAD_SIGNATURE"
    assert (
        code(
            response(),
            trust(entries=[{Root.CERTIFICATE: imposter.der}, {Root.CERTIFICATE: ROOT.der}]),
        )
        == "VALID"
    )


def test_a_root_that_the_wallet_sends_along_has_to_be_the_one_at_hand():
    assert code(response(document(chain=[SIGNER.der, ROOT.der]))) == "VALID"
    other = issuer.iaca(NOW - DAY)
    assert code(response(document(chain=[SIGNER.der, other.der]))) == "UNKNOWN_ISSUER"
    assert code(response(document(chain=[SIGNER.der, ROOT.der, ROOT.der]))) == "UNSUPPORTED"


def test_signatures_by_others():
    thief = issuer.new_key()
    forged = document(signer=issuer.Authority(thief, SIGNER.certificate))
    assert code(response(forged)) == "BAD_SIGNATURE"
    self_made = issuer.document_signer(issuer.Authority(thief, ROOT.certificate), NOW - DAY)
    assert code(response(document(signer=self_made))) in ("UNKNOWN_ISSUER", "BAD_SIGNATURE")
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(ROOT.key.public_key())
    pretending = issuer.document_signer(
        issuer.Authority(thief, ROOT.certificate),
        NOW - DAY,
        change=lambda extensions: {**extensions, "aki": (identifier, False)},
    )
    assert code(response(document(signer=pretending))) == "BAD_SIGNATURE"


def test_a_copied_card():
    assert code(response(device_key=issuer.new_key())) == "CLONED"
    elsewhere = issuer.session_transcript(READER.public_key())
    assert code(response(), transcript=elsewhere) == "CLONED"
    assert code(response(), transcript=bytes(4000)) == "MALFORMED"
    assert (
        code(response(), trust({Rule.RELAY_BOUND: 50}), round_trip_us=60_000) == "RELAY_SUSPECTED"
    )
    assert code(response(), trust({Rule.RELAY_BOUND: 50}), round_trip_us=50_000) == "VALID"
    assert (
        code(response(), trust({Rule.USER_VERIFICATION: True})) == "VALID"
    )  # no mdoc says who unlocked the phone


def test_what_the_device_states_itself_has_to_be_allowed():
    stated = {"borne.device": {"colour": "red"}}

    def allowed(**rules):
        def change(mso):
            mso["deviceKeyInfo"]["keyAuthorizations"] = rules
            return mso

        return code(response(document(change_mso=change), device_signed=stated))

    assert code(response(device_signed=stated)) == "MALFORMED"
    assert allowed(nameSpaces=["borne.device"]) == "VALID"
    assert allowed(dataElements={"borne.device": ["colour"]}) == "VALID"
    assert allowed(dataElements={"borne.device": ["size"]}) == "MALFORMED"
    assert allowed(nameSpaces=["other"]) == "MALFORMED"
    assert allowed(nameSpaces=5) == "MALFORMED"
    assert allowed(dataElements=5) == "MALFORMED"


def test_times():
    assert code(response(), now=None) == "CLOCK_UNSET"
    assert code(response(), now=NOW - 3 * DAY) == "CLOCK_UNSET"  # before the trust data
    assert code(response(document(signed_at=NOW - 31 * DAY))) == "EXPIRED"
    assert code(response(document(days=1)), now=NOW + 299) == "VALID"
    assert code(response(document(days=1)), now=NOW + 300) == "EXPIRED"
    assert code(response(document(valid_from=NOW + 300))) == "VALID"
    assert code(response(document(valid_from=NOW + 301))) == "NOT_YET_VALID"
    assert code(response(document(signed_at=NOW + 400))) == "NOT_YET_VALID"
    before = document(signed_at=NOW - 101 * DAY, days=365)
    assert code(response(before)) == "ISSUER_REVOKED"  # signed before the signer's certificate was


def test_status():
    listed = document(status=LISTED)
    assert code(response(listed)) == "TRUST_STALE"
    expected = {0: "VALID", 1: "REVOKED", 2: "SUSPENDED", 3: "UNSUPPORTED", None: "TRUST_STALE"}
    for value, verdict in expected.items():
        assert code(response(listed), trust(lists=[OneList(value)])) == verdict
    issuers_own = OneList(0)
    issuers_own.issuer = "https://issuer.example/"
    assert code(response(listed), trust(lists=[issuers_own])) == "TRUST_STALE"
    revoked_person = document(issuer.pid("A", "B", "1985-02-01"), status=LISTED)
    assert code(response(document(), revoked_person), trust(lists=[OneList(1)])) == "REVOKED"
    for wrong in ([], {"status_list": 5}, {"status_list": {"idx": "7", "uri": LIST_URI}}):
        assert code(response(document(status=wrong))) == "MALFORMED"
    assert code(response(document(status={"else": {}}))) == "UNSUPPORTED"


def test_age_of_the_trust_data_and_policy():
    assert code(response(), trust(as_of=NOW - 8 * DAY)) == "VALID_STALE"
    assert code(response(), trust(as_of=NOW - 31 * DAY)) == "TRUST_STALE"
    assert code(response(), trust({Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 99}})) == "NOT_ELIGIBLE"
    ended = changed(EHIC, ending_date="2027-01-14")
    verdict = judge(response(document(ended)))
    assert (verdict.code, verdict.holder.family) == ("NO_ENTITLEMENT", "Lefèvre")


def test_the_first_check_that_fails_decides():
    ended = changed(EHIC, ending_date="2027-01-14")
    wrong = document(ended, days=1, signed_at=NOW - 2 * DAY, status=LISTED)
    stale = trust(
        {Rule.ELIGIBILITY: {Eligible.MINIMUM_AGE: 99}, Rule.RELAY_BOUND: 50}, lists=[OneList(1)]
    )
    copied = response(wrong, device_key=issuer.new_key())
    assert code(copied, trust(entries=[])) == "UNKNOWN_ISSUER"
    assert code(copied, stale, round_trip_us=60_000) == "CLONED"
    assert code(response(wrong), stale, round_trip_us=60_000) == "RELAY_SUSPECTED"
    assert code(response(wrong), stale) == "EXPIRED"
    assert code(response(document(ended, status=LISTED)), stale) == "REVOKED"
    assert code(response(document(ended)), stale) == "NO_ENTITLEMENT"
    assert code(response(), stale) == "NOT_ELIGIBLE"
    assert apart(NAMELESS, PERSON, with_trust=stale).code == "NOT_ELIGIBLE"
    # Before the age of the trust data, whose warning says "valid".
    assert (
        apart(NAMELESS, PERSON, with_trust=trust(as_of=NOW - 8 * DAY)).code == "IDENTITY_NOT_BOUND"
    )
    assert apart(NAMELESS, PERSON, with_trust=trust(as_of=NOW - 31 * DAY)).code == "TRUST_STALE"


def test_whatever_breaks_inside_is_a_refusal():
    class Broken:
        policy, keys, as_of = Policy(), [], NOW

        def find_roots(self, key_id, subject):
            raise MemoryError

    verdict = judge(response(), Broken())
    assert (verdict.code, verdict.detail) == ("INTERNAL", "MemoryError")
