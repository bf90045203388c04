"""Server, user and password that were not given: environment, netrc file, prompt, and in which order."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from xnat_runtime.auth import Secret
from xnat_runtime.credentials import Surroundings, find_credentials, find_server, netrc_path
from xnat_runtime.errors import InvalidValueError
from xnat_runtime.paths import server

SITE = server("https://xnat.example.org/xnat")
NETRC = "machine xnat.example.org\n    login ned\n    password n3d-S3CRET\n"


def around(
    environ: dict[str, str] | None = None,
    home: Path | None = None,
    *,
    is_windows: bool = False,
    prompt: Callable[[str], str] | None = None,
) -> Surroundings:
    return Surroundings(environ=environ or {}, home=home, is_windows=is_windows, prompt=prompt)


def found(user: str | None, password: str | None, places: Surroundings, **options) -> tuple[str | None, str | None]:
    credentials = find_credentials(SITE, user, password, places, **options)
    return credentials.user, credentials.password.reveal() if credentials.password else None


def write(path: Path, text: str = NETRC, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("name", ["XNATPY_HOST", "XNAT_HOST", "XNAT_URL"])
def test_the_environment_names_the_server(name: str):
    assert find_server(None, {name: "https://a.example"}) == "https://a.example"
    assert find_server("https://b.example", {name: "https://a.example"}) == "https://b.example"


def test_the_names_of_xnatpy_come_first():
    environ = {"XNAT_HOST": "https://b.example", "XNATPY_HOST": "https://a.example"}
    assert find_server(None, environ) == "https://a.example"
    environ = {"XNAT_USER": "b", "XNATPY_USER": "a", "XNAT_PASS": "bb", "XNATPY_PASS": "aa"}
    assert found(None, None, around(environ)) == ("a", "aa")


def test_no_server_at_all_is_told():
    with pytest.raises(InvalidValueError, match="XNATPY_HOST, XNAT_HOST or XNAT_URL"):
        find_server(None, {})


def test_what_is_given_comes_before_everything(tmp_path: Path):
    write(tmp_path / ".netrc")
    assert found("me", "mine", around({"XNAT_USER": "x", "XNAT_PASS": "y"}, tmp_path)) == ("me", "mine")
    assert found(None, None, around({"XNAT_USER": "x", "XNAT_PASS": "y"}, tmp_path)) == ("x", "y")
    assert found(None, None, around({}, tmp_path)) == ("ned", "n3d-S3CRET")
    assert found(None, None, around()) == (None, None)


def test_variables_of_another_server_are_not_sent_to_this_one(tmp_path: Path):
    environ = {"XNAT_HOST": "https://elsewhere.example", "XNAT_USER": "x", "XNAT_PASS": "y"}
    assert found(None, None, around(environ)) == (None, None)
    environ["XNAT_HOST"] = "https://XNAT.example.org:443/other"
    assert found(None, None, around(environ)) == ("x", "y")
    environ["XNAT_HOST"] = "not a url"
    assert found(None, None, around(environ)) == (None, None)


def test_the_password_of_another_user_is_not_tried():
    environ = {"XNAT_USER": "x", "XNAT_PASS": "y"}
    assert found("x", None, around(environ)) == ("x", "y")
    assert found("me", None, around(environ, prompt=lambda _: "asked")) == ("me", "asked")
    assert found("me", None, around({"XNAT_PASS": "y"})) == ("me", "y")


def test_a_secret_is_taken_as_password():
    assert find_credentials(SITE, "me", Secret("s"), around()).password == Secret("s")


def test_a_password_alone_is_refused():
    with pytest.raises(InvalidValueError, match="without a user name"):
        found(None, "mine", around())


def test_a_user_alone_is_asked_for_the_password():
    asked: list[str] = []

    def prompt(text: str) -> str:
        asked.append(text)
        return "typed"

    assert found("me", None, around(prompt=prompt)) == ("me", "typed")
    assert asked == ["Password of me on https://xnat.example.org/xnat: "]


def test_a_user_alone_without_a_terminal_is_told_the_ways():
    with pytest.raises(InvalidValueError, match=r"no terminal to ask at: pass password=, set .*XNAT_PASS.*netrc"):
        found("me", None, around())


@pytest.mark.parametrize("stdin", [io.StringIO("typed\n"), None])
def test_nobody_is_asked_where_no_terminal_is(stdin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", stdin)
    assert Surroundings.real().prompt is None


def test_a_terminal_is_asked_without_showing_the_password(monkeypatch: pytest.MonkeyPatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda text: f"answer to {text}")
    prompt = Surroundings.real().prompt
    assert prompt is not None
    assert prompt("x") == "answer to x"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o660])
def test_a_netrc_file_that_others_can_read_is_an_error(tmp_path: Path, mode: int):
    path = write(tmp_path / ".netrc", mode=mode)
    with pytest.raises(
        InvalidValueError, match=rf"mode {mode:04o}.*chmod 600 {path}.*allow_unsafe_netrc=True"
    ) as caught:
        found(None, None, around(home=tmp_path))
    assert "S3CRET" not in str(caught.value)
    assert found(None, None, around(home=tmp_path), allow_unsafe_netrc=True) == ("ned", "n3d-S3CRET")
    with pytest.raises(InvalidValueError, match="allow_unsafe_netrc"):
        found(None, None, around(), netrc_file=path)


def test_an_unsafe_file_that_has_nothing_for_this_server_is_nobodys_business(tmp_path: Path):
    write(tmp_path / ".netrc", NETRC.replace("xnat.example.org", "other.example"), 0o644)
    assert found(None, None, around(home=tmp_path)) == (None, None)


def test_windows_has_no_modes_and_another_name(tmp_path: Path):
    write(tmp_path / ".netrc", NETRC.replace("ned", "dot"), 0o644)
    assert found(None, None, around(home=tmp_path, is_windows=True))[0] == "dot"
    write(tmp_path / "_netrc", mode=0o644)
    assert found(None, None, around(home=tmp_path, is_windows=True)) == ("ned", "n3d-S3CRET")
    assert netrc_path(around(home=tmp_path)) == tmp_path / ".netrc"


def test_the_file_can_be_named(tmp_path: Path):
    first = write(tmp_path / "first", NETRC.replace("ned", "one"))
    second = write(tmp_path / "second", NETRC.replace("ned", "two"))
    assert found(None, None, around({"NETRC": str(first)}))[0] == "one"
    assert found(None, None, around({"NETRC": str(first)}), netrc_file=second)[0] == "two"


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path):
    for options in ({"netrc_file": tmp_path / "none"}, {}):
        with pytest.raises(InvalidValueError, match="There is no netrc file at"):
            found(None, None, around({"NETRC": str(tmp_path / "none")}), **options)
    assert found(None, None, around(home=tmp_path)) == (None, None)


def test_a_damaged_file_is_told_by_line_and_without_its_words(tmp_path: Path):
    path = write(tmp_path / ".netrc", "machine xnat.example.org\n login ned S3CRET\n")
    with pytest.raises(InvalidValueError, match=rf"{path} cannot be read: line \d") as caught:
        found(None, None, around(home=tmp_path))
    assert "S3CRET" not in str(caught.value)
    path.write_bytes(b"machine \xff\xfe login")
    with pytest.raises(InvalidValueError, match="no UTF-8"):
        found(None, None, around(home=tmp_path))


def test_the_port_makes_another_server(tmp_path: Path):
    lines = (
        "machine xnat.example.org:8443 login port password p1",
        "machine xnat.example.org login host password p2",
        "default login any password p3",
    )
    places = around(home=tmp_path)
    write(tmp_path / ".netrc", "\n".join(lines) + "\n")
    asked = {"https://xnat.example.org:8443": "port", "https://xnat.example.org": "host", "https://b.example": "any"}
    for url, user in asked.items():
        assert find_credentials(server(url), None, None, places).user == user


def test_an_entry_of_another_user_is_left_out(tmp_path: Path):
    write(tmp_path / ".netrc")
    assert found("ned", None, around(home=tmp_path)) == ("ned", "n3d-S3CRET")
    assert found("me", None, around(home=tmp_path, prompt=lambda _: "typed")) == ("me", "typed")


def test_no_secret_is_shown(tmp_path: Path):
    write(tmp_path / ".netrc")
    credentials = find_credentials(SITE, None, None, around(home=tmp_path))
    assert "S3CRET" not in repr(credentials)
