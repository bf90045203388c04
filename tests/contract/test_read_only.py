"""A read-only connection refuses everything that would change something, before it is sent."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import xnat_emulator
from xnat_sdk import ReadOnlyConnectionError, XnatSession, connect
from xnat_sdk.models import (
    DemographicData,
    MrScanData,
    MrSessionData,
    ProjectData,
    QcManualAssessorData,
    ResourceCatalog,
    SubjectData,
)

Change = Callable[[XnatSession, Path], object]
P = "/data/projects/P"
FILES = f"{P}/resources/R/files"


def project(session: XnatSession) -> ProjectData:
    return session.projects["P"]


def subject(session: XnatSession) -> SubjectData:
    return project(session).subjects["S1"]


def imaging(session: XnatSession) -> MrSessionData:
    found = session.experiments["E1"]
    assert isinstance(found, MrSessionData)
    return found


def resource(session: XnatSession) -> Any:  # Any: only its methods are used
    return project(session).resources["R"]


def assign(item: object, name: str, value: object) -> None:
    setattr(item, name, value)


def rewrite(session: XnatSession) -> None:
    with subject(session).edit() as edited:
        edited.initials = "CD"
        edited.fields["x"] = "y"


def forget(mapping: Any, key: str) -> None:  # Any: mappings of several kinds
    del mapping[key]


CHANGES: dict[str, Change] = {
    # verbs
    "put": lambda s, _: s.put("/data/projects/Q"),
    "post": lambda s, _: s.post(f"{P}/subjects", b"<a/>"),
    "patch": lambda s, _: s.patch(P),
    "delete": lambda s, _: s.delete(P),
    # uploads
    "upload": lambda s, _: s.upload(f"{FILES}/a", b"a"),
    "upload_file": lambda s, folder: s.upload_file(f"{FILES}/a", folder / "a.txt"),
    "upload_string": lambda s, _: s.upload_string(f"{FILES}/a", "a"),
    "upload_stream": lambda s, _: s.upload_stream(f"{FILES}/a", io.BytesIO(b"a")),
    "resource.upload": lambda s, folder: resource(s).upload(folder / "a.txt"),
    "resource.upload_data": lambda s, _: resource(s).upload_data(b"a", "a"),
    "resource.upload_dir tar": lambda s, folder: resource(s).upload_dir(folder),
    "resource.upload_dir zip": lambda s, folder: resource(s).upload_dir(folder, method="zip"),
    "resource.upload_dir per_file": lambda s, folder: resource(s).upload_dir(folder, method="per_file"),
    "create_resource": lambda s, _: subject(s).create_resource("N"),
    # creation
    "ProjectData": lambda s, _: ProjectData(parent=s, id="N"),
    "SubjectData": lambda s, _: SubjectData(parent=project(s), label="N"),
    "SubjectData exist_ok": lambda s, _: SubjectData(parent=project(s), label="S1", exist_ok=True),
    "MrSessionData": lambda s, _: MrSessionData(parent=subject(s), label="N"),
    "MrScanData": lambda s, _: MrScanData(parent=imaging(s), id="9"),
    "QcManualAssessorData": lambda s, _: QcManualAssessorData(parent=imaging(s), label="N"),
    "ResourceCatalog": lambda s, _: ResourceCatalog(parent=imaging(s), label="N"),
    # edits
    "field": lambda s, _: assign(subject(s), "initials", "CD"),
    "cleared field": lambda s, _: assign(subject(s), "initials", None),
    "structure": lambda s, _: assign(subject(s), "demographics", DemographicData(gender="male")),
    "label": lambda s, _: assign(subject(s), "label", "N"),
    "rename": lambda s, _: subject(s).rename("N"),
    "edit": lambda s, _: rewrite(s),
    "fields": lambda s, _: subject(s).fields.update({"x": "y"}),
    "del fields": lambda s, _: forget(subject(s).fields, "x"),
    "custom_variables": lambda s, _: subject(s).custom_variables["g"].update({"V": "v"}),
    "custom_fields": lambda s, _: subject(s).custom_fields.update({"a": 1}),
    "del custom_fields": lambda s, _: forget(subject(s).custom_fields, "kept"),
    "define": lambda s, _: project(s).variable_definitions.define(SubjectData, "W", group="g"),
    "update definition": lambda s, _: project(s).variable_definitions.update(SubjectData, "V", group="g"),
    "remove definition": lambda s, _: project(s).variable_definitions.remove(SubjectData, "V", group="g"),
    # status, sharing, access
    "activate": lambda s, _: imaging(s).activate(),
    "quarantine": lambda s, _: imaging(s).quarantine(),
    "share": lambda s, _: subject(s).share("Q"),
    "share primary": lambda s, _: subject(s).share("Q", primary=True),
    "unshare": lambda s, _: imaging(s).unshare("Q"),
    "accessibility": lambda s, _: assign(project(s), "accessibility", "public"),
    "set_access": lambda s, _: project(s).set_access("ada", "owner"),
    "remove_access": lambda s, _: project(s).remove_access("ada"),
    # deletion
    "delete project": lambda s, _: project(s).delete(remove_files=True),
    "delete subject": lambda s, _: subject(s).delete(remove_files=True),
    "delete session": lambda s, _: imaging(s).delete(remove_files=True),
    "delete scan": lambda s, _: imaging(s).scans["1"].delete(remove_files=True),
    "delete resource": lambda s, _: resource(s).delete(remove_files=True),
    "delete file": lambda s, _: resource(s).files["kept.txt"].delete(remove_files=True),
    # services, prearchive, tokens
    "import_": lambda s, folder: s.services.import_(folder / "a.zip", project="P"),
    "import_dir": lambda s, folder: s.services.import_dir(folder, project="P"),
    "refresh_catalog": lambda s, _: s.services.refresh_catalog(resource(s)),
    "issue_token": lambda s, _: s.services.issue_token(),
    "tokens.issue": lambda s, _: s.tokens.issue(),
    "protocol": lambda s, _: s.get(f"{P}/protocols/x", query={"dataType": "xnat:mrSessionData"}),
    "prearchive verb": lambda s, _: s.post("/data/services/prearchive/delete", {"src": "/prearchive/projects/P/1/a"}),
}


@pytest.fixture(scope="module")
def filled() -> Iterator[xnat_emulator.Emulator]:
    """A server with one of everything, which no test may change."""
    with xnat_emulator.start() as server, connect(server.url, server.user, server.password) as session:
        server.build.user("ada")
        ProjectData(parent=session, id="Q")
        made = ProjectData(parent=session, id="P")
        made.set_access("ada", "member")
        made.variable_definitions.define(SubjectData, "V", group="g")
        made.create_resource("R").upload_data(b"kept", "kept.txt")
        someone = SubjectData(parent=made, label="S1", initials="AB")
        someone.fields["x"] = "kept"
        someone.custom_fields["kept"] = True
        session_made = MrSessionData(parent=someone, label="E1")
        MrScanData(parent=session_made, id="1")
        session_made.share("Q")
        yield server


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_that_changes_is_sent(filled: xnat_emulator.Emulator, tmp_path: Path, change: str) -> None:
    folder = tmp_path / "folder"  # apart from the home, which keeps what is known of unfinished uploads
    folder.mkdir()
    (folder / "a.txt").write_text("a", encoding="utf-8")
    (folder / "a.zip").write_bytes(b"PK")
    with connect(filled.url, filled.user, filled.password, read_only=True) as reader:
        start = len(filled.requests)
        with pytest.raises(ReadOnlyConnectionError, match="read-only"):
            CHANGES[change](reader, folder)
        assert {request.method for request in filled.requests[start:]} <= {"GET", "HEAD"}
