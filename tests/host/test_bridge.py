"""`borne bridge` at an emulated terminal: what clients that share nothing with it are told."""

import json
import subprocess
import threading

import pytest
from bridge_world import WAIT, Bridge, Told, check, hold, next_event
from demo_world import NOW, flash_with
from program import BORNE, borne
from virtual_terminal import VirtualTerminal

from borne.provisioned.settings import Settings
from bornetools import times
from bornetools.bridge import watcher as watcher_module
from bornetools.link import courier
from bornetools.link.client import Client
from bornetools.link.flash_folder import provision
from bornetools.link.source import Source

pytestmark = pytest.mark.usefixtures("quick_p256")


@pytest.fixture(scope="module")
def terminal(world):
    with VirtualTerminal(world.flash) as terminal:
        yield terminal


@pytest.fixture(scope="module")
def open_terminal(world, tmp_path_factory):
    """A terminal whose policy lets software be told who holders are."""
    folder = tmp_path_factory.mktemp("open")
    with VirtualTerminal(flash_with(world, folder, NOW, identity_to_software=True)) as terminal:
        yield terminal


@pytest.fixture
def bridge(tmp_path):
    """Starts bridges, which end with the test: `bridge(terminal, *options)`, with nothing plugged in."""
    started = []

    def start(terminal, *options):
        started.append(Bridge(tmp_path, terminal.port, *options))
        return started[-1]

    yield start
    for one in started:
        one.end()


def test_each_verdict_reaches_every_output(terminal, bridge, phones):
    running = bridge(terminal, "--http", 0, "--jsonl")
    with running.events() as socket, running.events() as other:
        running.plug()
        seen = [next_event(socket, "connected"), next_event(socket, "ready")]
        assert running.get("/verdicts/last")[:2] == (204, None)
        for case in ("valid", "revoked"):
            hold(terminal, phones[case])
            seen += [next_event(socket, "verdict"), next_event(socket, "gone")]
        codes = [(one["code"], one["severity"]) for one in seen if one["event"] == "verdict"]
        assert codes == [("VALID", "accept"), ("REVOKED", "refuse")]
        assert seen[4]["title"] == {"fr": "Carte révoquée", "en": "Card revoked"}
        assert seen[4]["detail"] == "status list"
        assert [one["seq"] for one in seen] == [2, 3, 4, 5, 6, 7]  # 1: it was not there
        assert {one["session"] for one in seen} == {seen[0]["session"]}
        assert all(abs(one["time"] - times.now()) < WAIT for one in seen)
        assert [next_event(other, one["event"]) for one in seen] == seen
        lines = [json.loads(running.stdout.next()) for _ in range(7)]
        assert check("Disconnected", lines[0])["code"] == "UNPLUGGED"
        assert lines[1:] == seen
        assert check("Verdict", running.get("/verdicts/last")[1]) == seen[4]
    told = running.wait_for("ready")
    assert (told["terminal"], told["about"]["board"]) == ("EMULATED-1", "EMULATED")
    assert (told["freshness"], told["seq"]) == ("fresh", 7)
    assert abs(told["age"] - (times.now() - told["about"]["as_of"])) < WAIT
    assert running.end() == 0
    assert "EMULATED-1 is connected" in running.stderr.text


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("allowed", [True, False])
def test_who_the_holder_is_needs_policy_and_flag(
    terminal, open_terminal, bridge, phones, allowed, flag
):
    at = open_terminal if allowed else terminal
    running = bridge(at, "--http", 0, "--jsonl", *(["--identity"] if flag else []))
    verdicts = []
    with running.events() as socket:
        running.plug()
        assert next_event(socket, "connected")["identity"] is (allowed and flag)
        next_event(socket, "ready")
        for case in (
            "valid",
            "valid, with a delegate",
            "no entitlement",
            "revoked",
            "cloned token",
        ):
            hold(at, phones[case])
            verdicts.append(next_event(socket, "verdict"))
        last = running.get("/verdicts/last")[1]
    severities = [one["severity"] for one in verdicts]
    assert severities == ["accept", "accept", "warn", "refuse", "refuse"]
    told = [one.get("holder") for one in verdicts]
    if allowed and flag:
        assert told[3:] == [None, None]
        assert (told[0]["family"], told[0]["given"]) == ("Lefèvre-Müller", "Élodie")
        assert told[0]["delegate"] is None
        assert told[0]["until"].endswith("-12-31")
        assert set(told[1]["delegate"]) == {"family", "given", "until"}
        assert told[2]["until"] is None
    else:
        assert told == [None] * 5
    assert "holder" not in last
    running.end()
    names = ("Lefèvre", "Élodie", "Nuñez")
    for text in (json.dumps(verdicts, ensure_ascii=False), running.stdout.text):
        text = json.dumps([json.loads(line) for line in text.splitlines()], ensure_ascii=False)
        assert [name in text for name in names] == [allowed and flag, allowed and flag, False]
    assert not [name for name in names if name in running.stderr.text]
    refused = "policy does not allow it" in running.stderr.text
    assert refused == (flag and not allowed)


