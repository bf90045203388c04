"""Custom fields and forms on the embedded server (schema-and-search 5.8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_emulator import Mode
from xnat_runtime.custom_fields import CustomFieldsObject
from xnat_sdk import CustomForm, InvalidValueError, KeyNotFoundError, NotFoundError, UsageError, XnatSession, connect
from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, QcManualAssessorData, SubjectData

FORM = "0f6bb2a2-ee04-4a3c-9a77-000000000001"


@pytest.fixture
def subject(session: XnatSession) -> SubjectData:
    """A subject without custom fields."""
    return SubjectData(parent=ProjectData(parent=session, id="P"), label="S1")


@pytest.fixture
def old() -> Iterator[XnatSession]:
    """A connection to a server that has no custom fields."""
    with (
        xnat_emulator.start(mode=Mode(version="1.7")) as server,
        connect(server.url, server.user, server.password) as session,
    ):
        yield session


def asked(server: xnat_emulator.Emulator, start: int) -> list[str]:
    return [request.method for request in server.requests[start:]]


def test_answers_to_a_form_are_one_put_and_one_get(
    empty: xnat_emulator.Emulator, session: XnatSession, subject: SubjectData
) -> None:
    start = len(empty.requests)
    subject.custom_fields[FORM] = {"weight": 80.5, "name": 'a "quoted" <text>', "tags": ["a", None, True]}
    assert asked(empty, start) == ["PUT"]
    again = session.create_object(subject.uri)
    assert isinstance(again, SubjectData)
    fields = again.custom_fields
    start = len(empty.requests)
    answers = fields[FORM]
    assert answers == {"weight": 80.5, "name": 'a "quoted" <text>', "tags": ["a", None, True]}
    assert list(fields) == [FORM]
    assert asked(empty, start) == ["GET"]


def test_fields_are_set_together_and_removed_one_by_one(empty: xnat_emulator.Emulator, subject: SubjectData) -> None:
    fields = subject.custom_fields
    start = len(empty.requests)
    fields.update({"a": 1, "b": {"c": None}})
    fields.update({})
    assert asked(empty, start) == ["PUT"]
    del fields["a"]
    assert dict(fields) == dict(subject.custom_fields) == {"b": {"c": None}}
    with pytest.raises(KeyNotFoundError, match=r"no custom field 'a' in .*: it has b"):
        del fields["a"]
    with pytest.raises(KeyNotFoundError):
        fields["a"]
    with pytest.raises(InvalidValueError, match="needs a name"):
        fields[" "] = 1
    assert repr(fields).startswith("<CustomFields [b] at /xapi/custom-fields/projects/P/subjects/")


def test_a_snapshot_stays_until_it_is_refreshed(subject: SubjectData) -> None:
    fields = subject.custom_fields
    assert "a" not in fields
    subject.custom_fields["a"] = 1
    assert "a" not in fields
    fields.refresh()
    assert fields["a"] == 1


def test_every_level_has_fields_of_its_own(session: XnatSession, subject: SubjectData) -> None:
    imaging = MrSessionData(parent=subject, label="E1")
    items: list[CustomFieldsObject] = [
        subject.parent,
        subject,
        imaging,
        session.projects["P"].experiments["E1"],
        MrScanData(parent=imaging, id="1"),
        QcManualAssessorData(parent=imaging, label="A1"),
    ]
    for number, item in enumerate(items):
        item.custom_fields["number"] = number
    assert [item.custom_fields["number"] for item in items] == [0, 1, 3, 3, 4, 5]
    assert imaging.custom_fields_json == {"number": 3}


def test_values_stand_in_no_url(empty: xnat_emulator.Emulator, subject: SubjectData) -> None:
    subject.custom_fields["note"] = "secret-word"
    assert not any("secret-word" in str(request) for request in empty.requests)


def test_servers_without_custom_fields_say_so(old: XnatSession) -> None:
    subject = SubjectData(parent=ProjectData(parent=old, id="P"), label="S1")
    with pytest.raises(UsageError, match=r"came with XNAT 1\.8"):
        dict(subject.custom_fields)
    with pytest.raises(UsageError, match=r"came with XNAT 1\.8"):
        subject.custom_fields["a"] = 1
    with pytest.raises(UsageError, match=r"came with XNAT 1\.8"):
        old.custom_forms()


def test_an_item_that_is_gone_is_not_found(subject: SubjectData) -> None:
    fields = subject.custom_fields
    subject.delete(remove_files=True)
    with pytest.raises(NotFoundError):
        dict(fields)
    with pytest.raises(NotFoundError):
        fields["a"] = 1


def test_a_site_without_forms_has_an_empty_list(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    start = len(empty.requests)
    assert session.custom_forms() == session.custom_forms("P") == []
    assert [(request.path, dict(request.query)) for request in empty.requests[start:]] == [
        ("/xapi/customforms", {}),
        ("/xapi/customforms", {"projectId": "P"}),
    ]


def test_definitions_of_forms_are_listed(session: XnatSession, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = '{"display": "form", "components": [{"key": "weight", "type": "number"}]}'
    answer = [{"formUUID": FORM, "scope": "Project", "contents": contents, "hasData": True}]

    def answered(*_: object, **__: object) -> object:
        return answer

    monkeypatch.setattr(session, "get_json", answered)
    [form] = session.custom_forms("P")
    assert (form.uuid, form.scope, form.raw["hasData"]) == (FORM, "Project", True)
    assert form.contents == {"display": "form", "components": [{"key": "weight", "type": "number"}]}
    assert repr(form) == f"CustomForm(uuid='{FORM}', scope='Project')"


def test_fields_of_forms_are_search_terms(session: XnatSession) -> None:
    form = CustomForm("ab-12", "Site", None, {})
    term = form.field(SubjectData, "body weight", float)
    assert term.field_id == "XNAT_SUBJECTDATA_CUSTOM-FORM_AB-12_BODYWEIGHT"
    assert b"XNAT_SUBJECTDATA_CUSTOM-FORM_AB-12_BODYWEIGHT" in session.query(SubjectData, term > 80.0).to_string()
