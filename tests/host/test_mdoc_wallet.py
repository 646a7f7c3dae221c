"""The firmware's reader and the virtual wallet, which share no code, at the level of APDUs."""

import cbor2
import mdoc_world as world
import pytest
from support import run

from borne import limits_mdoc
from borne.errors import (
    ApduError,
    DecodeError,
    GoneError,
    NotOfferedError,
    SelectError,
    SessionError,
    UnsupportedError,
)
from borne.nfc import carriers, mdoc_exchange, mdoc_transfer
from borne.nfc import phones as phones_module
from borne.nfc.phones import Phones
from borne.provisioned import reader_key as reader_keys
from borne.verify import unread, verifier
from bornetools.emulator.phones import mdoc_tag
from bornetools.emulator.phones.mdoc_wallet import ENVELOPE, Wallet
from bornetools.issuer import mdoc as mdoc_issuer

pytestmark = pytest.mark.usefixtures("quick_p256")

BUFFER = memoryview(bytearray(limits_mdoc.ENVELOPE_MAX))
SCALAR = 0x1234567890ABCDEF


class Pairs:
    """Always the same key pair, which is no secret here."""

    def key_pair(self):
        return world.READER_KEY


class Card:
    """A Pn532 with a phone on it."""

    def __init__(self, phone):
        self._phone = phone
        self.apdus = []

    async def exchange(self, command):
        response = self._phone.apdu(bytes(command))
        self.apdus.append((bytes(command), response))
        return memoryview(bytearray(response))


def wallet(**knobs):
    return Wallet([world.document()], **knobs)


def read(phone, reader_key=None):
    phone.reset()
    (evidence,) = run(
        mdoc_exchange.read(Card(phone), lambda size: BUFFER, Pairs(), reader_key, "dispensing")
    )
    return evidence


def code(phone, reader_key=None):
    return verifier.verify(read(phone, reader_key), world.trust(), world.NOW).code


@pytest.mark.parametrize("way", [mdoc_tag.STATIC, mdoc_tag.NEGOTIATED])
@pytest.mark.parametrize("mac", [False, True])
def test_valid(way, mac):
    phone = wallet(mac=mac, engagement={"way": way})
    assert code(phone) == "VALID"
    assert phone.ended
    asked = [cbor2.loads(one["itemsRequest"].value) for one in phone.asked["docRequests"]]
    assert [one["docType"] for one in asked] == ["borne.hcov.1", mdoc_issuer.EHIC, mdoc_issuer.PID]
    retained = [
        kept for one in asked for names in one["nameSpaces"].values() for kept in names.values()
    ]
    assert not any(retained)


@pytest.mark.parametrize("steps", [15, 16, 100, 255])
@pytest.mark.parametrize("busy", [0, 3])
def test_steps_of_the_tag(steps, busy):
    engagement = {"way": mdoc_tag.NEGOTIATED, "steps": steps, "busy": busy}
    assert code(wallet(engagement=engagement)) == "VALID"


@pytest.mark.parametrize("piece", [16, 100, 255, 256])
def test_pieces_of_the_response(piece):
    # 8 kB in pieces of 16 bytes are more than a response may have.
    if piece < 100:
        with pytest.raises(DecodeError, match="end"):
            code(wallet(piece=piece))
    else:
        assert code(wallet(piece=piece)) == "VALID"


def padded(size):
    """A wallet whose DeviceResponse has so many bytes more than it has to: signed, but not asked for."""
    elements = {mdoc_issuer.EHIC: {**world.EHIC[mdoc_issuer.EHIC], "padding": bytes(size)}}
    return Wallet([world.document(elements)], excess=["padding"])


def test_a_response_of_8_kilobytes():
    sizes = []

    def seen(response):
        sizes.append(len(response))
        return response

    for more in (0, 1):
        short = padded(256)
        short.change_response = seen
        assert code(short) == "VALID"
        whole = padded(256 + 8192 + more - sizes[-1])
        whole.change_response = seen
        if more:
            assert code(whole) != "VALID"
        else:
            assert code(whole) == "VALID"
    assert sizes[1::2] == [8192, 8193]


def test_longer_ones_are_refused():
    phone = wallet(change_data=lambda data: data + bytes(8300 - len(data)))
    with pytest.raises(DecodeError):
        read(phone)


