"""Who sees what: every level of the archive for every role (rest-data 2.5.4, 4.7), and what sharing shows (7.5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import xnat_emulator

from .conftest import Client, log_in, new_user

LEVELS = ("private", "protected", "public")
SESSION = "/subjects/s1/experiments/e1"
OF_THE_PROJECT = ("", "/resources", "/resources/R/files", "/resources/R/files/f.txt", "/users")
LISTS = {"/subjects": 1, "/experiments": 1, "/subjects/s1/experiments": 1}
DATA = (
    *("/subjects/s1", "/subjects/s1/status", "/subjects/s1/projects", "/subjects/s1/resources/R/files/f.txt"),
    *("/experiments/e1", "/experiments/e1/resources", "/experiments/e1/resources/R/files/f.txt"),
    *(SESSION, f"{SESSION}/scans", f"{SESSION}/scans/1", f"{SESSION}/scans/1/resources", f"{SESSION}/assessors"),
    *(f"{SESSION}/assessors/a1", f"{SESSION}/assessors/a1/resources", f"{SESSION}/reconstructions"),
    *(f"{SESSION}/resources", f"{SESSION}/resources/R/files", f"{SESSION}/files", f"{SESSION}/history"),
    *(f"{SESSION}/resources/R/files/f.txt", f"{SESSION}/scans/1/resources/R/files/f.txt", f"{SESSION}/status"),
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[xnat_emulator.Emulator]:
    """A server of its own: what is written here shows in lists of the whole site."""
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture(scope="module")
def client(emulator) -> Client:
    return log_in(emulator)


@dataclass
class Family:
    """A project of each access level, all alike, and accounts of every role in all of them."""

    projects: dict[str, str]
    users: dict[str, Client]

    def get(self, who: str, level: str, path: str):
        return self.users[who].get(f"/data/projects/{self.projects[level]}{path}?format=json")


def fill(client: Client, name: str, level: str) -> None:
    path = f"/data/projects/{name}"
    assert client.put(f"{path}?accessibility={level}").status == 200
    assert client.put(f"{path}{SESSION}?xsiType=xnat:mrSessionData").status == 201
    assert client.put(f"{path}{SESSION}/scans/1?xsiType=xnat:mrScanData").status == 200
    assert client.put(f"{path}{SESSION}/assessors/a1?xsiType=xnat:qcManualAssessorData").status == 201
    for place in ("", "/subjects/s1", SESSION, f"{SESSION}/scans/1"):
        assert client.put(f"{path}{place}/resources/R/files/f.txt?inbody=true", body=b"x").status == 200


@pytest.fixture(scope="module")
def family(emulator, client) -> Family:
    projects = {level: f"SEEN_{level}" for level in LEVELS}
    for level, name in projects.items():
        fill(client, name, level)
    roles = ("owner", "member", "collaborator")
    users = {role: new_user(emulator, **dict.fromkeys(projects.values(), role)) for role in roles}
    return Family(projects, {**users, "stranger": new_user(emulator)})


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("who", ["owner", "member", "collaborator"])
def test_people_of_a_project_see_all_of_it(family, who, level):
    for path in (*OF_THE_PROJECT, *LISTS, *DATA):
        assert family.get(who, level, path).status == 200, path


@pytest.mark.parametrize(("level", "project", "lists", "data"), [
    ("private", 404, 404, 404), ("protected", 200, 403, 404), ("public", 200, 200, 200),
])  # fmt: skip
def test_strangers_see_what_the_access_level_says(family, level, project, lists, data):
    """A readable project whose subjects must not be read answers 403 for its lists (rest-data 4.7)."""
    for paths, expected in ((OF_THE_PROJECT, project), (LISTS, lists), (DATA, data)):
        assert {path: family.get("stranger", level, path).status for path in paths} == dict.fromkeys(paths, expected)


@pytest.mark.parametrize("who", ["owner", "member", "collaborator", "stranger"])
def test_lists_of_the_site_hold_what_one_may_read(family, who):
    visible = LEVELS[2:] if who == "stranger" else LEVELS
    for path in ("/data/subjects", "/data/experiments"):
        seen = {row["project"] for row in family.users[who].rows(path)} & set(family.projects.values())
        assert seen == {family.projects[level] for level in visible}
    listed = {row["ID"] for row in family.users[who].rows("/data/projects")} & set(family.projects.values())
    assert listed == {family.projects[level] for level in (LEVELS if who != "stranger" else LEVELS[1:])}


@pytest.mark.parametrize(
    "tail", ["", "/scans", "/scans/1", "/assessors", "/resources", "/files", "/status", "/projects"]
)
@pytest.mark.parametrize("level", LEVELS)
def test_accession_ids_open_nothing_more(family, client, level, tail):
    rows = client.rows(f"/data/projects/{family.projects[level]}/experiments?label=e1")
    status = family.users["stranger"].get(f"/data/experiments/{rows[0]['ID']}{tail}?format=json").status
    assert status == (200 if level == "public" else 404)


@pytest.mark.parametrize(("who", "statuses"), [
    ("owner", (200, 200, 200)), ("member", (200, 200, 403)), ("collaborator", (403, 403, 403)),
    ("stranger", (403, 403, 403)),
])  # fmt: skip
def test_visible_objects_that_must_not_be_changed_answer_403(family, client, who, statuses):
    """403, not 404: the object is visible, the action is not allowed (rest-data 2.5.4)."""
    path, user = f"/data/projects/{family.projects['public']}{SESSION}", family.users[who]
    assert client.put(f"{path}/scans/{who}?xsiType=xnat:mrScanData").status == 200
    found = (
        user.put(f"{path}?note={who}").status,
        user.put(f"{path}/scans/{who}?quality=usable").status,
        user.delete(f"{path}/scans/{who}").status,
    )
    assert found == statuses


# --- what a member of P2 alone sees of what is shared into P2 ---


@dataclass
class Shared:
    member: Client
    home: str
    there: str
    subject: str
    session: str
    assessor: str
    other: str


@pytest.fixture
def shared(client, emulator, project) -> Shared:
    home, there = project.rpartition("/")[2], f"{project.rpartition('/')[2]}B"
    fill(client, home, "private")
    client.put(f"/data/projects/{there}")
    path = f"{project}{SESSION}"
    other = client.put(f"{project}/subjects/s1/experiments/e2?xsiType=xnat:mrSessionData").data.decode()
    assert client.put(f"{project}/subjects/s1/projects/{there}?label=sB").status == 200
    session = client.put(f"{path}/projects/{there}?label=eB").data.decode()
    assessor = client.rows(f"{path}/assessors")[0]["ID"]
    subject = client.rows(f"{project}/subjects")[0]["ID"]
    return Shared(new_user(emulator, **{there: "member"}), home, there, subject, session, assessor, other)


def test_lists_show_the_names_of_the_project_that_shares(shared):
    base, member = f"/data/projects/{shared.there}", shared.member
    assert [(row["ID"], row["label"], row["project"]) for row in member.rows(f"{base}/subjects")] == [
        (shared.subject, "sB", shared.home)
    ]
    columns = "columns=ID,label,project,subject_label"
    for path in ("/experiments", "/subjects/sB/experiments"):
        (row,) = member.rows(f"{base}{path}?{columns}")
        assert (row["ID"], row["label"], row["project"], row["subject_label"]) == (
            shared.session, "eB", shared.there, "sB",
        )  # fmt: skip


def test_documents_show_the_primary_project_and_label(shared):
    """JSON always shows the primary project's names; those elsewhere are in ``sharing/share`` (rest-data 5.11)."""
    for path, label in (("subjects/sB", "s1"), ("experiments/eB", "e1"), ("subjects/sB/experiments/eB", "e1")):
        item = shared.member.item(f"/data/projects/{shared.there}/{path}")
        assert (item["data_fields"]["project"], item["data_fields"]["label"]) == (shared.home, label)
        shares = next(child["items"] for child in item["children"] if child["field"] == "sharing/share")
        assert [share["data_fields"]["project"] for share in shares] == [shared.there]


