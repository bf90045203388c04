"""Every write route of the server, asked by those who may not: nothing changes, and the status is the right one.

The archive holds a private project and a public one with the same objects. A collaborator and a stranger ask for the
private one, a guest for the public one (rest-data 2.5, section 7 to 13; schema-and-search 5).
"""

from __future__ import annotations

import hashlib
import re

import pytest

import xnat_emulator
from xnat_emulator.routes import ROUTES

from .conftest import Client, log_in, new_user
from .received import ready

# Method and template -> statuses for a collaborator, a stranger and a guest; the first that fits counts.
RULES = [
    # Not of a project: one's own things, and services that act on nothing here.
    (r"\w+ /data/user/cache/.*", None),
    (r"PUT /xapi/users/update", (304, 304, 403)),
    (r"GET /data/services/tokens/\{OPERATION\}", (200, 200, 403)),
    (r"GET /data/services/tokens/\{OPERATION\}/\{TOKEN\}.*", (404, 404, 404)),
    (r"\w+ /data/users/favorites/.*", (200, 200, 200)),
    (r"POST /data/services/sendEmailVerification", (200, 200, 200)),
    (r"PUT /data/pars/.*", (404, 404, 404)),
    (r"(POST /data/search|PUT /data/search/saved/.*)", (422, 422, 422)),
    (r"PUT /data/search/elements/.*", (400, 400, 400)),
    (r"DELETE /data/search/saved/.*", (200, 200, 200)),
    (r"POST /data/services/features", (412, 412, 412)),
    (r"POST /data/services/prearchive/.*", (200, 200, 200)),
    (r"\w+ /data/status/.*", None),
    (r"POST /data/services/import", (500, 500, 500)),
    (r"POST /data/services/(archive|validate-archive)", (404, 404, 404)),
    (r"POST /data/services/move-files", (400, 400, 400)),
    (r"(PUT /data/routing.*|POST /data/services/mail/send|PUT /data/workflows)", (400, 400, 400)),
    (
        r"(DELETE /data/routing/.*|PUT /data/workflows/.*|PUT /data/prearchive(/projects/\{PROJECT_ID\})?)",
        (404, 404, 404),
    ),
    (r"PUT /xapi/archive/catalogs/.*|POST /xapi/investigators|PUT /xapi/users/\{USERNAME\}/groups", (400, 400, 400)),
    (r"PUT /xapi/investigators/.*|POST /xapi/direct-archive/.*", (404, 404, 404)),
    # Plugins that a stock site does not have.
    (r"\w+ /xapi/(xsync|roi|dicomweb)/.*", (404, 404, 404)),
    (r"\w+ /xapi/(projects/\{PROJECT_ID\}/)?(commands|wrappers|containers|docker)(/.*)?", (404, 404, 404)),
    (r"PUT /data/config/edit/projects/.*", (403, 400, 403)),
    # Administrators only.
    (r"\w+ /data/(user|automation|config|routing|services/ipwhitelist)(/.*)?", (403, 403, 403)),
    (r"GET /data/services/tokens/.*", (403, 403, 403)),
    (r"\w+ /xapi/(users|siteConfig|prefs|investigators|dicomscp|anonymize/site)(/.*)?", (403, 403, 403)),
    (r"\w+ /xapi/(events|customforms)(/.*)?", (403, 403, 403)),
    # Projects: what is invisible is not there, but nobody else can have its ID.
    (r"POST /data/projects", (417, 417, 403)),
    (r"PUT /data/projects/\{PROJECT_ID\}", (403, 403, 403)),
    (r"DELETE /data/projects/\{PROJECT_ID\}", (403, 400, 403)),
    (r"PUT /data/projects/\{PROJECT_ID\}/accessibility", (400, 404, 400)),
    (r"DELETE /data/projects/\{PROJECT_ID\}/groups", (404, 404, 404)),
    (r"DELETE /data/projects/\{PROJECT_ID\}/pipelines", (200, 404, 200)),
    (r"POST /data/projects/\{PROJECT_ID\}/pipelines/.*", None),
    (r"GET /data/projects/\{PROJECT_ID\}/protocols/.*", (404, 404, 404)),
    (r"\w+ /data/services/triage/projects/\{PROJECT\}/resources", (400, 401, 400)),
    (r"\w+ /data/services/triage/.*", (403, 401, 403)),
    # Without a project the request alone has to say it all (rest-data 7.3).
    (r"PUT /data/(subjects/\{SUBJECT_ID\}|experiments/\{EXPT_ID\})", (403, 422, 403)),
    # Sessions in the prearchive are refused, not hidden (12.2).
    (r"DELETE /data/prearchive/.*/files", (400, 400, 400)),
    (r"\w+ /data/prearchive/.*", (403, 403, 403)),
    # Uploads without the right do nothing and say 200; so does removing a resource that is not found (8.6, 10.4.11).
    (r"(PUT|POST) .*/files", (200, 404, 200)),
    (r"DELETE .*/files", (403, 400, 403)),
    (r"DELETE .*/resources/\{RESOURCE_ID\}", (403, 404, 403)),
    (r"POST /data/services/refresh/catalog", (403, 404, 403)),
]
OWN = {"tokens", "favorites", "scratch_folders", "scratch_files"}
"""Tables of what everybody has for himself."""


