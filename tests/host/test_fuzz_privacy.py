"""Nothing of a holder leaves the terminal but by its screen: journal, receipts, events and exceptions; and
to practice software only where policy, subscription and the bridge's flag all say so.

A token with a name that stands nowhere else is damaged, or the name is put where something else belongs.
Then the name must not be found in what the terminal writes or says.
"""

import json
import os
import tempfile
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import altered, encode, examples, sign1, tree
from names import Cover, Delegate, Rule
from test_fuzz_app import with_terminal
from test_journal import Clock

from borne.errors import DecodeError
from borne.journal.chained_log import ChainedLog
from borne.journal.journal import Journal
from borne.link.events import Events
from borne.token.cwt import Token
from borne.token.proof import Proof
from borne.trust import trustset
from borne.trust.policy import Policy
from borne.trust.store import FolderStore
from borne.verify import unread
from bornetools.bridge import events as bridge_events
from bornetools.bridge.keyboard import CannotType
from bornetools.bridge.template import FIELDS, Template
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer.claims import HCOV
from bornetools.issuer.proof import make as make_proof
from bornetools.link import frames

pytestmark = pytest.mark.usefixtures("quick_p256")

NAMES = ("Qzyxfamily", "Qzyxgiven", "Qzyxdelegate", "Qzyxactive")
NIR = "255081416802538"
BORN = "1985-02-14"
IDENTITY = {
    Cover.FAMILY: NAMES[0],
    Cover.GIVEN: NAMES[1],
    Cover.BIRTH_DATE: BORN,
    Cover.NIR: NIR,
    Cover.ENTITLEMENTS: [["AMO", "2020-01-01", "2040-12-31"]],
    Cover.DELEGATE: {
        Delegate.FAMILY: NAMES[2],
        Delegate.GIVEN: NAMES[3],
        Delegate.UNTIL: "2039-12-31",
    },
}
SECRETS = (*NAMES, NIR, BORN, "Qzyx")


@pytest.fixture(scope="module")
def open_trust(world):
    """The same, and its policy lets software be told who holders are."""
    trust = trustset.load(FolderStore(str(world.store)), print)
    trust.policy = Policy({Rule.IDENTITY_TO_SOFTWARE: True})
    return trust


@pytest.fixture(scope="module")
def genuine(phones):
    phone = phones["valid"]
    protected, _, payload, _ = cbor2.loads(phone.token).value
    return protected, {**cbor2.loads(payload), HCOV: IDENTITY}, phone._holder_key


@pytest.fixture(scope="module")
def raised():
    """The texts of the exceptions that a tap ends with before there is anything to verify."""
    texts = []
    real = unread.verdict_on

    def noted(error):
        texts.append(f"{error!r} {error}")
        return real(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unread, "verdict_on", noted)
        yield texts


def places(value, path=()):
    """The paths to all items and keys of decoded CBOR."""
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += [(*path, key, None), *places(item, (*path, key))]
    elif isinstance(value, list):
        for at, item in enumerate(value):
            found += places(item, (*path, at))
    return found


def put(value, path, what):
    """`value` with `what` in that place, or as the key there."""
    if not path:
        return what
    head, *rest = path
    items = dict(value) if isinstance(value, dict) else list(value)
    if rest == [None]:
        items[what] = items.pop(head)
    else:
        items[head] = put(items[head], rest, what)
    return items


def secrets():
    return st.sampled_from(SECRETS) | st.sampled_from(SECRETS).map(str.encode)


@examples(150)
@given(data=st.data(), signed=st.booleans())
def test_no_identity_is_written_or_said(trust, genuine, issuer_key, raised, data, signed):
    phone = any_phone(genuine, issuer_key, data, signed)
    look_everywhere(trust, phone, raised)


@examples(100)
@given(data=st.data(), signed=st.booleans())
def test_software_is_told_who_it_is_only_if_all_agree(
    open_trust, genuine, issuer_key, raised, data, signed
):
    """The policy agrees: subscription and flag have to, too, and the verdict."""
    phone = any_phone(genuine, issuer_key, data, signed)
    look_everywhere(open_trust, phone, raised)


def any_phone(genuine, issuer_key, data, signed):
    protected, claims, holder_key = genuine
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.sampled_from([one for one in places(claims) if one]))
        claims = put(claims, place, data.draw(secrets()))
    payload = encode(claims)
    if data.draw(st.booleans()):
        payload = encode(data.draw(altered(tree(cbor2.loads(payload)))))
    token = sign1(issuer_key if signed else holder_key, protected, payload)
    method = data.draw(st.sampled_from(["pin", NAMES[0], NIR]))
    return Phone(token, holder_key, method=method)


def damaged_answer(data):
    """All is drawn here: hypothesis may end an example where it draws, which is no place within a tap."""
    put_in = st.tuples(st.sampled_from(SECRETS), st.integers(0, 40))
    marks = data.draw(st.lists(put_in, max_size=2))
    more = data.draw(st.lists(secrets(), max_size=1))
    kind = data.draw(st.integers(0, 3))

    def mutate(answer):
        token, proof = cbor2.loads(answer)
        for name, at in marks:
            proof = proof[:at] + name.encode() + proof[at:]
        other = [token, proof, *more]
        return encode([other, NAMES[0], {NAMES[0]: NIR}, other[::-1]][kind])

    return mutate