def test_unshared_parts_stay_hidden(shared):
    base = f"/data/projects/{shared.there}/subjects/sB"
    subject = json.dumps(shared.member.item(base))
    assert shared.session in subject
    assert shared.other not in subject
    assert shared.assessor not in subject
    assert shared.member.rows(f"{base}/experiments/eB/assessors") == []
    hidden = (
        *(f"/data/experiments/{shared.other}", f"/data/experiments/{shared.assessor}", f"/data/projects/{shared.home}"),
        *(f"/data/projects/{shared.home}/subjects", f"/data/projects/{shared.home}{SESSION}"),
        *(f"{base}/experiments/eB/assessors/a1", f"/data/projects/{shared.there}/subjects/s1"),
        *(f"/data/projects/{shared.there}/experiments/e1", f"{base}/experiments/e1"),
    )
    assert {path: shared.member.get(f"{path}?format=json").status for path in hidden} == dict.fromkeys(hidden, 404)


@pytest.mark.parametrize("tail", ["", "/scans/1", "/resources/R/files/f.txt", "/scans/1/resources/R/files/f.txt"])
def test_shared_session_is_read_with_its_scans_and_files(shared, tail):
    for path in (
        f"/data/projects/{shared.there}/subjects/sB/experiments/eB{tail}",
        f"/data/experiments/{shared.session}{tail}",
    ):
        assert shared.member.get(path).status == 200


