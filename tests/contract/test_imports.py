"""Imports through the SDK on the embedded server."""

from __future__ import annotations

import io
import tarfile
from urllib.parse import parse_qsl

import pytest

import xnat_emulator
from xnat_emulator import Fault, faults
from xnat_runtime.transfers.events import Advanced, Finished, Started, TransferEvent
from xnat_sdk import (
    BadRequestError,
    ConflictError,
    DirectArchiveSession,
    InvalidValueError,
    PrearchiveSession,
    UnexpectedAnswerError,
    connect,
)
from xnat_sdk.models import MrSessionData

from .imaging import dicom, study, written, zipped


@pytest.fixture
def project(empty):
    empty.build.project("sandbox")
    return "sandbox"


def asked(server, since):
    return [f"{one.method} {one.path}" for one in list(server.requests)[since:]]


def query_of(server, path="/data/services/import"):
    found = next(one for one in reversed(list(server.requests)) if one.path == path)
    pairs = found.query if not isinstance(found.query, str) else parse_qsl(found.query)
    return dict(pairs)


def test_a_zip_becomes_an_experiment_with_two_requests(session, empty, project, tmp_path):
    path = tmp_path / "study.zip"
    path.write_bytes(zipped(study(scans=2)))
    before = len(empty.requests)
    made = session.services.import_(path, project=project, subject="test002", experiment="first")
    assert asked(empty, before) == [
        "POST /data/services/import",
        "GET /data/projects/sandbox/subjects/test002/experiments/first",
    ]
    assert isinstance(made, MrSessionData)
    assert made.label == "first"
    assert [scan.id for scan in made.scans] == ["1", "2"]
    assert made == session.projects[project].subjects["test002"].experiments["first"]


def test_without_labels_the_headers_say_them(session, project):
    made = session.service.import_(data=zipped(study()), project=project)
    assert isinstance(made, MrSessionData)
    assert made.label == "Sample_ID"


def test_a_destination_in_the_prearchive_gives_a_prearchive_session(session, empty, project):
    before = len(empty.requests)
    held = session.services.import_(data=zipped(study()), project=project, destination="/prearchive")
    assert asked(empty, before) == ["POST /data/services/import"]
    assert isinstance(held, PrearchiveSession)
    assert repr(held) == f"<PrearchiveSession sandbox/{held.data['timestamp']}/Sample_ID>"
    assert held.status == "READY"


@pytest.mark.parametrize("version", ["1.7", "1.8", "1.9"])
@pytest.mark.parametrize("handler", [None, "SI"])
def test_what_is_meant_for_the_prearchive_stays_there(version, handler):
    with xnat_emulator.start(mode=xnat_emulator.Mode(version=version)) as server:
        server.build.project("auto")  # archives by itself, as new projects do
        with connect(server.url, server.user, server.password) as session:
            send = session.services.import_
            held = send(data=zipped(study()), project="auto", import_handler=handler, destination="/prearchive")
            assert isinstance(held, PrearchiveSession)
            assert len(session.projects["auto"].experiments) == 0
            assert held.status == "READY"
            assert isinstance(held.archive(subject="S", experiment="E"), MrSessionData)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("handler", [None, "DICOM-zip"])
def test_tar_archives_are_taken_too(session, project, mode, handler):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in study().items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    buffer.seek(0)
    made = session.services.import_(data=buffer, project=project, import_handler=handler, destination="/archive")
    assert isinstance(made, MrSessionData)
    assert len(made.scans["1"].files) == 2


def test_a_folder_travels_as_a_streamed_archive_of_known_length(session, empty, project, tmp_path):
    folder = written(tmp_path / "study", study(scans=3))
    steps: list[TransferEvent] = []
    before = len(empty.requests)
    made = session.services.import_dir(folder, project=project, destination="/archive", progress=steps.append)
    assert asked(empty, before)[0] == "POST /data/services/import"
    assert len(asked(empty, before)) == 2
    assert isinstance(made, MrSessionData)
    assert len(made.scans) == 3
    assert steps[0] == Started("study", sum(event.count for event in steps if isinstance(event, Advanced)))
    assert steps[-1] == Finished("study", "moved")
    assert list(tmp_path.iterdir()) == [folder]


