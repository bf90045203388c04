"""Accounts, roles and sessions below ``/data`` and ``/xapi`` (rest-data 17.2; schema-and-search 5.1, 5.3)."""

from __future__ import annotations

import json

import pytest

from .conftest import basic, log_in

JSON = {"Content-Type": "application/json"}
KEYS = {"id", "username", "firstName", "lastName", "email", "secured", "lastModified", "enabled", "verified"}


def post(client, path, value, method="POST"):
    return client.request(method, path, body=json.dumps(value).encode(), headers=JSON)


def new(login, **more):
    names = {"firstName": "New", "lastName": "Person", "email": f"{login}@example.org", "password": "pw"}
    return {"username": login, **names, **more}


@pytest.fixture
def user(make_user):
    return make_user()


# --- /data/users ---


def test_users_are_listed_by_last_name(client, make_user):
    make_user()
    names = [row["lastname"] for row in client.rows("/data/users")]
    assert names == sorted(names)
    assert {"admin", "guest"} <= {row["login"] for row in client.rows("/data/users")}
    numbers = [int(row["xdat_user_id"]) for row in client.rows("/data/users?sortBy=xdat_user_id&sortOrder=DESC")]
    assert numbers == sorted(numbers, reverse=True)


def test_users_may_be_hidden_from_all_but_administrators(client, emulator, user, project, make_user):
    owner = make_user(**{project.rpartition("/")[2]: "owner"})
    member = make_user(**{project.rpartition("/")[2]: "member"})
    assert user.get("/data/users").status == member.get(f"{project}/users").status == 200
    emulator.site.archive.settings.set("restrictUserListAccessToAdmins", True)
    try:
        assert client.get("/data/users").status == 200
        assert user.get("/data/users").status == 403
        assert user.get("/xapi/users").status == user.get("/xapi/users/profiles").status == 403
        assert owner.get(f"{project}/users").status == 200
        assert member.get(f"{project}/users").status == 403
    finally:
        emulator.site.archive.settings.set("restrictUserListAccessToAdmins", False)


def test_disabled_accounts_are_not_listed(client, user):
    client.put(f"/xapi/users/{user.login}/enabled/false")
    assert user.login not in {row["login"] for row in client.rows("/data/users")}


# --- /data/user ---


def test_administrator_lists_logins(client, user):
    assert {"admin", user.login} <= set(json.loads(client.get("/data/user").data))
    assert f"<login>{user.login}</login>" in client.get("/data/user?format=xml").data.decode()


def test_administrator_reads_one_account(client, user):
    text = client.get(f"/data/user/{user.login}").data.decode()
    assert text.startswith(f'{{ "login": "{user.login}", "email": ')
    found = json.loads(text)
    assert (found["enabled"], found["verified"]) == ("true", "true")
    assert found["userAuths"] == [{"authId": user.login, "method": "localdb"}]
    assert f"<login>{user.login}</login>" in client.get(f"/data/user/{user.login}?format=xml").data.decode()
    assert client.get("/data/user/nobody").status == 400


def test_administrator_makes_an_account(client, anonymous):
    wanted = {"login": "made1", "email": "m@x.org", "firstname": "M", "lastname": "A", "password": "pw"}
    assert post(client, "/data/user", {**wanted, "enabled": "true", "verified": "false"}).status == 200
    assert anonymous.get("/data/auth", headers=basic("made1", "pw")).status == 200
    assert json.loads(client.get("/data/user/made1").data)["verified"] == "false"


def test_account_from_an_xml_document(client):
    names = {"login": "made2", "email": "m@x.org", "firstname": "M", "lastname": "A", "password": "pw"}
    inner = "".join(
        f"<{key}>{value}</{key}>" for key, value in {**names, "enabled": "true", "verified": "true"}.items()
    )
    assert client.post("/data/user", body=f'<?xml version="1.0"?><user>{inner}</user>'.encode()).status == 200
    assert json.loads(client.get("/data/user/made2").data)["firstname"] == "M"


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"<?xml bad", b'{"login": "x"}'])
def test_account_with_missing_properties_answers_500(client, body):
    assert client.post("/data/user", body=body).status == 500


