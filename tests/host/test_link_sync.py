"""`borne sync` and `borne terminal` against the emulated terminal, over its serial port."""

import functools
import http.server
import json
import os
import re
import shutil
import signal
import socket
import threading
import time
from functools import partial
from pathlib import Path

import link_world
import numpy as np
import pytest
from guard import HUNG
from program import borne, refusal, started

from borne import limits
from borne.link import messages
from bornetools import firmware, revocation, times
from bornetools.link import courier, explain, offered_time, ports
from bornetools.link.client import Client, LinkFailure
from bornetools.link.source import Source
from bornetools.simulator.screen_text import lines
from bornetools.terminal import command as terminal

pytestmark = pytest.mark.usefixtures("quick_p256")


@pytest.fixture
def publisher(tmp_path):
    made = link_world.Publisher(tmp_path / "repository")
    made.add_list()
    made.release()
    return made


@pytest.fixture
def root(publisher):
    return publisher.repository.first_root.read_bytes()


@pytest.fixture
def device(tmp_path, root):
    with link_world.SyncedTerminal(tmp_path / "terminal", root) as made:
        yield made


def published(publisher):
    """(version, {name: bytes}) that a terminal has after a sync."""
    chain = publisher.repository.metadata.chain()
    content = {}
    for name, info in chain.targets.signed.targets.items():
        if not name.endswith(".rsd"):
            folder, _, last = name.rpartition("/")
            path = Path(publisher.base) / "targets" / folder / f"{info.hashes['sha256']}.{last}"
            content[name] = path.read_bytes()
    return chain.targets.signed.version, content


def borne_sync(*arguments):
    """(exit status, the objects of --json)."""
    done = borne("sync", *arguments, "--json")
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


borne_terminal = partial(borne, "terminal")


def sync(terminal, base):
    return courier.sync(terminal.port, Source(str(base)))


def test_first_release_next_release_by_delta_and_nothing_new(publisher, device):
    status, (first,) = borne_sync("--port", device.port, "--from", publisher.base)
    assert (status, first["status"], first["before"], first["after"]) == (0, "updated", 0, 1)
    assert sorted(first["files"]) == ["keys.cbor", "policy.cbor", "status/a/1.rsl"]
    assert (first["terminal"], first["board"], first["as_of"]) == (
        "EMULATED-1",
        "EMULATED",
        publisher.at,
    )
    assert device.release == published(publisher)

    publisher.add_list([5, 77])
    publisher.rotate_root()
    publisher.rotate_root()
    publisher.release()
    status, (second,) = borne_sync("--port", device.port, "--from", publisher.base)
    assert (status, second["status"], second["files"]) == (0, "updated", ["status/a/1-2.rsd"])
    assert device.release == published(publisher)

    status, (third,) = borne_sync("--port", device.port, "--from", publisher.base)
    assert (status, third["status"], third["sent"], third["files"]) == (0, "current", 0, [])


def test_a_clock_that_the_release_shows_to_lag_is_set(publisher, root, tmp_path, monkeypatch):
    lag = 20 * 3600  # after the floor of its provisioning, before the release
    with link_world.SyncedTerminal(tmp_path / "terminal", root, ahead=-lag) as terminal:
        monkeypatch.setattr(offered_time, "_LONGEST", 0)
        outcome = sync(terminal, publisher.base)  # and nobody presses its button
        assert (outcome.status, outcome.code) == ("refused", "FUTURE")
        assert outcome.explanation.startswith("the terminal's clock is wrong")
        assert "press the terminal's button" in outcome.explanation
        assert terminal.release == (0, {})
        monkeypatch.undo()

        def press(text):
            terminal.panel.wait_for(lambda panel: "Régler" in lines(panel.frame), HUNG)
            terminal.panel.press(True)

        outcome = courier.sync(terminal.port, Source(publisher.base), say=press)
        assert (outcome.status, outcome.notes) == ("updated", [])
        with Client(terminal.port) as client:
            assert abs(client.request("hello")["time"] - times.now()) < 60


def test_a_computer_whose_clock_is_wrong_changes_none(publisher, root, tmp_path):
    for ahead, place in ((-2 * 3600, "behind"), (30 * times.DAY, "beyond")):
        with link_world.SyncedTerminal(tmp_path / place, root) as terminal:
            outcome = courier.sync(
                terminal.port, Source(publisher.base), now=lambda by=ahead: times.now() + by
            )
            assert outcome.status == "updated"
            (note,) = outcome.notes
            assert note.startswith("this computer's clock is wrong")
            assert abs(terminal.panel.rtc.ahead) < 60