def test_every_parameter_reaches_the_server_under_its_own_name(session, empty, project):
    session.services.import_(
        data=zipped(study()), project=project, subject="S", experiment="E", overwrite="append", quarantine=True,
        trigger_pipelines=False, ignore_unparsable=True, overwrite_files=True, rename=False, visit="v1",
        subtype="s1", timezone="UTC", source="tests", prevent_anon=True, prevent_auto_commit=False,
        custom_processing=True, sender_ae_title="AE", sender_id="me", transaction="t1", auto_archive=True,
        import_handler="SI", destination="/archive",
    )  # fmt: skip
    said = query_of(empty)
    assert said == {
        "import-handler": "SI", "project": "sandbox", "PROJECT_ID": "sandbox", "subject": "S", "SUBJECT_ID": "S",
        "session": "E", "EXPT_LABEL": "E", "overwrite": "append", "overwrite_files": "true", "quarantine": "true",
        "triggerPipelines": "false", "auto-archive": "true", "rename": "false", "prevent_anon": "true",
        "prevent_auto_commit": "false", "Ignore-Unparsable": "true", "Custom-Processing": "true", "VISIT": "v1",
        "SUBTYPE": "s1", "TIMEZONE": "UTC", "SOURCE": "tests", "Sender-AE-Title": "AE", "Sender-ID": "me",
        "http-session-listener": "t1", "dest": "/archive", "inbody": "true",
    }  # fmt: skip


@pytest.mark.parametrize("destination", [None, "/prearchive", "/archive"])
def test_importer_is_named_since_its_default_is_not_the_same_on_all_servers(session, empty, project, destination):
    session.services.import_(data=zipped(study()), project=project, destination=destination)
    assert query_of(empty)["import-handler"] == "SI"


def test_straight_way_into_the_archive_names_the_importer_that_knows_it(session, empty, project):
    session.services.import_(data=zipped(study()), project=project, experiment="D1", direct_archive=True)
    assert query_of(empty)["import-handler"] == "DICOM-zip"


def test_single_objects_have_an_importer_of_their_own_on_all_servers(session, empty, project):
    session.services.import_(data=dicom(), project=project)
    assert "import-handler" not in query_of(empty)


def test_regression_of_xnatpy_trigger_pipelines_is_spelt_right(session, empty, project):
    session.services.import_(data=zipped(study()), project=project, trigger_pipelines=True)
    assert query_of(empty)["triggerPipelines"] == "true"
    assert "tiggerPipelines" not in query_of(empty)


def test_values_of_fields_travel_in_the_body(session, empty, project):
    made = session.services.import_(
        data=zipped(study()), project=project, destination="/archive", fields={"xnat:mrSessionData/note": "claustro"}
    )
    assert isinstance(made, MrSessionData)
    assert made.note == "claustro"
    assert "claustro" not in str(list(empty.requests))


def test_an_existing_session_is_a_conflict_unless_told_otherwise(session, project):
    send = session.services.import_
    first = send(data=zipped(study()), project=project, destination="/archive")
    with pytest.raises(ConflictError, match="already exists"):
        send(data=zipped(study()), project=project, destination="/archive")
    assert session.prearchive.find(status="CONFLICT")
    more = zipped({"x.dcm": dicom(9)})
    assert send(data=more, project=project, destination="/archive", overwrite="append") == first
    assert len(first.scans["1"].files) == 3
    assert send(data=more, project=project, destination="/archive", overwrite="delete") == first


def test_an_import_whose_answer_is_lost_is_not_repeated(session, empty, project):
    empty.faults.add(Fault(faults.LoseReply("reset"), path="/data/services/import"))
    held = session.services.import_(data=zipped(study()), project=project, destination="/prearchive")
    assert isinstance(held, PrearchiveSession)
    assert held.status == "READY"
    assert asked(empty, 0).count("POST /data/services/import") == 1
    assert len(session.prearchive.sessions()) == 1


def test_an_import_is_sent_again_only_when_the_login_was_refused(session, empty, project):
    empty.faults.add(Fault(faults.ExpiredSession(), path="/data/services/import", count=1))
    made = session.services.import_(data=zipped(study()), project=project, destination="/archive")
    assert isinstance(made, MrSessionData)
    assert len(made.scans["1"].files) == 2


def test_several_studies_are_all_returned_by_import_all(session, project):
    both = zipped({"a.dcm": dicom(study="1.2.1", PatientID="a"), "b.dcm": dicom(study="1.2.2", PatientID="b")})
    found = session.services.import_all(data=both, project=project, destination="/prearchive")
    assert sorted(one.label for one in found if isinstance(one, PrearchiveSession)) == ["a", "b"]
    with pytest.raises(UnexpectedAnswerError, match="2 sessions"):
        session.services.import_(data=both, project=project, destination="/prearchive")


def test_one_file_at_a_time_is_received_and_then_committed(session, project):
    for number in (1, 2):
        held = session.services.import_(
            data=dicom(number), project=project, import_handler="gradual-DICOM", prevent_auto_commit=True
        )
    assert isinstance(held, PrearchiveSession)
    assert held.status == "RECEIVING"
    made = held.commit(auto_archive=True)
    assert isinstance(made, MrSessionData)
    assert len(made.scans["1"].files) == 2


