"""Members, groups, accessibility, invitations and favourites of projects (rest-data section 9)."""

from __future__ import annotations

import json

import pytest

import xnat_emulator

from .conftest import log_in

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def emulator():
    """A server of its own, because open projects would be seen by the accounts of other tests."""
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture(scope="module")
def client(emulator):
    return log_in(emulator)


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


@pytest.fixture
def user(make_user):
    return make_user()


def logins(client, path):
    return {(row["login"], row["GROUP_ID"].rpartition("_")[2]) for row in client.rows(path)}


def form(client, method, path, fields):
    body = "&".join(f"{key}={value}" for key, value in fields.items()).encode()
    return client.request(method, path, body=body, headers=FORM)


# --- members ---


def test_creator_of_a_project_owns_it(user):
    assert user.put("/data/projects/MINE").status == 200
    assert logins(user, "/data/projects/MINE/users") == {(user.login, "owner")}
    assert user.put("/data/projects/MINE/accessibility/public").status == 200


@pytest.mark.parametrize("spelled", ["{0}_member", "member", "Members"])
def test_account_joins_a_group_by_id_suffix_or_display_name(client, project, name, user, spelled):
    answer = client.put(f"{project}/users/{spelled.format(name)}/{user.login}")
    assert answer.status == 200
    rows = json.loads(answer.data)["ResultSet"]["Result"]
    assert (user.login, "Members") in {(row["login"], row["displayname"]) for row in rows}
    assert user.get(project).status == 200


def test_account_is_named_by_login_number_or_address(client, project, user, make_user):
    other = make_user()
    number = json.loads(client.get(f"/xapi/users/{user.login}").data)["id"]
    assert client.put(f"{project}/users/member/{number}").status == 200
    assert client.put(f"{project}/users/member/{other.login}@example.org").status == 200
    assert {(user.login, "member"), (other.login, "member")} <= logins(client, f"{project}/users")


def test_commas_part_accounts_only_between_blanks(client, project, make_user):
    first, second = make_user().login, make_user().login
    assert client.put(f"{project}/users/member/{first}%20,%20{second}").status == 200
    assert {(first, "member"), (second, "member")} <= logins(client, f"{project}/users")
    client.delete(f"{project}/users/member/{first},{second}")
    assert (first, "member") in logins(client, f"{project}/users")


def test_account_changes_and_leaves_groups(client, project, user):
    client.put(f"{project}/users/owner/{user.login}")
    client.put(f"{project}/users/collaborator/{user.login}")
    assert (user.login, "collaborator") in logins(client, f"{project}/users")
    assert (user.login, "owner") not in logins(client, f"{project}/users")
    assert client.delete(f"{project}/users/Collaborators/{user.login}").status == 200
    assert user.get(project).status == 404


def test_members_by_group_with_disabled_ones_on_request(client, project, user):
    client.put(f"{project}/users/member/{user.login}")
    client.put(f"/xapi/users/{user.login}/enabled/false")
    assert (user.login, "member") not in logins(client, f"{project}/users")
    assert (user.login, "member") in logins(client, f"{project}/users/true")
    assert (user.login, "member") in logins(client, f"{project}/users/member/{user.login}/true")
    groups = [row["GROUP_ID"] for row in client.rows(f"{project}/users/true")]
    assert groups == sorted(groups, reverse=True)


def test_members_with_the_administrators_of_all_data(client, project, user):
    client.put(f"/xapi/users/{user.login}/groups/ALL_DATA_ADMIN")
    found = {row["login"]: row["GROUP_ID"] for row in client.rows(f"{project}/users?includeAllDataAccess=true")}
    assert found[user.login] == "ALL_DATA_ADMIN"
    assert user.login not in {row["login"] for row in client.rows(f"{project}/users")}


def test_guest_joins_nothing(client, project):
    assert client.put(f"{project}/users/member/guest").status == 412
    assert "guest" not in {row["login"] for row in client.rows(f"{project}/users")}


def test_unknown_group_is_not_found(client, project, user):
    for method in ("GET", "PUT", "DELETE"):
        assert client.request(method, f"{project}/users/nobodies/{user.login}").status == 404


@pytest.mark.parametrize(("grouping", "status"), [("owner", 200), ("member", 403), ("collaborator", 403)])
def test_only_owners_change_members_groups_and_accessibility(project, name, user, make_user, grouping, status):
    caller = make_user(**{name: grouping})
    assert caller.put(f"{project}/users/member/{user.login}").status == status
    assert caller.delete(f"{project}/users/member/{user.login}").status == status
    assert caller.put(f"{project}/accessibility/public").status == status
    group = {"xdat:userGroup/displayName": "Readers"}
    assert form(caller, "PUT", f"{project}/groups", group).status == status
    assert caller.get(f"{project}/pars").status == status


def test_stranger_finds_no_project(project, user):
    for tail in ("users", "users/member/admin", "groups", "accessibility", "pars"):
        assert user.get(f"{project}/{tail}").status == 404
    for tail in ("users/member/admin", "groups/X", "accessibility/public"):
        assert user.put(f"{project}/{tail}").status == 404


