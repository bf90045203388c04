"""Fetching a site's schemas: over HTTP, all or nothing, and never telling the password."""

from __future__ import annotations

from getpass import GetPassWarning
from pathlib import Path

import pytest

from xnat_codegen.cli import main
from xnat_codegen.fetch import schema_path

from .site_server import GOOD, PASSWORD, Site


@pytest.mark.parametrize(("name", "path"), [("xnat", "xnat/xnat.xsd"), ("pipeline/workflow", "pipeline/workflow.xsd")])
def test_names_become_paths_as_servers_have_them(name: str, path: str) -> None:
    assert schema_path(name).as_posix() == path


def test_all_schemas_are_written(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", f"{site.url}/", "--out", str(tmp_path / "site")]) == 0
    assert (tmp_path / "site" / "xnat" / "xnat.xsd").read_bytes() == GOOD
    assert (tmp_path / "site" / "pipeline" / "workflow.xsd").read_bytes() == GOOD
    assert capsys.readouterr().out.count(".xsd\n") == 2


def test_fetched_folder_can_be_generated_from(site: Site, tmp_path: Path) -> None:
    assert main(["fetch", site.url, "--out", str(tmp_path / "site")]) == 0
    (tmp_path / "site" / "pipeline" / "workflow.xsd").unlink()
    options = ["--schemas", str(tmp_path / "site"), "--package", "p", "--out", str(tmp_path)]
    assert main(["generate", *options]) == 0


def test_one_login_is_used_and_ended(site: Site, tmp_path: Path) -> None:
    assert main(["fetch", site.url, "--out", str(tmp_path)]) == 0
    assert site.seen == [
        ("GET", "/xapi/schemas", ""),
        ("GET", "/xapi/schemas/pipeline/workflow", "JSESSIONID=ABC"),
        ("GET", "/xapi/schemas/xnat", "JSESSIONID=ABC"),
        ("GET", "/xapi/v2/api-docs", "JSESSIONID=ABC"),
        ("GET", "/data/search/elements?format=json", "JSESSIONID=ABC"),
        ("DELETE", "/data/JSESSION", "JSESSIONID=ABC"),
    ]


def test_password_comes_from_the_environment(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.needs_login = True
    monkeypatch.setenv("XNAT_PASSWORD", PASSWORD)
    assert main(["fetch", site.url, "--user", "me", "--out", str(tmp_path)]) == 0


def test_password_is_asked_for(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.needs_login = True

    def ask(prompt: str) -> str:
        return PASSWORD if "me" in prompt else ""

    monkeypatch.setattr("xnat_codegen.login.getpass", ask)
    assert main(["fetch", site.url, "--user", "me", "--out", str(tmp_path)]) == 0


def test_refused_login_is_told_without_the_password(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.needs_login = True
    monkeypatch.setenv("XNAT_PASSWORD", "wrong-" + PASSWORD)
    assert main(["fetch", site.url, "--user", "me", "--out", str(tmp_path / "site")]) == 2
    printed = capsys.readouterr()
    assert "401: user and password are refused" in printed.err
    assert PASSWORD not in printed.err + printed.out
    assert not (tmp_path / "site").exists()
    assert [path for _, path, _ in site.seen].count("/xapi/schemas") == 1


def test_url_with_a_password_is_refused_and_not_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", f"https://me:{PASSWORD}@x.example.org", "--out", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert "give --user instead" in printed
    assert PASSWORD not in printed


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example.org", "x.example.org", "file:///etc", "", "http://[::1", "http://x:abc", "http://x:99999"],
)
def test_url_must_be_http(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", url, "--out", str(tmp_path)]) == 2
    assert "must be an http:// or https:// URL" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../etc/passwd", "a/../../b", "/etc/x", "a/b/c", "..", ".hidden/x", "a\\b", ""])
def test_unsafe_schema_name_is_refused(
    name: str, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.names = ["xnat", name]
    assert main(["fetch", site.url, "--out", str(tmp_path / "site")]) == 2
    assert "unsafe name" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_nothing_is_written_unless_all_came(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.schemas["pipeline/workflow"] = b"<html><body>login"
    assert main(["fetch", site.url, "--out", str(tmp_path / "site")]) == 2
    assert "pipeline/workflow" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"<!DOCTYPE html><html><body>login</body></html>", "answered with a web page; is a login needed (--user)?"),
        (b"\n<HTML>", "answered with a web page; is a login needed (--user)?"),
        (b"<error/>", "did not answer with an XML schema"),
    ],
)
def test_answer_that_is_no_schema_is_told(
    answer: bytes, expected: str, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.schemas["xnat"] = answer
    assert main(["fetch", site.url, "--out", str(tmp_path / "site")]) == 2
    assert capsys.readouterr().err == f"error: {site.url}/xapi/schemas/xnat: the server {expected}\n"
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("failure", [EOFError, GetPassWarning])
def test_password_that_cannot_be_asked_for_is_told(
    failure: type[Exception],
    nothing_set: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert not list(nothing_set.iterdir())

    def ask(prompt: str) -> str:
        raise failure(prompt)

    monkeypatch.setattr("xnat_codegen.login.getpass", ask)
    assert main(["fetch", "http://127.0.0.1:9", "--user", "me", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "error: there is no terminal to ask for the password of 'me': set XNAT_PASS, "
        "or add the server to your netrc file\n"
    )


def test_url_with_more_than_the_context_path_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "http://x.example.org/xnat?a=b", "--out", str(tmp_path)]) == 2
    assert "leave out what follows ? or #" in capsys.readouterr().err


def test_context_path_is_percent_encoded_once(site: Site, tmp_path: Path) -> None:
    assert main(["fetch", f"{site.url}/ü x%20y/", "--out", str(tmp_path)]) == 2
    assert site.seen[0][1] == "/%C3%BC%20x%20y/xapi/schemas"


def test_answer_that_is_no_list_is_told(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.names = {"a": 1}
    assert main(["fetch", site.url, "--out", str(tmp_path)]) == 2
    assert "did not answer with a list of schemas" in capsys.readouterr().err


def test_redirect_to_another_server_is_refused(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.redirect = "http://127.0.0.1:9/xapi/schemas"
    assert main(["fetch", site.url, "--out", str(tmp_path)]) == 2
    assert "redirects to another one" in capsys.readouterr().err


def test_server_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "http://127.0.0.1:9", "--out", str(tmp_path)]) == 2
    assert "cannot be reached" in capsys.readouterr().err
