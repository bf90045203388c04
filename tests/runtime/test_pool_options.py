"""What a connection can be told about the network, and what it remembers of redirects."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from xnat_runtime.auth import PasswordLogin, look_around, run, sign_in
from xnat_runtime.environment import proxy_for, tls_context
from xnat_runtime.errors import IdentityProviderError, InvalidValueError, UnexpectedStatusError
from xnat_runtime.paths import server as parse_server
from xnat_runtime.pool import PoolTransport
from xnat_runtime.transport import Request

GET = Request("GET", "/data/x")
SESSION = "3940FAAC4CB8DD368A9A1575372ECBBA"


def test_own_headers_go_with_every_request_unless_it_brings_its_own(server, odd):
    server.answer(odd(200))
    transport = PoolTransport(server.url, headers={"X-Tenant": "a", "user-agent": "mine/1"})
    transport.send(GET)
    transport.send(Request("GET", "/data/x", headers={"x-tenant": "b"}))
    transport.close()
    assert [seen.headers["x-tenant"] for seen in server.seen] == ["a", "b"]
    assert [seen.headers["user-agent"] for seen in server.seen] == ["mine/1", "mine/1"]


def test_cookies_of_load_balancers_are_kept_over_a_login(server, odd):
    login = odd(200, SESSION.encode(), headers=(("Set-Cookie", f"JSESSIONID={SESSION}; Path=/"),))
    server.answer(odd(200, headers=(("Set-Cookie", "AWSALB=node7; Path=/"),)), login, odd(200))
    transport = PoolTransport(server.url, cookies={"route": "r1"})
    transport.send(GET)
    sign_in(PasswordLogin("bob", "pw"), transport)
    transport.send(GET)
    transport.close()
    assert server.seen[0].headers["cookie"] == "route=r1"
    assert server.seen[1].headers["cookie"] == "route=r1; AWSALB=node7"
    assert set(server.seen[2].headers["cookie"].split("; ")) == {"route=r1", "AWSALB=node7", f"JSESSIONID={SESSION}"}


@pytest.mark.parametrize("cookie", [("a b", "c"), ("a", "b;c=d"), ("a", "b\r\nX: y"), ("", "a")])
def test_cookies_that_cannot_be_sent_are_refused(server, cookie):
    with pytest.raises(InvalidValueError, match="cannot be sent"):
        PoolTransport(server.url, cookies=dict([cookie]))


def test_a_site_that_sends_to_https_gets_the_password_there_only(server, tls_server, odd, certificate: Path):
    server.answer(odd(301, headers=(("Location", f"{tls_server.url}/xnat/data/auth"),)))
    tls_server.answer(odd(401), odd(200, SESSION.encode()), odd(200, b"data"))
    transport = PoolTransport(f"{server.url}/xnat", verify=certificate)
    run(look_around(), transport.send)
    sign_in(PasswordLogin("bob", "S3CRET"), transport)
    transport.send(GET)
    transport.close()
    assert [(seen.method, seen.target) for seen in server.seen] == [("GET", "/xnat/data/auth")]
    assert all(b"S3CRET" not in seen.body and "cookie" not in seen.headers for seen in server.seen)
    assert [seen.target for seen in tls_server.seen] == ["/xnat/data/auth", "/xnat/data/services/auth", "/xnat/data/x"]
    assert transport.server.url == f"{tls_server.url}/xnat"


def test_a_redirect_of_one_path_moves_no_server(server, tls_server, odd, certificate: Path):
    server.answer(odd(302, headers=(("Location", f"{tls_server.url}/elsewhere"),)), odd(200))
    tls_server.answer(odd(200))
    transport = PoolTransport(server.url, verify=certificate)
    transport.send(GET)
    transport.send(GET)
    transport.close()
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("location", "kind"),
    [("{other}/data/auth", UnexpectedStatusError), ("{other}/oauth2/authorize?client_id=x", IdentityProviderError)],
)
def test_looking_around_stops_before_the_password_where_a_site_sends_away(server, other_server, odd, location, kind):
    server.answer(odd(302, headers=(("Location", location.format(other=other_server.url)),)))
    transport = PoolTransport(server.url)
    with pytest.raises(kind):
        run(look_around(), transport.send)
    transport.close()
    assert other_server.seen == []


@pytest.mark.parametrize("status", [200, 401, 404, 500])
def test_looking_around_takes_every_other_answer(server, transport, odd, status):
    server.answer(odd(status))
    assert run(look_around(), transport.send) is None


def test_a_login_that_is_sent_to_an_identity_provider_says_so(server, other_server, transport, odd):
    server.answer(odd(302, headers=(("Location", f"{other_server.url}/saml/SSO?SAMLRequest=abc"),)))
    with pytest.raises(IdentityProviderError, match="alias token"):
        sign_in(PasswordLogin("bob", "S3CRET"), transport)
    assert other_server.seen == []


@pytest.fixture
def strict_server(certificate: Path) -> Iterator[object]:
    """A TLS server that lets only clients in that show a certificate."""
    from .conftest import OddServer

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    odd = OddServer(context)
    yield odd
    odd.close()


@pytest.mark.parametrize("in_two", [False, True])
def test_a_client_certificate_is_shown(strict_server, odd, certificate: Path, in_two):
    strict_server.answer(odd(200, b"in"))
    shown = (certificate.parent / "cert.pem", certificate.parent / "key.pem") if in_two else certificate
    transport = PoolTransport(strict_server.url, verify=certificate, client_certificate=shown)
    assert transport.send(GET).content == b"in"
    transport.close()


def test_a_client_certificate_that_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / "none.pem").write_text("nothing")
    for path in (tmp_path / "none.pem", tmp_path / "missing.pem"):
        with pytest.raises(InvalidValueError, match=rf"client_certificate= .*{path.name}"):
            tls_context(True, path)
    with pytest.raises(InvalidValueError, match="into the SSLContext"):
        tls_context(ssl.create_default_context(), tmp_path / "none.pem")


def test_a_named_proxy_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    site = parse_server("https://xnat.example.org")
    monkeypatch.setenv("HTTPS_PROXY", "http://env.example.org:3128")
    monkeypatch.setenv("NO_PROXY", "*")
    found = proxy_for(site, "http://bob:S3CRET@mine.example.org:8080")
    assert found is not None
    assert (found.url, found.credentials) == ("http://mine.example.org:8080", "bob:S3CRET")
    monkeypatch.delenv("NO_PROXY")
    assert proxy_for(site, "") is None
    with pytest.raises(InvalidValueError, match="given as proxy=") as caught:
        proxy_for(site, "socks5://bob:S3CRET@mine.example.org")
    assert "S3CRET" not in str(caught.value)


def test_the_pool_is_reachable(server, transport, odd):
    server.answer(odd(200, b"raw"))
    assert transport.interface.request("GET", f"{server.url}/y").data == b"raw"
    assert "cookie" not in server.seen[0].headers
