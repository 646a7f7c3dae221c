"""The file with the bridge's token: for its user alone."""

import os
import stat

import pytest
from bridge_world import Bridge

from bornetools.bridge import access
from bornetools.errors import UserError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "borne"


def test_the_token_is_made_once_and_for_its_user_alone(home):
    old = os.umask(0)
    try:
        first = access.token()
    finally:
        os.umask(old)
    assert access.token() == first
    assert len(first) == 43
    path = access.token_file()
    assert path == home / "bridge-token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    path.unlink()
    assert access.token() != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644])
def test_a_token_that_others_may_know_is_refused(home, mode):
    access.token()
    access.token_file().chmod(mode)
    with pytest.raises(UserError, match="others may know the token"):
        access.token()


def test_what_is_no_token_is_refused(home):
    access.token()
    path = access.token_file()
    for content in ("", "short", "é" * 50, "a" * 42, "a b" * 30):
        path.write_text(content)
        with pytest.raises(UserError, match="has no token"):
            access.token()
    path.unlink()
    path.symlink_to(home / "elsewhere")
    with pytest.raises(UserError, match="cannot be read"):
        access.token()
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match="not yours alone"):
        access.token()


def test_the_command_names_the_file_and_not_the_token(tmp_path):
    running = Bridge(tmp_path, None, "--print-token-file")
    assert running.ended() == 0
    path = tmp_path / "borne" / "bridge-token"
    assert running.stdout.text.strip() == str(path)
    assert path.read_text().strip() not in running.stdout.text + running.stderr.text
