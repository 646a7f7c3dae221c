"""The bridge's port and the file with its token: no port, no file; and the file goes before the port does."""

import os
import signal
import socket
import stat

import pytest
from bridge_world import Bridge
from program import borne

from bornetools.bridge import address, token_file
from bornetools.errors import UserError

PORT = 8737


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "borne"


def test_a_token_is_for_its_user_alone_and_for_one_bridge(home):
    tokens = set()
    for _ in range(2):
        old = os.umask(0)
        try:
            with token_file.held(PORT) as token:
                path = token_file.path(PORT)
                assert path == home / f"bridge-token-{PORT}"
                assert path.read_text() == token + "\n"
                assert len(token) == 43
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                assert stat.S_IMODE(home.stat().st_mode) == 0o700
                tokens.add(token)
        finally:
            os.umask(old)
        assert list(home.iterdir()) == []
    assert len(tokens) == 2


@pytest.mark.parametrize("left", ["readable", "link"])
def test_what_a_killed_bridge_or_somebody_else_has_left_is_replaced(home, left):
    home.mkdir()
    path = token_file.path(PORT)
    if left == "readable":
        path.write_text("x" * 43)
        path.chmod(0o666)
    else:
        path.symlink_to(home / "elsewhere")
        (home / "elsewhere").write_text("x" * 43)
    with token_file.held(PORT) as token:
        assert token != "x" * 43
        assert path.read_text().strip() == token
        assert stat.S_IMODE(path.lstat().st_mode) == 0o600
        if left == "link":
            assert (home / "elsewhere").read_text() == "x" * 43
    assert not path.exists()


def test_where_no_file_can_be_made_nothing_is_served(home):
    token_file.path(PORT).mkdir(parents=True)
    with pytest.raises(UserError, match="cannot be replaced"), token_file.held(PORT):
        pass
    home.rename(home.with_name("other"))
    home.write_text("a file")
    with pytest.raises(UserError, match="cannot be made"), token_file.held(PORT):
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_file_is_there_while_the_bridge_runs(tmp_path, number):
    # In the background of a script SIGINT is ignored, and programs inherit it.
    first = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    with Bridge(tmp_path, "x", "--http", 0, first=first) as running:
        with running.events():
            path = running.token_file
            assert running.stderr.find("token in").endswith(f"token in {path}")
            running.signal(number)
            assert running.ended() == 0
        assert list(path.parent.iterdir()) == []
        assert "Traceback" not in running.stderr.text


def test_two_bridges_have_a_token_each(tmp_path):
    with Bridge(tmp_path, "x", "--http", 0) as one, Bridge(tmp_path, "x", "--http", 0) as other:
        headers = {"Authorization": "Bearer " + one.token}
        assert other.get("/terminal", headers)[0] == 401
        one.end()
        assert other.get("/terminal")[0] == 200


SQUATTERS = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")]


def listen(squatter, at, port):
    """A port is had by whoever listens on it, which two that are bound to it may try."""
    squatter.bind((at, port))
    squatter.listen()


@pytest.mark.parametrize(("family", "at"), SQUATTERS)
def test_whoever_has_the_port_already_is_shown_no_token(tmp_path, family, at):
    """Also at [::1], which a client that asks for localhost tries first."""
    with socket.socket(family) as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listen(squatter, at, 0)
        port = squatter.getsockname()[1]
        running = Bridge(tmp_path, "x", "--http", port)
        assert running.ended() == 2
        assert "cannot listen there" in running.stderr.text
        assert "choose another port" in running.stderr.text
        assert running.stderr.text.count("\n") == 1
        assert not list(tmp_path.rglob("*token*"))


@pytest.mark.parametrize("reuse", [socket.SO_REUSEADDR, socket.SO_REUSEPORT])
@pytest.mark.parametrize(("family", "at"), [*SQUATTERS, (socket.AF_INET6, "::")])
def test_nobody_gets_the_port_beside_a_bridge(family, at, reuse):
    with address.listening(0) as line, socket.socket(family) as squatter:
        if family == socket.AF_INET6:
            squatter.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        squatter.setsockopt(socket.SOL_SOCKET, reuse, 1)
        with pytest.raises(OSError, match="Address already in use"):
            listen(squatter, at, line.getsockname()[1])


def test_a_client_that_asks_for_localhost_finds_the_bridge():
    with address.listening(0) as line:
        port = line.getsockname()[1]
        with socket.create_connection(("localhost", port)) as client:
            assert client.getpeername() == ("127.0.0.1", port)


def test_a_computer_without_ipv6_has_a_bridge(monkeypatch):
    real = socket.socket

    def no_ipv6(family, *more):
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return real(family, *more)

    monkeypatch.setattr(address.socket, "socket", no_ipv6)
    with address.listening(0) as line:
        assert line.getsockname()[0] == "127.0.0.1"


def test_a_port_is_free_once_its_bridge_has_ended():
    with address.listening(0) as line:
        port = line.getsockname()[1]
        with socket.create_connection(line.getsockname()), line.accept()[0]:
            pass
    with address.listening(port) as line:
        assert line.getsockname()[1] == port


def test_the_command_names_the_file_and_makes_none(home):
    def named(*arguments):
        return borne("bridge", "--print-token-file", *arguments, status=0).stdout.strip()

    assert named() == str(home / "bridge-token-8737")
    assert named("--http", "9000") == str(home / "bridge-token-9000")
    assert not home.exists()
    with token_file.held(9000) as token:
        assert named() == named("--http", 0) == str(home / "bridge-token-9000")
        assert token not in named()
        with token_file.held(9001):
            said = borne("bridge", "--print-token-file", status=2).stderr
            assert "by --http PORT: 9000, 9001" in said
            assert named("--http", "9001") == str(home / "bridge-token-9001")