def expected(method, template):
    for pattern, statuses in RULES:
        if re.fullmatch(pattern, f"{method} {template}"):
            return statuses
    return (403, 404, 403)


def state(server):
    """Return a digest of every table; logins and the counters of tables change by themselves."""
    database = server.site.archive.database
    names = [str(row[0]) for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = [name for name in names if name not in {"users", "sqlite_sequence", *OWN}]
    return {name: hashlib.md5(repr(database.rows(f'SELECT * FROM "{name}"')).encode()).hexdigest() for name in kept}


def furnish(server, admin, project):
    """Fill a project with one object of every kind, each with a resource; return their ids by placeholder."""
    path = f"/data/projects/{project}"
    session = f"{path}/subjects/s/experiments/e"
    admin.put(path)
    ids = {"PROJECT_ID": project, "PROJECT": project, "RECON_ID": f"r{project}", "GROUP": f"{project}_owner"}
    ids["SUBJECT_ID"] = admin.put(f"{path}/subjects/s").data.decode()
    ids["ASSESSED_ID"] = admin.put(f"{session}?xsiType=xnat:mrSessionData").data.decode()
    admin.put(f"{session}/scans/1?xsiType=xnat:mrScanData")
    admin.put(f"{session}/reconstructions/r{project}?type=x")
    ids["assessor"] = admin.put(f"{session}/assessors/a?xsiType=xnat:qcManualAssessorData").data.decode()
    parts = ("scans/1", f"reconstructions/r{project}/out", "assessors/a/out")
    for owner in (path, f"{path}/subjects/s", session, *(f"{session}/{part}" for part in parts)):
        answer = admin.put(f"{owner}/resources/R/files/f.txt", body=b"x", headers={"Content-Type": "text/plain"})
        assert answer.status == 200
    with server.site.archive.transaction():
        waiting = ready(server.site.archive, project, "waiting")
    return {**ids, "SESSION_TIMESTAMP": waiting.timestamp, "SESSION_LABEL": waiting.folder}


FIXED = {
    "SCAN_ID": "1",
    "RESOURCE_ID": "R",
    "TYPE": "out",
    "USER_ID": "admin",
    "USERNAME": "admin",
    "GROUP_ID": "member",
    "ACCESS_LEVEL": "public",
    "ACTION": "reset",
    "OPERATION": "issue",
    "FLAG": "false",
    "ROLE": "Administrator",
    "DATA_TYPE": "xnat:projectData",
    "RESOURCE": "script",
    "FIELD_NAME": "f",
    "PAR_ID": "99",
}


def address(template, ids):
    values = {"EXPT_ID": ids["assessor"] if "/assessors/{EXPT_ID}" in template else ids["ASSESSED_ID"], **FIXED, **ids}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "X1"), template)


QUERIES = [
    (r".*/(files|FILE\})", "inbody=true"),
    (r".*/scans(/\{SCAN_ID\})?", "xsiType=xnat:mrScanData&note=n"),
    (r".*/assessors(/\{EXPT_ID\})?", "xsiType=xnat:qcManualAssessorData&note=n"),
    (r".*/reconstructions(/\{RECON_ID\})?", "type=y"),
    (r".*/experiments", "xsiType=xnat:mrSessionData&label=new"),
    (r".*/experiments/\{EXPT_ID\}", "xsiType=xnat:mrSessionData&note=n"),
    (r".*/subjects", "label=new"),
    (r".*/subjects/\{SUBJECT_ID\}", "group=g"),
    (r".*/groups(/\{GROUP_ID\})?", "xdat:userGroup/displayName=New"),
    (r".*/refresh/catalog", "resource=/archive/projects/{PROJECT_ID}/resources/R"),
]