def test_a_terminal_is_found_again_after_it_was_unplugged(world, bridge, phones):
    with VirtualTerminal(world.flash) as terminal:
        running = bridge(terminal, "--http", 0)
        with running.events() as socket:
            for _ in range(2):
                running.plug(terminal.port)
                assert next_event(socket, "connected")["terminal"] == "EMULATED-1"
                running.wait_for("ready")
                hold(terminal, phones["valid"])
                assert next_event(socket, "verdict")["code"] == "VALID"
                running.unplug()
                terminal.power_off()
                gone = next_event(socket, "disconnected")
                assert (gone["code"], gone["terminal"]) == ("UNPLUGGED", "EMULATED-1")
                told = running.wait_for("disconnected")
                assert told["reason"]["title"]["fr"] == "Borne débranchée"
                assert (told["about"], told["age"], told["freshness"]) == (None, None, "unknown")
                terminal.power_on()


def test_a_terminal_that_has_another_port_is_known_by_its_id(world, phones, tmp_path, monkeypatch):
    provision(tmp_path / "other", world.repository.first_root.read_bytes(), NOW)
    (tmp_path / "other" / "settings.cbor").write_bytes(Settings("T-2", "en").encode())
    with (
        VirtualTerminal(world.flash) as terminal,
        VirtualTerminal(tmp_path / "other") as other,
        Told(monkeypatch, [terminal.port]) as told,
    ):
        first = told.next("connected")
        assert first["port"] == terminal.port
        terminal.power_off()
        told.ports = []
        assert told.next("disconnected")["code"] == "UNPLUGGED"
        told.ports = [other.port]
        assert told.next("disconnected")["code"] == "OTHER_TERMINAL"
        terminal.power_on()
        told.ports = sorted([other.port, terminal.port])
        assert told.next("connected")["port"] == terminal.port
        hold(terminal, phones["valid"])
        assert told.next("verdict")["code"] == "VALID"


def test_of_several_terminals_none_is_asked(world, monkeypatch):
    with (
        VirtualTerminal(world.flash) as terminal,
        Told(monkeypatch, [terminal.port, "/dev/null"]) as told,
    ):
        assert told.next("connected", "disconnected")["code"] == "CHOOSE_PORT"
        told.ports = [terminal.port]
        assert told.next("connected", "disconnected")["port"] == terminal.port


def test_whoever_was_there_beside_the_terminal_is_asked_nothing(world, monkeypatch):
    with VirtualTerminal(world.flash) as terminal, Told(monkeypatch, [terminal.port]) as told:
        told.next("connected")
        asked = []
        came = threading.Event()
        real = watcher_module.Client

        def ask(port):
            asked.append(port)
            if port == "/dev/new":
                came.set()
            return real(port)

        monkeypatch.setattr(watcher_module, "Client", ask)
        told.watcher._neighbours = {"/dev/payment-terminal"}
        told.ports = ["/dev/payment-terminal", "/dev/new"]
        port = terminal.port
        terminal.power_off()
        assert told.next("disconnected")["code"] == "UNPLUGGED"
        assert came.wait(WAIT)
        assert set(asked) == {port, "/dev/new"}


def test_a_port_that_is_taken_is_waited_for_and_a_sync_waits_for_the_bridge(
    terminal, world, bridge, phones
):
    with Client(terminal.port) as client:
        client.request("hello")
        running = bridge(terminal, "--http", 0)
        with running.events() as socket:
            running.plug()
            while next_event(socket, "disconnected")["code"] != "PORT_TAKEN":
                pass
            told = running.wait_for("disconnected")
            assert "Wait until the sync is done" in told["reason"]["action"]["en"]
            client.close()
            next_event(socket, "connected")
            source = Source(str(world.repository.path))
            outcome = courier.sync(terminal.port, source)
            assert (outcome.status, "borne bridge" in outcome.explanation) == ("failed", True)
    assert running.end() == 0
    assert courier.sync(terminal.port, source).status == "current"


def test_a_terminal_that_restarts_on_its_port_is_subscribed_again(world, bridge, phones):
    with VirtualTerminal(world.flash) as terminal:
        running = bridge(terminal, "--http", 0)
        with running.events() as socket:
            running.plug()
            next_event(socket, "ready")
            assert terminal._cable.request("reboot", WAIT) is not None
            terminal.wait_event("restarted")
            next_event(socket, "ready")
            hold(terminal, phones["valid"])
            assert next_event(socket, "verdict")["code"] == "VALID"


def test_lines_of_json_end_with_their_reader(terminal, phones, monkeypatch):
    command = [BORNE, "bridge", "--port", terminal.port, "--jsonl"]
    # With a buffer, as Python has it unless it is told otherwise: some of it is left at the end.
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        for kind in ("connected", "ready"):
            assert json.loads(running.stdout.readline())["event"] == kind
        running.stdout.close()
        terminal.field.put(phones["valid"])
        assert running.wait(WAIT) == 2
        assert b"whoever read the lines of JSON has gone" in running.stderr.read()
    terminal.subscribe()  # the bridge's subscription is no longer renewed
    terminal.field.remove()
    terminal.wait_event("gone")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "forward to where?"),
        (["--jsonl", "--origin", "https://a.example"], "--origin is for --http"),
        (["--http", "0", "--origin", "*"], "'*' is no origin"),
        (["--http", "0", "--origin", "https://a.example/"], "without a path"),
        (["--http", "0", "--origin", "null"], "'null' is no origin"),
        (["--type", "{nir}"], "needs --identity"),
        (["--type", "{name}"], "no field {name}"),
        (["--type", "plain"], "no field in braces"),
        (["--type", "{code"], "malformed"),
        (["--type", "{code!r}"], "more than a name"),
        (["--type", "{code:>9}"], "more than a name"),
        (["--type", "{code}\t"], "no key types"),
    ],
)
def test_what_cannot_be_meant_is_said(options, reason, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert reason in borne("bridge", *options, status=2).stderr
