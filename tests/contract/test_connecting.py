"""connect() in all its forms, on the embedded server."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_emulator import Emulator, Fault, Mode, faults
from xnat_runtime.paths import Server
from xnat_sdk import (
    AuthenticationError,
    IdentityProviderError,
    InvalidValueError,
    LoginFailedError,
    ReadOnlyConnectionError,
    SessionExpiredError,
    TokenExpiredError,
    UnexpectedStatusError,
    UsageError,
    connect,
)
from xnat_sdk.models import MrSessionData, ProjectData, SubjectData

LOGINS = ("PUT", "/data/services/auth")


@pytest.fixture
def open_site() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True, mode=Mode(require_login=False)) as server:
        yield server


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers count as being on another machine."""
    monkeypatch.setattr(Server, "is_loopback", False)


def asked(server: Emulator, start: int = 0) -> list[tuple[str, str]]:
    return [(record.method, record.path) for record in server.requests[start:]]


def set_container(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


# Forms


def test_a_container_connects_without_arguments_by_its_token_and_knows_its_item(empty, monkeypatch):
    with connect(empty.url, empty.user, empty.password) as session:
        token = session.tokens.issue()
        project = ProjectData(parent=session, id="P")
        subject = SubjectData(parent=project, label="s1")
        mr = MrSessionData(parent=subject, label="e1")
        items = [("xnat:projectData", project), ("xnat:subjectData", subject), ("xnat:mrSessionData", mr)]
    set_container(monkeypatch, XNAT_HOST=empty.url, XNAT_USER=token.alias, XNAT_PASS=token.secret)
    for xsi_type, item in items:
        set_container(monkeypatch, XNAT_XSI_TYPE=xsi_type, XNAT_ITEM_ID=item.id)
        with connect() as session:
            start = len(empty.requests)
            found = session.current_item()
            assert (type(found), found.id) == (type(item), item.id)
            assert len(empty.requests) - start == 1
            assert session.user == token.alias
            assert session.logged_in_user == empty.user
            assert session.logged_in_user == empty.user
            assert len(empty.requests) - start == 2


def test_outside_of_containers_there_is_no_current_item(empty, session, monkeypatch):
    with pytest.raises(UsageError, match="XNAT_XSI_TYPE and XNAT_ITEM_ID are not set"):
        session.current_item()
    set_container(monkeypatch, XNAT_XSI_TYPE="xdat:stored_search", XNAT_ITEM_ID="X1")
    with pytest.raises(UsageError, match="stored search"):
        session.current_item()


def test_the_netrc_file_of_the_home_folder_is_found(empty, tmp_path):
    name = "_netrc" if sys.platform == "win32" else ".netrc"
    host = empty.url.removeprefix("http://")
    (tmp_path / name).write_text(f"machine {host} login {empty.user} password {empty.password}\n")
    (tmp_path / name).chmod(0o600)
    with connect(empty.url) as session:
        assert session.user == empty.user


@pytest.mark.skipif(sys.platform == "win32", reason="Windows files have no mode")
def test_a_netrc_file_that_others_read_is_refused_before_any_request(empty, tmp_path):
    path = tmp_path / "secrets"
    path.write_text(f"machine 127.0.0.1 login {empty.user} password {empty.password}\n")
    path.chmod(0o644)
    with pytest.raises(InvalidValueError, match="chmod 600"):
        connect(empty.url, netrc_file=path)
    assert asked(empty) == []
    with connect(empty.url, netrc_file=path, allow_unsafe_netrc=True) as session:
        assert session.user == empty.user


def test_a_user_without_password_and_terminal_fails_before_any_request(empty, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InvalidValueError, match="no terminal to ask at"):
        connect(empty.url, "admin")
    assert asked(empty) == []


def test_a_guest_enters_an_open_site_and_is_told_at_a_closed_one(open_site, empty):
    with connect(open_site.url) as session:
        assert session.user == session.logged_in_user == "guest"
    with pytest.raises(AuthenticationError, match=r"requires a login, and there is no user name.*netrc"):
        connect(empty.url)


def test_a_provider_is_named(empty):
    with connect(empty.url, empty.user, empty.password, auth_provider="localdb") as session:
        assert session.user == empty.user
    with pytest.raises(LoginFailedError):
        connect(empty.url, empty.user, empty.password, auth_provider="ldap1")


def test_connecting_takes_one_request(empty):
    connect(empty.url, empty.user, empty.password).close()
    assert asked(empty) == [LOGINS, ("DELETE", "/data/JSESSION")]


@pytest.mark.usefixtures("elsewhere")
def test_over_an_open_network_one_request_looks_for_https_before_the_password_goes_out(empty):
    connect(empty.url, empty.user, empty.password).close()
    assert asked(empty) == [("GET", "/data/auth"), LOGINS, ("DELETE", "/data/JSESSION")]


# Tokens


def test_alias_tokens_are_issued_listed_validated_and_invalidated(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        assert session.tokens.list() == ()
        token = session.tokens.issue()
        assert token.user == empty.user
        assert token.expires is not None
        assert not token.is_expired()
        assert token.secret not in repr(token)
        assert session.tokens.list() == (token,)
        assert session.tokens.validate(token.alias, token.secret)
        assert not session.tokens.validate(token.alias, "wrong")
        assert session.tokens.issue(empty.user).user == empty.user
        with connect(empty.url, token.alias, token.secret) as second:
            assert second.logged_in_user == empty.user
        session.tokens.invalidate(token)
        assert not session.tokens.validate(token.alias, token.secret)
    assert all(token.secret not in record.path + str(record.query) for record in empty.requests)


def test_an_expired_token_has_its_own_error_and_is_tried_once(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        token = session.tokens.issue()
        session.tokens.invalidate(token.alias)
    start = len(empty.requests)
    with pytest.raises(TokenExpiredError, match=r"Issue a new alias token") as caught:
        connect(empty.url, token.alias, token.secret)
    assert token.secret not in str(caught.value)
    assert asked(empty, start).count(LOGINS) == 1


def test_a_token_that_expires_in_mid_run_says_so(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        token = session.tokens.issue()
        with connect(empty.url, token.alias, token.secret) as worker:
            session.tokens.invalidate(token)
            empty.site.sessions.close(worker.jsession)
            with pytest.raises(TokenExpiredError):
                worker.get("/data/projects")


# Sessions used again


def test_a_borrowed_session_is_used_and_not_ended(empty):
    first = connect(empty.url, empty.user, empty.password)
    for cli in (None, True):
        second = connect(empty.url, jsession=first.JSESSION, cli=cli)
        assert second.jsession == second.JSESSION == first.jsession
        assert second.user == empty.user
        second.disconnect()
    assert first.get("/data/projects").ok
    connect(empty.url, jsession=first.jsession, cli=False).close()
    assert ("DELETE", "/data/JSESSION") in asked(empty)
    first.close()


def test_a_session_that_is_kept_outlives_its_connection(empty):
    with connect(empty.url, empty.user, empty.password, cli=True) as session:
        kept = session.jsession
    assert ("DELETE", "/data/JSESSION") not in asked(empty)
    with connect(empty.url, jsession=kept, cli=False) as session:
        assert session.user == empty.user


def test_a_dead_session_is_an_error(empty):
    dead = "0" * 32
    with pytest.raises(SessionExpiredError, match="jsession= has ended") as caught:
        connect(empty.url, jsession=dead)
    assert dead not in str(caught.value)


def test_a_borrowed_session_that_ends_is_not_replaced(empty):
    with connect(empty.url, empty.user, empty.password) as first, connect(empty.url, jsession=first.jsession) as second:
        empty.site.sessions.close(first.jsession)
        with pytest.raises(AuthenticationError):
            second.get("/data/projects")
        assert asked(empty).count(LOGINS) == 1


def test_two_connections_have_two_sessions_and_each_ends_its_own(empty):
    with connect(empty.url, empty.user, empty.password) as first:
        with connect(empty.url, empty.user, empty.password) as second:
            assert first.jsession != second.jsession
        assert first.get("/data/projects").ok


# Faults


def test_a_full_account_is_told_what_to_do():
    with xnat_emulator.start(mode=Mode(sessions_per_user=1)) as server:
        with connect(server.url, server.user, server.password):
            with pytest.raises(LoginFailedError, match=r"Maximum sessions of 1.*Close connections of 'admin'"):
                connect(server.url, server.user, server.password)
            assert asked(server).count(LOGINS) == 2
        connect(server.url, server.user, server.password).close()


def test_a_cookie_without_path_does_no_harm(empty):
    empty.faults.add(Fault(faults.CookieWithoutPath()))
    with connect(empty.url, empty.user, empty.password) as session:
        assert len(session.projects) == 0


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_gets_no_password(empty, status):
    with xnat_emulator.start() as other:
        empty.faults.add(Fault(faults.Redirect(other.url, status)))
        with pytest.raises(UnexpectedStatusError, match=f"redirects to {other.url}/data/auth"):
            connect(empty.url, empty.user, empty.password)
        assert asked(other) == []
    assert LOGINS not in asked(empty)


@pytest.mark.usefixtures("elsewhere")
def test_a_redirect_to_an_identity_provider_explains_tokens(empty):
    empty.faults.add(Fault(faults.Redirect("https://idp.example.org/realms/site/openid?client_id=xnat#")))
    with pytest.raises(IdentityProviderError, match=r"idp\.example\.org.*create an alias token") as caught:
        connect(empty.url, empty.user, empty.password)
    assert "client_id" not in str(caught.value)


def test_a_redirect_in_mid_run_takes_no_session_along(empty):
    with xnat_emulator.start() as other, connect(empty.url, empty.user, empty.password) as session:
        empty.faults.add(Fault(faults.Redirect(other.url), path="/data/projects*"))
        with pytest.raises(UnexpectedStatusError):
            session.get("/data/projects")
        assert asked(other) == []


# Addresses


def test_full_uris_that_name_the_configured_site_mean_this_server(empty, session):
    session.put("/data/projects/P")
    session.post("/xapi/siteConfig/siteUrl", "https://archive.example.org", headers={"Content-Type": "text/plain"})
    start = len(empty.requests)
    for _ in range(2):
        assert session.create_object("https://archive.example.org/data/projects/P").id == "P"
        assert session.get("https://archive.example.org/data/archive/projects/P?format=json").ok
    assert asked(empty, start).count(("GET", "/xapi/siteConfig/siteUrl")) == 1


# Read-only and reasons


def test_a_read_only_connection_sends_no_write(empty, session, monkeypatch):
    project = ProjectData(parent=session, id="P")
    SubjectData(parent=project, label="s1")
    with connect(empty.url, empty.user, empty.password, read_only=True) as reader:
        start = len(empty.requests)
        assert reader.read_only
        subject = reader.projects["P"].subjects["s1"]
        attempts = [
            lambda: reader.put("/data/projects/Q"),
            lambda: reader.post("/data/projects/P/subjects"),
            lambda: reader.patch("/data/projects/P"),
            lambda: reader.delete("/data/projects/P"),
            lambda: reader.upload("/data/projects/P/resources/R/files/a", b"a"),
            lambda: setattr(subject, "initials", "AB"),
            lambda: subject.delete(remove_files=False),
            lambda: SubjectData(parent=subject.parent, label="s2"),
        ]
        for attempt in attempts:
            with pytest.raises(ReadOnlyConnectionError, match="read-only"):
                attempt()
        assert {method for method, _ in asked(empty, start)} == {"GET"}
    monkeypatch.setenv("XNAT_READ_ONLY", "1")
    with connect(empty.url, empty.user, empty.password) as reader:
        assert reader.read_only
    with connect(empty.url, empty.user, empty.password, read_only=False) as writer:
        assert not writer.read_only


def test_a_reason_goes_with_every_write_and_no_read():
    with (
        xnat_emulator.start(mode=Mode(require_reason=True)) as server,
        connect(server.url, server.user, server.password, event_reason="audit 7") as session,
    ):
        project = ProjectData(parent=session, id="P")
        subject = SubjectData(parent=project, label="s1")
        subject.initials = "AB"
        subject.delete(remove_files=False)
        assert len(project.subjects) == 0
        session.put("/data/projects/P2", query={"event_reason": "mine"})
        records = [record for record in server.requests if record.path != LOGINS[1]]
        reasons = {(record.method != "GET", dict(record.query).get("event_reason")) for record in records}
        assert reasons == {(True, "audit 7"), (True, "mine"), (False, None)}


# The server


def test_what_the_server_says_of_itself(empty, session):
    start = len(empty.requests)
    assert session.server_info.version >= "1.8"
    assert session.check_version("1.8.0")
    assert session.check_version((1, 8))
    assert not session.check_version("99.0")
    assert session.xnat_version == session.xnat_build_info["version"] == str(session.server_info.version)
    assert len(empty.requests) - start == 1
    assert set(session.xnat_uptime) == {"days", "hours", "minutes", "seconds"}
    assert session.interface.connection_from_url(empty.url).num_requests > 0


def test_nothing_of_the_login_shows(empty):
    with connect(empty.url, empty.user, empty.password, headers={"X-Token": "t0k3n"}) as session:
        shown = repr([session, session._transport, session._renewal, session._heartbeat, session.tokens])
        assert session.jsession not in shown
        assert "t0k3n" not in shown


def test_wrong_options_are_refused_before_any_request(empty):
    for options in (
        {"default_timeout": 0},
        {"default_timeout": (1, -1)},
        {"headers": {"X": "a\nb"}},
        {"cookies": {"a": "b;c"}},
    ):
        with pytest.raises(InvalidValueError):
            connect(empty.url, empty.user, empty.password, **options)
    assert asked(empty) == []
