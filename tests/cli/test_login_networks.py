"""Servers behind TLS and below a path: what login trusts, and under which name it keeps the password."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from runtime.relays import Relay

from .conftest import HOSPITAL_PASSWORD
from .test_login import entries, piped_login


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1, made for this run."""
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "cert.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made)]
    subprocess.run(words, check=True, capture_output=True)
    (folder / "both.pem").write_text(key.read_text() + made.read_text())
    return folder / "both.pem"


@pytest.fixture
def gate(hospital, certificate: Path) -> Iterator[Relay]:
    """The hospital's server as https://127.0.0.1:PORT/xnat."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    relay = Relay(hospital.url, prefix="/xnat", context=context)
    relay.user = hospital.user
    yield relay
    relay.close()


def test_a_certificate_that_nobody_knows_is_status_4(stranger, gate, hospital):
    done = piped_login(stranger, gate)
    assert (done.status, done.err.count("\n")) == (4, 1)
    assert len(hospital.requests) == 0, "no password went out"
    assert not (stranger.home / ".netrc").exists()


def test_login_below_a_path_and_with_a_port(stranger, gate, certificate):
    assert piped_login(stranger, gate, "--ca-file", str(certificate)).status == 0
    assert entries(stranger) == {f"127.0.0.1:{gate.port}": ("ada", HOSPITAL_PASSWORD)}
    assert stranger.run("whoami", "--ca-file", str(certificate), "--json").json["server"] == gate.url
    assert stranger.run("logout").status == 0
    assert entries(stranger) == {}


def test_certificates_by_option_profile_and_variable(stranger, gate, certificate):
    assert stranger.run("profile", "add", "clinic", gate.url, "--ca-file", str(certificate), "--use").status == 0
    assert piped_login(stranger, gate).status == 0, "the chosen profile is that of this server"
    assert stranger.run("whoami").status == 0
    assert stranger.run("profile", "add", "clinic", gate.url, "--no-verify", "--replace").status == 0
    assert stranger.run("whoami", "--profile", "clinic").status == 0
    assert stranger.run("profile", "remove", "clinic").status == 0
    assert stranger.run("whoami").status == 4
    assert stranger.run("whoami", "--no-verify").status == 0
    assert stranger.run("whoami", XNAT_VERIFY_SSL="0").status == 0


def test_a_profile_that_was_named_comes_before_the_variables(stranger, gate, certificate):
    words = ["--ca-file", str(certificate), "--netrc", "clinic.netrc", "--timeout", "20"]
    assert stranger.run("profile", "add", "clinic", gate.url, *words).status == 0
    done = stranger.run("login", "--profile", "clinic", "--user", "ada", "--password-stdin", stdin=HOSPITAL_PASSWORD)
    assert done.status == 0
    assert (stranger.folder / "clinic.netrc").exists()
    assert stranger.run("whoami", "--profile", "clinic", NETRC="none", XNAT_TIMEOUT="0.001").status == 0
