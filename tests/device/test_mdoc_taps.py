"""Taps of wallets with mdocs (ISO/IEC 18013-5): every verdict, and both kinds of phone."""

import json
import shutil

import cbor2
import pytest
from counter import REST, Listened, found, rested
from demo_world import flash_with
from virtual_terminal import VirtualTerminal

from borne import limits, limits_mdoc
from borne.provisioned import reader_key
from bornetools import times
from bornetools.emulator.machine.terminal import TAP_TIMEOUT
from bornetools.emulator.phones import mdoc_tag
from bornetools.emulator.phones.mdoc_wallet import ENVELOPE, Wallet
from bornetools.flash.reader_key import from_test_ca
from bornetools.issuer import mdoc as mdoc_issuer
from bornetools.journal import chain as chains
from bornetools.times import DAY
from bornetools.world.mdoc_people import NEGOTIATED
from bornetools.world.people import noise

MANY = 50


@pytest.fixture(scope="module")
def mdocs(world):
    """Makes more wallets: MdocCast."""
    return world.cast.mdocs


def test_every_wallet_of_the_demo_gets_the_right_verdict(terminal, world):
    for person in world.wallets:
        tap = terminal.tap(person.phone)
        assert (person.case, tap.code) == (person.case, person.expected), tap.detail


def test_other_verdicts(terminal, mdocs):
    def wallet(**knobs):
        return mdocs.wallet("Lindgren", "Ada", **knobs)

    def taps(phone):
        return terminal.tap(phone).code

    assert taps(wallet(valid_from=mdocs.now + DAY)) == "NOT_YET_VALID"
    assert taps(wallet(signer=mdocs.former_signer)) == "ISSUER_REVOKED"
    assert taps(wallet(age=9)) == "NOT_ELIGIBLE"
    assert taps(wallet(change_response=noise)) == "MALFORMED"
    assert taps(wallet(change_data=noise)) == "MALFORMED"
    assert taps(wallet(change_envelope=noise)) == "MALFORMED"
    assert taps(wallet(change_envelope=lambda _: b"")) == "MALFORMED"
    assert taps(wallet(ends=10)) == "MALFORMED"
    assert taps(wallet(ends=11)) == "MALFORMED"
    assert taps(wallet(ends=20)) == "HOLDER_NOT_PRESENT"
    assert taps(wallet(refuses={ENVELOPE: bytes.fromhex("6985")})) == "HOLDER_NOT_PRESENT"
    assert taps(wallet(refuses={ENVELOPE: bytes.fromhex("6F00")})) == "MALFORMED"
    assert taps(wallet(transfers=False)) == "NO_APPLICATION"
    assert taps(wallet(withheld=["subject", "family_name"])) == "MALFORMED"
    website = {"change": lambda _: bytes.fromhex("D101045500616263")}
    assert taps(wallet(engagement=website)) == "NO_APPLICATION"
    assert taps(wallet(engagement={"way": mdoc_tag.NEGOTIATED, "status": 1})) == "UNSUPPORTED"
    assert taps(wallet(engagement={"way": mdoc_tag.NEGOTIATED, "busy": 99})) == "MALFORMED"
    assert taps(wallet(readers=[mdocs.root.certificate])) == "HOLDER_NOT_PRESENT"
    assert taps(
        Wallet([mdoc_issuer.issue(mdocs.signer, mdoc_issuer.PID, PID, mdocs.now - DAY)])
    ) == ("NO_ENTITLEMENT")
    assert taps(wallet(engagement=NEGOTIATED)) == "VALID"


PID = mdoc_issuer.pid("Lindgren", "Ada", "1985-02-01")


def test_a_name_of_another_device_key(terminal, mdocs):
    """As a wallet has it that keeps a key for each document; of one key it is valid."""
    card = {
        mdoc_issuer.EHIC: {
            "personal_administrative_number": "123456789",
            "starting_date": mdoc_issuer.full_date("2020-01-01"),
            "ending_date": mdoc_issuer.full_date("2090-12-31"),
        }
    }
    key = mdoc_issuer.new_key()
    shown = []
    for own in (key, mdoc_issuer.new_key()):
        documents = [
            mdoc_issuer.issue(
                mdocs.signer, mdoc_issuer.EHIC, card, mdocs.now - DAY, device_key=key
            ),
            mdoc_issuer.issue(mdocs.signer, mdoc_issuer.PID, PID, mdocs.now - DAY, device_key=own),
        ]
        tap = terminal.tap(Wallet(documents))
        shown.append((tap.code, tap.severity))
    assert shown == [("VALID", "accept"), ("IDENTITY_NOT_BOUND", "warn")]


def test_software_is_told_whose_the_name_is(world, tmp_path, mdocs):
    at = times.now() - 3600
    flash = flash_with(world, tmp_path, at, roots=True, identity_to_software=True)
    with Listened(flash) as terminal:
        for phone, code, source in (
            (mdocs.apart("Lindgren", "Ada"), "IDENTITY_NOT_BOUND", "pid"),
            (mdocs.wallet("Lindgren", "Ada"), "VALID", "card"),
        ):
            assert terminal.tap(phone).code == code
            holder = terminal.told[-1]["holder"]
            assert (holder["family"], holder["name_from"]) == ("Lindgren", source)


