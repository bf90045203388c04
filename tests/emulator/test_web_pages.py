"""The pages for people, as a browser gets them."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
import urllib3
from lxml import html

import xnat_emulator
from xnat_emulator.mode import Mode
from xnat_emulator.store.patch import Patch

from .conftest import Client, log_in, new_user
from .imports_dicom import make

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/120"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", **BROWSER}


def page(client, path):
    answer = client.get(path, headers=BROWSER)
    assert answer.status == 200, answer.data
    assert answer.headers["Content-Type"] == "text/html;charset=UTF-8"
    return html.fromstring(answer.data.decode())


def links(tree):
    return {link.text_content().strip(): link.get("href") for link in tree.iter("a")}


def trail(tree):
    return [link.text for link in tree.cssselect("nav a")] if tree.find(".//nav") is not None else []


def test_home_answers_everybody(anonymous):
    """Clients ask for it first, to find out whether there is a server (peers 4)."""
    for headers in ({}, BROWSER):
        answer = anonymous.get("/", headers=headers)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    assert "Not logged in" in answer.data.decode()


def test_home_names_the_user_as_old_clients_look_for_it(client):
    text = client.get("/").data.decode()
    assert '<span id="user_info">Logged in as: &nbsp;<a href="/">admin</a>' in text
    with xnat_emulator.start(mode=Mode(require_login=False)) as open_server:
        text = urllib3.request("GET", open_server.url).data.decode()
    assert '<span id="user_info">Logged in as: <span style="color:red;">Guest</span>' in text


def test_projects_lead_to_subjects_sessions_scans_and_files(reader):
    home = page(reader, "/")
    project = page(reader, links(home)["Sandbox project"])
    assert trail(project) == ["Projects"]
    subject = page(reader, links(project)["test001"])
    assert trail(subject) == ["Projects", "sandbox"]
    session = page(reader, links(subject)["test001_MR"])
    assert trail(session) == ["Projects", "sandbox", "test001"]
    assert session.findtext(".//h1") == "test001_MR"
    scan = page(reader, links(session)["T1"])
    assert trail(scan) == ["Projects", "sandbox", "test001", "test001_MR"]
    assert "2400" in [cell.text for cell in scan.iter("dd")]
    file = links(scan)["T1.nii.gz"]
    assert reader.get(file).data[:2] == b"\x1f\x8b"


def test_every_link_of_the_demo_leads_somewhere(reader):
    waiting, seen = ["/"], {"/app/action/LogoutUser"}
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = reader.get(path, headers=BROWSER)
        assert answer.status == 200, path
        if path == "/" or (path.startswith("/browse") and not path.endswith(".png")):
            tree = html.fromstring(answer.data.decode())
            found = [link.get("href") for link in tree.iter("a")] + [image.get("src") for image in tree.iter("img")]
            # One file of each list is enough.
            waiting += [link for link in (urljoin(path, link) for link in found) if "/files/" not in link]
    assert sum(path.endswith(".png") for path in seen) >= 10
    assert any("format=zip" in path for path in seen)


def test_sessions_show_pictures_assessors_and_reconstructions(reader):
    (session,) = [row["ID"] for row in reader.rows("/data/experiments?format=json") if row["label"] == "test001_MR"]
    tree = page(reader, f"/browse/experiments/{session}")
    assert len(tree.findall(".//img")) == 3
    text = tree.text_content()
    assert "test001_MR_QC" in text
    assert "recon_1" in text
    assert "mask.nii.gz" in text
    assessor = page(reader, links(tree)["test001_MR_QC"])
    assert "report.txt" in links(assessor)
    assert reader.get(links(assessor)["report.txt"]).data == b"All scans are usable.\n"


def test_everything_is_escaped(client, project, session):
    evil = "<script>alert(1)</script>"
    client.xml(
        "PUT",
        project,
        f'<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat" ID="{project.rpartition("/")[2]}">'
        "<xnat:name>&lt;script&gt;alert(1)&lt;/script&gt;</xnat:name></xnat:Project>",
    )
    client.put(f"{session}/resources/R/files/%3Cscript%3E%22.txt?inbody=true", body=b"x")
    identifier = client.fields(session)["ID"]
    for path in ("/", f"/browse/projects/{project.rpartition('/')[2]}", f"/browse/experiments/{identifier}"):
        assert "<script" not in client.get(path).data.decode()
    assert evil in page(client, "/").text_content()
    tree = page(client, f"/browse/experiments/{identifier}")
    assert client.get(links(tree)['<script>".txt']).data == b"x"


def test_pages_show_what_one_may_read(client, session):
    name = session.split("/")[3]
    identifier = client.fields(session)["ID"]
    stranger, reader = new_user(client.emulator), new_user(client.emulator, **{name: "collaborator"})
    paths = (f"/browse/projects/{name}", f"/browse/experiments/{identifier}")
    assert [stranger.get(path).status for path in paths] == [404, 404]
    assert [reader.get(path).status for path in paths] == [200, 200]
    assert name not in page(stranger, "/").text_content()
    assert f"/browse/projects/{name}" in links(page(reader, "/")).values()


def test_protected_project_shows_no_subjects(client, session):
    name = session.split("/")[3]
    client.put(f"{session.partition('/subjects')[0]}/accessibility/protected")
    stranger = new_user(client.emulator)
    assert "s1" not in links(page(stranger, f"/browse/projects/{name}"))


def test_shared_subject_has_the_label_of_the_project(client, project, subject):
    client.put(f"{project}B")
    client.put(f"{subject}/projects/{project.rpartition('/')[2]}B?label=other")
    tree = page(client, f"/browse/projects/{project.rpartition('/')[2]}B")
    assert "other" in links(tree)
    assert client.get(links(tree)["other"]).status == 200


def test_missing_things_are_not_found(client, session):
    identifier = client.fields(session)["ID"]
    for path in ("/browse/projects/NONE", "/browse/experiments/NONE", f"/browse/experiments/{identifier}/scans/9"):
        assert client.get(path).status == 404


def test_long_lists_are_cut(client, session):
    archive = client.emulator.site.archive
    client.put(f"{session}/resources/MANY/files/a?inbody=true", body=b"x")
    number = client.rows(f"{session}/resources")[0]["xnat_abstractresource_id"]
    resource = archive.items.resource(int(number))
    (first,) = archive.files.of(resource.row)
    with archive.transaction():
        for count in range(250):
            archive.files.put(resource.row, f"f{count}", first.blob, first.facts, archive.change("admin"))
    tree = page(client, f"/browse/experiments/{client.fields(session)['ID']}")
    assert len(tree.findall(".//tr")) == 200
    assert "and 51 more" in tree.text_content()


def test_large_projects_are_cut(client, project):
    archive = client.emulator.site.archive
    name = project.rpartition("/")[2]
    with archive.transaction():
        change = archive.change("admin")
        for number in range(130):
            values = {"ID": f"{name}_S{number}", "project": name, "label": f"s{number}"}
            archive.create("subject", "xnat:subjectData", Patch(values=values), change)
    tree = page(client, f"/browse/projects/{name}")
    assert len(tree.find_class("card")) == 120
    assert "and 10 more" in tree.text_content()
    assert "130 subjects" in page(client, "/").text_content()


# --- the way in and out ---


def log_in_by_form(emulator, password="admin"):
    """Fill in the login form as a browser does; return the answer and the cookies that came."""
    browser = Client(emulator, dict(BROWSER))
    sent = browser.get("/data/projects")
    assert (sent.status, sent.headers["Location"]) == (302, f"{emulator.url}/app/template/Login.vm")
    answer = browser.get("/app/template/Login.vm")
    form = html.fromstring(answer.data.decode()).find(".//form")
    assert (form.get("method"), form.get("action")) == ("post", "/login")
    names = {field.get("name"): field.get("value") or "" for field in form.iter("input")}
    assert {"username", "password"} <= set(names)
    body = f"username=admin&password={password}&XNAT_CSRF={names['XNAT_CSRF']}".encode()
    return browser.post("/login", body=body, headers=FORM)


def test_login_form_lets_in(emulator):
    answer = log_in_by_form(emulator)
    assert (answer.status, answer.headers["Location"]) == (302, f"{emulator.url}/")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("JSESSIONID"))
    assert "HttpOnly" in cookie
    browser = Client(emulator, {"Cookie": cookie.partition(";")[0], **BROWSER})
    assert "Logged in as" in browser.get("/").data.decode()
    assert browser.get("/data/auth").data == b"User 'admin' is logged in"
    gone = browser.get("/app/action/LogoutUser")
    assert gone.status == 302
    assert "Not logged in" in browser.get("/").data.decode()


def test_wrong_password_leads_back_to_the_form(emulator):
    answer = log_in_by_form(emulator, "wrong")
    assert (answer.status, answer.headers["Location"]) == (302, f"{emulator.url}/app/template/Login.vm?failed=true")
    again = Client(emulator, dict(BROWSER)).get("/app/template/Login.vm?failed=true")
    assert html.fromstring(again.data.decode()).find_class("wrong")


def test_guests_browse_what_is_public():
    with xnat_emulator.start(mode=Mode(require_login=False)) as server:
        client = log_in(server)
        client.put("/data/projects/OPEN")
        client.put("/data/projects/OPEN/accessibility/public")
        client.put("/data/projects/CLOSED")
        client.put("/data/projects/OPEN/subjects/s1")
        guest = Client(server, dict(BROWSER))
        found = links(page(guest, "/"))
        assert "OPEN" in found
        assert "CLOSED" not in found
        assert "s1" in links(page(guest, "/browse/projects/OPEN"))


def test_scan_without_files_says_so(client, scan):
    identifier = client.fields(scan.partition("/scans")[0])["ID"]
    tree = page(client, f"/browse/experiments/{identifier}/scans/1")
    assert "no files" in tree.text_content()
    assert tree.find(".//img") is None
    assert "no image" in page(client, f"/browse/experiments/{identifier}").text_content()


@pytest.mark.parametrize("body", [make(), b"no dicom at all"])
def test_files_without_pixels_have_a_placeholder(client, scan, body):
    client.put(f"{scan}/resources/DICOM/files/a.dcm?inbody=true", body=body)
    identifier = client.fields(scan.partition("/scans")[0])["ID"]
    answer = client.get(f"/browse/experiments/{identifier}/scans/1/preview.png")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/svg+xml;charset=UTF-8")
    assert "No preview" in answer.data.decode()


def test_refusals_of_pages_are_pages_with_a_way_back(client):
    answer = client.get("/browse/projects/NOSUCH")
    assert answer.status == 404
    text = answer.data.decode()
    assert "Unable to find the specified project." in text
    assert 'href="/"' in text
    assert "XNAT emulator" in text
