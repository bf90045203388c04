"""Who logs in to a server whose schemas are fetched, and what is told when nobody can."""

from __future__ import annotations

import itertools
import ssl
import subprocess
from pathlib import Path

import pytest

from xnat_codegen.cli import main
from xnat_codegen.errors import CodegenError
from xnat_codegen.login import GUEST, Login, LoginOptions, find_login, find_server
from xnat_codegen.opener import NetworkOptions, tls_context
from xnat_runtime.credentials import Surroundings, find_credentials
from xnat_runtime.errors import InvalidValueError
from xnat_runtime.paths import server

from .site_server import PASSWORD, SESSION, Site

URL = "https://xnat.example.org/app"
NEEDS_LOGIN = (
    "error: the site requires a login, and there is none: give --user, set XNAT_USER and XNAT_PASS, or add the server "
    "to your netrc file\n"
)


def netrc(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / ".netrc"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.fixture
def closed(site: Site) -> Site:
    """A site that requires a login."""
    site.needs_login = True
    return site


def test_site_that_requires_a_login_is_one_line(
    closed: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", closed.url, "-o", str(tmp_path / "site")]) == 2
    assert capsys.readouterr() == ("", NEEDS_LOGIN)
    assert not (tmp_path / "site").exists()


def test_login_page_is_the_same_line(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.pages["/xapi/schemas"] = b"<!DOCTYPE html><html>Log in</html>"
    assert main(["fetch", site.url, "-o", str(tmp_path)]) == 2
    assert capsys.readouterr() == ("", NEEDS_LOGIN)


def test_netrc_file_of_the_home_folder_is_read(closed: Site, nothing_set: Path, tmp_path: Path) -> None:
    netrc(nothing_set, f"machine 127.0.0.1 login me password {PASSWORD}\n")
    assert main(["fetch", closed.url, "-o", str(tmp_path)]) == 0


def test_named_netrc_file_is_read(closed: Site, tmp_path: Path) -> None:
    path = netrc(tmp_path, f"default login me password {PASSWORD}\n")
    assert main(["fetch", closed.url, "--netrc-file", str(path), "-o", str(tmp_path / "site")]) == 0


def test_netrc_file_that_others_can_read_is_refused(
    closed: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = netrc(tmp_path, f"default login me password {PASSWORD}\n", 0o644)
    options = ["fetch", closed.url, "--netrc-file", str(path), "-o", str(tmp_path / "site")]
    assert main(options) == 2
    printed = capsys.readouterr().err
    assert f"{path}: other users can read or write the netrc file (mode 0644)" in printed
    assert PASSWORD not in printed
    assert main([*options, "--allow-unsafe-netrc"]) == 0


@pytest.mark.parametrize("text", ["machine", f"machine x login me {PASSWORD} word\n"])
def test_malformed_netrc_file_is_told_without_its_content(
    text: str, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = netrc(tmp_path, text)
    assert main(["fetch", site.url, "--netrc-file", str(path), "-o", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert f"{path}: the netrc file cannot be read: line 1 is not as netrc files are written" in printed
    assert PASSWORD not in printed


def test_netrc_file_that_is_not_there_is_told(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "none"
    assert main(["fetch", site.url, "--netrc-file", str(path), "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: {path}: the netrc file cannot be read: No such file or directory\n"


@pytest.mark.parametrize("name", ["XNATPY_JSESSION", "XNAT_TOKEN"])
def test_login_session_of_the_environment_is_used_and_not_ended(
    name: str, closed: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, SESSION)
    assert main(["fetch", closed.url, "-o", str(tmp_path)]) == 0
    assert {cookie for _, _, cookie in closed.seen} == {f"JSESSIONID={SESSION}"}
    assert {method for method, _, _ in closed.seen} == {"GET"}


def test_login_session_that_has_ended_is_told_by_its_variable(
    closed: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XNAT_TOKEN", "F" * 16)
    assert main(["fetch", closed.url, "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "error: the login session of XNAT_TOKEN has ended, or belongs to another server\n"
    )


def test_server_and_login_come_from_the_environment(
    closed: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"XNAT_HOST": closed.url, "XNAT_USER": "me", "XNAT_PASS": PASSWORD}.items():
        monkeypatch.setenv(name, value)
    assert main(["fetch", "-o", str(tmp_path)]) == 0


def test_authentication_provider_stands_before_the_user(
    closed: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XNAT_PASS", PASSWORD)
    options = ["--user", "me", "--auth-provider", "ldap", "-o", str(tmp_path)]
    assert main(["fetch", closed.url, *options]) == 0
    assert set(closed.authorizations) == {"Basic bGRhcC9tZTpzM2NyZXQtd29yZA=="}


def test_no_server_is_told(nothing_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nothing_set.is_dir()
    assert main(["fetch", "-o", str(tmp_path)]) == 2
    assert "no server is given: name its URL, or set XNATPY_HOST or XNAT_HOST or XNAT_URL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("user", "environ", "expected"),
    [
        (None, {}, GUEST),
        (None, {"XNAT_USER": "a", "XNAT_PASS": "p"}, Login("a", "p")),
        (None, {"XNATPY_USER": "b", "XNAT_USER": "a", "XNATPY_PASS": "q", "XNAT_PASS": "p"}, Login("b", "q")),
        ("a", {"XNAT_PASSWORD": "p"}, Login("a", "p")),
        ("a", {"XNAT_USER": "a", "XNAT_PASS": "p"}, Login("a", "p")),
        (None, {"XNAT_HOST": "https://xnat.example.org:443/x", "XNAT_USER": "a", "XNAT_PASS": "p"}, Login("a", "p")),
        (None, {"XNAT_HOST": "https://elsewhere.example.org", "XNAT_USER": "a", "XNAT_PASS": "p"}, GUEST),
        (None, {"XNAT_HOST": "https://elsewhere.example.org", "XNAT_TOKEN": SESSION}, GUEST),
        (None, {"XNAT_TOKEN": SESSION, "XNAT_USER": "a"}, Login(session=SESSION, origin="XNAT_TOKEN")),
        ("a", {"XNAT_TOKEN": SESSION, "XNAT_PASS": "p"}, Login("a", "p")),
    ],
)
def test_login_is_found_as_connect_finds_it(
    user: str | None, environ: dict[str, str], expected: Login, nothing_set: Path
) -> None:
    assert nothing_set.is_dir()
    assert find_login(URL, LoginOptions(user), environ) == expected


VARIABLES = {
    "XNAT_HOST": (None, URL, "https://elsewhere.example.org"),
    "XNAT_USER": (None, "a"),
    "XNATPY_USER": (None, "b"),
    "XNAT_PASS": (None, "p"),
    "XNATPY_PASS": (None, "q"),
}


@pytest.mark.parametrize("user", [None, "a", "b", "c"])
@pytest.mark.parametrize("entry", ["", "machine xnat.example.org login b password n\n"])
def test_login_is_the_one_that_connect_uses(user: str | None, entry: str, nothing_set: Path) -> None:
    netrc(nothing_set, entry)
    for chosen in itertools.product(*VARIABLES.values()):
        environ = {name: value for name, value in zip(VARIABLES, chosen, strict=True) if value is not None}
        assert found_here(user, environ) == found_by_connect(user, environ, nothing_set), environ


def found_here(user: str | None, environ: dict[str, str]) -> tuple[str, str] | str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xnat_codegen.login.getpass", lambda _prompt: "typed")
        try:
            login = find_login(URL, LoginOptions(user), environ)
        except CodegenError:
            return "refused"
    return login.user, login.password


def found_by_connect(user: str | None, environ: dict[str, str], home: Path) -> tuple[str, str] | str:
    around = Surroundings(environ=environ, home=home, is_windows=False, prompt=lambda _prompt: "typed")
    try:
        found = find_credentials(server(URL), user, None, around)
    except InvalidValueError:
        return "refused"
    return found.user or "", found.password.reveal() if found.password else ""


@pytest.mark.parametrize("environ", [{"XNAT_USER": "b", "XNAT_PASS": "p"}])
def test_password_of_another_user_is_not_used(
    environ: dict[str, str], nothing_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nothing_set.is_dir()
    monkeypatch.setattr("xnat_codegen.login.getpass", lambda _prompt: "typed")
    assert find_login(URL, LoginOptions("a"), environ) == Login("a", "typed")


def test_repr_of_a_login_shows_nothing() -> None:
    assert PASSWORD not in repr(Login("me", PASSWORD))
    assert SESSION not in repr(Login(session=SESSION))


def test_server_of_the_environment_is_named_in_order() -> None:
    environ = {"XNAT_URL": "https://c", "XNAT_HOST": "https://b", "XNATPY_HOST": "https://a"}
    assert find_server(None, environ) == "https://a"
    assert find_server("https://given", environ) == "https://given"


def test_user_name_with_a_colon_is_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XNAT_PASS", PASSWORD)
    assert main(["fetch", site.url, "--user", "a:b", "-o", str(tmp_path)]) == 2
    assert "holds ':', which Basic credentials cannot" in capsys.readouterr().err
    assert site.seen == []


def test_password_is_not_sent_before_a_plain_site_was_looked_at(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("xnat_codegen.fetch._is_loopback", lambda _host: False)
    monkeypatch.setenv("XNAT_PASS", PASSWORD)
    site.redirect = "https://127.0.0.1:9/data/auth"
    assert main(["fetch", site.url, "--user", "me", "-o", str(tmp_path)]) == 2
    assert "redirects to another one" in capsys.readouterr().err
    assert site.authorizations == [None]
    assert [path for _, path, _ in site.seen] == ["/data/auth"]


@pytest.fixture
def tls_site(site: Site, tmp_path: Path) -> tuple[str, Path]:
    """A site behind TLS: its URL, and the certificate that it shows."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    return site.url.replace("http:", "https:"), certificate


def test_certificates_are_checked(
    tls_site: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url, certificate = tls_site
    assert main(["fetch", url, "-o", str(tmp_path / "a")]) == 2
    assert "name the file with the server's CA with --ca or in SSL_CERT_FILE" in capsys.readouterr().err
    assert main(["fetch", url, "--ca", str(certificate), "-o", str(tmp_path / "b")]) == 0
    assert main(["fetch", url, "--no-verify", "-o", str(tmp_path / "c")]) == 0
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert main(["fetch", url, "-o", str(tmp_path / "d")]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (NetworkOptions(ca=Path("none.pem")), "none.pem: is no file or folder with certificates of a CA"),
        (NetworkOptions(client_certificate=Path("none.pem")), "none.pem: is no PEM file with a certificate and its"),
    ],
)
def test_certificate_file_that_cannot_be_used_is_named(options: NetworkOptions, message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        tls_context(options, {})


def test_proxy_must_be_an_address(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", site.url, "--proxy", "socks5://x", "-o", str(tmp_path)]) == 2
    assert "--proxy takes an http:// or https:// address" in capsys.readouterr().err


def test_proxy_is_asked_for_the_server(site: Site, tmp_path: Path) -> None:
    assert main(["fetch", "http://127.0.0.2:9", "--proxy", site.url, "-o", str(tmp_path)]) == 2
    assert site.seen[0][1] == "http://127.0.0.2:9/xapi/schemas"
