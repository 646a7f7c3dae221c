import asyncio

from fakes_card import C, FakeCard, R
from support import raises, run

from borne import limits_mdoc
from borne.errors import (
    ApduError,
    DecodeError,
    GoneError,
    NotOfferedError,
    SelectError,
    UnsupportedError,
)
from borne.nfc import handover, ndef
from borne.nfc.mdoc_transfer import NfcCarrier

# ISO/IEC 18013-5:2021, Annex D: the handover of the session transcript's example, by Bluetooth.
ANNEX_D_ENGAGEMENT = (
    "a20063312e30018201d818584ba4010220012158205a88d182bce5f42efa59943f33359d2e8a968ff289d93e5fa444b6"
    "24343167fe225820b16e8cf858ddc7690407ba61d4c338237a8cfcf3de6aa672fc60a557aa32fc67"
)
ANNEX_D_SELECT = (
    "91020f487315d10209616301013001046d646f631a200c016170706c69636174696f6e2f766e642e626c7565746f6f74"
    "682e6c652e6f6f6230081b28128b37282801021c015c1e580469736f2e6f72673a31383031333a646576696365656e67"
    "6167656d656e746d646f63" + ANNEX_D_ENGAGEMENT
)
ANNEX_D_REQUEST = (
    "91022548721591020263720102110204616301013000110206616301036e6663005102046163010157001a201e016170"
    "706c69636174696f6e2f766e642e626c7565746f6f74682e6c652e6f6f6230081b28078080bf2801021c021107c832ff"
    "f6d26fa0beb34dfcd555d4823a1c11010369736f2e6f72673a31383031333a6e66636e6663015a172b016170706c6963"
    "6174696f6e2f766e642e7766612e6e616e57030101032302001324fec9a70b97ac9684a4e326176ef5b981c5e8533e5f"
    "00298cfccbc35e700a6b020414"
)
MEDIA = 2  # NDEF, section 3.2.6: a media type
ENGAGEMENT = bytes.fromhex(ANNEX_D_ENGAGEMENT)
DEVICE = (ndef.EXTERNAL, b"iso.org:18013:deviceengagement", b"mdoc", ENGAGEMENT)
NFC = (ndef.EXTERNAL, b"iso.org:18013:nfc", b"nfc", bytes.fromhex("01 03 01 FFFF 04 02 010000"))
BLE = (MEDIA, b"application/vnd.bluetooth.le.oob", b"0", bytes.fromhex("021C00"))
AC_NFC = (ndef.WELL_KNOWN, b"ac", b"", b"\x01\x03nfc\x01\x04mdoc")
AC_BLE = (ndef.WELL_KNOWN, b"ac", b"", b"\x01\x010\x01\x04mdoc")


def hs(*carriers, version=b"\x15"):
    return (ndef.WELL_KNOWN, b"Hs", b"", version + (ndef.encode(*carriers) if carriers else b""))


SELECT = ndef.encode(hs(AC_NFC), DEVICE, NFC)


def tp(name=b"urn:nfc:sn:handover", version=0x10, mode=0, wait=0, polls=2):
    parameters = bytes((mode, wait, polls, 2, 0))
    return (ndef.WELL_KNOWN, b"Tp", b"", bytes((version, len(name))) + name + parameters)


def te(status=0):
    return ndef.encode((ndef.WELL_KNOWN, b"Te", b"", bytes((status,))))


class Tag:
    """A Type 4 Tag that shows `messages` in turn: one more with each that is written, and an empty one as
    often as `busy` says before each."""

    def __init__(self, *messages, busy=0, writable=True, leaves=None):
        self._messages = [
            bytes(2) if one is None else len(one).to_bytes(2, "big") + one for one in messages
        ]
        self._busy = busy
        self._empty = 0
        self._access = b"\0" if writable else b"\xff"
        self._leaves = leaves
        self._file = None
        self.written = []
        self._draft = None
        self.count = 0

    async def exchange(self, command):
        command = bytes(command)
        if self.count == self._leaves:
            raise GoneError("time out")
        self.count += 1
        return memoryview(self._respond(command))

    def _respond(self, command):
        ins, offset = command[1], command[2] << 8 | command[3]
        if ins == 0xA4:
            self._file = command[5:7]
            return b"\x90\0"
        if ins == 0xB0 and self._file == b"\xe1\x03":
            return bytes.fromhex("000F20 00FF 00FF 0406 E104 0400 00") + self._access + b"\x90\0"
        if ins == 0xB0:
            data = self._messages[0]
            if self._empty and offset == 0:
                self._empty -= 1
                data = bytes(2)
            return data[offset : offset + command[4]] + b"\x90\0"
        data = command[5:]
        if offset:
            self._draft += data
        elif data == b"\0\0":
            self._draft = b""
        else:
            assert int.from_bytes(data, "big") == len(self._draft)
            self.written.append(self._draft)
            self._messages.pop(0)
            self._empty = self._busy
        return b"\x90\0"


def read(tag):
    return run(handover.read(tag))