def test_actions_on_accounts(client, user):
    for action in ("reset", "resetEmailRequests", "Reset"):
        assert client.put(f"/data/user/actions/{user.login}/{action}").status == 200
    assert client.put("/data/user/actions/nobody/reset").status == 400
    assert client.put(f"/data/user/{user.login}").status == client.delete(f"/data/user/{user.login}").status == 200
    assert client.get(f"/data/user/{user.login}").status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/data/user", "/data/user/admin", "/data/user/actions/admin/reset"])
def test_only_administrators_manage_accounts(user, method, path):
    assert user.request(method, path).status == 403


def test_roles_are_set_as_a_whole(client, user):
    path = f"/data/user/{user.login}/roles"
    assert client.post(f"{path}?roles=DataManager,SiteUser").status == 202
    assert [row["role"] for row in client.rows(f"{path}?format=json")] == ["DataManager", "SiteUser"]
    assert client.post(f"{path}?roles=SiteUser").status == 202
    assert client.rows(f"{path}?format=json") == [{"role": "SiteUser"}]
    assert client.post(path).status == 202
    assert client.rows(f"{path}?format=json") == []
    assert client.get("/data/user/nobody/roles").status == 404
    assert user.get(path).status == user.post(f"{path}?roles=Administrator").status == 403


def test_administrator_is_a_role(client, user, project):
    assert user.get(project).status == 404
    client.post(f"/data/user/{user.login}/roles?roles=Administrator")
    assert user.get(project).status == user.get("/data/user").status == 200
    client.post(f"/data/user/{user.login}/roles")
    assert user.get(project).status == 404


def test_sessions_of_a_user_are_counted_and_ended(client, user, emulator, make_user):
    log_in(emulator, user.login, "secret")
    path = f"/data/user/{user.login}/sessions"
    assert json.loads(user.get(path).data) == json.loads(client.get(path).data) == {user.login: 2}
    assert user.get("/data/services/sessions").data == b"2"
    assert client.get(f"/data/services/sessions/{user.login}").data == b"2"
    assert make_user().get(path).status == 403
    assert make_user().get(f"/data/services/sessions/{user.login}").status == 403
    assert client.get("/data/services/sessions/nobody").status == 400
    assert client.delete(f"/data/archive{path.removeprefix('/data')}").status == 200
    assert user.get("/data/auth").status == 401
    assert client.delete(path).status == 404


def test_email_verification_is_open_and_takes_posts_only(anonymous):
    assert anonymous.post("/data/services/sendEmailVerification?email=a@x.org").status == 200
    assert anonymous.get("/data/services/sendEmailVerification").status == 405


# --- /xapi/users ---


def test_names_and_profiles(client, user):
    assert {"admin", "guest", user.login} <= set(json.loads(client.get("/xapi/users").data))
    for tail in ("profiles", "current"):
        found = {row["username"]: row for row in json.loads(user.get(f"/xapi/users/{tail}").data)}
        assert set(found["admin"]) == {*KEYS, "lastSuccessfulLogin"}
    own = json.loads(user.get("/xapi/users/profile").data)
    assert (own["username"], own["enabled"], own["verified"]) == (user.login, True, True)
    assert own == json.loads(user.get(f"/xapi/users/profile/{user.login}").data)
    assert own["lastSuccessfulLogin"] > 1_600_000_000_000
    assert user.get("/xapi/users/username").data.decode() == user.login


def test_user_sees_himself_and_administrators_see_everybody(client, user):
    assert json.loads(user.get(f"/xapi/users/{user.login}").data)["username"] == user.login
    assert client.get(f"/xapi/users/{user.login}").status == 200
    assert user.get("/xapi/users/admin").status == 403
    assert client.get("/xapi/users/nobody").status == 404