def test_a_release_that_is_from_the_future_by_every_clock_is_not_carried(publisher, root, tmp_path):
    """Nor does it take a terminal out of service that has no clock of its own."""
    with link_world.SyncedTerminal(tmp_path / "terminal", root, ahead=None) as terminal:
        assert sync(terminal, publisher.base).status == "updated"
        terminal.power_off()
        terminal.panel.rtc.ahead = None
        terminal.power_on()
        publisher.at = times.now() + times.DAY
        publisher.release()
        done = borne("sync", "--port", terminal.port, "--from", publisher.base, status=1)
        assert "REFUSED (FUTURE)" in done.stdout
        assert "publisher" in done.stdout
        assert "keeps release 1" in done.stdout
        with Client(terminal.port) as client:
            assert abs(client.request("hello")["time"] - times.now()) < 60
        assert terminal.release[0] == 1


def test_the_summary_is_for_people(publisher, device):
    arguments = ["--port", device.port, "--from", publisher.base]
    for words in ("updated, release none -> 1", "up to date, release 1"):
        done = borne("sync", *arguments, status=0)
        assert f"EMULATED-1 ({device.port}): {words}" in done.stdout
        assert f"trust data of {times.write(publisher.at)}, less than a day old" in done.stdout


def test_from_a_web_server(publisher, device):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=publisher.base)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        publisher.rotate_root()
        assert sync(device, url).status == "updated"
        assert device.release == published(publisher)
        outcome = sync(device, url + "/nothing-here")
        assert "not a trust repository" in outcome.explanation
        server.shutdown()
    outcome = sync(device, url)
    assert outcome.status == "failed"
    assert "cannot fetch" in outcome.explanation


def test_a_download_that_breaks_off(publisher, device):
    class Half(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "400")
            self.end_headers()
            self.wfile.write(b"{" * 200)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Half) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        outcome = sync(device, url)
        borne("publish", "check", url, "--root", publisher.repository.first_root, status=2)
        server.shutdown()
    assert outcome.status == "failed"
    assert "cannot fetch" in outcome.explanation


def end_before_a_server_that_does_not_answer(device, number):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with started("sync", "--port", device.port, "--from", url) as running:
            server.accept()
            assert running.ended_by(number) == 1
            assert running.said.split() == ["Aborted!"]


def test_ctrl_c_ends_it_though_a_server_does_not_answer(device):
    end_before_a_server_that_does_not_answer(device, signal.SIGINT)


def test_sigterm_ends_it_though_a_server_does_not_answer(device):
    end_before_a_server_that_does_not_answer(device, signal.SIGTERM)


def test_all_terminals_side_by_side_each_from_where_it_is(publisher, root, tmp_path, monkeypatch):
    with (
        link_world.SyncedTerminal(tmp_path / "one", root) as one,
        link_world.SyncedTerminal(tmp_path / "two", root) as two,
    ):
        sync(one, publisher.base)
        publisher.add_list([5])
        publisher.rotate_root()
        publisher.release()
        silent, far = os.openpty()
        nobody = os.ttyname(far)

        def client(port):
            return Client(port, (0.1, 1) if port == nobody else None)

        monkeypatch.setattr(courier, "Client", client)
        monkeypatch.setattr(ports, "candidates", lambda: [one.port, nobody, two.port])
        status, outcomes = borne_sync("--all", "--from", publisher.base)
        os.close(silent)
        os.close(far)
        assert status == 1
        assert [outcome["status"] for outcome in outcomes] == ["updated", "failed", "updated"]
        assert outcomes[0]["files"] == ["status/a/1-2.rsd"]
        assert "status/a/2.rsl" in outcomes[2]["files"]
        assert "no terminal answers" in outcomes[1]["explanation"]
        assert one.release == two.release == published(publisher)


class Unplugged(Exception):
    pass


def test_unplugged_twice_and_resumed(publisher, device):
    sync(device, publisher.base)
    before = device.release
    size = 3_000_000
    list_ = revocation.write(
        np.arange(0, size, 17), size, "https://issuer.example/big", 1, 1, publisher.at, 2**32
    )
    assert len(list_) > 6 * limits.STORE_SYNC
    folder = publisher.repository.draft.path / "status" / "big"
    folder.mkdir()
    (folder / "1.rsl").write_bytes(list_)
    publisher.release()
    for share in (0.4, 0.8):

        def pull(total, done, share=share):
            if total > len(list_) and done > share * total:
                device.power_off()
                raise Unplugged

        with pytest.raises(Unplugged):
            courier.sync(device.port, Source(publisher.base), pull)
        assert device.release == before
        device.power_on()
    outcome = sync(device, publisher.base)
    assert outcome.status == "updated"
    assert device.release == published(publisher)
    # What had come by the second time was not sent again, but for what was not on flash yet.
    assert outcome.sent < 0.2 * len(list_) + limits.STORE_SYNC + 10_000