def fails(kind, *messages, **knobs):
    return raises(kind, read, Tag(*messages, **knobs))


def test_static():
    found = read(Tag(SELECT))
    assert bytes(found.engagement) == ENGAGEMENT
    assert (found.carrier.command_max, found.carrier.response_max) == (0xFFFF, 0x10000)
    size = len(SELECT)
    assert found.encoded == b"\x82\x58" + bytes((size,)) + SELECT + b"\xf6"


def test_nfc_beside_others():
    message = ndef.encode(hs(AC_BLE, AC_NFC), DEVICE, BLE, NFC)
    assert bytes(read(Tag(message)).engagement) == ENGAGEMENT


def test_negotiated():
    tag = Tag(ndef.encode(tp()), te(), SELECT)
    found = read(tag)
    chosen, request = tag.written
    assert chosen.hex() == "d10214547313" + b"urn:nfc:sn:handover".hex()
    records = ndef.decode(memoryview(request))
    assert [(one.tnf, one.type, one.id) for one in records] == [
        (ndef.WELL_KNOWN, b"Hr", b""),
        (ndef.EXTERNAL, b"iso.org:18013:nfc", b"nfc"),
    ]
    # The version and one byte less than our own: the collision number's.
    assert records[0].payload[0] == 0x15
    number, carrier = ndef.decode(records[0].payload[1:])
    assert (number.type, len(number.payload)) == (b"cr", 2)
    assert (carrier.type, bytes(carrier.payload)) == (b"ac", b"\x01\x03nfc\0")
    assert bytes(records[1].payload).hex() == "010201ff03020100"
    head = bytes((0x58, len(SELECT)))
    assert found.encoded == b"\x82" + head + SELECT + bytes((0x58, len(request))) + request
    assert bytes(found.engagement) == ENGAGEMENT


def test_the_collision_number_is_another_each_time():
    requests = set()
    for _ in range(4):
        tag = Tag(ndef.encode(tp()), te(), SELECT)
        read(tag)
        requests.add(tag.written[1])
    assert len(requests) > 1


def test_a_phone_that_takes_its_time():
    assert read(Tag(ndef.encode(tp(polls=2)), te(), SELECT, busy=2)).carrier.command_max == 0xFFFF
    error = fails(DecodeError, ndef.encode(tp(polls=1)), te(), SELECT, busy=2)
    assert error.reason == "the handover service does not answer"


def test_waiting_is_bounded():
    # What it says of itself: 255 looks, and 27 seconds before each.
    waited = []
    real = asyncio.sleep_ms

    async def sleep(ms):
        waited.append(ms)

    asyncio.sleep_ms = sleep
    try:
        fails(DecodeError, ndef.encode(tp(wait=63, polls=255)), te(), SELECT, busy=1000)
        assert waited == [limits_mdoc.TNEP_WAIT_MAX] * (limits_mdoc.TNEP_POLLS_MAX + 1)
        for wait, ms in (
            (0, 1),
            (4, 1),
            (7, 2),
            (8, 2),
            (16, 8),
            (17, 16),
            (20, 16),
            (64, 256),
            (255, 256),
        ):
            waited.clear()
            read(Tag(ndef.encode(tp(wait=wait)), te(), SELECT))
            assert waited == [ms, ms], (wait, waited)
    finally:
        asyncio.sleep_ms = real


def test_other_services_beside():
    message = ndef.encode(tp(b"urn:nfc:sn:other", mode=1), tp())
    assert read(Tag(message, te(), SELECT)).carrier.command_max == 0xFFFF


def test_a_service_that_refuses():
    fails(UnsupportedError, ndef.encode(tp()), te(1), SELECT)
    fails(DecodeError, ndef.encode(tp()), SELECT, SELECT)
    fails(DecodeError, ndef.encode(tp()), te(), te())
    fails(UnsupportedError, ndef.encode(tp(mode=1)))
    fails(DecodeError, ndef.encode(tp(version=0x20)))
    fails(DecodeError, ndef.encode((ndef.WELL_KNOWN, b"Tp", b"", b"\x10\x13urn")))
    fails(UnsupportedError, ndef.encode(tp()), writable=False)


def test_nothing_that_is_offered():
    fails(NotOfferedError, None)
    fails(NotOfferedError, ndef.encode((ndef.WELL_KNOWN, b"U", b"", b"\x04example.org")))
    fails(NotOfferedError, ndef.encode(tp(b"urn:nfc:sn:other")))
    card = FakeCard(C("00 A4 04 00 07 D2 76 00 00 85 01 01 00"), R("6A82"))
    raises(SelectError, read, card)


def test_bluetooth_only_is_said_so():
    for message in (bytes.fromhex(ANNEX_D_SELECT), ndef.encode(hs(AC_BLE), DEVICE, BLE)):
        assert "NFC" in fails(UnsupportedError, message).reason
    fails(UnsupportedError, ndef.encode(hs(), DEVICE))
    fails(UnsupportedError, ndef.encode(hs(AC_BLE), DEVICE, BLE, NFC))  # that no carrier names