# --- groups ---


def test_every_project_has_three_groups(client, project, name):
    rows = client.rows(f"{project}/groups?format=json")
    assert [(row["id"], row["displayname"], row["users"]) for row in rows] == [
        (f"{name}_owner", "Owners", "1"),
        (f"{name}_member", "Members", "0"),
        (f"{name}_collaborator", "Collaborators", "0"),
    ]
    assert {row["tag"] for row in rows} == {name}


def test_one_group_is_an_item(client, project, name):
    for spelled in (f"{name}_owner", "owner", "Owners"):
        fields = client.fields(f"{project}/groups/{spelled}")
        assert {key: fields[key] for key in ("ID", "displayName", "tag")} == {
            "ID": f"{name}_owner",
            "displayName": "Owners",
            "tag": name,
        }


def test_custom_group_is_made_changed_and_removed(client, project, name):
    fields = {"xdat:userGroup/displayName": "Data Readers"}
    assert form(client, "POST", f"{project}/groups?format=json", fields).status == 200
    assert f"{name}_DataReaders" in {row["id"] for row in client.rows(f"{project}/groups?format=json")}
    changed = {"xdat:userGroup/ID": f"{name}_DataReaders", "xdat:userGroup/displayName": "Readers"}
    assert form(client, "PUT", f"{project}/groups", changed).status == 200
    assert client.fields(f"{project}/groups/Readers")["ID"] == f"{name}_DataReaders"
    assert client.delete(f"{project}/groups/{name}_DataReaders").status == 200
    assert len(client.rows(f"{project}/groups?format=json")) == 3


def test_group_needs_a_display_name_without_underscore(client, project):
    assert form(client, "PUT", f"{project}/groups/X", {}).status == 400
    assert form(client, "PUT", f"{project}/groups", {"xdat:userGroup/displayName": "a_b"}).status == 400
    assert form(client, "PUT", f"{project}/groups", {}).status == 404
    assert client.delete(f"{project}/groups").status == client.delete(f"{project}/groups/none").status == 404


def test_built_in_groups_stay(client, project):
    for spelled in ("owner", "Members", "collaborator"):
        assert client.delete(f"{project}/groups/{spelled}").status == 403
    assert len(client.rows(f"{project}/groups?format=json")) == 3


def test_saving_a_group_may_lead_back_to_the_project(client, project, name):
    answer = form(client, "POST", f"{project}/groups", {"xdat:userGroup/displayName": "R", "src": "project"})
    assert (answer.status, answer.headers["Location"].partition("/data")[2]) == (303, f"/projects/{name}?format=html")


def key(xsi_type, project, letter):
    return f"{xsi_type}_{xsi_type}/project_{project}_{letter}"


@pytest.fixture
def limited(client, session, name, user):
    """A user whose group reads subjects and edits MR sessions, and nothing else."""
    project = f"/data/projects/{name}"
    rights = {key("xnat:subjectData", name, "R"): 1, key("xnat:mrSessionData", name, "E"): 1}
    form(client, "PUT", f"{project}/groups", {"xdat:userGroup/displayName": "MR", **rights})
    assert client.put(f"{project}/users/MR/{user.login}").status == 200
    client.put(f"{session[:-2]}pet?xsiType=xnat:petSessionData")
    return user


def test_custom_group_has_rights_by_type(limited, project, subject, session):
    pet = f"{session[:-2]}pet"
    assert [limited.get(path).status for path in (project, subject, session, pet)] == [200, 200, 200, 404]
    assert limited.put(f"{session}?xnat:mrSessionData/note=x").status == 200
    assert limited.put(f"{subject}?group=x").status == 403
    assert limited.put(f"{subject}/experiments/new?xsiType=xnat:mrSessionData").status == 201
    assert limited.put(f"{subject}/experiments/pet2?xsiType=xnat:petSessionData").status == 403
    assert limited.delete(session).status == 403
    assert limited.put(f"{project}?description=x").status == 403
    assert [row["label"] for row in limited.rows(f"{project}/subjects")] == ["s1"]
    assert "pet" not in {row["label"] for row in limited.rows(f"{subject}/experiments")}


def test_rights_of_a_group_stand_in_its_item(client, limited, project, name):
    item = client.item(f"{project}/groups/MR")
    (access,) = [child for child in item["children"] if child["field"] == "element_access"]
    names = {each["data_fields"]["element_name"] for each in access["items"]}
    assert names == {"xnat:subjectData", "xnat:mrSessionData"}


def test_rights_are_taken_back(client, limited, project, session, name):
    field = f"xnat:mrSessionData_xnat:mrSessionData/project_{name}_wasSet"
    form(client, "PUT", f"{project}/groups/MR", {"xdat:userGroup/displayName": "MR", field: 1})
    assert limited.get(session).status == 404


# --- accessibility ---


def test_projects_are_private_unless_said(client, project):
    assert client.get(f"{project}/accessibility").data == b"private"