@pytest.fixture
def with_key(new_terminal, tmp_path, world):
    """A terminal with a reader key that no wallet of these tests knows."""
    flash = shutil.copytree(world.flash, tmp_path / "flash")
    key = from_test_ca(tmp_path / "ca", "a counter", 30, times.now())
    (flash / reader_key.FILE).write_bytes(key.encode())
    with new_terminal(flash) as terminal:
        yield terminal


def test_a_wallet_that_declines_the_reader_key(with_key, mdocs):
    def wallet(**knobs):
        return mdocs.wallet("Lindgren", "Ada", **knobs)

    def signed(phone):
        return ["readerAuth" in one["docRequests"][0] for one in phone.requests]

    declining = {"trusts": [mdocs.root.certificate]}
    # Where the session goes on, within the tap.
    phone = wallet(ends_after=False, **declining)
    assert with_key.tap(phone).code == "VALID"
    assert signed(phone) == [True, False]
    assert with_key.tap(wallet()).code == "VALID"  # that used up the retry
    # Where the wallet has ended it, the screen says what to do, and the next tap asks without.
    for over in ({}, {"ends_after": False, "deaf": bytes.fromhex("6985")}):
        phone = wallet(**declining, **over)
        tap = with_key.tap(phone)
        assert (tap.code, tap.severity) == ("HOLDER_NOT_PRESENT", "retry")
        assert tap.detail == "the wallet declines this terminal"
        phone = wallet(**declining)
        assert with_key.tap(phone).code == "VALID"
        assert signed(phone) == [False]
    phone = wallet(**declining)
    assert with_key.tap(phone).code == "HOLDER_NOT_PRESENT"
    assert signed(phone) == [True]


@pytest.mark.parametrize(
    ("ahead", "expected"), [(None, "CLOCK_UNSET"), (-DAY, "CLOCK_UNSET"), (60 * DAY, "EXPIRED")]
)
def test_clocks(new_terminal, tmp_path, world, mdocs, ahead, expected):
    flash = shutil.copytree(world.flash, tmp_path / "flash")
    with new_terminal(flash, ahead=ahead) as terminal:
        assert terminal.tap(mdocs.wallet("Lindgren", "Ada")).code == expected


@pytest.mark.parametrize(
    ("change", "slow", "expected"),
    [
        ({"warn_after": 0, "refuse_after": 9 * DAY}, 0, "VALID_STALE"),
        ({"warn_after": 0, "refuse_after": 60}, 0, "TRUST_STALE"),
        ({"relay_bound": 200}, 0.3, "RELAY_SUSPECTED"),
        ({"relay_bound": 10_000}, 0, "VALID"),
    ],
)
def test_policies(new_terminal, tmp_path, world, mdocs, change, slow, expected):
    flash = flash_with(world, tmp_path, times.now() - 3600, roots=True, **change)
    with new_terminal(flash) as terminal:
        assert terminal.tap(mdocs.wallet("Lindgren", "Ada", slow=slow)).code == expected


def test_without_roots_every_issuer_is_unknown(new_terminal, tmp_path, world, mdocs):
    flash = flash_with(world, tmp_path, times.now() - 3600)
    with new_terminal(flash) as terminal:
        assert terminal.tap(mdocs.wallet("Lindgren", "Ada")).code == "UNKNOWN_ISSUER"


def test_a_wallet_torn_away_at_any_moment(terminal, mdocs):
    document = mdocs.card("Lindgren", "Ada")
    whole = Wallet([document], engagement=NEGOTIATED)
    commands = []
    real = whole.apdu
    whole.apdu = lambda command: commands.append(command[1]) or real(command)
    assert terminal.tap(whole).code == "VALID"
    # Without the SELECT of the profile's application, and the session's end, which does not matter.
    for count in range(len(commands) - 1):
        tap = terminal.tap(Wallet([document], engagement=NEGOTIATED, removed_after=count))
        assert (count, tap.code) == (count, "TORN")
    assert terminal.tap(Wallet([document], removed_after=len(commands) - 1)).code == "VALID"
    assert {0xA4, 0xB0, 0xD6, 0xC0, ENVELOPE} == set(commands)


@pytest.mark.parametrize(("size", "code"), [(1, "VALID"), (7, "VALID"), (0, "MALFORMED")])
def test_a_wallet_whose_tag_gives_fewer_bytes_than_asked(terminal, mdocs, size, code):
    wallet = mdocs.wallet("Lindgren", "Ada", engagement=NEGOTIATED)
    whole, reads = wallet.apdu, []

    def short(command):
        answer = whole(command)
        if command[1] != mdoc_tag.READ_BINARY:
            return answer
        reads.append(command)
        return answer[: min(size, len(answer) - 2)] + answer[-2:]

    wallet.apdu = short
    assert terminal.tap(wallet).code == code
    assert len(reads) < 1200