def test_new_account_is_enabled_and_verified(client, anonymous):
    answer = post(client, "/xapi/users", new("xapi1"))
    assert answer.status == 201
    made = json.loads(answer.data)
    assert (made["username"], made["firstName"], made["enabled"], made["verified"]) == ("xapi1", "New", True, True)
    assert "password" not in made
    assert anonymous.get("/data/auth", headers=basic("xapi1", "pw")).data == b"User 'xapi1' is logged in"
    assert post(client, "/xapi/users", new("xapi1")).status == 409


def test_new_account_may_be_disabled(client, anonymous):
    assert post(client, "/xapi/users", new("xapi2", enabled=False)).status == 201
    assert anonymous.get("/data/auth", headers=basic("xapi2", "pw")).status == 401


@pytest.mark.parametrize("wrong", [{"username": "a b"}, {"email": "none"}, {"firstName": ""}, {"lastName": None}])
def test_odd_accounts_are_refused(client, wrong):
    answer = post(client, "/xapi/users", {**new("odd"), **wrong})
    assert answer.status == 400
    assert not answer.data.startswith(b"<")


def test_account_is_changed(client, user):
    path = f"/xapi/users/{user.login}"
    answer = post(client, path, {"firstName": "Other", "verified": False}, "PUT")
    assert (answer.status, json.loads(answer.data)["firstName"]) == (200, "Other")
    assert json.loads(client.get(f"{path}/verified").data) is False
    assert post(client, path, {"firstName": "Other"}, "PUT").status == 304
    assert post(client, path, {"username": "else"}, "PUT").status == 400
    assert post(user, path, {"firstName": "Mine"}, "PUT").status == 403


def test_own_account_changes_address_and_password_only(client, user, make_user, anonymous):
    path, other = "/xapi/users/update", make_user()
    taken = json.loads(other.get("/xapi/users/profile").data)["email"]
    assert post(user, path, {"firstName": "Mine", "enabled": False}, "PUT").status == 304
    assert post(user, path, {"email": taken}, "PUT").status == 400
    assert post(user, path, {"email": "mine@example.org"}, "PUT").status == 200
    assert json.loads(user.get("/xapi/users/profile").data)["email"] == "mine@example.org"
    assert post(user, path, {"password": "new"}, "PUT").status == 400
    assert post(user, path, {"password": "new", "currentPassword": "secret"}, "PUT").status == 200
    assert anonymous.get("/data/auth", headers=basic(user.login, "new")).status == 200
    assert post(client, path, {"firstName": "Root"}, "PUT").status == 200
    assert json.loads(client.get("/xapi/users/profile").data)["firstName"] == "Root"
    assert post(client, path, {"firstName": "Admin"}, "PUT").status == 200


def test_tokens_go_when_the_account_is_changed_and_stay_with_the_flag_alone(client, make_user, anonymous):
    user = make_user()
    token = json.loads(user.get("/data/services/tokens/issue").data)
    path, headers = f"/xapi/users/{user.login}", basic(token["alias"], token["secret"])
    client.put(f"{path}/enabled/false")
    client.put(f"{path}/enabled/true")
    assert anonymous.get("/data/auth", headers=headers).status == 200
    assert post(client, path, {"enabled": False}, "PUT").status == 200
    assert post(client, path, {"enabled": True}, "PUT").status == 200
    assert anonymous.get("/data/auth", headers=headers).status == 401


def test_flags_are_read_and_set(client, user):
    for flag in ("enabled", "verified"):
        path = f"/xapi/users/{user.login}/{flag}"
        assert user.get(path).data == b"true"
        assert user.put(f"{path}/false").status == 403
        assert client.put(f"{path}/false").status == 200
        assert client.get(path).data == b"false"
        assert client.put(f"{path}/maybe").status == 400
        assert client.put(f"{path}/true").status == 200
    assert client.put("/xapi/users/nobody/enabled/true").status == 404


