"""The SDK on the embedded server, and on sites whose answers a test writes."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_sdk import XnatSession, connect

from ..runtime.conftest import certificate  # noqa: F401 - a fixture
from .scripted import PASSWORD, Site


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for part in ("HOST", "USER", "PASS"):
        monkeypatch.delenv(f"XNATPY_{part}", raising=False)
        monkeypatch.delenv(f"XNAT_{part}", raising=False)
    home = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("USERPROFILE", home)


@pytest.fixture
def server() -> Iterator[xnat_emulator.Emulator]:
    """A server with one project, P."""
    with xnat_emulator.start() as started:
        started.build.project("P")
        yield started


@pytest.fixture
def session(server: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """A connection to the server with project P."""
    with connect(server.url, server.user, server.password) as connection:
        yield connection


@pytest.fixture
def site() -> Iterator[Site]:
    """A site whose answers a test writes."""
    made = Site()
    yield made
    made.close()


@pytest.fixture
def other_site() -> Iterator[Site]:
    """Another one."""
    made = Site()
    yield made
    made.close()


@pytest.fixture
def tls_site(certificate: Path) -> Iterator[Site]:  # noqa: F811 - the fixture
    """One that is reached by TLS, with a certificate that no system trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made = Site(context)
    yield made
    made.close()


@pytest.fixture
def scripted(site: Site) -> Iterator[XnatSession]:
    """A connection to the site whose answers a test writes."""
    with connect(site.url, "reader", PASSWORD, keepalive=False) as connection:
        yield connection
