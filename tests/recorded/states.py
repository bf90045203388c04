"""Brings an emulator into the state that an answer was recorded in, through its REST interface."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode
from xml.sax.saxutils import quoteattr

from ..emulator.conftest import Client, log_in

SPACE = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:icr="http://icr.ac.uk/icr"'
ELEMENTS = {
    "xnat:mrSessionData": "xnat:MRSession",
    "xnat:ctSessionData": "xnat:CTSession",
    "xnat:petSessionData": "xnat:PETSession",
    "icr:roiCollectionData": "icr:RoiCollection",
}


def put(client: Client, path: str, **query: str) -> str:
    """Put an item with values and return its path; slashes of the values' names stay as they are."""
    answer = client.put(f"{path}?{urlencode(query)}" if query else path)
    assert answer.status in {200, 201}, (path, query, answer.data)
    return path


def put_document(client: Client, path: str, element: str, attributes: Mapping[str, str], content: str = "") -> str:
    """Put an item as a document, the way to give it an accession number of one's own."""
    said = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)
    answer = client.xml("PUT", path, f"<{element} {SPACE} {said}>{content}</{element}>")
    assert answer.status in {200, 201}, (path, answer.data)
    return path


def put_project(client: Client, project: str, **values: str) -> str:
    return put(client, f"/data/projects/{quote(project)}", **values)


def put_subject(client: Client, project: str, accession: str, label: str) -> str:
    put_project(client, project)
    path = f"/data/projects/{quote(project)}/subjects/{quote(label)}"
    return put_document(client, path, "xnat:Subject", {"ID": accession, "label": label})


def put_session(client: Client, subject: str, xsi_type: str, accession: str, label: str, **values: str) -> str:
    """Put an experiment with an accession number, and then its values by path."""
    path = f"{subject}/experiments/{quote(label)}"
    put_document(client, path, ELEMENTS[xsi_type], {"ID": accession, "label": label})
    filled = {f"{xsi_type}/{name}": value for name, value in values.items() if value}
    return put(client, path, **filled) if filled else path


def by_account(client: Client, login: str) -> Client:
    """Return a client with the login of a recorded account: an administrator, because the sites' rights are unknown."""
    if login == client.emulator.user:
        return client
    body = {"username": login, "password": "secret", "firstName": "First", "lastName": "Last", "email": "a@b.org"}
    answer = client.post("/xapi/users", body=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status in {201, 409}, answer.data
    role = client.put(f"/xapi/users/{login}/roles/Administrator")
    assert role.status == 200, role.data
    return log_in(client.emulator, login, "secret")


def upload(client: Client, resource: str, path: str, data: bytes, **query: str) -> None:
    asked = urlencode({"inbody": "true", **query})
    answer = client.put(f"{resource}/files/{quote(path)}?{asked}", body=data)
    assert answer.status in {200, 201}, answer.data


def said(fields: Mapping[str, object], *without: str) -> dict[str, str]:
    """Return the fields that a client can set: no numbers of the database and nothing that follows from the place."""
    hidden = {"id", "ID", "project", "label", "subject_ID", "image_session_ID", "imageSession_ID", "active", *without}
    return {
        key: str(value) for key, value in fields.items() if key not in hidden and not key.lower().startswith("xnat_")
    }


def first(rows: Iterable[Mapping[str, str]], key: str, default: str = "") -> str:
    return next((row[key] for row in rows if row.get(key)), default)
