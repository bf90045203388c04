"""Open and closed sites, guests, passwords too old, disabled accounts, limits, forgery tokens (rest-data section 2)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

import xnat_emulator

from .conftest import Client, basic, log_in, new_user

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = {"User-Agent": "Mozilla/5.0"}


@pytest.fixture
def owner(open_site):
    return log_in(open_site)


@pytest.fixture
def guest(open_site):
    return Client(open_site)


def cookie_of(response):
    return response.headers["Set-Cookie"].partition(";")[0]


def csrf_of(client):
    return client.get("/data/JSESSION?CSRF=true").data.decode().partition("XNAT_CSRF=")[2]


# --- open sites ---


def test_nobody_is_guest_on_an_open_site(guest):
    assert guest.get("/data/auth").data == b"User 'guest' is logged in"
    assert guest.rows("/data/projects") == []


def test_requirelogin_of_the_site_opens_it_too(anonymous, emulator):
    assert anonymous.get("/data/auth").status == 401
    emulator.site.archive.settings.set("requireLogin", False)
    try:
        assert anonymous.get("/data/auth").data == b"User 'guest' is logged in"
    finally:
        emulator.site.archive.settings.set("requireLogin", True)


def test_guest_reads_public_projects_only(owner, guest):
    for level in ("public", "protected", "private"):
        owner.put(f"/data/projects/{level.upper()}?accessibility={level}")
        owner.put(f"/data/projects/{level.upper()}/subjects/s")
    assert {row["ID"] for row in guest.rows("/data/projects")} == {"PUBLIC", "PROTECTED"}
    assert [row["label"] for row in guest.rows("/data/projects/PUBLIC/subjects")] == ["s"]
    assert guest.item("/data/projects/PROTECTED")["data_fields"]["ID"] == "PROTECTED"
    assert guest.get("/data/projects/PROTECTED/subjects").status == 403
    assert guest.get("/data/projects/PRIVATE/subjects").status == 404
    assert guest.put("/data/projects/PUBLIC/subjects/t").status == 403


def test_guest_script_gets_200_without_entity_for_what_it_may_not_read(owner, guest):
    owner.put("/data/projects/HIDDEN/subjects/s/experiments/e?xsiType=xnat:mrSessionData")
    owner.put("/data/projects/HIDDEN")
    identifier = owner.put("/data/projects/HIDDEN/subjects/s").data.decode()
    hidden = ("/data/projects/HIDDEN", "/data/projects/HIDDEN/subjects/s", "/data/projects/HIDDEN/experiments/e")
    for path in (*hidden, f"/data/subjects/{identifier}", "/data/experiments/XNAT_E00001"):
        answer = guest.get(f"{path}?format=json")
        assert (path, answer.status, answer.data) == (path, 200, b"")


def test_guest_browser_is_sent_to_the_login_page_for_what_it_may_not_read(owner, guest):
    owner.put("/data/projects/HIDDEN")
    answer = guest.get("/data/projects/HIDDEN", headers=BROWSER)
    assert answer.status == 307
    assert answer.headers["Location"].endswith("/app/template/Login.vm")


def test_those_with_an_account_get_404_instead(open_site, owner):
    owner.put("/data/projects/HIDDEN")
    assert new_user(open_site).get("/data/projects/HIDDEN").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/data/projects/NEW", 403),
        ("POST", "/data/projects?xnat:projectData/ID=NEW", 403),
        ("DELETE", "/data/projects/NEW", 403),
        ("GET", "/data/users", 403),
        ("GET", "/xapi/users", 403),
        ("GET", "/xapi/users/username", 403),
        ("GET", "/data/services/tokens/issue", 403),
        ("GET", "/data/user", 403),
        ("GET", "/data/subjects", 500),
    ],
)
def test_what_guests_may_not(guest, method, path, status):
    assert guest.request(method, path).status == status


def test_blank_login_is_taken_on_an_open_site_only(guest, anonymous):
    assert guest.put("/data/services/auth", body=b"", headers=FORM).status == 200
    assert anonymous.put("/data/services/auth", body=b"", headers=FORM).status == 401


# --- cookies and sessions ---


def test_dead_cookie_is_401_for_scripts_and_a_redirect_for_browsers(anonymous, guest):
    dead = {"Cookie": "JSESSIONID=00000000000000000000000000000000"}
    for client in (anonymous, guest):
        assert client.get("/data/projects", headers=dead).status == 401
        answer = client.get("/data/projects", headers={**dead, **BROWSER})
        assert answer.status == 302
        assert answer.headers["Location"].endswith("/app/template/Login.vm")


def test_dead_cookie_does_not_keep_anybody_from_logging_in(anonymous):
    headers = {**FORM, "Cookie": "JSESSIONID=00000000000000000000000000000000"}
    assert anonymous.put("/data/services/auth", body=b"username=admin&password=admin", headers=headers).status == 200
    assert anonymous.get("/data/auth", headers={**headers, **basic("admin", "admin")}).status == 200


def test_session_beyond_the_limit_is_refused_and_no_old_one_ends():
    with xnat_emulator.start(mode=xnat_emulator.Mode(sessions_per_user=2)) as server:
        first, second = log_in(server), log_in(server)
        credentials = b"username=admin&password=admin"
        assert Client(server).put("/data/services/auth", body=credentials, headers=FORM).status == 401
        assert Client(server).get("/data/auth", headers=basic("admin", "admin")).status == 401
        assert first.get("/data/auth").status == second.get("/data/auth").status == 200
        second.delete("/data/JSESSION")
        assert Client(server).get("/data/auth", headers=basic("admin", "admin")).status == 200


def test_session_of_another_user_is_not_taken_for_basic_credentials(make_user, anonymous, client):
    user = make_user()
    answer = anonymous.get("/data/auth", headers={**client.headers, **basic(user.login, "secret")})
    assert answer.data.decode() == f"User '{user.login}' is logged in"
    assert client.get("/data/auth").status == 401
    client.headers.update(log_in(client.emulator).headers)


# --- accounts that do not work ---


def expire(emulator, login):
    users = emulator.site.archive.users
    users.save(replace(users.get(login), expired=True))


def test_expired_password_is_403_for_basic_credentials_and_a_redirect_in_a_session(emulator, make_user, anonymous):
    user = make_user()
    expire(emulator, user.login)
    answer = anonymous.get("/data/projects", headers=basic(user.login, "secret"))
    assert answer.status == 403
    assert b"Your password has expired" in answer.data
    assert user.get("/data/projects").status == 302


def test_new_password_is_not_expired(client, emulator, make_user, anonymous):
    user = make_user()
    expire(emulator, user.login)
    body = json.dumps({"password": "other"}).encode()
    headers = {"Content-Type": "application/json"}
    assert client.put(f"/xapi/users/{user.login}", body=body, headers=headers).status == 200
    assert anonymous.get("/data/auth", headers=basic(user.login, "other")).status == 200


def test_disabled_account_is_401_for_basic_credentials_and_a_redirect_in_a_session(client, make_user, anonymous):
    user = make_user()
    token = json.loads(user.get("/data/services/tokens/issue").data)
    assert client.put(f"/xapi/users/{user.login}/enabled/false").status == 200
    assert anonymous.get("/data/projects", headers=basic(user.login, "secret")).status == 401
    assert anonymous.get("/data/projects", headers=basic(token["alias"], token["secret"])).status == 401
    answer = user.get("/data/projects")
    assert answer.status == 302
    assert answer.headers["Location"].endswith("/app/template/InactiveAccount.vm")
    client.put(f"/xapi/users/{user.login}/enabled/true")
    assert user.get("/data/projects").status == 200


# --- forgery tokens ---


@pytest.mark.parametrize("place", ["query", "form"])
def test_browser_with_a_session_needs_the_token_of_the_session(client, project, place):
    token = csrf_of(client)
    path = f"{project}/subjects/c-{place}"
    assert client.put(path, headers=BROWSER).status == 500
    assert client.put(f"{path}?XNAT_CSRF=wrong", headers=BROWSER).status == 500
    assert client.put(path, headers={**BROWSER, "XNAT_CSRF": token}).status == 500
    if place == "query":
        assert client.put(f"{path}?XNAT_CSRF={token}", headers=BROWSER).status == 201
    else:
        assert client.put(path, body=f"XNAT_CSRF={token}".encode(), headers={**BROWSER, **FORM}).status == 201


@pytest.mark.parametrize("agent", ["", "curl/8", "XNATDesktopClient Mozilla/5.0", "Mozilla/4.0 JAVA/1.8"])
def test_scripts_need_no_token(client, project, agent):
    assert client.put(f"{project}/subjects/s", headers={"User-Agent": agent}).status == 201


def test_browser_needs_no_token_for_reading(client, project):
    assert client.get(f"{project}/subjects", headers=BROWSER).status == 200


# --- alias tokens ---


def test_non_administrator_works_with_own_tokens_only(client, make_user):
    user = make_user()
    mine = json.loads(user.get("/data/services/tokens/issue").data)
    other = json.loads(client.get("/data/services/tokens/issue").data)
    assert mine["xdatUserId"] == user.login
    for path in ("issue/user/admin", "show/user/admin", f"invalidate/{other['alias']}", f"invalidate/{other['id']}"):
        assert user.get(f"/data/services/tokens/{path}").status == 403
    assert user.get(f"/data/services/tokens/validate/{other['alias']}/{other['secret']}").status == 403
    assert user.get(f"/data/services/tokens/invalidate/{mine['id']}").data == b'{"result": "OK"}'
    assert json.loads(user.get("/data/services/tokens/show").data) == []


def test_administrator_issues_tokens_for_others(client, make_user, anonymous):
    user = make_user()
    token = json.loads(client.get(f"/data/services/tokens/issue/user/{user.login}").data)
    answer = anonymous.get("/data/auth", headers=basic(token["alias"], token["secret"]))
    assert answer.data.decode() == f"User '{user.login}' is logged in"
    assert client.get("/data/services/tokens/issue/user/guest").status == 403


# --- archives ---


def test_first_account_of_an_archive_is_administrator_for_good(tmp_path):
    with xnat_emulator.start(data=tmp_path, user="boss", password="b") as server:
        assert json.loads(log_in(server).get("/xapi/users/boss/roles").data) == ["Administrator"]
        new_user(server, "other")
    with xnat_emulator.start(data=tmp_path, user="other", password="o") as server:
        assert log_in(server).get("/data/user").status == 403
        assert log_in(server, "boss", "b").get("/data/user").status == 200


def test_archive_of_an_earlier_version_keeps_its_accounts_and_members(tmp_path):
    """Accounts had no flags, members stood in a table of their own, and the first account was administrator."""
    with xnat_emulator.start(data=tmp_path, user="boss", password="b") as server:
        boss = log_in(server, "boss", "b")
        boss.put("/data/projects/OLD/subjects/s")
        boss.put("/data/projects/OLD")
        new_user(server, "helper")
    with closing(sqlite3.connect(tmp_path / "archive.db")) as database:
        for table in ("roles", "user_groups", "group_members"):
            database.execute(f"DELETE FROM {table}")
        for column in ("verified", "expired", "modified", "last_login"):
            database.execute(f"ALTER TABLE users DROP COLUMN {column}")
        rows = [("OLD", "owner", "boss"), ("OLD", "collaborator", "helper")]
        database.executemany("INSERT INTO members (project, grouping, login) VALUES (?, ?, ?)", rows)
        database.commit()
    with xnat_emulator.start(data=tmp_path, user="boss", password="b") as server:
        assert log_in(server, "boss", "b").get("/data/user").status == 200
        helper = log_in(server, "helper", "secret")
        assert {row["GROUP_ID"] for row in helper.rows("/data/projects/OLD/users")} == {"OLD_owner", "OLD_collaborator"}
        assert helper.put("/data/projects/OLD/subjects/t").status == 403
