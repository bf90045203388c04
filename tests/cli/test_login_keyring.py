"""``login --keyring``: the password is in the keyring of the system, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import HOSPITAL_PASSWORD
from .test_login import kept_texts, piped_login, typed_login

# A keyring in a file, since the machines that run tests have none of their own.
BACKEND = """
import json, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

FILE = pathlib.Path(__file__).with_name("kept.json")

class Keyring(KeyringBackend):
    priority = 1
    def _all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {}
    def get_password(self, service, username):
        return self._all().get(f"{service}|{username}")
    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({**self._all(), f"{service}|{username}": password}))
    def delete_password(self, service, username):
        kept = self._all()
        kept.pop(f"{service}|{username}")
        FILE.write_text(json.dumps(kept))
"""


@pytest.fixture
def keyring(stranger, tmp_path: Path) -> Path:
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "file_keyring.py").write_text(BACKEND)
    stranger.environ.update({"PYTHONPATH": str(folder), "PYTHON_KEYRING_BACKEND": "file_keyring.Keyring"})
    return folder / "kept.json"


def test_the_keyring_keeps_the_password_and_commands_find_it(stranger, hospital, keyring):
    terminal = typed_login(stranger, hospital, "--keyring")
    assert terminal.end() == 0
    assert "kept in the keyring of this system" in terminal.screen
    assert HOSPITAL_PASSWORD in keyring.read_text()
    assert HOSPITAL_PASSWORD not in kept_texts(stranger)
    assert not (stranger.home / ".netrc").exists()
    whoami = stranger.run("whoami", "--json")
    assert (whoami.json["account"], whoami.json["login"]) == ("ada", "keyring of the system")
    done = stranger.run("logout")
    assert (done.status, done.err) == (0, "")
    assert "which was in the keyring of this system" in done.out
    assert keyring.read_text() == "{}"


def test_a_profile_can_say_that_the_keyring_is_meant(stranger, hospital, keyring):
    assert stranger.run("profile", "add", "clinic", hospital.url, "--user", "ada", "--keyring", "--use").status == 0
    done = stranger.run("login", "--password-stdin", stdin=f"{HOSPITAL_PASSWORD}\n")
    assert (done.status, done.err) == (0, "")
    assert HOSPITAL_PASSWORD in keyring.read_text()
    (stranger.home / ".config" / "xnat-sdk" / "logins.toml").unlink()
    assert stranger.run("whoami", "--json").json["login"] == "keyring of the system"


def test_a_password_that_moves_is_left_nowhere(stranger, hospital, keyring):
    assert piped_login(stranger, hospital).status == 0
    assert piped_login(stranger, hospital, "--keyring").status == 0
    assert HOSPITAL_PASSWORD not in kept_texts(stranger)
    assert piped_login(stranger, hospital).status == 0
    assert keyring.read_text() == "{}"
    assert stranger.run("whoami", "--json").json["login"].startswith("netrc file")


def test_a_token_of_the_keyring_is_ended_by_logout(stranger, hospital, keyring):
    assert piped_login(stranger, hospital, "--keyring", "--issue-token").status == 0
    assert HOSPITAL_PASSWORD not in keyring.read_text()
    assert stranger.run("whoami", "--json").json["token_expires"]
    assert stranger.run("logout", "--json").json["token_ended"] is True


def test_without_a_keyring_one_line_tells_what_to_do(stranger, hospital):
    done = piped_login(stranger, hospital, "--keyring")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("error: the keyring of this system cannot be used (NoKeyringError). Log in without")
    assert len(hospital.requests) == 0


def test_a_keyring_that_keeps_nothing_is_found_out(stranger, hospital):
    done = piped_login(stranger, hospital, "--keyring", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "did not keep the password" in done.err


def test_without_the_extra_one_line_names_it(stranger, hospital, tmp_path):
    missing = tmp_path / "missing" / "keyring"
    missing.mkdir(parents=True)
    (missing / "__init__.py").write_text("raise ModuleNotFoundError('no keyring', name='keyring')\n")
    done = piped_login(stranger, hospital, "--keyring", PYTHONPATH=str(missing.parent))
    assert (done.status, done.err) == (2, 'error: keyring is not installed: pip install "xnat-sdk[keyring]"\n')
