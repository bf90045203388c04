"""Making, changing, listing and removing projects, and their archive settings (rest-data 4.3, 4.6, 7.3, 8.3)."""

from __future__ import annotations

import pytest

import xnat_emulator

from .conftest import log_in


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


def ids(client, query):
    return {row.get("ID") or row["id"] for row in client.rows(f"/data/projects?{query}")}


# --- rules ---


def test_names_are_unique_whatever_the_case(client, project, name):
    client.put(f"{project}?name=Title{name}&secondary_ID=Run{name}&alias=Alias{name}")
    for query in (f"name=TITLE{name}", f"secondary_ID=RUN{name}", f"alias=alias{name}", f"alias={name.lower()}"):
        assert client.put(f"/data/projects/X{name}?{query}").status == 409, query
        assert client.post(f"/data/projects?ID=X{name}&{query}").status == 409
    assert client.put(f"/data/projects/{name.lower()}").status == 409
    assert client.put(f"/data/projects/ALIAS{name}").status == 409
    assert client.put(f"{project}?name=title{name}").status == 200


@pytest.mark.parametrize("identifier", ["a.b", "a%20b", "a'b", "%C3%A4"])
def test_ids_have_letters_digits_dashes_and_underscores(client, identifier):
    assert client.put(f"/data/projects/{identifier}").status == 417


def test_ids_are_never_used_again(client, user):
    assert client.put("/data/projects/GONE").status == 200
    assert client.delete("/data/projects/GONE").status == 200
    for caller in (client, user):
        assert caller.put("/data/projects/GONE").status == 403
        assert caller.post("/data/projects?ID=GONE").status == 403


@pytest.mark.parametrize(
    ("grouping", "edit", "delete"), [("owner", 200, 200), ("member", 403, 403), ("collaborator", 403, 403)]
)
def test_only_owners_change_and_delete_a_project(make_user, project, name, grouping, edit, delete):
    caller = make_user(**{name: grouping})
    assert caller.put(f"{project}?description=x").status == edit
    assert caller.put(f"{project}/prearchive_code/0").status == edit
    assert caller.delete(project).status == delete


def test_invisible_project_can_be_neither_changed_nor_deleted(user, project):
    assert user.put(f"{project}?description=x").status == 403
    assert user.post(f"/data/projects?ID={project.rpartition('/')[2]}").status == 409
    assert user.delete(project).status == 400
    assert user.put(f"{project}/prearchive_code/0").status == 404


def test_site_may_let_administrators_only_make_projects(client, user, emulator):
    emulator.site.archive.settings.set("uiAllowNonAdminProjectCreation", False)
    try:
        assert user.put("/data/projects/NOTMINE").status == 403
        assert user.post("/data/projects?ID=NOTMINE").status == 403
        assert client.put("/data/projects/ALLOWED").status == 200
    finally:
        emulator.site.archive.settings.set("uiAllowNonAdminProjectCreation", True)


# --- settings ---


def test_archive_settings_start_like_those_of_a_stock_server(client, project):
    found = [client.get(f"{project}/{name}").data for name in ("quarantine_code", "prearchive_code", "current_arc")]
    assert found == [b"0", b"4", b"arc001"]


@pytest.mark.parametrize(
    ("setting", "stored"),
    [
        ("prearchive_code/5", "5"),
        ("prearchive_code/17", "17"),
        ("prearchive_code/true", "1"),
        ("prearchive_code/false", "0"),
        ("quarantine_code/1", "1"),
        ("quarantine_code/true", "1"),
        ("current_arc/arc002", "arc002"),
    ],
)
def test_archive_settings_are_set(client, project, setting, stored):
    answer = client.put(f"{project}/{setting}")
    assert (answer.status, answer.data) == (200, b"")
    assert client.get(f"{project}/{setting.partition('/')[0]}").data.decode() == stored


def test_odd_archive_settings_are_refused(client, project):
    for tail in ("prearchive_code/auto", "quarantine_code/x", "prearchive_code", "other/1"):
        assert client.put(f"{project}/{tail}").status == 400
    assert client.put(f"{project}/scan_type_mapping/false").status == 200
    assert client.get(f"{project}/other").status == 400


# --- the list ---


def test_list_holds_what_one_may_read(client, project, name, user, make_user):
    assert name in ids(client, "")
    assert name in ids(make_user(**{name: "collaborator"}), "")
    assert name not in ids(user, "")
    client.put(f"{project}/accessibility/protected")
    assert name in ids(user, "")


def test_filters_work_for_administrators_of_all_data_only(client, name, make_user, user):
    other = f"{name}B"
    client.put(f"/data/projects/{other}")
    member = make_user(**{name: "member", other: "member"})
    assert ids(client, f"ID={name}") == {name}
    assert {name, other} <= ids(member, f"ID={name}")
    client.put(f"/xapi/users/{user.login}/groups/ALL_DATA_ADMIN")
    assert ids(user, f"ID={name}") == {name}