@pytest.mark.parametrize(("method", "path"), [
    ("PUT", "subjects/sB?gender=male"), ("PUT", "subjects/sB?label=x"), ("PUT", "experiments/eB?label=x"),
    ("PUT", "subjects/sB/experiments/eB?note=x"), ("PUT", "subjects/sB/experiments/eB/scans/1?quality=usable"),
    ("PUT", "subjects/sB/experiments/eB/scans/9?xsiType=xnat:mrScanData"),
    ("PUT", "subjects/sB/experiments/eB/assessors/b?xsiType=xnat:qcManualAssessorData"),
    ("PUT", "subjects/sB/experiments/eB/resources/Q"), ("DELETE", "subjects/sB/experiments/eB/scans/1"),
    ("DELETE", "subjects/sB/experiments/eB/resources/R"),
])  # fmt: skip
def test_what_is_only_shared_must_not_be_changed(shared, client, method, path):
    before = client.get(f"/data/experiments/{shared.session}?format=xml").data
    assert shared.member.request(method, f"/data/projects/{shared.there}/{path}").status == 403
    assert client.get(f"/data/experiments/{shared.session}?format=xml").data == before


def test_share_label_stays_when_the_object_is_renamed(shared, client):
    assert client.put(f"/data/experiments/{shared.session}?label=new").status == 200
    assert shared.member.rows(f"/data/projects/{shared.there}/experiments")[0]["label"] == "eB"
    assert client.get(f"/data/projects/{shared.home}/experiments/new").status == 200
    assert client.get(f"/data/projects/{shared.home}/experiments/e1").status == 404


@pytest.mark.parametrize(("kind", "made"), [
    ("subjects", "label=sB"), ("experiments", "label=eB&xsiType=xnat:mrSessionData&subject_ID=own"),
])  # fmt: skip
def test_label_of_a_share_is_taken_for_others(shared, client, kind, made):
    """What another project shares under a label cannot be given to its own objects (rest-data 7.4)."""
    base = f"/data/projects/{shared.there}"
    assert client.put(f"{base}/subjects/own/experiments/own?xsiType=xnat:mrSessionData").status == 201
    assert client.put(f"{base}/{kind}/own?{made.partition('&')[0]}").status == 409
    assert client.post(f"{base}/{kind}?{made}").status == 409


def test_nested_routes_know_experiments_of_their_project_only(client, project, session):
    """Only ``/projects/P/experiments/E`` looks accession ids up without regard to P (rest-data 1.4)."""
    identifier = client.fields(session)["ID"]
    other = f"{project}X"
    assert client.put(other).status == 200
    assert client.put(f"{other}/subjects/x").status == 201
    assert client.get(f"{other}/experiments/{identifier}").status == 200
    for tail in ("", "/scans", "/assessors", "/reconstructions"):
        assert client.get(f"{other}/subjects/x/experiments/{identifier}{tail}").status == 404
