"""Login, sessions, cookies and alias tokens (rest-data section 2)."""

from __future__ import annotations

import base64
import json
import re
import time

import pytest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SESSION_ID = re.compile(r"[0-9A-F]{32}")


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def cookies(response):
    return response.headers.getlist("Set-Cookie")


def session_cookie(response):
    found = [cookie for cookie in cookies(response) if cookie.startswith("JSESSIONID=")]
    return found[0] if found else None


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_login_answers_with_the_session_id(anonymous, method):
    response = anonymous.request(method, "/data/services/auth", body=b"username=admin&password=admin", headers=FORM)
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    assert SESSION_ID.fullmatch(response.data.decode())
    assert session_cookie(response) == f"JSESSIONID={response.data.decode()}; Path=/; HttpOnly"


def test_old_names_of_the_login_fields_work(anonymous):
    response = anonymous.put("/data/services/auth", body=b"j_username=admin&j_password=admin", headers=FORM)
    assert response.status == 200


@pytest.mark.parametrize("body", [b"username=admin&password=wrong", b"username=nobody&password=admin", b""])
def test_failed_login_answers_401_with_a_reason(anonymous, body):
    response = anonymous.put("/data/services/auth", body=body, headers=FORM)
    assert response.status == 401
    assert "<h3>Authentication failed.</h3>" in response.data.decode()


def test_login_by_get_is_refused(anonymous):
    assert anonymous.get("/data/services/auth").status == 405


def test_unknown_authenticator_is_a_bad_request(anonymous):
    body = b"username=admin&password=admin&authenticatorId=other"
    assert anonymous.put("/data/services/auth", body=body, headers=FORM).status == 400


def test_session_id_changes_on_login(anonymous):
    first = session_cookie(anonymous.get("/")).partition(";")[0]
    response = anonymous.put(
        "/data/services/auth", body=b"username=admin&password=admin", headers={**FORM, "Cookie": first}
    )
    assert session_cookie(response) is not None
    assert not session_cookie(response).startswith(first)
    assert anonymous.get("/data/auth", headers={"Cookie": first}).status == 401


def test_basic_credentials_open_a_session(anonymous):
    response = anonymous.get("/data/auth", headers=basic("admin", "admin"))
    assert response.status == 200
    assert response.data == b"User 'admin' is logged in"
    cookie = session_cookie(response).partition(";")[0]
    again = anonymous.get("/data/auth", headers={"Cookie": cookie})
    assert again.data == response.data
    assert session_cookie(again) is None


def test_basic_credentials_may_name_a_provider(anonymous):
    assert anonymous.get("/data/auth", headers=basic("localdb/admin", "admin")).status == 200


def test_wrong_basic_credentials_answer_401_on_any_path(anonymous):
    for path in ("/data/projects", "/data/no/such/thing", "/"):
        assert anonymous.get(path, headers=basic("admin", "wrong")).status == 401


def test_basic_header_without_a_colon_answers_401(anonymous):
    header = {"Authorization": "Basic " + base64.b64encode(b"admin").decode()}
    assert anonymous.get("/data/projects", headers=header).status == 401


def test_malformed_basic_header_answers_500(anonymous):
    assert anonymous.get("/data/projects", headers={"Authorization": "Basic %%%"}).status == 500


@pytest.mark.parametrize("path", ["/data/projects", "/REST/projects", "/xapi/schemas", "/data/auth", "/data/JSESSION"])
def test_scripts_without_login_get_401(anonymous, path):
    response = anonymous.get(path, headers={"User-Agent": "script/1.0"})
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="XNAT"'


@pytest.mark.parametrize("agent", ["Mozilla/5.0", "Opera/9.80", "Safari AppleWebKit/537", "Thing (MSIE 7.0)"])
def test_browsers_without_login_are_sent_to_the_login_page(anonymous, agent):
    response = anonymous.get("/data/projects", headers={"User-Agent": agent})
    assert response.status == 302
    assert response.headers["Location"].endswith("/app/template/Login.vm")
    page = anonymous.get("/app/template/Login.vm", headers={"User-Agent": agent})
    assert page.status == 200
    assert page.data.startswith(b"<!DOCTYPE")