def test_reader_authentication():
    authority = mdoc_issuer.iaca(world.NOW, name="Utopia readers")
    other = mdoc_issuer.iaca(world.NOW, name="Other readers")
    reader = mdoc_issuer.document_signer(authority, world.NOW, name="A pharmacy")
    private = reader.key.private_numbers().private_value
    key = reader_keys.ReaderKey(private, (reader.der,), random=bytes)
    phone = wallet(readers=[authority.certificate])
    assert code(phone, key) == "VALID"
    with pytest.raises(SessionError) as error:
        read(phone)
    assert error.value.by_phone
    with pytest.raises(SessionError):
        read(wallet(readers=[other.certificate]), key)
    impostor = reader_keys.ReaderKey(SCALAR, (reader.der,), random=bytes)
    with pytest.raises(SessionError):
        read(phone, impostor)
    assert code(wallet(), key) == "VALID"


def stranger():
    """A reader key, and an authority that has not certified it."""
    readers, other = (mdoc_issuer.iaca(world.NOW, name=name) for name in ("Readers", "Others"))
    reader = mdoc_issuer.document_signer(readers, world.NOW, name="A pharmacy")
    private = reader.key.private_numbers().private_value
    return reader_keys.ReaderKey(private, (reader.der,), random=bytes), other.certificate


def signed(request):
    return ["readerAuth" in one for one in request["docRequests"]]


def declining(ends_after=False, **knobs):
    """The Verdict on a wallet that declines the terminal's reader key, the wallet, and how often it was said
    that it does."""
    key, other = stranger()
    phone, said = wallet(trusts=[other], ends_after=ends_after, **knobs), []
    phone.reset()
    reading = mdoc_exchange.read(
        Card(phone), lambda size: BUFFER, Pairs(), key, "dispensing", lambda: said.append(1)
    )
    (evidence,) = run(reading)
    return verifier.verify(evidence, world.trust(), world.NOW), phone, len(said)


def test_a_wallet_that_declines_the_reader_is_asked_again_without_its_key():
    verdict, phone, said = declining()
    assert (verdict.code, said) == ("VALID", 1)
    assert [signed(one) for one in phone.requests] == [[True] * 3, [False] * 3]
    assert phone.requests[0].keys() == phone.requests[1].keys()
    assert phone.ended


def test_a_wallet_that_declines_and_ends_the_session_is_not_asked_in_it():
    verdict, phone, said = declining(ends_after=True)
    assert (verdict.code, verdict.severity) == ("HOLDER_NOT_PRESENT", "retry")
    assert verdict.detail == "the wallet declines this terminal"
    assert (said, len(phone.requests)) == (1, 1)


@pytest.mark.parametrize("deaf", ["6985", "6A82", "6D00", "9000"])
def test_a_wallet_that_has_ended_the_session_without_saying_so(deaf):
    with pytest.raises(SessionError) as error:
        declining(deaf=bytes.fromhex(deaf))
    verdict = unread.verdict_on(error.value)
    assert (verdict.code, verdict.detail) == (
        "HOLDER_NOT_PRESENT",
        "the wallet declines this terminal",
    )


def test_a_wallet_that_declines_everybody_is_asked_twice_at_most():
    empty = cbor2.dumps({"version": "1.0", "status": 10})
    verdict, phone, said = declining(change_response=lambda _: empty)
    assert (verdict.code, said, len(phone.requests)) == ("HOLDER_NOT_PRESENT", 1, 2)
    # Nobody but a reader that has authenticated is declined for that.
    phone = wallet(change_response=lambda _: empty, ends_after=False)
    assert (code(phone), len(phone.requests)) == ("HOLDER_NOT_PRESENT", 1)


@pytest.mark.parametrize("status", [11, 12, 10_000])
def test_other_failures_are_not_asked_again(status):
    answer = cbor2.dumps({"version": "1.0", "status": status})
    key, _ = stranger()
    phone = wallet(change_response=lambda _: answer, ends_after=False)
    assert code(phone, key) in ("UNSUPPORTED", "MALFORMED")
    assert len(phone.requests) == 1


def test_a_second_answer_that_does_not_decrypt_is_no_retry():
    answers = []

    def change(data):
        answers.append(data)
        return data if len(answers) == 1 else data[:-1] + bytes([data[-1] ^ 1])

    with pytest.raises(SessionError) as error:
        declining(change_data=change)
    assert unread.verdict_on(error.value).code == "MALFORMED"