@examples(100)
@given(data=st.data())
def test_no_identity_of_an_answer_that_is_none(trust, genuine, issuer_key, raised, data):
    protected, claims, holder_key = genuine
    token = sign1(issuer_key, protected, encode(claims))
    look_everywhere(trust, Phone(token, holder_key, mutate=damaged_answer(data)), raised)


def look_everywhere(trust, phone, raised):
    """Taps the phone, and looks at all that the terminal has written and said."""
    with tempfile.TemporaryDirectory() as folder:
        logs = [ChainedLog(folder + "/" + name, "T1", None) for name in ("journal", "receipts")]
        journal = Journal(*logs, Clock(), os.urandom)
        journal.follow(7, Policy({Rule.RECEIPTS: True}))
        said = []

        async def scene(terminal):
            await terminal.tap(phone)
            said.extend(terminal.said)

        with_terminal(trust, scene, journal)
        written = b"".join(path.read_bytes() for path in Path(folder).rglob("0*"))
        assert b'"verdict"' in written
        for secret in SECRETS:
            assert secret.encode() not in written, secret
            assert secret not in repr(said), secret
            assert secret not in repr(raised), secret
        for asked in (False, True):
            for flag in (False, True):
                look_at_the_bridge(said, trust.policy.identity_to_software, asked, flag)


def look_at_the_bridge(said, allowed, asked, flag):
    """Sends what the terminal has said over the link, and looks at that and at all that the bridge makes of
    it. Where nothing may be told, nothing is; else, of a verified holder only."""
    link = Events()
    link.subscribe(60, asked)
    fields = ["title_en", *FIELDS, *(bridge_events.IDENTITY if flag else ())]
    template = Template("".join(f"{{{field}}}" for field in fields), flag)
    for event in said:
        link.report(dict(event))
        frame = bytes(link.frame())
        link.sent()
        told = frames.event(frames.decode(frame.strip(b"\0")))
        accepted = event.get("severity") in ("accept", "warn")
        if not (allowed and asked and accepted):
            clean(frame.decode(errors="replace"))
        made = bridge_events.stamped(bridge_events.from_link(*told, flag), "T1", "s", 1)
        typed = keys(template, made) if event["event"] == "verdict" else ""
        if not (allowed and asked and flag and accepted):
            clean(json.dumps(made, ensure_ascii=False) + typed)
            assert "holder" not in made
        elif event["code"] == "VALID":
            assert event["holder"].family in typed


def clean(text):
    for secret in SECRETS:
        assert secret not in text, secret


def keys(template, verdict):
    """What a keyboard types for a verdict, or what is said of one that it cannot type."""
    try:
        return "".join(one for one in template.pieces(verdict) if isinstance(one, str))
    except CannotType as error:
        return str(error)


@examples(200)
@given(data=st.data())
def test_no_identity_in_an_exceptions_text(genuine, issuer_key, data):
    protected, claims, holder_key = genuine
    payload = encode(data.draw(altered(tree(claims))))
    token = sign1(issuer_key, protected, payload)
    proof = make_proof(token, holder_key, bytes(32), "T1", "dispensing", method=NAMES[0])
    for decode, message in ((Token, token), (Proof, proof)):
        at = data.draw(st.integers(0, len(message)))
        for one in (message, message[:at] + NAMES[0].encode() + message[at:], message[:at]):
            texts = []
            try:
                decode(one)
            except DecodeError as error:
                texts.append(f"{error} {error!r} {error.__dict__}")
            assert not [secret for secret in SECRETS if secret in str(texts)]


def test_the_looking_finds_what_is_there(trust, genuine, issuer_key, raised, monkeypatch):
    """A terminal that writes a name down is caught."""
    protected, claims, holder_key = genuine
    token = sign1(issuer_key, protected, encode(claims))
    real = Journal.verdict

    def careless(journal, now, verdict, evidence):
        verdict.detail = verdict.holder.family
        real(journal, now, verdict, evidence)

    monkeypatch.setattr(Journal, "verdict", careless)
    with pytest.raises(AssertionError, match=NAMES[0]):
        look_everywhere(trust, Phone(token, holder_key), raised)


def test_the_looking_finds_what_a_bridge_says(open_trust, genuine, issuer_key, raised, monkeypatch):
    """A bridge that passes on who it is without the flag is caught, and so is a link that was not asked."""
    protected, claims, holder_key = genuine
    phone = Phone(sign1(issuer_key, protected, encode(claims)), holder_key)
    look_everywhere(open_trust, phone, raised)
    real = bridge_events.from_link
    with monkeypatch.context() as patch:
        patch.setattr(bridge_events, "from_link", lambda kind, fields, _: real(kind, fields, True))
        with pytest.raises(AssertionError, match="Qzyx"):
            look_everywhere(open_trust, phone, raised)
    subscribe = Events.subscribe
    with monkeypatch.context() as patch:
        patch.setattr(Events, "subscribe", lambda self, seconds, _: subscribe(self, seconds, True))
        with pytest.raises(AssertionError, match="Qzyx"):
            look_everywhere(open_trust, phone, raised)