class Carrier:
    """A carrier that this terminal does not have, of that record."""

    def __init__(self, name, record):
        self.name = name
        self.tnf, self.type, self.id, self._payload = record
        self.taken = None

    def offered(self):
        return self._payload

    def chosen(self, payload):
        self.taken = bytes(payload)


def test_the_standard_s_example_is_encoded_as_there():
    select, request = bytes.fromhex(ANNEX_D_SELECT), bytes.fromhex(ANNEX_D_REQUEST)
    expected = "8258c3" + ANNEX_D_SELECT + "58cd" + ANNEX_D_REQUEST
    bluetooth = Carrier("Bluetooth", BLE)
    found = handover.Handover(memoryview(select), request, [NfcCarrier(), bluetooth])
    assert found.encoded.hex() == expected
    assert bytes(found.engagement).hex() == ANNEX_D_ENGAGEMENT
    assert found.carrier is bluetooth and bluetooth.taken.hex() == "081b28128b37282801021c01"
    records = ndef.decode(memoryview(request))
    assert [one.type for one in records] == [
        b"Hr",
        b"application/vnd.bluetooth.le.oob",
        b"iso.org:18013:nfc",
        b"application/vnd.wfa.nan",
    ]
    # Its request is what a terminal says that has these three.
    offers = [Carrier("", (one.tnf, one.type, one.id, bytes(one.payload))) for one in records[1:]]
    assert handover._request(b"\x01\x02", offers) == request


def test_of_several_carriers_the_first_of_ours_is_taken():
    both = memoryview(ndef.encode(hs(AC_NFC, AC_BLE), DEVICE, BLE, NFC))
    nfc, bluetooth, wifi = (
        NfcCarrier(),
        Carrier("Bluetooth", BLE),
        Carrier("Wi-Fi", (2, b"w", b"W", b"")),
    )
    assert handover.Handover(both, None, [nfc, bluetooth]).carrier is nfc
    assert bluetooth.taken is None
    assert handover.Handover(both, None, [wifi, bluetooth, nfc]).carrier is bluetooth
    error = raises(UnsupportedError, handover.Handover, memoryview(SELECT), None, [bluetooth, wifi])
    assert error.reason == "the wallet does not transfer by Bluetooth or Wi-Fi, only otherwise"


def test_malformed_handovers():
    for message, kind in (
        (ndef.encode(hs(AC_NFC), NFC), DecodeError),  # no engagement
        (ndef.encode(hs(AC_NFC), DEVICE, DEVICE, NFC), DecodeError),
        (ndef.encode(hs(AC_NFC), (4, DEVICE[1], b"other", ENGAGEMENT), NFC), DecodeError),
        (ndef.encode(hs(AC_NFC, version=b"\x25"), DEVICE, NFC), UnsupportedError),
        (ndef.encode((1, b"Hs", b"", b""), DEVICE, NFC), UnsupportedError),
        (ndef.encode((1, b"Hs", b"", b"\x15\0"), DEVICE, NFC), DecodeError),
        (ndef.encode(hs((1, b"ac", b"", b"\x01")), DEVICE, NFC), DecodeError),
        (ndef.encode(hs((1, b"ac", b"", b"\x01\x00\x00")), DEVICE, NFC), DecodeError),
        (ndef.encode(hs((1, b"ac", b"", b"\x01\x09nfc\0")), DEVICE, NFC), DecodeError),
    ):
        fails(kind, message)


def test_the_carrier_s_lengths():
    def limits_of(text):
        carrier = (NFC[0], NFC[1], NFC[2], bytes.fromhex(text))
        found = read(Tag(ndef.encode(hs(AC_NFC), DEVICE, carrier)))
        return found.carrier.command_max, found.carrier.response_max

    assert limits_of("01 02 01 FF 03 02 0100") == (255, 256)
    assert limits_of("01 04 02 010000 03 01 7FFF") == (0x7FFF, 0x10000)
    for text in (
        "",
        "01",
        "01 03 01 FFFF",
        "01 02 01 FE 03 02 0100",
        "01 02 01 FF 03 02 00FF",
        "01 02 01 FF 03 02 01",
        "01 02 01 FF 00 02 0100",
        "01 01 01 03 02 0100",
        "01 05 01 00000000",
    ):
        raises(DecodeError, limits_of, text)
    raises(UnsupportedError, limits_of, "02 02 01 FF 03 02 0100")


def test_a_phone_that_leaves_at_any_time():
    whole = Tag(ndef.encode(tp()), te(), SELECT)
    read(whole)
    for count in range(whole.count):
        fails(GoneError, ndef.encode(tp()), te(), SELECT, leaves=count)


def test_a_status_in_between():
    trace = [
        C("00 A4 04 00 07 D2 76 00 00 85 01 01 00"),
        R("9000"),
        C("00 A4 00 0C 02 E1 03"),
        R("6985"),
    ]
    raises(ApduError, read, FakeCard(*trace))