def test_a_second_answer_may_be_longer_than_the_first_one():
    """The room of the first, which fits the usual buffer, is not enough."""
    key, other = stranger()
    phone = padded(6000)
    phone.trusts, phone.ends_after = [other], False
    phone.reset()
    phones = Phones("T-1", Pairs(), key)
    phones._prepared.nonce = lambda: bytes(32)
    (evidence,) = run(phones.read(Card(phone), "dispensing", world.NOW))
    assert verifier.verify(evidence, world.trust(), world.NOW).code == "VALID"
    phones.done()


class Counter:
    """A terminal's Phones, with a reader key that wallets of `other` do not know, and its clock."""

    def __init__(self, monkeypatch):
        self.now = 0
        self.key, self.other = stranger()
        prepared = Pairs()
        prepared.nonce = lambda: bytes(32)
        self._phones = Phones("T-1", prepared, self.key)
        monkeypatch.setattr(phones_module.time, "ticks_ms", lambda: self.now, raising=False)

    def tap(self, phone):
        """Whether the terminal asked with its key, and the verdict."""
        phone.reset()
        (evidence,) = run(self._phones.read(Card(phone), "dispensing", world.NOW))
        verdict = verifier.verify(evidence, world.trust(), world.NOW)
        self._phones.done()
        return signed(phone.requests[0])[0], verdict.code

    def declining(self):
        return wallet(trusts=[self.other])


def test_the_next_tap_asks_without_the_key_and_no_other(monkeypatch):
    counter = Counter(monkeypatch)
    assert counter.tap(wallet()) == (True, "VALID")
    assert counter.tap(counter.declining()) == (True, "HOLDER_NOT_PRESENT")
    assert counter.tap(counter.declining()) == (False, "VALID")
    assert counter.tap(counter.declining()) == (True, "HOLDER_NOT_PRESENT")
    assert counter.tap(wallet()) == (False, "VALID")
    assert counter.tap(wallet()) == (True, "VALID")


def test_a_wallet_that_declines_is_forgotten_after_a_while(monkeypatch):
    counter = Counter(monkeypatch)
    for later, asked in (
        (limits_mdoc.RETRY_WITHIN - 1, False),
        (limits_mdoc.RETRY_WITHIN, True),
        (7 * 86_400_000, True),  # ticks_diff is negative by then
    ):
        counter.tap(counter.declining())
        counter.now = (counter.now + later) % (1 << 30)
        assert counter.tap(wallet())[0] is asked, later


def test_sessions_that_the_phone_ends():
    for knobs, status in (
        ({"locked": True}, 20),
        ({"ends": 10}, 10),
        ({"ends": 11}, 11),
        ({"ends": 20}, 20),
    ):
        phone = wallet(**knobs)
        with pytest.raises(SessionError) as error:
            read(phone)
        assert (error.value.status, error.value.by_phone) == (status, True)
        assert not phone.ended  # by the reader


def test_a_session_that_does_not_decrypt_is_ended():
    def change(data):
        fields = cbor2.loads(data)
        fields["data"] = fields["data"][:-1] + bytes([fields["data"][-1] ^ 1])
        return cbor2.dumps(fields)

    phone = wallet(change_data=change)
    with pytest.raises(SessionError) as error:
        read(phone)
    assert error.value.status == 10
    assert phone.ended


def test_empty_and_partial_responses_are_no_success():
    assert code(wallet(change_response=lambda _: cbor2.dumps({"version": "1.0", "status": 0}))) in (
        "MALFORMED",
        "NO_APPLICATION",
    )
    assert code(Wallet([])) == "NO_APPLICATION"
    assert code(wallet(withheld=["subject", "family_name"])) not in ("VALID", "VALID_STALE")
    for data in (b"", b"\x53", b"\x53\0", b"\x54\1\0"):
        with pytest.raises(DecodeError):
            read(wallet(change_envelope=lambda _, data=data: data))


def test_bluetooth_only():
    for way in (mdoc_tag.STATIC, mdoc_tag.NEGOTIATED):
        with pytest.raises(UnsupportedError, match="NFC"):
            read(wallet(engagement={"way": way, "carriers": [mdoc_tag.BLE]}))
    both = {"carriers": [mdoc_tag.BLE, mdoc_tag.NFC]}
    assert code(wallet(engagement=both)) == "VALID"


