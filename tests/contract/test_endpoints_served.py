"""Endpoints that the server answers give what they promise: every GET on a furnished site, and writes by value."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import xnat_emulator
from tests.emulator.received import ready
from xnat_emulator import Mode
from xnat_emulator.coverage import covered
from xnat_emulator.mode import PLUGINS
from xnat_runtime.documents import ItemNode
from xnat_runtime.errors import NotFoundError, ResponseError
from xnat_runtime.records import Maybe, Record
from xnat_runtime.transport import Response
from xnat_sdk import XnatSession, connect

from .endpoint_site import SEARCH, furnish, workflow
from .endpoints import CATALOGUE, Pair, pairs

SERVED = {(one.path, one.method) for one in covered() if one.served}
GETS = [one for one in pairs() if one.method == "GET" and (one.entry["path"], "GET") in SERVED]

# What the server answers with an error on this site, and the status: none of it can be made over the classic API, or
# the server itself is at fault (the folder of the user's cache, handlers of events: see the facts of each).
REFUSED = {
    "get_build_info_property": 404,
    "get_event_handler": 404,
    "get_project_event_handler": 404,
    "get_invitation": 404,
    "get_experiment_pipeline": 500,
    "get_user_cache_resource": 404,
    "list_user_cache_files": 404,
    "list_prearchive_session_resource_files": 404,
    "download_prearchive_session_resource": 404,
    "list_cached_search_rows": 410,
    "list_cached_search_column_values": 410,
    "get_element_custom_form": 404,
}
# Areas of plugins, which this site does not have: their tests are elsewhere.
OF_PLUGINS = {"commands", "containers", "dicomweb", "docker", "roi_collections", "wrappers", "xsync"}
# What the emulator keeps nothing of, and lists of which this site has no entry.
EMPTY = {
    *("get_project_anonymization_setting", "get_site_anonymization_setting", "get_build_info_attributes"),
    *("list_project_trigger_templates", "get_project_trigger_template", "get_trigger_template", "list_features"),
    *("list_project_event_handlers", "list_workflow_events", "list_workflow_events_by_spec", "list_invitations"),
    *("list_project_pipelines", "list_recent_prearchive_sessions", "dump_ecat_headers"),
    "run_token_operation",
}
OWN_VALUES = {
    "list_project_config_of_tool": {"TOOL_NAME": "tool"},
    "get_project_config": {"TOOL_NAME": "tool", "PATH_TO_FILE": "path"},
    "list_site_config_of_tool": {"TOOL_NAME": "tool"},
    "get_site_config": {"TOOL_NAME": "tool", "PATH_TO_FILE": "path"},
    "run_token_operation_on_token_and_secret": {"OPERATION": "validate"},
    "run_token_operation_on_token": {"OPERATION": "invalidate"},
    "get_tool_preferences": {"TOOL": "siteConfig"},
    "get_tool_preference": {"TOOL": "siteConfig", "PREFERENCE": "siteId"},
    "get_site_setting_values": {"PROPERTIES": "siteId"},
    "list_favorites": {"DATA_TYPE": "xnat:projectData"},
    "get_project_search": {"SEARCH_ID": "@xnat:subjectData"},
}
COMMON = {  # placeholders that mean the same everywhere
    "OPERATION": "show",
    "ELEMENT_NAME": "xnat:subjectData",
    "SCHEMA": "xnat",
    "DIR": "xnat",
    "FILE": "xnat",
    "DISPLAY": "searchable",
    "PROPERTY": "siteId",
    "ROLE": "Administrator",
    "LANGUAGE": "groovy",
    "VERSION": "1",
    "GROUP_ID": "sandbox_owner",
    "DISPLAY_HIDDEN_USERS": "true",
    "PROTOCOL_ID": "sandbox_xnat_subjectData",
    "RESOURCE": "script",
    "SEARCH_ID": "mine",
    "SCRIPT_ID": "hello",
    "SPEC": "xnat:mrSessionData",
    "PROJECT": "sandbox",
    "PIPELINE_NAME": "QC",
    "ACTION": "reset",
    "TRANSACTION_ID": "none",
    "ACCESS_LEVEL": "private",
    "XNAME": "BOX",
    "STEP_ID": "none",
    "EVENT_ID": "none",
    "PAR_ID": "99",
    "CACHED_SEARCH_ID": "none",
    "COLUMN": "none",
    "PLUGIN_ID": "containers",
    "STREAM": "stdout",
    "INVESTIGATOR_ID": "1",
    "RECEIVER_ID": "1",
    "TITLE": "XNAT",
    "PORT": "8104",
    "DATA_TYPE": "xnat:subjectData",
}
KEYWORDS: dict[str, dict[str, Any]] = {  # keyword arguments of endpoints
    "dump_dicom_headers": {"src": "/archive/projects/sandbox/experiments/test001_MR/scans/1"},
    "dump_ecat_headers": {"src": "/archive/projects/sandbox/experiments/test001_MR/scans/1"},
    "download_prearchive_scan": {"format": "zip"},
    "download_prearchive_session_resource": {"format": "zip"},
    "list_recent_prearchive_sessions": {"recent": "true"},
    "list_available_commands": {"xsi_type": "xnat:mrSessionData", "project": "sandbox"},
    "list_site_commands": {"xsi_type": "xnat:mrSessionData"},
    "list_project_commands": {"xsi_type": "xnat:mrSessionData"},
    "get_audit_trail": {"item": "xnat:projectData/sandbox"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[xnat_emulator.Emulator]:
    """The demo site."""
    with xnat_emulator.start(demo=True, mode=Mode(plugins=PLUGINS)) as started:
        yield started


@pytest.fixture(scope="module")
def session(server: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """Its administrator."""
    with connect(server.url, server.user, server.password) as connection:
        yield connection


@pytest.fixture(scope="module")
def values(server: xnat_emulator.Emulator, session: XnatSession) -> dict[str, str]:
    """A value for each placeholder."""
    return {**COMMON, **furnish(server, session)}


def _resource(path: str) -> str:
    """Return the label of a resource that the item of a path has."""
    if "/prearchive/" in path or "/scans/" in path:
        return "DICOM"
    if "/assessors/" in path:
        return "REPORT"
    if "/reconstructions/" in path:
        return "MASK"
    return "QC" if "/experiments/" in path or "/subjects/" in path else "documents"


def _arguments(pair: Pair, values: dict[str, str]) -> list[str]:
    path = str(pair.entry["path"])
    given = {**values, "RESOURCE_ID": _resource(path), **OWN_VALUES.get(pair.name, {})}
    if "/prearchive/" in path:
        given["SCAN_ID"] = "1"
    if "{ASSESSED_ID}/assessors/" in path:
        given["EXPT_ID"] = values["ASSESSOR_ID"]
    return [given.get(name, "none") for name in pair.route.parameters]


def _is_what_it_promises(got: object, promised: str) -> bool:
    if promised.startswith("list["):
        assert isinstance(got, list)
        return all(_reads(one) for one in got if isinstance(one, Record))
    if isinstance(got, Record):
        return _reads(got)
    kinds = {"ItemNode": ItemNode, "str": str, "Response": Response, "None": type(None), "bool": bool, "int": int}
    if promised.startswith("dict["):
        return isinstance(got, dict)
    return promised == "JsonValue" or isinstance(got, kinds[promised])


def _reads(record: Record) -> bool:
    """Read every field of a record: what cannot be decoded raises."""
    fields = [name for name in dir(type(record)) if isinstance(inspect.getattr_static(type(record), name), Maybe)]
    read = [getattr(record, name) for name in fields]
    return len(read) == len(fields) and (not fields or any(value is not None for value in read))


@pytest.mark.parametrize("area", sorted(CATALOGUE["areas"]))
def test_answers_of_reads(
    area: str, session: XnatSession, server: xnat_emulator.Emulator, values: dict[str, str]
) -> None:
    refused, empty = {}, set[str]()
    # The longest paths first: a token is told valid before it is ended.
    own = [one for one in GETS if one.entry["area"] == area]
    for pair in sorted(own, key=lambda one: -len(one.entry["path"])):
        endpoint, keywords = pair.endpoint(session), dict(KEYWORDS.get(pair.name, {}))
        if pair.name == "get_workflow_by_query":
            keywords["query"] = workflow(values["EXPT_ID"])
        before = len(server.requests)
        try:
            got = endpoint(*_arguments(pair, values), **keywords)
        except ResponseError as error:
            refused[pair.name] = error.status
            continue
        assert _is_what_it_promises(got, str(inspect.signature(endpoint).return_annotation)), pair.name
        if got in ([], {}):
            empty.add(pair.name)
        getattr(got, "close", lambda: None)()
        # A resource tells its fields in the list of its owner's resources only.
        expected = 2 if isinstance(got, ItemNode) and "RESOURCE_ID" in pair.route.parameters else 1
        assert len(server.requests) - before == expected, pair.name
    if area in OF_PLUGINS:
        assert set(refused.values()) <= {404}
        return
    assert refused == {one.name: REFUSED[one.name] for one in own if one.name in REFUSED}
    assert empty == {one.name for one in own if one.name in EMPTY}


def test_most_endpoints_answer() -> None:
    assert len(GETS) - len(REFUSED) >= 260


def test_writes_are_read_back(session: XnatSession) -> None:
    api = session.api
    api.projects.save_project("walk", accessibility="protected", event_reason="a test")
    assert api.projects.get_project_accessibility("walk") == "protected"
    made = api.subjects.save_project_subject("walk", "one", gender="female", xsi_type="xnat:subjectData")
    (subject,) = api.subjects.list_project_subjects("walk", columns=["label", "gender"])
    assert (made.status, subject["gender"], subject["label"]) == (201, "female", "one")
    document = {"xsiType": "xnat:mrSessionData", "xnat:mrSessionData/date": "2024-01-31"}
    api.experiments.save_subject_experiment("walk", "one", "mr", data=document)
    (imaging,) = api.experiments.list_project_experiments("walk", limit=1)
    assert (imaging.label, imaging.xsi_type, imaging.date) == ("mr", "xnat:mrSessionData", date(2024, 1, 31))
    api.scans.save_experiment_scan(imaging.id, "5", {"xsiType": "xnat:mrScanData"}, type="T1")
    (scan,) = api.scans.list_experiment_scans(imaging.id)
    assert (scan.id, scan.type, scan.xnat_imagescandata_id is None) == ("5", "T1", False)
    assert api.scans.get_experiment_scan(imaging.id, "5").fields["type"] == "T1"


def test_files_go_up_and_come_down(session: XnatSession) -> None:
    api = session.api
    api.projects.save_project("files")
    api.resources.create_project_resource("files", "NOTES", format="TXT")
    api.files.upload_project_resource_file("files", "NOTES", "a folder/b.txt", b"words", inbody=True, tags=["x", "y"])
    (row,) = api.files.list_project_resource_files("files", "NOTES")
    assert (row.name, row.size, row.file_tags) == ("b.txt", 5, "x,y")
    assert session.get(row.uri).content == b"words"
    (resource,) = api.resources.list_project_resources("files", cache_file_stats=True)
    assert (resource.label, resource.file_count, resource.file_size) == ("NOTES", 1, 5)
    api.files.delete_project_resource_files("files", "NOTES", "a folder/b.txt")
    assert api.files.list_project_resource_files("files", "NOTES") == []
    api.projects.delete_project("files", remove_files=True)
    with pytest.raises(NotFoundError):
        api.projects.get_project("files")


def test_accounts_and_roles(session: XnatSession) -> None:
    users = session.api.users
    person = {"username": "mia", "firstName": "Mia", "lastName": "M", "email": "mia@example.org", "password": "s3cret!"}
    assert users.create_user({**person, "enabled": True}).username == "mia"
    users.add_roles_to_user("mia", ["Administrator"])
    assert users.list_roles_of_user("mia") == ["Administrator"]
    users.remove_roles_from_user("mia", ["Administrator"])
    assert users.list_roles_of_user("mia") == []
    users.update_user_enabled("mia", "false")
    assert users.get_user_enabled("mia") is False
    assert [one.login for one in users.list_users() if one.login == "mia"] == []


def test_settings(session: XnatSession) -> None:
    api = session.api
    api.site.update_site_settings({"siteDescriptionText": "Walk"})
    assert api.site.get_site_setting_values("siteDescriptionText,siteId")["siteDescriptionText"] == "Walk"
    api.anonymization.update_project_anonymization_script("sandbox", "// nothing")
    assert api.anonymization.get_project_anonymization_script("sandbox") == "// nothing"
    receiver = api.dicom_receivers.create_dicom_receiver({"aeTitle": "WALK", "port": 8205, "enabled": True})
    assert (receiver.ae_title, receiver.port, receiver.enabled) == ("WALK", 8205, True)
    assert [one.ae_title for one in api.dicom_receivers.list_dicom_receivers() if one.port == 8205] == ["WALK"]
    changed = api.dicom_receivers.update_dicom_receiver(str(receiver.id), {**receiver.data, "port": 8206})
    assert changed.port == 8206
    assert api.site.get_build_info().version == session.server_version


def test_secrets_of_tokens_stay_out_of_errors(session: XnatSession) -> None:
    with pytest.raises(ResponseError) as caught:
        session.api.tokens.run_token_operation_on_token_and_secret("validate", "none", "s3cret")
    assert "s3cret" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"


def test_what_cannot_be_done_is_said_as_everywhere(session: XnatSession) -> None:
    with pytest.raises(NotFoundError, match="projects/nowhere"):
        session.api.projects.get_project("nowhere")
    with pytest.raises(TypeError, match="no parameter colums"):
        session.api.subjects.list_subjects(colums=["ID"])  # type: ignore[call-arg]


def test_searches(session: XnatSession, values: dict[str, str]) -> None:
    assert values
    search = session.api.search
    rows = search.run_search(SEARCH, sort_by="SUBJECT_LABEL", sort_order="DESC")
    assert "test001" in {row["subject_label"] for row in rows}
    assert "mine" in {row.id for row in search.list_saved_searches()}
    assert "xnat:subjectData" in search.get_saved_search("mine")
    secured = {one.element_name: one.secured for one in search.list_search_elements()}
    assert secured["xnat:subjectData"] is True
    assert {"PROJECT", "ETHNICITY"} <= {one.field_id for one in search.list_search_fields("xnat:subjectData")}


def test_prearchive(server: xnat_emulator.Emulator, session: XnatSession) -> None:
    api = session.api.prearchive
    waiting = ready(server.site.archive, "sandbox", "arrived")
    place = (waiting.project, waiting.timestamp, waiting.folder)
    (row,) = api.get_prearchive_session(*place)
    assert (row.status, row.folder_name, row.prevent_anon) == ("READY", "arrived", False)
    assert row.uploaded is not None
    assert [one.id for one in api.list_prearchive_scans(*place)] == ["1", "2"]
    with api.download_prearchive_scan(*place, "1", format="zip") as archive:
        assert archive.read(2) == b"PK"
    moved = api.move_prearchive_sessions(src=row.url, new_project="brainimages")
    assert [(one.folder_name, one.status) for one in moved] == [("arrived", "QUEUED_MOVING")]


def test_imports(session: XnatSession) -> None:
    api = session.api
    dicom = api.files.list_experiment_scan_files("XNAT_E00001", "1")[0]
    content = session.get(dicom.uri).content
    told = api.imports.import_session(content, import_handler="gradual-DICOM", inbody=True, project_id="sandbox")
    assert told.strip().startswith("/data/prearchive/projects/sandbox/")