@pytest.mark.parametrize("level", ["public", "protected", "private"])
def test_accessibility_is_set_and_read(client, project, level):
    answer = client.put(f"{project}/accessibility/{level}")
    assert (answer.status, answer.data.decode()) == (200, level)
    assert client.get(f"{project}/accessibility").data.decode() == level
    assert client.put(f"{project}?accessibility=private").status == 200
    assert client.get(f"{project}/accessibility").data == b"private"


def test_accessibility_needs_a_level(client, project):
    assert client.put(f"{project}/accessibility").status == 400
    assert client.put(f"{project}/accessibility/open").status == 400
    assert client.put(f"{project}?accessibility=open").status == 400


def test_new_project_may_be_open(client, user):
    assert client.put("/data/projects/OPENED?accessibility=public").status == 200
    assert client.post("/data/projects?xnat:projectData/ID=SHOWN&accessibility=protected").status == 200
    assert user.get("/data/projects/OPENED/accessibility").data == b"public"
    assert user.get("/data/projects/SHOWN/accessibility").data == b"protected"


def test_site_may_have_private_projects_only(client, emulator, project):
    emulator.site.archive.settings.set("securityAllowNonPrivateProjects", False)
    try:
        assert client.put(f"{project}/accessibility/public").status == 403
        assert client.put("/data/projects/NOTOPEN?accessibility=public").status == 403
        assert client.get("/data/projects/NOTOPEN").status == 404
        assert client.put(f"{project}/accessibility/private").status == 200
    finally:
        emulator.site.archive.settings.set("securityAllowNonPrivateProjects", True)


def test_what_others_see_of_open_projects(client, project, subject, user):
    session = f"{subject}/experiments/e1"
    client.put(f"{session}?xsiType=xnat:mrSessionData")
    client.put(f"{project}/accessibility/protected")
    assert [user.get(path).status for path in (project, f"{project}/subjects", subject)] == [200, 403, 404]
    client.put(f"{project}/accessibility/public")
    assert [user.get(path).status for path in (project, f"{project}/subjects", subject, session)] == [200] * 4
    assert [user.put(path).status for path in (project, subject, f"{project}/subjects/new")] == [403] * 3
    assert [user.delete(path).status for path in (project, subject, session)] == [403] * 3


# --- invitations ---


@pytest.fixture
def invited(client, project, make_user):
    """A user whose address was invited before there was an account."""
    user = make_user()
    client.put(f"{project}/users/member/{user.login}@later.org")
    client.request(
        "PUT",
        f"/xapi/users/{user.login}",
        body=json.dumps({"email": f"{user.login}@later.org"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    return user


def test_unknown_address_is_invited(client, invited, project, name):
    (row,) = client.rows(f"{project}/pars")
    assert (row["email"], row["level"], row["login"]) == (f"{invited.login}@later.org", "member", "admin")
    (own,) = invited.rows("/data/pars")
    assert (own["proj_id"], own["level"], own["par_id"]) == (name, "member", row["par_id"])
    (short,) = invited.rows(f"/data/pars/{row['par_id']}")
    assert set(short) == {"id", "proj_id", "create_date", "level"}


def test_accepted_invitation_makes_a_member(client, invited, project):
    (row,) = invited.rows("/data/pars")
    path = f"/data/pars/{row['par_id']}"
    assert invited.put(f"{path}?accept").status == 200
    assert invited.get(project).status == 200
    assert invited.rows("/data/pars") == []
    assert invited.put(f"{path}?accept=true").status == 409
    (row,) = client.rows(f"{project}/pars")
    assert (row["approved"], row["approval_date"] != "") == ("true", True)


def test_declined_invitation_makes_no_member(invited, project):
    (row,) = invited.rows("/data/pars")
    assert invited.put(f"/data/pars/{row['par_id']}?decline=true").status == 200
    assert invited.get(project).status == 404
    assert invited.put(f"/data/pars/{row['par_id']}?accept=true").status == 409


def test_invitations_of_others_are_refused(client, invited, user):
    (row,) = invited.rows("/data/pars")
    assert user.get(f"/data/pars/{row['par_id']}").status == 403
    assert user.put(f"/data/pars/{row['par_id']}?accept").status == 403
    assert user.rows("/data/pars") == []
    assert client.get("/data/pars/999999").status == 404
    assert client.get("/data/pars/none").status == 500


# --- favourites ---


def test_favorites_are_kept_and_removed(user, client):
    for name in ("F1", "F2"):
        user.put(f"/data/projects/{name}")
        assert user.put(f"/data/users/favorites/xnat:projectData/{name}").status == 200
    listed = "/data/users/favorites/x?DATA_TYPE=xnat:projectData"
    assert [row["id"] for row in user.rows(listed)] == ["F1", "F2"]
    assert client.rows(listed) == []
    assert [row["id"] for row in user.rows("/data/projects?favorite=true")] == ["F1", "F2"]
    assert user.delete("/data/users/favorites/xnat:projectData/F1").status == 200
    assert [row["id"] for row in user.rows(listed)] == ["F2"]
    assert user.get("/data/users/favorites/xnat:projectData").data == b""
    assert user.get("/data/users/favorites/xnat:projectData/F2").status == 405
