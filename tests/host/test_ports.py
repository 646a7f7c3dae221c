"""Commands with a serial port: one that is not there, and values that cannot be, of which no port hears."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import serial
from demo_world import world as world
from link_world import Publisher
from program import borne, told
from test_flash_images import esp_image

from bornetools import cli
from bornetools.flash import reader_key
from bornetools.world.people import World

MISSING = "/dev/not-there"
SENTENCE = f"{MISSING}: cannot open: there is no such port: is it plugged in?"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    publisher = Publisher(tmp_path_factory.mktemp("trust") / "repository")
    publisher.add_list()
    publisher.release()
    return Path(publisher.base)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The serial ports that were opened: all libraries do it here."""
    found: list[str] = []

    def open_port(self: serial.Serial) -> None:
        found.append(self.port)
        raise serial.SerialException(5, "not in this test")

    monkeypatch.setattr(serial.Serial, "open", open_port)
    return found


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.bin"
    path.write_bytes(esp_image(0))
    return path


def commands(
    command: click.Command = cli.main, name: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """(name, command) of all commands with a serial port."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            found = command.get_command(context, part)
            assert found
            yield from commands(found, (*name, part))
    options = {option for parameter in command.params for option in parameter.opts}
    network = ("simulator",), ("publish", "serve")  # whose --port is the computer's own
    if options & {"--port", "--device"} and name not in network:
        yield name, command


def right(name: tuple[str, ...], repository: Path, image: Path, store: Path) -> list[object]:
    """What a command needs beside its port."""
    root = repository / "metadata" / "1.root.json"
    return {
        ("flash",): ["--board", "ESP32", "--firmware", image],
        ("provision",): ["--id", "T-1", "--language", "fr", "--root", root],
        ("provision", "reader-key"): ["--test-ca", image.parent / "ca", "--name", "Test"],
        ("sync",): ["--from", repository],
        ("read",): ["--trust", store],
        ("bridge",): ["--jsonl"],
    }.get(name, [])


KNOWN = [
    ("bridge",),
    ("doctor",),
    ("flash",),
    ("provision",),
    ("provision", "reader-key"),
    ("read",),
    ("sync",),
    *(
        ("terminal", part)
        for part in ("events", "identify", "info", "journal", "reboot", "receipts", "time")
    ),
]


def test_these_are_all_commands_with_a_port() -> None:
    assert sorted(name for name, _ in commands()) == sorted(KNOWN)


# The bridge waits for its port, as it does when it is unplugged; `read` has readers that are no ports.
@pytest.mark.parametrize("name", [name for name in KNOWN if name not in (("bridge",), ("read",))])
def test_a_port_that_is_not_there(
    name: tuple[str, ...], repository: Path, image: Path, opened: list[str], world: World
) -> None:
    done = borne(*name, "--port", MISSING, *right(name, repository, image, world.store), status=2)
    assert done.stderr.splitlines()[-1] == f"Error: {SENTENCE}"
    assert done.stdout == ""
    assert opened == []
    assert not (image.parent / "ca").exists()  # nothing was made, either


def test_a_port_that_is_not_there_for_the_application_alone(opened: list[str]) -> None:
    assert SENTENCE in told("flash", "--board", "PICO", "--port", MISSING, "--app-only", status=2)
    assert opened == []


def test_a_reader_that_is_not_there(world: World) -> None:
    said = told("read", "--device", MISSING, "--trust", world.store, status=2)
    assert f"{MISSING}: no such device" in said


FILE = Path(__file__)
NO_FOLDER = "/not/there/file"
# Of each option values that it cannot have.
BAD: dict[str, tuple[Any, ...]] = {
    "--port": ("", " "),
    "--device": ("", " "),
    "--board": ("", "NONE", "../ESP32", "EMULATED"),
    "--firmware": ("", "nothere.bin", "/", FILE),
    "--sha256": ("", "0" * 64, "zz"),
    "--drive": ("", "/not/there"),  # of an ESP32, too
    "--id": ("", " ", "a b", "x" * 33, "é", "a/b", "\n"),
    "--language": ("", "xx", "FR"),
    "--time-zone": ("", "Mars/Olympus", "CET-1CEST,x", " "),
    "--root": ("", "nothere.json", "/", FILE),
    "--key": ("", "nothere.pem", FILE),
    "--chain": ("", "nothere.pem", FILE),
    "--test-ca": ("", FILE),
    "--name": ("", "x" * 500),
    "--days": ("", "0", "-1", "x", "1.5", str(reader_key.DAYS_MAX + 1)),
    "--from": ("", "/not/there", FILE, "http://", "https:///x", "ftp://x"),
    "--seconds": ("", "0", "-1", "x", "61", "1.5"),
    "--count": ("", "0", "-1", "x", "1.5"),
    "--format": ("", "xml", "CSV"),
    "--out": ("", "/", NO_FOLDER, FILE),
    "--state": ("", "/", NO_FOLDER, FILE),
    "--http": ("-1", "65536", "x", "1.5"),
    "--origin": ("", "x", "https://", "https://a/b", "*"),
    "--type": ("{unknown}", "{", "{nir}"),
    "--trust": ("", "/not/there", FILE),
    "--keys": ("", "nothere", FILE),
    "--status": ("", "nothere"),
    "--policy": ("", "nothere", FILE),
    "--purpose": ("", "x"),
    "--terminal-id": ("", "x" * 33),
    "--at": ("", "x", "-1"),
    "--timeout": ("", "-1", "x", "nan"),
}
# What an option needs beside it.
WITH: dict[str, tuple[Any, ...]] = {
    "--out": ("--format", "csv"),
    "--origin": ("--http", "0"),
}


PORT = "/dev/null"  # it is there, and nothing comes from it


def port_option(name: tuple[str, ...]) -> str:
    return "--device" if name == ("read",) else "--port"


# The bridge would wait for ever.
@pytest.mark.parametrize("name", [name for name in KNOWN if name != ("bridge",)])
def test_with_the_right_values_the_port_is_touched(
    name: tuple[str, ...], repository: Path, image: Path, opened: list[str], world: World
) -> None:
    """What the test below refuses is refused for its one wrong value."""
    given = right(name, repository, image, world.store)
    done = borne(*name, port_option(name), PORT, *given)
    assert done.exit_code in (1, 2)
    assert set(opened) == {PORT}, done.output


def cases() -> list[Any]:
    found = []
    for name, command in commands():
        for parameter in command.params:
            option = parameter.opts[0]
            if not getattr(parameter, "is_flag", False):
                for value in BAD[option]:
                    case = f"{' '.join(name)} {option} {str(value)[-20:]}"
                    found.append(pytest.param(name, option, value, id=case))
    return found


@pytest.mark.parametrize(("name", "option", "value"), cases())
def test_a_value_that_cannot_be_is_refused_before_the_port_is_touched(
    name: tuple[str, ...],
    option: str,
    value: object,
    repository: Path,
    image: Path,
    opened: list[str],
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    given = right(name, repository, image, world.store)
    if option in ("--key", "--chain"):
        given = ["--key", image, "--chain", image]
    if option in ("--keys", "--status", "--policy"):
        given = ["--keys", world.store / "keys.cbor", "--status", status_list(world)]
    if option in given:
        at = given.index(option)
        del given[at : at + 2]
    port = [] if option == port_option(name) else [port_option(name), PORT]
    done = borne(*name, *port, *given, *WITH.get(option, ()), option, value, status=2)
    assert opened == []
    assert done.stdout == ""
    assert "Error: " in done.stderr


def status_list(world: World) -> Path:
    return next(world.store.rglob("*.cwt"), world.store)