def ask(client, method, template, ids):
    query = next((query for pattern, query in QUERIES if re.fullmatch(pattern, template)), "")
    options = {"body": b"{}", "headers": {"Content-Type": "application/json"}} if template.startswith("/xapi") else {}
    if query == "inbody=true":
        options = {"body": b"new", "headers": {"Content-Type": "text/plain"}}
    return client.request(method, f"{address(template, ids)}?{address(query, ids)}", **options)


@pytest.fixture(scope="module")
def world():
    """Three callers, each with the ids of the objects it asks for."""
    with xnat_emulator.start(mode=xnat_emulator.Mode(require_login=False)) as server:
        admin = log_in(server)
        private, public = (furnish(server, admin, project) for project in ("PRIVATE", "PUBLIC"))
        admin.put("/data/projects/PUBLIC/accessibility/public")
        yield (
            server,
            [
                (new_user(server, PRIVATE="collaborator"), private),
                (new_user(server), private),
                (Client(server), public),
            ],
        )


LOGINS = {"/login", "/data/services/auth", "/data/JSESSION"}
WRITES = sorted(
    {
        (method, route.template)
        for route in ROUTES
        for method in route.methods
        if (method != "GET" or route.writes) and route.template not in LOGINS
    }
)


@pytest.mark.parametrize(("method", "template"), WRITES)
def test_nobody_writes_without_the_right(world, method, template):
    server, callers = world
    before = state(server)
    statuses = tuple(ask(client, method, template, ids).status for client, ids in callers)
    assert state(server) == before
    wanted = expected(method, template)
    assert wanted is None or statuses == wanted


@pytest.mark.parametrize("service", ["move", "delete", "rebuild"])
def test_prearchive_services_refuse_those_who_may_not(world, service):
    server, callers = world
    before = state(server)
    for client, ids in callers:
        source = address("/prearchive/projects/{PROJECT_ID}/{SESSION_TIMESTAMP}/{SESSION_LABEL}", ids)
        assert client.post(f"/data/services/prearchive/{service}?src={source}&newProject=PUBLIC").status in {403, 404}
    assert state(server) == before


def test_archiving_sharing_and_moving_files_are_refused(world):
    server, callers = world
    before = state(server)
    for client, ids in callers:
        source = address("/prearchive/projects/{PROJECT_ID}/{SESSION_TIMESTAMP}/{SESSION_LABEL}", ids)
        assert client.post(f"/data/services/archive?src={source}").status in {403, 404, 500}
        other = "PUBLIC" if ids["PROJECT_ID"] == "PRIVATE" else "PRIVATE"
        for tail in (f"projects/{other}", f"projects/{other}?primary=true"):
            assert client.put(f"{address('/data/experiments/{ASSESSED_ID}', ids)}/{tail}").status in {403, 404, 200}
    assert state(server) == before


def test_walk_would_change_something_for_those_who_may(world):
    """The requests of the walk are no empty ones: the administrator's change the archive."""
    server, callers = world
    admin, ids = log_in(server), callers[0][1]
    for method, template in (
        ("PUT", "/data/projects/{PROJECT_ID}/subjects/{SUBJECT_ID}"),
        ("POST", "/data/experiments/{ASSESSED_ID}/scans"),
        ("PUT", "/data/experiments/{ASSESSED_ID}/scans/{SCAN_ID}/resources/{RESOURCE_ID}/files"),
        ("PUT", "/data/projects/{PROJECT_ID}/groups"),
        ("DELETE", "/data/projects/{PROJECT_ID}/resources/{RESOURCE_ID}"),
    ):
        before = state(server)
        assert ask(admin, method, template, ids).status == 200
        assert state(server) != before


READS = sorted(
    {
        route.template
        for route in ROUTES
        if "GET" in route.methods
        and not route.writes
        and re.search(r"\{(PROJECT\w*|SUBJECT|EXPT|ASSESSED)(_ID)?\}", route.template)
    }
)


@pytest.mark.parametrize("template", READS)
def test_stranger_reads_nothing_of_a_private_project(world, template):
    callers = world[1]
    client, ids = callers[1]
    assert client.get(address(template, ids)).status >= 400


LISTS = sorted(route.template for route in ROUTES if "GET" in route.methods and "{" not in route.template)


@pytest.mark.parametrize("template", LISTS)
def test_stranger_finds_nothing_of_a_private_project_in_lists(world, template):
    callers = world[1]
    client, ids = callers[1]
    text = client.get(template).data.decode()
    assert not [name for name in ("PRIVATE", ids["SUBJECT_ID"], ids["ASSESSED_ID"]) if name in text]
