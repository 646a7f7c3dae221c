"""Marked names in whatever is tapped, sent and read as a file, and all that the tools say of it.

The firmware's own modules are looked at in test_fuzz_privacy.py; here it runs on its VM.
"""

import hashlib
import json
import shutil

import cbor2
import pytest
from bridge_world import Bridge, hold, next_event
from demo_world import NOW, flash_with
from hypothesis import given
from hypothesis import strategies as st
from mutations import altered, encode, examples, sign1, tree
from names import Cover, Delegate
from program import borne
from virtual_terminal import VirtualTerminal

from borne.link import messages
from bornetools.bridge import events
from bornetools.emulator.phones.phone import Phone
from bornetools.issuer.claims import HCOV
from bornetools.link.client import Client, Refused

pytestmark = pytest.mark.usefixtures("quick_p256")

SECRETS = ("Qzyxfamily", "Qzyxgiven", "Qzyxdelegate", "255081416802538", "1985-02-14", "Qzyx")
IDENTITY = {
    Cover.FAMILY: SECRETS[0],
    Cover.GIVEN: SECRETS[1],
    Cover.BIRTH_DATE: SECRETS[4],
    Cover.NIR: SECRETS[3],
    Cover.ENTITLEMENTS: [["AMO", "2020-01-01", "2040-12-31"]],
    Cover.DELEGATE: {Delegate.FAMILY: SECRETS[2], Delegate.UNTIL: "2039-12-31"},
}


@pytest.fixture(scope="module")
def genuine(phones, issuer_key):
    """(protected header, claims, issuer's key, holder's key) of a token of a marked holder."""
    protected, _, payload, _ = cbor2.loads(phones["valid"].token).value
    claims = {**cbor2.loads(payload), HCOV: IDENTITY}
    return protected, claims, issuer_key, phones["valid"]._holder_key


@pytest.fixture(scope="module")
def terminal(world, tmp_path_factory):
    """One whose policy would let software be told who holders are, and that keeps receipts."""
    folder = tmp_path_factory.mktemp("terminal")
    flash = flash_with(world, folder, NOW, identity_to_software=True, receipts=True)
    with VirtualTerminal(flash) as terminal:
        yield terminal


@pytest.fixture(scope="module")
def bridges(terminal, tmp_path_factory):
    """A bridge that was not told to ask, with all that it can do without a screen."""
    home = tmp_path_factory.mktemp("home")
    with Bridge(home, terminal.port, "--http", 0, "--jsonl") as running, running.events() as socket:
        running.plug()
        next_event(socket, "ready")
        yield running, socket


def clean(*texts):
    for text in texts:
        for secret in SECRETS:
            assert secret not in text, secret


def any_token(genuine, data):
    """A token of the marked holder, whole or damaged, by the issuer or somebody else; and a key."""
    protected, claims, issuer_key, holder_key = genuine
    payload = encode(claims)
    if data.draw(st.booleans()):
        payload = encode(data.draw(altered(tree(claims))))
    token = sign1(data.draw(st.sampled_from([issuer_key, holder_key])), protected, payload)
    at = data.draw(st.integers(0, len(token)))
    kind = data.draw(st.integers(0, 3))
    return [token, token, token[:at], token[:at] + b"Qzyxfamily" + token[at:]][kind], holder_key


@examples(15)
@given(data=st.data())
def test_nothing_that_runs_at_a_counter_says_who_was_there(genuine, terminal, bridges, data):
    token, holder_key = any_token(genuine, data)
    method = data.draw(st.sampled_from(["pin", SECRETS[0], SECRETS[3]]))
    running, socket = bridges
    tap = hold(terminal, Phone(token, holder_key, method=method))
    event = next_event(socket, "verdict")
    assert event["code"] == tap.code
    next_event(socket, "gone")
    last = running.get("/verdicts/last")[1]
    assert last == event
    clean(json.dumps(event, ensure_ascii=False), tap.detail)
    clean(*running.stdout.text.splitlines()[-2:], running.stderr.text)
    for log in ("journal", "receipts"):
        for path in (terminal._flash / log).iterdir():
            clean(path.read_text())


def test_the_looking_finds_a_bridge_that_was_told_to_ask(genuine, terminal, tmp_path):
    protected, claims, issuer_key, holder_key = genuine
    phone = Phone(sign1(issuer_key, protected, encode(claims)), holder_key)
    with VirtualTerminal(shutil.copytree(terminal._flash, tmp_path / "flash")) as other:
        options = ("--http", 0, "--identity")
        with Bridge(tmp_path, other.port, *options) as running, running.events() as socket:
            running.plug()
            next_event(socket, "ready")
            hold(other, phone)
            event = next_event(socket, "verdict")
        assert event["holder"]["family"] == SECRETS[0]
        with pytest.raises(AssertionError, match="Qzyx"):
            clean(json.dumps(event))
        clean(running.stderr.text)