def test_active_users(client, user):
    active = json.loads(client.get("/xapi/users/active").data)
    assert active[user.login] == {"sessions": [user.headers["Cookie"].partition("=")[2]], "count": 1}
    assert user.get("/xapi/users/active").status == 403
    assert json.loads(user.get(f"/xapi/users/active/{user.login}").data) == active[user.login]["sessions"]
    ended = client.delete(f"/xapi/users/active/{user.login}")
    assert json.loads(ended.data) == active[user.login]["sessions"]
    assert user.get("/data/auth").status == 401
    assert client.get(f"/xapi/users/active/{user.login}").status == 404
    assert client.delete(f"/xapi/users/active/{user.login}").status == 304


def test_roles_by_list_and_by_name(client, user):
    path = f"/xapi/users/{user.login}/roles"
    assert post(client, path, ["DataManager"], "PUT").status == 200
    assert client.put(f"{path}/Administrator").status == 200
    assert json.loads(user.get(path).data) == ["Administrator", "DataManager"]
    assert user.login in json.loads(client.get("/xapi/users/rolemap").data)["Administrator"]
    assert user.login in json.loads(client.get("/xapi/users/roles/DataManager").data)
    assert "Administrator" in json.loads(client.get("/xapi/users/roles").data)
    assert client.delete(f"{path}/Administrator").status == 200
    assert post(client, path, ["DataManager"], "DELETE").status == 200
    assert json.loads(user.get(path).data) == []
    assert user.put(f"{path}/Administrator").status == user.get("/xapi/users/roles").status == 403
    assert client.put("/xapi/users/nobody/roles/SiteUser").status == 404


def test_groups_by_list_and_by_name(client, user, project, make_user):
    name = project.rpartition("/")[2]
    path, owner = f"/xapi/users/{user.login}/groups", make_user(**{name: "owner"})
    assert user.put(f"{path}/{name}_member").status == 403
    assert owner.put(f"{path}/{name}_member").status == 200
    assert json.loads(user.get(path).data) == [f"{name}_member"]
    assert json.loads(user.get("/xapi/users/projects").data) == [name]
    assert user.get(project).status == 200
    assert user.delete(f"{path}/{name}_member").status == 200
    assert user.get(project).status == 404
    answer = post(client, path, [f"{name}_collaborator", "none"], "PUT")
    assert (answer.status, json.loads(answer.data)) == (202, ["none"])
    assert client.put(f"{path}/none").status == 500
    assert client.put(f"/xapi/users/guest/groups/{name}_member").status == 412


def test_roles_in_projects(client, user, project, make_user):
    name = project.rpartition("/")[2]
    member = make_user(**{name: "member"})
    (row,) = json.loads(member.get("/xapi/access/projects").data)
    assert (row["ID"], row["group_id"], row["URI"]) == (name, f"{name}_member", project)
    assert set(row) == {"secondary_ID", "ID", "role", "name", "URI", "group_id", "description"}
    assert json.loads(client.get(f"/xapi/access/{member.login}/projects").data) == [row]
    assert user.get(f"/xapi/access/{member.login}/projects").status == 403


def test_data_types_one_may_read_or_make(client, user, project, make_user):
    assert "browseable" in json.loads(user.get("/xapi/access/displays").data)
    member = make_user(**{project.rpartition("/")[2]: "member"})
    for kind in json.loads(user.get("/xapi/access/displays").data):
        assert json.loads(user.get(f"/xapi/access/displays/{kind}").data) == []
        found = {row["elementName"]: row for row in json.loads(member.get(f"/xapi/access/displays/{kind}").data)}
        assert found["xnat:mrSessionData"]["isImageSession"] is True
        assert found["xnat:subjectData"]["isExperiment"] is False
    assert found["xnat:mrSessionData"]["plural"] == "MR Sessions"
    assert client.get("/xapi/access/displays/others").status == 400
