"""Connecting, low-level requests and transfers, as strictly typed code writes them."""

import datetime
import io
import logging
import ssl
from pathlib import Path
from typing import assert_type

from urllib3 import PoolManager

from xnat_sdk import (
    AliasToken,
    CredentialProvider,
    Request,
    Response,
    ServerInfo,
    Timeouts,
    Version,
    XnatSession,
    connect,
)


class Vault:
    def __call__(self, server: str, /) -> tuple[str, str]:
        return "me", f"secret of {server}"


def from_a_function(server: str) -> tuple[str, str]:
    return "me", server


def ways_in(folder: Path, context: ssl.SSLContext) -> None:
    with connect() as session:
        assert_type(session, XnatSession)
    connect("https://xnat.example.org", "me", "secret", verify=folder / "ca.pem", client_certificate=("a.pem", "b.pem"))
    connect("https://xnat.example.org", verify=context, netrc_file=folder / "netrc", allow_unsafe_netrc=True)
    connect("https://xnat.example.org", user="me", auth_provider="ldap1", default_timeout=(5, 60), keepalive=600)
    connect("https://xnat.example.org", headers={"X-A": "b"}, cookies={"route": "1"}, proxy="", loglevel="DEBUG")
    connect(read_only=True, event_reason="audit", connect_timeout=5, read_timeout=60.5)
    connect("https://xnat.example.org", debug=True, logger=logging.getLogger("mine"), pilot_timeout=(3, 5.5))
    connect("https://xnat.example.org", detect_redirect=True, extension_types=False, no_parse_model=True)
    provider: CredentialProvider = Vault()
    connect("https://xnat.example.org", credentials=provider)
    connect("https://xnat.example.org", credentials=from_a_function)
    connect("https://xnat.example.org", credentials=lambda server: ("me", server))


def shared(session: XnatSession) -> None:
    assert_type(session.JSESSION, str)
    with connect(session.server, jsession=session.jsession, cli=True) as second:
        assert_type(second.logged_in_user, str)
    session.keepalive = 60
    assert_type(session.keepalive, bool)
    assert_type(session.session_expiration_time, tuple[datetime.datetime, float] | None)
    assert_type(session.interface, PoolManager)
    assert_type(session.logger, logging.Logger)


def tokens(session: XnatSession) -> None:
    token = session.tokens.issue()
    assert_type(token, AliasToken)
    assert_type(token.expires, datetime.datetime | None)
    assert_type(session.tokens.list("me"), tuple[AliasToken, ...])
    assert_type(session.tokens.validate(token.alias, token.secret), bool)
    session.tokens.invalidate(token)
    connect(session.server, user=token.alias, password=token.secret)


def facts(session: XnatSession) -> None:
    assert_type(session.server_info, ServerInfo)
    assert_type(session.server_info.version, Version)
    assert_type(session.server_info.version >= "1.8.3", bool)
    assert_type(session.check_version((1, 8)), bool)
    assert_type(session.xnat_version, str)
    assert_type(session.xnat_build_info, dict[str, str])
    assert_type(session.xnat_uptime, dict[str, str])


def requests(session: XnatSession) -> None:
    response = session.get("/data/projects", format="json", query={"columns": "ID"}, timeout=5)
    assert_type(response, Response)
    assert_type(response.status_code, int)
    assert_type(response.text, str)
    assert_type(response.content, bytes)
    for piece in response.iter_content(chunk_size=1024):
        assert_type(piece, bytes)
    session.put("/data/projects/P", {"name": "x"}, accepted_status=[200, 201])
    session.post("/xapi/users", json={"username": "x", "roles": ["a", None, 1]})
    session.put("/data/x", data=io.BytesIO(b"x"), timeout=Timeouts(1, 2))
    session.put("/data/x", {"a": "b"}, {"file": Path("x.txt")})
    session.post("/data/x", files=[("file", ("a.txt", b"x", "text/plain")), ("file", io.BytesIO(b"x"))])
    session.delete("/data/projects/P", query=[("a", "b")], accepted_status=range(200, 300))
    assert_type(session.send(Request("GET", "/data/projects"), stream=True), Response)


def transfers(session: XnatSession, folder: Path) -> None:
    done = session.download("/data/x", folder / "x", expected_md5_digest="0" * 32)
    assert_type(done.size, int)
    assert_type(done.path, Path | None)
    session.download_zip("/data/x", "x.zip", overwrite=True, verbose=True)
    for piece in session.download_generator("/data/x"):
        assert_type(piece, bytes)
    session.download_stream("/data/x", io.BytesIO())
    session.upload("/data/x", folder / "x")
    session.upload("/data/x", b"x", progress=lambda event: print(event.unit))
    session.upload_stream("/data/x", io.BytesIO(b"x"))