def test_the_longest_response(terminal, mdocs):
    """Of 8 kB, in which a terminal has to check an element that it has not asked for."""
    sizes = []

    def padded(size):
        elements = mdoc_issuer.ehic(
            "Lindgren", "Ada", "1985-02-01", "255081416802538", "2020-01-01", "2090-12-31"
        )
        elements[mdoc_issuer.EHIC]["padding"] = bytes(size)
        document = mdoc_issuer.issue(mdocs.signer, mdoc_issuer.EHIC, elements, mdocs.now - DAY)
        seen = lambda response: sizes.append(len(response)) or response  # noqa: E731
        return Wallet([document], excess=["padding"], change_response=seen)

    assert terminal.tap(padded(256)).code == "VALID"
    for _ in range(3):
        assert terminal.tap(padded(256 + limits_mdoc.RESPONSE_MAX - sizes[0])).code == "VALID"
    assert sizes[1:] == [limits_mdoc.RESPONSE_MAX] * 3
    tap = terminal.tap(padded(256 + limits_mdoc.RESPONSE_MAX - sizes[0] + 512))
    assert (tap.code, tap.severity) == ("MALFORMED", "refuse")


def test_taps_of_both_kinds_within_the_heap(terminal, world):
    for number in range(MANY):
        people = world.wallets if number % 2 else world.people
        person = people[number // 2 % len(people)]
        tap = terminal.tap(person.phone)
        assert (number, person.case, tap.code) == (number, person.case, person.expected), tap.detail


def test_a_holder_who_takes_his_time_to_agree_or_never_does(world, mdocs):
    """On the VM alone: half a minute of waiting, which takes none of its time."""
    never, later = limits_mdoc.MDOC_TAP_TIMEOUT / 1000, limits.TAP_TIMEOUT / 1000 + 2
    with VirtualTerminal(world.flash) as terminal:
        assert terminal.tap(mdocs.wallet("Lindgren", "Ada", ponders=later)).code == "VALID"
        wallet = mdocs.wallet("Lindgren", "Ada", ponders=never + 5)
        tap = terminal.tap(wallet)
        assert (tap.code, tap.detail) == ("TORN", "the exchange took too long")
        assert terminal.tap(mdocs.wallet("Lindgren", "Ada")).code == "VALID"


def test_both_kinds_stand_on_the_same_screen(terminal, person, mdocs):
    """A refusal does not show which kind of phone it was, and an accept shows the name of either."""
    refused = terminal.tap(person("cloned token").phone)
    assert (
        refused.frame
        == terminal.tap(mdocs.wallet("Lindgren", "Ada", device_key=mdoc_issuer.new_key())).frame
    )
    one, other = (terminal.tap(mdocs.wallet(family, "Ada")) for family in ("Lindgren", "Borg"))
    assert one.code == other.code == "VALID"
    assert one.frame != other.frame


def test_the_journal_has_every_verdict_and_nobody(new_terminal, tmp_path, world):
    ignored = shutil.ignore_patterns("journal", "receipts")
    flash = shutil.copytree(world.flash, tmp_path / "flash", ignore=ignored)
    with new_terminal(flash) as terminal:
        for one in world.wallets:
            terminal.tap(one.phone)
    log = b"".join(path.read_bytes() for path in sorted((flash / "journal").iterdir()))
    entries = [json.loads(line) for line in log.splitlines()]
    entries = [entry for entry in entries if "begin" not in entry]
    assert [entry["verdict"] for entry in entries] == [one.expected for one in world.wallets]
    assert entries[0]["issuer"] == "Utopia"
    for name in (b"verg", b"Bj", b"Lindq", b"Lef", b"Ib"):
        assert name not in log
    assert chains.follow(log).problems == []


def test_nothing_of_the_last_holder_is_left_in_memory(world, tmp_path, mdocs):
    """As the test of the same name for tokens: read from outside, all that the process can write to."""
    at = times.now() - 3600
    flash = flash_with(world, tmp_path, at, roots=True, rest=REST, whole_nir=True)
    words = ["Carpentier", "Noëlle", "1986-01-01"]
    wallet = mdocs.wallet("Carpentier", "Noëlle", age=mdocs.year - 1986, engagement=NEGOTIATED)
    (document,) = wallet.documents
    words.append(element(document, "social_security_pin"))
    torn = Wallet([document], removed_after=14)
    refused = Wallet([document], device_key=mdoc_issuer.new_key(), mac=True)
    with Listened(flash) as terminal:
        terminal.panel.wait_for(lambda panel: any(panel.frame), TAP_TIMEOUT)
        assert found(terminal, words) == set()
        assert terminal.tap(wallet).code == "VALID"
        assert {"Carpentier", "Noëlle"} <= found(terminal, words)  # they are looked for rightly
        for phone, code in ((wallet, "VALID"), (torn, "TORN"), (refused, "CLONED")):
            assert terminal.tap(phone).code == code
            rested(terminal)
            assert found(terminal, words) == set()


def element(document, identifier):
    (elements,) = document.name_spaces.values()
    return cbor2.loads(elements[identifier])["elementValue"]
