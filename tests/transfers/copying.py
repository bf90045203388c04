"""Two servers, and what tests of copies look at: documents without IDs, trees of files, requests that fail."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from xnat_runtime.transport import Request, Response
from xnat_sdk import XnatSession

_IDS = re.compile(r"XNAT_[SE]\d+")
_PATHS = re.compile(r'(ID|project|secondary_ID|URI|xsi:schemaLocation|file_count|file_size)="[^"]*"')


def files_of(session: XnatSession, uri: str, query: str = "") -> dict[str, str]:
    """Digests of all files below an item, by resource and path without IDs."""
    rows = session.get_json(f"{uri}/files{query}")["ResultSet"]["Result"]
    found = {}
    for row in rows:
        where = re.sub(r"resources/\d+", f"resources/{row['collection']}", row["URI"])
        found[_IDS.sub("ID", where.partition("/experiments/")[2] or where.partition("/resources/")[2])] = row["digest"]
    return found


def tree_of(session: XnatSession, project: str) -> dict[str, dict[str, str]]:
    """Digests of all files of a project by item."""
    owner = session.projects[project]
    found = {"project": files_of(session, f"/data/projects/{project}")}
    for subject in owner.subjects:
        found[f"subject {subject.label}"] = files_of(session, f"/data/projects/{project}/subjects/{subject.id}")
    for experiment in owner.experiments:
        found[experiment.label] = files_of(session, f"/data/experiments/{experiment.id}", "?all=true")
    return found


def plain_document(session: XnatSession, uri: str, project: str) -> str:
    """The document of an item without what differs between servers."""
    text = session.get(uri, query={"format": "xml", "concealHiddenFields": "true"}).text
    return _IDS.sub("ID", _PATHS.sub("", text)).replace(f"{project}_xnat", "PROJECT").split(">", 2)[2]


def documents_of(session: XnatSession, project: str) -> dict[str, str]:
    """The documents of the subjects and experiments of a project by label, and its own."""
    owner = session.projects[project]
    base = f"/data/projects/{project}"
    found = {"project": plain_document(session, base, project)}
    for subject in owner.subjects:
        found[subject.label] = plain_document(session, f"{base}/subjects/{subject.id}", project)
    for experiment in owner.experiments:
        found[experiment.label] = plain_document(session, f"/data/experiments/{experiment.id}", project)
    return found


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool) -> Generator[Callable[[], int], None, None]:
    """End the process at the n-th request: before it is sent, or after the server has answered it."""
    counted = 0
    sent = XnatSession.send

    def send(self: XnatSession, request: Request, *, stream: bool = False) -> Response:
        nonlocal counted
        counted += 1
        # While a file is sent, another is received.
        own = counted
        if own == number and not after:
            raise Killed
        answer = sent(self, request, stream=stream)
        if own == number:
            answer.close()
            raise Killed
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(XnatSession, "send", send)
        yield lambda: counted


def writes(requests: list) -> Counter[str]:
    """How often each item was made: POSTs and PUTs of items and resources, without files."""
    made = (each for each in requests if each.method in {"POST", "PUT"} and "/files/" not in each.path)
    return Counter(f"{each.method} {each.path}" for each in made)