def test_a_terminal_that_restarts_before_the_commit_is_not_up_to_date(
    publisher, device, monkeypatch
):
    whole = Client.request

    def request(client, command, **fields):
        if command == "commit":
            monkeypatch.setattr(Client, "request", whole)
            client.request("reboot")
            device.wait_event("restarted")
            device.subscribe()
        return whole(client, command, **fields)

    monkeypatch.setattr(Client, "request", request)
    outcome = sync(device, publisher.base)
    assert outcome.status == "failed"
    assert "start again" in outcome.explanation
    assert sync(device, publisher.base).status == "updated"
    assert device.release == published(publisher)


def test_a_port_that_goes_away_is_told(publisher, device):
    with Client(device.port) as client:
        client.request("hello")
        device.power_off()
        with pytest.raises(LinkFailure, match="connection is lost|no terminal answers"):
            client.request("hello")
    device.power_on()
    with Client(device.port) as client:
        assert client.request("hello")["terminal"] == "EMULATED-1"


def test_refusals_in_words_and_the_devicegoes_on(publisher, device, tmp_path):
    old = tmp_path / "old copy"
    shutil.copytree(publisher.base, old)
    publisher.add_list([5])
    publisher.release()
    sync(device, publisher.base)
    before = device.release

    other = link_world.Publisher(tmp_path / "other")
    for _ in range(3):
        other.release()
    expired = link_world.Publisher(tmp_path / "expired", times.now() - 40 * times.DAY)
    mixed = tmp_path / "mixed"
    cut = tmp_path / "cut"
    publisher.add_list([6])
    publisher.release()
    for path in (mixed, cut):
        shutil.copytree(publisher.base, path)
    newest = sorted((mixed / "metadata").glob("*.snapshot.json"))[-1]
    newest.write_bytes(sorted((mixed / "metadata").glob("*.snapshot.json"))[0].read_bytes())
    (cut / "metadata" / newest.name).write_bytes(newest.read_bytes()[:-1])
    expired.release()

    for base, codes in (
        (old, ["ROLLBACK"]),
        (other.base, ["BAD_SIGNATURE"]),
        (expired.base, ["BAD_SIGNATURE"]),
        (mixed, ["HASH", "LENGTH", "VERSION"]),
    ):
        done = borne("sync", "--port", device.port, "--from", base, status=1)
        found = re.search(r"REFUSED \(([A-Z_]+)[:)]", done.stdout)
        assert found, done.stdout
        assert found[1] in codes, done.stdout
        assert explain.explain(found[1]) in done.stdout
        assert "keeps release 2" in done.stdout
        assert device.release == before
    assert "is not TUF metadata" in sync(device, cut).explanation
    outcome = sync(device, publisher.base)
    assert outcome.status == "updated"
    assert device.release == published(publisher)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("timestamp.json", b"[" * 2000, "is not TUF metadata"),
        ("timestamp.json", b'{"signed": ' + b"9" * 2000, "is not TUF metadata"),
        (
            "timestamp.json",
            b'{"signed": {"meta": {"snapshot.json": {"version": 1%s}}}}' % (b"0" * 300),
            "is not TUF metadata",
        ),
        ("2.root.json", b"[" * 6000, "LENGTH"),
        ("2.root.json", b'{"a":' * 1200, "LENGTH"),
        ("2.root.json", b"{}", "FORMAT"),
        ("2.root.json", b"[" * 9000, "larger than it may be"),
    ],
)
def test_malformed_metadata_is_told_in_words(publisher, device, tmp_path, name, data, expected):
    copy = tmp_path / "copy"
    shutil.copytree(publisher.base, copy)
    (copy / "metadata" / name).write_bytes(data)
    done = borne("sync", "--port", device.port, "--from", copy, status=1)
    assert expected in done.stdout
    # What that courier left is not in the way of the next one.
    assert sync(device, publisher.base).status == "updated"
    assert device.release == published(publisher)


def test_expired_trust_data(tmp_path):
    publisher = link_world.Publisher(tmp_path / "repository", times.now() - 8 * times.DAY)
    publisher.release()
    root = publisher.repository.first_root.read_bytes()
    with link_world.SyncedTerminal(tmp_path / "terminal", root) as terminal:
        outcome = sync(terminal, publisher.base)
        assert (outcome.status, outcome.code) == ("refused", "EXPIRED")
        assert terminal.release == (0, {})


