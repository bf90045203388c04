"""The connection: low-level verbs, addresses, closing."""

from __future__ import annotations

import pickle

import pytest

from xnat_runtime.errors import (
    AuthenticationError,
    ForeignUrlError,
    InvalidValueError,
    LoginPageError,
    NotFoundError,
    ServerError,
    UnexpectedAnswerError,
    UsageError,
)


def test_verbs_take_paths_and_urls_of_the_server(wire, session):
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        wire.answer(method, "/data/projects", b"ok")
    for uri in ("/data/projects", "https://xnat.example.org/data/projects", "/REST/projects"):
        for verb in (session.get, session.head, session.post, session.put, session.delete):
            assert verb(uri).status_code == 200
    assert {request.path for request in wire.requests} == {"/data/projects"}
    assert len(wire.requests) == 15


def test_queries_are_mappings_or_pairs(wire, session):
    wire.answer("GET", "/data/projects", b"ok")
    session.get("/data/projects?a=1", query={"b": "2"})
    session.get("/data/projects", query=[("c", "3"), ("c", "4")])
    assert wire.sent() == ["GET /data/projects?a=1&b=2", "GET /data/projects?c=3&c=4"]


def test_another_server_is_refused_before_any_request(wire, session):
    for uri in ("https://elsewhere.example/data/projects", "https://xnat.example.org.evil.example/data", "//evil/data"):
        with pytest.raises(ForeignUrlError):
            session.get(uri)
    # Only the server's own address is asked for, once: a full URI may name it.
    assert wire.sent() == ["GET /xapi/siteConfig/siteUrl"]


def test_errors_carry_the_servers_reason(wire, session):
    wire.answer("GET", "/data/x", b"<html><body><h3>Unable to find it</h3></body></html>", 404)
    with pytest.raises(NotFoundError, match=r"GET /data/x: 404 Not Found\. Unable to find it"):
        session.get("/data/x")
    assert session.get("/data/x", accepted_status=[404]).status == 404
    wire.answer("GET", "/data/y", b"", 500)
    with pytest.raises(ServerError):
        session.get("/data/y", accepted_status=[200, 404])


def test_a_login_page_with_status_200_is_no_data(wire, session):
    wire.answer("GET", "/data/x", b"<!DOCTYPE html><html><form action='/j_spring_security_check'></form></html>")
    with pytest.raises(LoginPageError):
        session.get("/data/x")


def test_html_that_was_asked_for_is_no_login_page(wire, session):
    page = b"<!DOCTYPE html><html><body><table><tr><td>P2</td></tr></table></body></html>"
    for method, path in (
        ("PUT", "/data/subjects/X_S1/projects/P2"),
        ("GET", "/data/projects/P/resources/1/files/report.HTML"),
        ("GET", "/data/projects"),
    ):
        wire.answer(method, path, page)
    assert session.put("/data/subjects/X_S1/projects/P2").status == 200
    assert session.get("/data/projects/P/resources/1/files/report.HTML").content == page
    assert session.get("/data/projects?format=html").content == page
    with pytest.raises(LoginPageError):
        session.get("/data/projects")


def test_a_login_page_is_no_answer_to_a_write(wire, session):
    wire.answer("PUT", "/data/x", b"<html><body><form><input type='password'></form></body></html>")
    with pytest.raises(LoginPageError):
        session.put("/data/x")


def test_get_json_asks_for_json(wire, session):
    wire.answer("GET", "/data/projects", {"a": 1})
    wire.answer("GET", "/xapi/plugins", {"b": 1})
    assert session.get_json("/data/projects") == {"a": 1}
    assert session.get_json("/data/projects?format=json") == {"a": 1}
    assert session.get_json("/xapi/plugins") == {"b": 1}
    assert wire.sent() == [
        "GET /data/projects?format=json",
        "GET /data/projects?format=json",
        "GET /xapi/plugins",
    ]


def test_the_servers_version_is_asked_for_once(wire, session):
    wire.answer("GET", "/xapi/siteConfig/buildInfo", {"version": "1.8.9.1", "isDirty": "false"})
    assert session.server_version == session.xnat_version == "1.8.9.1"
    assert session.xnat_version_tuple == (1, 8, 9, 1)
    assert session.xnat_build_info == {"version": "1.8.9.1", "isDirty": "false"}
    assert len(wire.requests) == 1


def test_a_server_that_names_no_version(wire, session):
    wire.answer("GET", "/xapi/siteConfig/buildInfo", {"isDirty": "false"})
    with pytest.raises(UnexpectedAnswerError, match="names no version"):
        _ = session.server_version


def test_addresses(session):
    assert session.server == "https://xnat.example.org"
    assert session.url_for("/data/projects/a%20b") == "https://xnat.example.org/data/projects/a%20b"
    assert session.user == "reader"


def test_closing_logs_out_once(wire, session):
    wire.answer("DELETE", "/data/JSESSION")
    with session as same:
        assert same is session
        assert repr(session) == "<XnatSession reader on https://xnat.example.org>"
    session.disconnect()
    assert wire.sent() == ["DELETE /data/JSESSION"]
    assert repr(session).endswith("(closed)>")
    with pytest.raises(UsageError, match="is closed"):
        session.get("/data/projects")


def test_a_logout_that_fails_does_not_hide_what_went_wrong(wire, session):
    wire.answer("DELETE", "/data/JSESSION", b"", 503)
    with pytest.raises(ZeroDivisionError), session:
        _ = 1 / 0
    assert repr(session).endswith("(closed)>")


def test_a_logout_waits_seconds_and_not_minutes(wire, session):
    wire.answer("DELETE", "/data/JSESSION")
    session.close()
    timeout = wire.requests[0].timeout
    assert timeout is not None
    assert timeout.connect + timeout.read <= 15


def test_a_logout_that_fails_is_told_when_all_else_went_well(wire, session):
    wire.answer("DELETE", "/data/JSESSION", b"", 503)
    with pytest.raises(ServerError), session:
        pass


def test_an_empty_answer_tells_what_it_means(wire, session):
    wire.answer("GET", "/data/projects", b"")
    with pytest.raises(UnexpectedAnswerError, match="may not see this"):
        list(session.projects)


def test_an_ended_login_says_how_to_go_on(wire, session):
    wire.answer("GET", "/data/projects", b"", 401)
    with pytest.raises(AuthenticationError, match=r"Log in with connect\(\)"):
        list(session.projects)


def test_a_connection_over_a_transport_of_its_own_is_not_pickled(session):
    with pytest.raises(TypeError, match="transport of its own cannot be pickled"):
        pickle.dumps(session)


def test_routes_fill_and_encode_their_placeholders():
    from xnat_sdk import routes

    assert routes.LIST_PROJECT_SUBJECTS.uri(PROJECT_ID="a b") == "/data/projects/a%20b/subjects"
    assert routes.LIST_PROJECT_SUBJECTS.method == "GET"
    with pytest.raises(InvalidValueError, match="takes PROJECT_ID"):
        routes.LIST_PROJECT_SUBJECTS.uri()