class Air:
    """A carrier and its Transfer in one, which this terminal does not have: messages as they are."""

    name = "Bluetooth"
    tnf, type, id = 2, b"application/vnd.bluetooth.le.oob", b"0"
    round_trip_us = 1234

    def __init__(self, phone):
        self._phone = phone
        self.gone = False
        self.opened_by = None
        self.ends = []

    def offered(self):
        return bytes.fromhex("021C00")

    def chosen(self, payload):
        assert bytes(payload) == bytes.fromhex("021C01")

    async def open(self, card):
        self.opened_by = card
        return self

    async def exchange(self, message, room):
        answer = self._phone._answer(bytes(message))
        if self.gone:
            raise GoneError("the connection is lost")
        buffer = room(len(answer))
        buffer[: len(answer)] = answer
        return buffer[: len(answer)]

    async def end(self, message=None):
        self.ends.append(message)
        if message is not None:
            self._phone._answer(bytes(message))


def by_air(monkeypatch, way, **knobs):
    """A wallet that offers Bluetooth, and the carrier with which the terminal takes that."""
    phone = wallet(engagement={"way": way, "carriers": [mdoc_tag.NFC, mdoc_tag.BLE]}, **knobs)
    air = Air(phone)
    monkeypatch.setattr(carriers, "offers", lambda: [air, mdoc_transfer.NfcCarrier()])
    return phone, air


@pytest.mark.parametrize("way", [mdoc_tag.STATIC, mdoc_tag.NEGOTIATED])
def test_another_transfer_is_another_carrier_and_nothing_else(monkeypatch, way):
    phone, air = by_air(monkeypatch, way)
    evidence = read(phone)
    assert verifier.verify(evidence, world.trust(), world.NOW).code == "VALID"
    assert evidence.round_trip_us == 1234
    assert isinstance(air.opened_by, Card)
    assert phone.ended
    assert [cbor2.loads(message) for message in air.ends] == [{"status": 20}]
    # No APDU carried the session.
    assert not [apdu for apdu, _ in air.opened_by.apdus if apdu[1] == ENVELOPE]


def test_a_transfer_is_ended_whatever_comes(monkeypatch):
    def spoiled(data):
        return data[:-1] + bytes([data[-1] ^ 1])

    for knobs, said in (({"change_data": spoiled}, {"status": 11}), ({"ends": 20}, None)):
        phone, air = by_air(monkeypatch, mdoc_tag.STATIC, **knobs)
        with pytest.raises(SessionError):
            read(phone)
        assert [message and cbor2.loads(message) for message in air.ends] == [said]
    phone, air = by_air(monkeypatch, mdoc_tag.STATIC)
    air.gone = True
    with pytest.raises(GoneError):
        read(phone)
    assert air.ends == [None]


def test_phones_without_a_part_of_it():
    with pytest.raises(SelectError):
        read(wallet(transfers=False))
    with pytest.raises(UnsupportedError):
        read(wallet(engagement={"way": mdoc_tag.NEGOTIATED, "status": 1}))
    with pytest.raises(ApduError):
        read(wallet(refuses={ENVELOPE: bytes.fromhex("6985")}))
    with pytest.raises(NotOfferedError):
        read(wallet(engagement={"change": lambda _: bytes.fromhex("D101045500616263")}))


def test_the_device_of_another():
    assert code(wallet(device_key=mdoc_issuer.new_key())) == "CLONED"
    assert code(wallet(device_key=mdoc_issuer.new_key(), mac=True)) == "CLONED"


def test_a_key_pair_is_taken_only_for_a_session():
    class None_:
        def key_pair(self):
            raise AssertionError("taken")

    phone = wallet(engagement={"carriers": [mdoc_tag.BLE]})
    with pytest.raises(UnsupportedError):
        run(mdoc_exchange.read(Card(phone), lambda size: BUFFER, None_(), None, "dispensing"))


def test_what_is_asked_and_said_is_in_short_apdus():
    phone = wallet()
    phone.reset()
    card = Card(phone)
    run(mdoc_exchange.read(card, lambda size: BUFFER, Pairs(), None, "dispensing"))
    assert all(len(command) <= 261 and len(response) <= 258 for command, response in card.apdus)