marked = st.sampled_from(SECRETS)
_VALUES = {
    "uint": st.integers(0, 5000) | marked,
    "bool?": st.booleans() | marked,
    "tstr": marked
    | st.sampled_from(["timestamp.json", "keys.cbor", "status/Qzyx/1.rsl", "Qzyx.json", "journal"]),
    "bstr": marked.map(str.encode),
}
_CLOSING = ("reboot", "identify", "pattern")


@pytest.fixture(scope="module")
def line(world, tmp_path_factory):
    with (
        VirtualTerminal(flash_with(world, tmp_path_factory.mktemp("line"), NOW)) as terminal,
        Client(terminal.port) as client,
    ):
        yield client


@examples(150)
@given(data=st.data())
def test_no_refusal_of_the_link_repeats_what_was_sent(line, data):
    names = [one for one in messages.COMMANDS if one[0] not in _CLOSING]
    name, parameters, _ = data.draw(st.sampled_from(names))
    fields = {}
    for item in parameters.split():
        key, kind = item.split(":")
        fields[key] = data.draw(_VALUES[kind])
    said = refusal(line, name, fields)
    if name != "get":
        clean(said)


@examples(15)
@given(data=st.data())
def test_no_refusal_of_trust_data_repeats_what_is_in_it(line, world, data):
    """Metadata with a name in it, put whole: it is parsed when it is committed."""
    path = world.repository.path / "metadata" / "timestamp.json"
    genuine = json.loads(path.read_bytes())
    where = data.draw(st.sampled_from(["signatures", "signed", "_type", "spec_version", "expires"]))
    secret = data.draw(marked)
    if where in genuine:
        genuine[where] = data.draw(st.sampled_from([secret, {secret: secret}, [secret]]))
    else:
        genuine["signed"][where] = secret
    content = json.dumps(genuine).encode()[: data.draw(st.sampled_from([None, -3, 40]))]
    refusal(line, "hello", {})
    fields = {"name": "timestamp.json", "sha256": hashlib.sha256(content).digest()}
    clean(refusal(line, "put", {**fields, "size": len(content), "offset": 0, "data": content}))
    said = refusal(line, "commit", {})
    assert "Refused" in said
    clean(said)


def refusal(client, name, fields):
    """All that the terminal, and then the exception, says of a request."""
    try:
        return str(client.request(name, **fields))
    except Refused as error:
        return f"{error!r} {error} {error.result}"


@examples(60)
@given(data=st.data())
def test_borne_verify_says_nothing_of_who_it_is(genuine, world, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("files")
    token, _ = any_token(genuine, data)
    (folder / "token.cwt").write_bytes(token)
    arguments = ["verify", folder / "token.cwt", "--keys", world.store / "keys.cbor", "--at", NOW]
    more = data.draw(st.sampled_from([[], ["--json"]]))
    done = borne(*arguments, *more)
    assert done.exit_code in (0, 1, 2)
    clean(done.stdout, done.stderr)


_HOLDER = st.fixed_dictionaries(
    {},
    optional={
        name: marked | st.none() | st.integers() | st.lists(marked, max_size=4)
        for name in (*events.IDENTITY, "Qzyx")
    },
)


@examples(300)
@given(
    st.sampled_from(messages.EVENTS),
    st.dictionaries(
        st.sampled_from(["code", "severity", "detail", "lost", "us", "Qzyxfamily"]),
        st.sampled_from(["VALID", "REVOKED", "accept", "refuse", "", 3, -1, None, ["Qzyx"]]),
    ),
    _HOLDER | marked | st.none(),
    st.booleans(),
)
def test_what_a_terminal_may_say_is_passed_on_field_by_field(kind, fields, holder, flag):
    """Whatever it is: a field that is not known, or of another type, is not in the event nor in the error."""
    try:
        event = events.from_link(kind, {**fields, "holder": holder}, flag)
    except events.NotUnderstood as error:
        clean(f"{error!r} {error} {error.__cause__!r} {error.__context__!r}")
        return
    if "holder" in event:
        assert flag
        assert event["severity"] in ("accept", "warn")
        del event["holder"]
    clean(str(event))
