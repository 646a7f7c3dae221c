"""Wallets' answers: an attacker's variants of answers that he has seen, in a session of his own."""

import hashlib
import random
from datetime import datetime
from functools import cached_property
from typing import Any

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bornetools.hostile import cbor_tree, damage, signing
from bornetools.hostile.signing import UNREADABLE
from bornetools.hostile.tokens import NOW, TODAY
from bornetools.issuer import cose, mdoc
from bornetools.issuer.mdoc import Mdoc
from bornetools.times import DAY

_DOCUMENT_SIGNER = "1.0.18013.5.1.2"
_X5CHAIN = 33


class Mdocs:
    """Generator of cases, and oracle for their acceptance. Each instance has fresh keys and certificates."""

    def __init__(self) -> None:
        self._root = mdoc.iaca(NOW - 400 * DAY)
        self._stranger = mdoc.iaca(NOW - 400 * DAY)
        self._signer = mdoc.document_signer(self._root, NOW - 100 * DAY)
        self._false_signer = mdoc.document_signer(self._stranger, NOW - 100 * DAY)
        self.reader = cose.new_key()
        self._transcript = mdoc.session_transcript(self.reader.public_key())
        self._another = mdoc.session_transcript(self.reader.public_key())
        self._phone, self._phone_of_another = cose.new_key(), cose.new_key()
        ehic = ("255081416802538", "2027-01-01", "2027-12-31")
        self._card = self._issue(mdoc.ehic("Lefèvre", "Zoé", "1985-02-01", *ehic))
        self._identity = self._issue(mdoc.pid("Lefèvre", "Zoé", "1985-02-01"))
        theirs = {"device_key": self._phone_of_another}
        self._other_card = self._issue(mdoc.ehic("Müller", "Anna", "1990-01-01", *ehic), **theirs)
        self._other_identity = self._issue(mdoc.pid("Müller", "Anna", "1990-01-01"), **theirs)
        self._old = self._issue(
            mdoc.ehic("Ancien", "Luc", "1950-01-01", *ehic), signed_at=NOW - 90 * DAY
        )
        self._forged = self._issue(
            mdoc.ehic("Faux", "Jean", "1970-01-01", *ehic), signer=self._false_signer
        )

    def world(self) -> dict[str, str]:
        """Root and session transcript in hexadecimal, for borne's judge."""
        return {"root": self._root.der.hex(), "transcript": self._transcript.hex()}

    def _issue(self, elements: dict[str, Any], **more: Any) -> Mdoc:
        given = {"signer": self._signer, "signed_at": NOW - DAY, "device_key": self._phone, **more}
        return mdoc.issue(
            given.pop("signer"), next(iter(elements)), elements, given.pop("signed_at"), **given
        )

    def _answer(self, *documents: Mdoc, **more: Any) -> bytes:
        return mdoc.device_response(documents, more.pop("transcript", self._transcript), **more)

    def honest(self) -> list[list[bytes]]:
        """Answers: a card authenticated by signature, by MAC, and a card with the identity."""
        return [[answer] for answer in self._seen]

    @cached_property
    def _seen(self) -> list[bytes]:
        public = self.reader.public_key()
        return [
            self._answer(self._card),
            self._answer(self._card, reader_key=public),
            self._answer(self._card, self._identity),
        ]

    def make(self, rng: random.Random) -> list[bytes]:
        """A hostile DeviceResponse."""
        answer = rng.choice(self._seen)
        kind = rng.randrange(20)
        if kind < 15:
            return [damage.either(rng, answer, self._seen)]
        if kind < 18:
            return [self._roles(rng)]
        return [self._by_mistake(rng)]

    def _roles(self, rng: random.Random) -> bytes:
        """Whole documents, in a place where they do not belong."""
        every = [
            self._card,
            self._identity,
            self._other_card,
            self._other_identity,
            self._old,
            self._forged,
        ]
        kind = rng.randrange(8)
        if kind == 0:
            return self._answer(*rng.sample(every, rng.randrange(1, 4)))
        if kind == 1:
            return self._answer(
                rng.choice(every), device_key=rng.choice((self._phone, self._phone_of_another))
            )
        if kind == 2:
            return self._answer(
                self._card, transcript=rng.choice((self._another, b"\x80", b"")) or b"\xf6"
            )
        if kind == 3:
            shown = {document.doc_type: self._some(rng, document) for document in every}
            return self._answer(*rng.sample(every[:4], 2), shown=shown)
        if kind == 4:  # one document's elements under another's signature
            one, other = rng.sample(every, 2)
            mixed = Mdoc(one.doc_type, other.name_spaces, one.issuer_auth, one.device_key)
            return self._answer(mixed)
        if kind == 5:
            auth = list(self._card.issuer_auth)
            chain = rng.choice((self._false_signer, self._root, self._stranger)).der
            auth[1] = {
                _X5CHAIN: rng.choice((chain, [self._signer.der, chain], [chain, self._root.der]))
            }
            return self._answer(
                Mdoc(self._card.doc_type, self._card.name_spaces, auth, self._phone)
            )
        if kind == 6:
            own: dict[str, dict[str, Any]] = {self._card.doc_type: {"family_name": "Faux"}}
            return self._answer(self._card, device_signed=own)
        return self._answer(self._card, reader_key=cose.new_key().public_key())

    @staticmethod
    def _some(rng: random.Random, document: Mdoc) -> list[str]:
        names = [name for items in document.name_spaces.values() for name in items]
        return rng.sample(names, rng.randrange(len(names) + 1))

    def _by_mistake(self, rng: random.Random) -> bytes:
        """An answer whose issuer has signed a damaged structure by mistake."""

        def spoilt(structure: Any) -> Any:
            changed = damage.tree_of(rng, cbor2.dumps(structure), [cbor2.dumps({"docType": "x"})])
            try:
                return cbor2.loads(changed)
            except UNREADABLE:
                return structure

        elements = mdoc.ehic(
            "Lefèvre", "Zoé", "1985-02-01", "255081416802538", "2027-01-01", "2027-12-31"
        )
        place = rng.choice(("change_mso", "change_item"))
        try:
            return self._answer(self._issue(elements, **{place: spoilt}))
        except UNREADABLE:  # a value that cbor2 decodes but does not encode
            return rng.choice(self._seen)

    def accepted(self, parts: list[bytes], code: str, shown: list[Any] | None) -> bool:
        """Whether a terminal may answer `parts` by `code`, which accepts or warns, and display `shown`."""
        try:
            return self._genuine(parts[0], code == "VALID", shown)
        except UNREADABLE:
            return False

    def _genuine(self, response: bytes, valid: bool, shown: list[Any] | None) -> bool:
        people, cards, phones = [], [], set()
        # Nobody signs the unprotected headers of a response: what nobody reads there may be anything.
        for document in cbor_tree.loads(response, opaque=True)["documents"]:
            found = self._elements(document)
            if found is None:
                return False
            elements, phone = found
            phones.add(phone)
            people.append(_person(elements))
            if "ending_date" in elements:
                cards.append(elements)
        if valid and len(phones) > 1 and len(set(people)) > 1:
            return False  # of two people, or possibly so
        if shown is None:
            return not valid
        family, given, born, number, _, until, delegate = shown
        if (family, given, born) not in people or delegate:
            return False
        return any(
            number in ("", card.get("social_security_pin"))
            and (
                until is None
                or _day(card["starting_date"]) <= TODAY <= _day(card["ending_date"]) == until
            )
            for card in cards
        )

    def _elements(self, document: Any) -> tuple[dict[str, Any], bytes] | None:
        """A document's elements and its phone's key; None unless the issuer has signed all elements and the
        device is authenticated in this session."""
        signed, device = document["issuerSigned"], document["deviceSigned"]
        protected, unprotected, payload, signature = signed["issuerAuth"]
        chain = unprotected[_X5CHAIN]
        certificate = x509.load_der_x509_certificate(chain[0] if isinstance(chain, list) else chain)
        key = certificate.public_key()
        if not self._certified(certificate) or not isinstance(key, ec.EllipticCurvePublicKey):
            return None
        if not signing.verifies(key, protected, payload, signature):
            return None
        mso = cbor_tree.loads(cbor_tree.loads(payload).value)
        until = datetime.fromisoformat(mso["validityInfo"]["validUntil"].value).timestamp()
        if mso["docType"] != document["docType"] or until <= NOW - 300:
            return None
        found = {}
        for name_space, items in signed.get(
            "nameSpaces", {}
        ).items():  # optional: clause 8.3.2.1.2.2
            for item in items:
                fields = cbor_tree.loads(item.value)
                digest = hashlib.sha256(cbor2.dumps(item)).digest()
                if mso["valueDigests"][name_space][fields["digestID"]] != digest:
                    return None
                found[fields["elementIdentifier"]] = fields["elementValue"]
        holder = signing.public_key(mso["deviceKeyInfo"]["deviceKey"])
        stated = mdoc.device_authentication(self._transcript, mso["docType"], device["nameSpaces"])
        phone = mso["deviceKeyInfo"]["deviceKey"][-2]
        for kind, auth in device["deviceAuth"].items():
            if kind == "deviceSignature" and signing.verifies(holder, auth[0], stated, auth[3]):
                return found, phone
            if kind == "deviceMac":
                secret = mdoc.emac_key(self.reader, holder, self._transcript)
                if mdoc.mac0(secret, stated)[3] == auth[3]:
                    return found, phone
        return None

    def _certified(self, certificate: x509.Certificate) -> bool:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if _DOCUMENT_SIGNER not in [one.dotted_string for one in usage]:
            return False
        try:
            self._root.key.public_key().verify(
                certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256())
            )
        except InvalidSignature:
            return False
        return True


def _person(elements: dict[str, Any]) -> tuple[str, str, str]:
    said = elements.get("subject", elements)
    given = said.get("given_name", said.get("forename", ""))
    return said.get("family_name", ""), given, _day(said.get("birth_date", ""))


def _day(value: Any) -> str:
    return str(value.value if isinstance(value, cbor2.CBORTag) else value)