def test_home_page_and_build_info_are_open(anonymous):
    assert anonymous.get("/").status == 200
    assert "version" in json.loads(anonymous.get("/xapi/siteConfig/buildInfo").data)


def test_every_answer_tells_when_the_session_expires(anonymous, client):
    for response in (anonymous.get("/"), anonymous.get("/data/projects"), client.get("/data/nothing")):
        (cookie,) = [text for text in cookies(response) if text.startswith("SESSION_EXPIRATION_TIME=")]
        found = re.fullmatch(r'SESSION_EXPIRATION_TIME="(\d+),(\d+)"; Version=1; Path=/', cookie)
        assert found is not None
        assert abs(int(found[1]) / 1000 - time.time()) < 60
        assert found[2] == "900000"


def test_session_can_be_asked_for_and_ended(anonymous):
    cookie = session_cookie(anonymous.get("/data/JSESSION", headers=basic("admin", "admin"))).partition(";")[0]
    mine = {"Cookie": cookie}
    assert anonymous.get("/data/JSESSION", headers=mine).data.decode() == cookie.partition("=")[2]
    assert anonymous.post("/data/JSESSION", headers=mine).status == 200
    ended = anonymous.delete("/data/JSESSION", headers=mine)
    assert (ended.status, ended.data) == (200, b"")
    assert anonymous.get("/data/JSESSION", headers=mine).status == 401


def test_csrf_token_is_told_on_request(client):
    text = client.get("/data/JSESSION?CSRF=true").data.decode()
    assert re.fullmatch(r"[0-9A-F]{32}; XNAT_CSRF=[0-9a-f]+", text)
    assert "; XNAT_CSRF=" in client.get("/data/auth?CSRF=true").data.decode()


def test_alias_token_logs_in_until_it_is_invalidated(anonymous, client):
    token = json.loads(client.get("/data/services/tokens/issue").data)
    assert token["estimatedExpirationTime"] - token["created"] == 172800000
    assert token["xdatUserId"] == "admin"
    assert len(token["secret"]) == 64
    as_token = basic(token["alias"], token["secret"])
    assert anonymous.get("/data/auth", headers=as_token).data == b"User 'admin' is logged in"
    checked = client.get(f"/data/services/tokens/validate/{token['alias']}/{token['secret']}")
    assert json.loads(checked.data) == {"valid": "admin"}
    assert token["alias"] in [entry["alias"] for entry in json.loads(client.get("/data/services/tokens/show").data)]
    assert client.get(f"/data/services/tokens/invalidate/{token['alias']}").data == b'{"result": "OK"}'
    assert anonymous.get("/data/auth", headers=as_token).status == 401


def test_alias_token_operations_say_what_is_wrong(client):
    assert client.get("/data/services/tokens/validate/unknown/secret").status == 404
    token = json.loads(client.get("/data/services/tokens/issue").data)
    assert client.get(f"/data/services/tokens/validate/{token['alias']}").status == 401
    assert client.get(f"/data/services/tokens/validate/{token['alias']}/wrong").status == 401
    assert client.get("/data/services/tokens/renew").status == 400
    assert client.get("/data/services/tokens/invalidate/unknown").status == 404


def test_password_is_kept_as_a_digest(emulator):
    database = (emulator.site.archive.folder / "archive.db").read_bytes()
    log = emulator.site.archive.folder / "archive.db-wal"
    rows = emulator.site.archive.database.rows("SELECT password FROM users")
    assert all(":" in str(row[0]) and len(str(row[0])) > 64 for row in rows)
    assert b"adminadmin" not in database + log.read_bytes()