def test_list_can_be_narrowed_to_what_one_may_change(client, name, make_user):
    other = f"{name}B"
    client.put(f"/data/projects/{other}")
    caller = make_user(**{name: "owner", other: "member"})
    assert {name, other} <= ids(caller, "")
    for right in ("edit", "delete"):
        assert name in ids(caller, f"restrict={right}")
        assert other not in ids(caller, f"restrict={right}")
    assert {name, other} <= ids(client, "allDataOverride=true")


def test_all_data_groups(client, project, user, make_user):
    reader = make_user()
    client.put(f"/xapi/users/{reader.login}/groups/ALL_DATA_ACCESS")
    client.put(f"/xapi/users/{user.login}/groups/ALL_DATA_ADMIN")
    assert [caller.get(project).status for caller in (reader, user)] == [200, 200]
    assert [caller.put(f"{project}/subjects/s").status for caller in (reader, user)] == [403, 201]
    assert [caller.get("/data/user").status for caller in (reader, user)] == [403, 403]


# --- the display search ---

COLUMNS = {
    *("id", "name", "description", "secondary_id", "pi", "project_invs", "project_access", "project_access_img"),
    *("insert_date", "insert_user", "quarantine_status"),
}


def test_display_search_has_columns_of_its_own(client, make_user, name):
    member = make_user(**{name: "member"})
    number = member.emulator.site.archive.users.get(member.login).number
    (row,) = [row for row in member.rows("/data/projects?accessible=true") if row["id"] == name]
    assert set(row) == {*COLUMNS, f"user_role_{number}", f"last_accessed_{number}"}
    assert (row["project_access"], row[f"user_role_{number}"], row["insert_user"]) == ("private", "Members", "admin")
    (row,) = [row for row in client.rows("/data/projects?prearc_code=true") if row["id"] == name]
    assert (row["proj_quarantine"], row["proj_prearchive_code"]) == ("0", "4")


@pytest.fixture
def family(client, name, make_user):
    """A user who owns, belongs to, works with and only sees one project each."""
    names = {
        level: f"{name}{level[:4].upper()}" for level in ("owner", "member", "collaborator", "public", "protected")
    }
    for level, identifier in names.items():
        access = level if level.startswith("p") else "private"
        client.put(f"/data/projects/{identifier}?accessibility={access}")
    groups = {identifier: level for level, identifier in names.items() if not level.startswith("p")}
    return make_user(**groups), names


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("accessible=true", {"owner", "member", "collaborator", "public", "protected"}),
        ("accessible=false", {"public", "protected"}),
        ("data=readable", {"owner", "member", "collaborator", "public"}),
        ("data=writable", {"owner", "member"}),
        ("owner=true", {"owner"}),
        ("owner=false", {"public", "protected"}),
        ("member=true", {"member"}),
        ("collaborator=true", {"collaborator"}),
        ("owner=true&member=true", {"owner", "member"}),
        ("data=readable&users=true", {"owner", "member", "collaborator"}),
        ("recent=true", {"owner", "member", "collaborator"}),
        ("activeSince=01/01/2000", {"owner", "member", "collaborator", "public", "protected"}),
        ("activeSince=01/01/2100", set()),
    ],
)
def test_display_search_by_role(family, query, expected):
    user, names = family
    mine = set(names.values())
    assert ids(user, query) & mine == {names[level] for level in expected}


def test_display_search_of_administrators_of_all_data(client, name):
    assert name in ids(client, "admin=true") & ids(client, "data=writable") & ids(client, "accessible=true")


def test_odd_values_of_the_display_search(client):
    assert client.get("/data/projects?data=both").status == 500
    assert client.get("/data/projects?activeSince=yesterday").status == 422


# --- rights as tables ---


def test_projects_by_right(client, family):
    user, names = family
    edit = {row["id"] for row in user.rows("/data/projects?permissions=edit&dataType=xnat:mrSessionData")}
    assert edit & set(names.values()) == {names["owner"], names["member"]}
    read = {row["id"] for row in user.rows("/data/projects?permissions=read")}
    assert read & set(names.values()) == set(names.values()) - {names["protected"]}
    assert client.get("/data/projects?permissions=fly").status == 500


def test_projects_where_objects_can_be_made(family):
    user, names = family
    for query in ("creatableTypes=true", "creatableTypes=true&data-type=xnat:subjectData"):
        rows = [row for row in user.rows(f"/data/projects?{query}") if row["id"] in names.values()]
        assert {row["id"] for row in rows} == {names["owner"], names["member"]}
        assert set(rows[0]) == {"id", "name", "description", "secondary_id"}


def test_types_that_can_be_made_in_a_project(client, project, name, make_user):
    rows = client.rows(f"{project}?creatableTypes=true")
    assert {"xnat:subjectData", "xnat:mrSessionData"} <= {row["element_name"] for row in rows}
    assert make_user(**{name: "collaborator"}).rows(f"{project}?creatableTypes=true") == []