def test_what_a_commit_can_say_of_a_session_is_kept(session, empty, project):
    session.put(f"/data/projects/{project}/prearchive_code/0")
    held = session.services.import_(
        data=dicom(), project=project, import_handler="gradual-DICOM", prevent_auto_commit=True
    )
    assert isinstance(held, PrearchiveSession)
    start = len(empty.requests)
    same = held.commit(auto_archive=False, visit="v2", protocol="p1", timezone="Europe/Amsterdam", source="bus")
    assert same is held
    assert (held.visit, held.protocol, held.timezone, held.source) == ("v2", "p1", "Europe/Amsterdam", "bus")
    assert held.status == "READY"
    assert len(asked(empty, start)) == 2
    assert all(not record.query or "VISIT" not in dict(record.query) for record in list(empty.requests)[start:])


def test_direct_archiving_is_ended_by_hand(session, project):
    held = session.services.import_(
        data=dicom(), project=project, experiment="D1", import_handler="gradual-DICOM", direct_archive=True
    )
    assert isinstance(held, DirectArchiveSession)
    assert (held.project, held.name, held.tag) == ("sandbox", "D1", "1.2.3")
    made = held.archive()
    assert isinstance(made, MrSessionData)
    assert made.label == "D1"


def test_broken_archives_are_refused_by_the_server(session, project):
    with pytest.raises(BadRequestError):
        session.services.import_(data=b"PK\x03\x04 no zip", project=project)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "path or data="),
        ({"data": b""}, "empty"),
        ({"data": "study.zip"}, "takes bytes"),
        ({"data": b"text"}, "content_type="),
        ({"data": b"PK\x03\x04", "overwrite": "yes"}, "overwrite takes"),
        ({"data": b"PK\x03\x04", "destination": "/tmp"}, "begins with /archive"),
        ({"data": b"PK\x03\x04", "prearchive_code": 1, "overwrite": "append"}, "prearchive_code"),
        ({"data": b"PK\x03\x04", "trigger_pipeline": True}, "is trigger_pipelines= meant"),
    ],
)
def test_bad_calls_fail_before_anything_is_sent(session, empty, arguments, message):
    before = len(empty.requests)
    with pytest.raises(InvalidValueError, match=message):
        session.services.import_(**arguments)
    assert asked(empty, before) == []


def test_folders_are_for_import_dir(session, tmp_path):
    with pytest.raises(InvalidValueError, match="import_dir"):
        session.services.import_(tmp_path)
    with pytest.raises(InvalidValueError, match="no files"):
        session.services.import_dir(tmp_path)
    with pytest.raises(InvalidValueError, match="no folder"):
        session.services.import_dir(tmp_path / "missing")


def test_files_of_the_inbox_are_imported_by_the_server(session, empty, project):
    written(empty.site.archive.folder / "server" / "inbox" / "study", study())
    request = session.services.import_dicom_inbox(
        "/inbox/study", cleanup=True, project=project, subject="S1", experiment="I1"
    )
    assert request.wait(interval=0.05, timeout=30) == "Completed"
    assert (request.project_id, request.subject_id, request.cleanup_after_import) == ("sandbox", "S1", True)
    assert request.username == empty.user
    assert request.session_path.endswith("inbox/study")
    assert request.created is not None
    assert session.projects[project].experiments["I1"].label == "I1"
    with pytest.raises(InvalidValueError, match="project="):
        session.services.import_dicom_inbox("/inbox/study")


def test_a_file_in_the_cache_of_the_server_is_imported_from_there(session, project):
    cached = "/user/cache/resources/mine/files/study.zip"
    session.put(f"/data{cached}", zipped(study()), query={"inbody": "true"})
    made = session.services.import_(src=cached, project=project, destination="/archive")
    assert isinstance(made, MrSessionData)
    assert len(made.scans["1"].files) == 2
    with pytest.raises(InvalidValueError, match="transaction="):
        session.services.import_(src=cached, project=project, transaction="t")


def test_progress_is_told_under_the_transaction_that_was_named(session, project):
    session.services.import_(data=zipped(study()), project=project, transaction="t-1", destination="/prearchive")
    told = session.services.import_progress("t-1")
    assert (told[0].status, told[-1].status, told[-1].terminal) == ("PROCESSING", "COMPLETED", True)
    assert told[-1].text.startswith("Prearchive:/prearchive/projects/sandbox/")
    assert session.services.import_progress("unknown") == []