def test_a_devicewithout_a_root_accepts_nothing(publisher, tmp_path):
    with link_world.SyncedTerminal(tmp_path / "terminal", None) as terminal:
        outcome = sync(terminal, publisher.base)
        assert (outcome.status, outcome.code) == ("refused", "NO_ROOT")
        assert "flash it anew" in outcome.explanation
        done = borne_terminal("info", "--port", terminal.port)
        assert "none: not provisioned" in done.stdout
        assert "none: nothing is accepted" in done.stdout


def test_a_spoiled_file_of_the_courier_is_told(publisher, device):
    (spoiled,) = Path(publisher.base).glob("targets/status/a/*.1.rsl")
    spoiled.write_bytes(spoiled.read_bytes()[:-1] + b"\x00")
    assert "is spoiled" in sync(device, publisher.base).explanation
    spoiled.unlink()
    assert "is not there" in sync(device, publisher.base).explanation
    assert device.release == (0, {})


def test_the_link_survives_noise_and_slow_lines(publisher, device):
    for noise in (os.urandom(3000), b"\0" * 500, b"\x01" * 5000, b"\x05half a frame"):
        with open(device.port, "wb", buffering=0) as port:
            for at in range(0, len(noise), 256):
                port.write(noise[at : at + 256])
                time.sleep(0.01)
        with Client(device.port) as client:
            assert client.request("hello")["terminal"] == "EMULATED-1"
    with Client(device.port) as client:
        whole = client._line.write

        def slowly(data):
            for byte in data:
                whole(bytes([byte]))
                time.sleep(0.02)

        client._line.write = slowly
        assert client.request("hello")["board"] == "EMULATED"


def test_info_time_identify_events_reboot(publisher, device):
    sync(device, publisher.base)
    on = ["--port", device.port]
    info = json.loads(borne_terminal("info", *on, "--json").stdout)
    assert (info["root"], info["version"], info["as_of"]) == (1, 1, publisher.at)
    assert info["free"] > 0
    text = borne_terminal("info", *on).stdout
    assert "EMULATED-1" in text
    assert times.write(publisher.at) in text

    told = json.loads(borne_terminal("time", *on, "--set", "--json").stdout)["time"]
    assert abs(told - times.now()) < 60
    assert borne_terminal("time", *on).stdout.startswith(times.date(told)[:4])

    assert borne_terminal("identify", *on, "--seconds", 1).exit_code == 0
    device.panel.wait_for(lambda panel: (255, 255, 255) in panel.leds, HUNG)
    device.panel.leds.clear()
    device.panel.wait_for(lambda panel: panel.leds and panel.led == (40, 40, 40), HUNG)
    assert borne_terminal("reboot", *on).exit_code == 0
    device.wait_event("restarted")
    device.subscribe()
    device.wait_event("ready")


def test_events_as_lines(device):
    """One more host listens on the line here: the emulator itself."""
    found = []
    on = ["--port", device.port, "--count", 2]
    thread = threading.Thread(
        target=lambda: found.append(borne("events", *on, command=terminal.command))
    )
    thread.start()
    device.chip.chip.silent = True
    thread.join(HUNG)
    lines = [json.loads(line) for line in found[0].stdout.splitlines()]
    assert [line["event"] for line in lines] == ["fault", "ready"]
    assert lines[0]["code"] == "READER_RESET"


def test_what_the_user_gets_wrong(publisher, device, monkeypatch):
    there = ["--from", publisher.base]
    assert "choose" in refusal("sync", "--all", "--port", device.port, *there)
    monkeypatch.setattr(ports, "candidates", list)
    assert "no terminal is connected" in refusal("sync", "--all", *there)
    assert "name it with --port" in refusal("sync", *there)
    assert "cannot open" in refusal("terminal", "info", "--port", "/dev/not-there")
    monkeypatch.setattr(ports, "candidates", lambda: ["a", "b"])
    assert "which terminal?" in refusal("terminal", "info")
    monkeypatch.setattr(ports, "candidates", lambda: [device.port])
    assert json.loads(borne_terminal("info", "--json").stdout)["terminal"] == "EMULATED-1"


def test_every_code_of_the_firmware_has_words():
    codes = set()
    for path in (firmware.MODULES / "borne").rglob("*.py"):
        if path.parent.name in ("trust", "link"):
            text = path.read_text()
            codes.update(re.findall(r"(?:TrustError|_?require)\([^\"]*\"([A-Z_]{4,})\"", text))
            codes.update(re.findall(r"return \"([A-Z_]{4,})\"", text))
    names = {name for name, value in vars(messages).items() if name == value}
    assert {"FRAME", "WANTED"} < names
    codes |= names
    for code in codes:
        assert "does not know" not in explain.explain(code) or code in ("CLOCK_UNSET", "COMMAND"), (
            code
        )
