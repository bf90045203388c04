"""connect() through TLS, proxies and a context path, with real sockets and the embedded server behind them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Emulator
from xnat_runtime.paths import Server
from xnat_sdk import ForeignUrlError, InvalidValueError, NotFoundError, TlsError, connect

from .relays import ForwardProxy, Relay


@pytest.fixture(autouse=True)
def _no_login_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOST", "USER", "PASS", "URL", "READ_ONLY", "TOKEN", "JSESSION"):
        monkeypatch.delenv(f"XNAT_{name}", raising=False)
        monkeypatch.delenv(f"XNATPY_{name}", raising=False)
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def site() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as server:
        yield server


def context_of(certificate: Path, *, strict: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if strict:
        context.load_verify_locations(certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.fixture
def tls(site: Emulator, certificate: Path) -> Iterator[Relay]:
    relay = Relay(site.url, context=context_of(certificate))
    yield relay
    relay.close()


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    found = ForwardProxy()
    yield found
    found.close()


WAYS = ["path", "text", "context", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]


@pytest.mark.parametrize("way", WAYS)
def test_a_private_authority_is_trusted_for_login_and_data(site, tls, certificate: Path, way, monkeypatch):
    own = ssl.create_default_context(cafile=certificate)
    verify = {"path": certificate, "text": str(certificate), "context": own}.get(way, True)
    if way.isupper():
        monkeypatch.setenv(way, str(certificate))
    with connect(tls.url, site.user, site.password, verify=verify) as session:
        assert session.logged_in_user == site.user
        assert "sandbox" in session.projects


def test_an_unknown_authority_gets_no_password(site, tls):
    with pytest.raises(TlsError, match="verify="):
        connect(tls.url, site.user, site.password)
    assert tls.headers == []


def test_without_checks_every_connection_is_warned_of(site, tls):
    with (
        pytest.warns(Warning, match="Unverified HTTPS request"),
        connect(tls.url, site.user, site.password, verify=False) as session,
    ):
        assert session.logged_in_user == site.user


def test_a_ca_file_that_is_none_is_told_before_anything_is_sent(site, tls, tmp_path: Path, monkeypatch):
    with pytest.raises(InvalidValueError, match=r"verify= names .*missing\.pem"):
        connect(tls.url, site.user, site.password, verify=tmp_path / "missing.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    with pytest.raises(InvalidValueError, match="SSL_CERT_FILE"):
        connect(tls.url, site.user, site.password)
    assert tls.headers == []


def test_a_client_certificate_opens_a_server_that_wants_one(site, certificate: Path):
    relay = Relay(site.url, context=context_of(certificate, strict=True))
    try:
        shown = (certificate.parent / "cert.pem", certificate.parent / "key.pem")
        for client in (certificate, shown):
            with connect(relay.url, site.user, site.password, verify=certificate, client_certificate=client) as session:
                assert session.user == site.user
    finally:
        relay.close()


def test_https_goes_through_the_proxy_of_the_environment_unreadable_for_it(site, tls, proxy, certificate, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://bob:pr0xy@"))
    with connect(tls.url, site.user, site.password, verify=certificate) as session:
        secret = session.jsession
        assert "sandbox" in session.projects
    assert set(proxy.tunnels) == {f"127.0.0.1:{tls.port}"}
    assert all(b"proxy-authorization: basic ym9ionbymhh5" in head.lower() for head in proxy.heads)
    seen = bytes(proxy.passed) + b"".join(proxy.heads)
    assert site.password.encode() not in seen
    assert secret.encode() not in seen
    assert all("proxy-authorization" not in headers for headers in tls.headers)


@pytest.mark.parametrize("rule", ["127.0.0.1", "*"])
def test_no_proxy_and_an_empty_proxy_go_straight(site, tls, proxy, certificate, monkeypatch, rule):
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with connect(tls.url, site.user, site.password, verify=certificate, proxy="") as session:
        assert session.user == site.user
    monkeypatch.setenv("NO_PROXY", rule)
    with connect(tls.url, site.user, site.password, verify=certificate) as session:
        assert session.user == site.user
    assert proxy.tunnels == []
    with connect(tls.url, site.user, site.password, verify=certificate, proxy=proxy.url) as session:
        assert session.user == site.user
    assert proxy.tunnels


def test_a_site_below_a_context_path(site):
    relay = Relay(site.url, prefix="/xnat")
    try:
        with connect(f"{relay.url}/", site.user, site.password) as session:
            assert session.server == relay.url
            project = session.projects["sandbox"]
            assert session.url_for("/data/projects/sandbox") == f"{relay.url}/data/projects/sandbox"
            assert session.create_object(session.url_for("/data/projects/sandbox")) == project
            assert session.get(f"{relay.url}/data/projects").ok
            with pytest.raises(ForeignUrlError):
                session.get(f"{relay.url.removesuffix('/xnat')}/other/data/projects")
        with pytest.raises(NotFoundError):
            connect(relay.url.removesuffix("/xnat"), site.user, site.password)
    finally:
        relay.close()


def test_headers_and_cookies_of_a_load_balancer_go_with_every_request(site):
    relay = Relay(site.url)
    try:
        options = {"headers": {"X-Tenant": "a"}, "cookies": {"route": "r1"}}
        with connect(relay.url, site.user, site.password, **options) as session:
            assert "sandbox" in session.projects
        assert len(relay.headers) == 3
        assert all(headers["x-tenant"] == "a" for headers in relay.headers)
        assert all("route=r1" in headers["cookie"] for headers in relay.headers)
    finally:
        relay.close()


def test_a_site_that_sends_to_https_is_logged_in_to_there(site, server, tls, odd, certificate, monkeypatch):
    monkeypatch.setattr(Server, "is_loopback", False)
    server.answer(odd(301, headers=(("Location", f"{tls.url}/data/auth"),)))
    with connect(server.url, site.user, site.password, verify=certificate) as session:
        assert session.server == tls.url
        assert "sandbox" in session.projects
    assert [(seen.method, seen.target, seen.body) for seen in server.seen] == [("GET", "/data/auth", b"")]
    assert "cookie" not in server.seen[0].headers
    assert "authorization" not in server.seen[0].headers
