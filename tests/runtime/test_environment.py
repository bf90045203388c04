from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from xnat_runtime.environment import proxy_for, tls_context
from xnat_runtime.errors import InvalidValueError
from xnat_runtime.paths import server

SITE = server("https://xnat.example.org")


def test_certificates_are_checked_unless_told_otherwise():
    assert tls_context(True).verify_mode == ssl.CERT_REQUIRED
    assert tls_context(True).check_hostname
    assert tls_context(False).verify_mode == ssl.CERT_NONE


def test_a_context_of_ones_own_is_used_as_it_is():
    own = ssl.create_default_context()
    assert tls_context(own) is own


def test_a_ca_file_is_what_is_trusted(certificate: Path):
    assert len(tls_context(str(certificate)).get_ca_certs()) == 1


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_names_a_ca_file(name: str, certificate: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, str(certificate))
    assert len(tls_context(True).get_ca_certs()) == 1
    assert tls_context(False).verify_mode == ssl.CERT_NONE


def test_a_ca_folder_can_be_named(certificate: Path):
    assert tls_context(str(certificate.parent)).verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_a_missing_ca_file_is_named_with_its_variable(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, str(tmp_path / "none.pem"))
    with pytest.raises(InvalidValueError, match=rf"{name} .*none\.pem"):
        tls_context(True)


def test_a_ca_file_without_certificates_is_refused(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(InvalidValueError, match=r"verify= names a file without PEM certificates"):
        tls_context(str(tmp_path / "ca.pem"))


def test_the_proxy_of_the_scheme_is_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    assert proxy_for(server("http://xnat.example.org")) is None
    found = proxy_for(SITE)
    assert found is not None
    assert (found.url, found.credentials) == ("http://proxy.example.org:3128", "")


def test_a_proxys_password_is_kept_out_of_its_url_and_repr(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", "bob:S3%3ACRET@proxy.example.org:3128")
    found = proxy_for(SITE)
    assert found is not None
    assert (found.url, found.credentials) == ("http://proxy.example.org:3128", "bob:S3:CRET")
    assert "CRET" not in repr(found)


@pytest.mark.parametrize("rule", ["xnat.example.org", ".example.org", "example.org", "*", "xnat.example.org:443"])
def test_no_proxy_names_servers_that_are_reached_directly(rule: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("NO_PROXY", rule)
    assert proxy_for(SITE) is None


def test_a_proxy_of_another_kind_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks5://bob:S3CRET@proxy.example.org:1080")
    with pytest.raises(InvalidValueError, match="http:// or https://") as caught:
        proxy_for(SITE)
    assert "S3CRET" not in str(caught.value)
