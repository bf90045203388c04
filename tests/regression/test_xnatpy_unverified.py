"""Defects of xnatpy 0.8.1 that were read in its code and not tried out: files, connections and requests."""

from __future__ import annotations

import gc
import gzip
import io
import logging
import threading
import warnings
from pathlib import Path

import pytest
from urllib3.exceptions import InsecureRequestWarning

from xnat_emulator import Emulator, Fault, faults
from xnat_sdk import (
    ConflictError,
    InvalidValueError,
    MappingError,
    RequestTimeoutError,
    TargetExistsError,
    XnatSession,
    connect,
)
from xnat_sdk.models import DemographicData, MrSessionData, SubjectData

from ..contract.imaging import dicom, study, written, zipped
from ..runtime.conftest import Reply
from .scripted import PASSWORD, SESSION, Site


@pytest.fixture
def resource(session: XnatSession):
    """An empty resource of project P."""
    return session.projects["P"].create_resource("R")


def asked(server: Emulator, since: int) -> list[str]:
    """Return the requests from a number on."""
    return [f"{one.method} {one.path}" for one in list(server.requests)[since:]]


# Connections


def test_a_connection_that_checks_no_certificate_changes_nothing_for_others(tls_site: Site):
    """peers 3.1: verify=False silences the warnings of urllib3 for the whole process."""
    before = list(warnings.filters)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        inside = list(warnings.filters)
        with connect(tls_site.url, "reader", PASSWORD, verify=False, keepalive=False):
            assert warnings.filters == inside
    assert [one.category for one in told] == [InsecureRequestWarning] * 2
    assert warnings.filters == before


def test_logs_hold_no_session_id_and_no_body(site: Site, scripted: XnatSession, caplog: pytest.LogCaptureFixture):
    """peers 3.1: logs hold the bodies of PUT and POST, the headers of DELETE and the session id."""
    caplog.set_level(logging.DEBUG)
    for method in ("PUT", "POST", "DELETE"):
        site.script[method, "/data/projects/P"] = Reply(200, b"s3cret-answer")
    scripted.put("/data/projects/P", "s3cret-body", query={"token": "s3cret-query"})
    scripted.post("/data/projects/P", {"field": "s3cret-body"})
    scripted.delete("/data/projects/P", headers={"X-Own": "s3cret-header"})
    assert "PUT /data/projects/P" in caplog.text
    assert "s3cret" not in caplog.text
    assert SESSION not in caplog.text


def test_connections_share_one_logger(site: Site):
    """peers 3.1: each connection leaves a logger and a handler of its own behind for ever."""
    connect(site.url, "reader", PASSWORD, keepalive=False).close()
    before = set(logging.root.manager.loggerDict)
    handlers = [len(logging.getLogger(name).handlers) for name in sorted(before)]
    for _ in range(3):
        connect(site.url, "reader", PASSWORD, keepalive=False).close()
    assert set(logging.root.manager.loggerDict) == before
    assert [len(logging.getLogger(name).handlers) for name in sorted(before)] == handlers


def test_a_forgotten_connection_sends_nothing(site: Site):
    """peers 3.1: __del__ sends requests."""
    forgotten = connect(site.url, "reader", PASSWORD, keepalive=False)
    before = len(site.seen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del forgotten
        gc.collect()
    assert len(site.seen) == before


def test_connecting_costs_one_request_and_no_schemas(server: Emulator):
    """peers 3.1: connecting asks for every schema and once for each data type."""
    before = len(server.requests)
    with connect(server.url, server.user, server.password):
        assert asked(server, before) == ["PUT /data/services/auth"]


def test_a_snapshot_version_keeps_all_its_parts(site: Site, scripted: XnatSession):
    """peers 3.1: xnat_version_tuple drops the part 5-SNAPSHOT."""
    site.script["GET", "/xapi/siteConfig/buildInfo"] = Reply(200, b'{"version": "1.8.5-SNAPSHOT"}')
    version = scripted.server_info.version
    assert (version.numbers, version.qualifier) == ((1, 8, 5), "SNAPSHOT")
    assert "1.8.4" < version < "1.8.5"


def test_no_timeout_of_ones_own_leaves_the_default_in_place(server: Emulator):
    """peers 3.1: None as timeout overrides the default of 300 seconds and waits for ever."""
    with (
        connect(server.url, server.user, server.password, read_timeout=0.3, keepalive=False) as session,
        server.faults.add(Fault(faults.Stall())),
        pytest.raises(RequestTimeoutError),
    ):
        session.get("/data/projects", timeout=None)


def test_values_of_a_query_are_sent_whole(site: Site, scripted: XnatSession):
    """peers 3.1: the query a=b=c is cut after the second =."""
    site.script["GET", "/data/projects"] = Reply(200)
    scripted.get("/data/projects?x=1=2", query={"a": "b=c&d"})
    assert site.asked()[-1] == "GET /data/projects?x=1%3D2&a=b%3Dc%26d"


def test_json_is_encoded_once(site: Site, scripted: XnatSession):
    """peers 3.1: a JSON document is encoded twice, and data read as text."""
    site.script["POST", "/xapi/things"] = Reply(200)
    scripted.post("/xapi/things", json={"a": ["€"]})
    assert site.seen[-1].body.decode() == '{"a": ["€"]}'
    scripted.post("/xapi/things", b"\r\n\xff")
    assert site.seen[-1].body == b"\r\n\xff"


def test_binary_answers_are_not_decoded(site: Site, scripted: XnatSession):
    """peers 3.1: the whole body of every answer is decoded as text to check it."""
    content = bytes(range(256)) * 4
    site.script["GET", "/data/blob"] = Reply(200, content, (("Content-Type", "text/plain; charset=nonsense"),))
    answer = scripted.get("/data/blob")
    assert answer.content == content
    stream = io.BytesIO()
    scripted.download_stream("/data/blob", stream)
    assert stream.getvalue() == content


# Files


def test_equal_names_in_different_folders_do_not_overwrite_each_other(session: XnatSession, tmp_path: Path):
    """peers 3.1: flattened, files of equal names overwrite each other."""
    resources = [session.projects["P"].create_resource(label) for label in ("A", "B")]
    for made in resources:
        for folder in ("one", "two"):
            made.upload_data(f"{made.label} {folder}", f"{folder}/same.txt")
        made.download_dir(tmp_path / "tree")
    assert len({path.read_text() for path in (tmp_path / "tree").rglob("same.txt")}) == 4
    resources[0].download_dir(tmp_path / "flat", flatten_dirs=True)
    with pytest.raises(TargetExistsError):
        resources[1].download_dir(tmp_path / "flat", flatten_dirs=True)
    assert {path.read_text() for path in (tmp_path / "flat").rglob("same.txt")} == {"A one", "A two"}


@pytest.mark.parametrize("level", ["subject", "experiment", "experiment_resource", "scan", "scan_resource"])
def test_items_of_equal_labels_never_replace_each_other_unseen(
    server: Emulator, session: XnatSession, tmp_path: Path, level: str
):
    """peers 3.1: files of equal names overwrite each other, here those of two projects in one batch."""
    for project in ("Q", "R"):
        server.build.project(project).subject("S").mr_session("E", 1).resource("NOTES", {"a.txt": project.encode()})
    for overwrite in (False, True):
        with pytest.raises(MappingError, match=r"1 of 2 items failed.*TargetExistsError"):
            session.batch_download(tmp_path, experiment="E", level=level, overwrite=overwrite)
    for project in ("Q", "R"):
        session.batch_download(tmp_path / project, project=project, level=level)
    found = [path.parts[len(tmp_path.parts)] for path in tmp_path.rglob("*") if path.is_file()]
    assert found.count("Q") == found.count("R") > 0


def test_a_filter_of_scans_is_heeded(server: Emulator, session: XnatSession, tmp_path: Path):
    """peers 3.1: download_dir(scan_filter=...) looks whether there are such scans, and downloads all."""
    server.build.project("Q").subject("S").mr_session("E", 3)
    made = session.projects["Q"].sessions["E"]
    assert {file.path.parts[-5][0] for file in made.download_dir(tmp_path / "two", scan_filter="2").files} == {"2"}
    some = made.download_dir(tmp_path / "some", scan_filter="1,3").files
    assert {file.path.parts[-5][0] for file in some} == {"1", "3"}
    assert len(made.download_dir(tmp_path / "all").files) == 6


def test_a_stream_is_uploaded_from_where_it_stands(resource):
    """peers 3.1: a stream is always wound back to 0."""
    stream = io.BytesIO(b"header and content")
    stream.seek(11)
    resource.upload_data(stream, "a.txt")
    assert resource.files["a.txt"].open().read() == b"content"


def test_a_stream_that_cannot_seek_is_uploaded(resource):
    """peers 3.1: a stream must be seekable to be uploaded."""

    class Pipe(io.RawIOBase):
        left = b"content" * 1000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            piece, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
            buffer[: len(piece)] = piece
            return len(piece)

    resource.upload_data(Pipe(), "pipe.bin")
    packed = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b"plain")))
    resource.upload_data(packed, "plain.txt")
    assert resource.files["pipe.bin"].size == 7000
    assert resource.files["plain.txt"].open().read() == b"plain"


def test_empty_files_of_a_folder_are_uploaded(resource, tmp_path: Path):
    """peers 3.1: upload_dir(method="per_file") drops empty files."""
    resource.upload_dir(written(tmp_path, {"a.txt": b"a", "sub/empty.txt": b""}), method="per_file")
    assert {file.path: file.size for file in resource.files} == {"a.txt": 1, "sub/empty.txt": 0}


def test_an_unknown_way_to_upload_is_refused(server: Emulator, resource, tmp_path: Path):
    """peers 3.1: an unknown method logs a warning and uploads nothing."""
    before = len(server.requests)
    with pytest.raises(InvalidValueError, match="per_file"):
        resource.upload_dir(written(tmp_path, {"a.txt": b"a"}), method="per-file")
    assert asked(server, before) == []


def test_uploading_a_folder_overwrites_nothing_by_itself(resource, tmp_path: Path):
    """peers 3.1: uploading a directory passes the resource as overwrite."""
    resource.upload_data(b"old", "a.txt")
    folder = written(tmp_path, {"a.txt": b"new"})
    for method in ("per_file", "tar", "tgz", "zip"):
        with pytest.raises(ConflictError):
            resource.upload_dir(folder, method=method)
    assert resource.files["a.txt"].open().read() == b"old"


def test_digests_of_all_files_cost_one_request(server: Emulator, session: XnatSession):
    """peers 3.1: the digest of each file of a scan asks for the whole list again."""
    server.build.project("Q").subject("S").mr_session("E", 1, slices=5)
    scan = session.projects["Q"].sessions["E"].scans[0]
    before = len(server.requests)
    assert len({file.digest for file in scan.files}) == 5
    assert len(asked(server, before)) == 1


# Received sessions, imports, members


def test_find_heeds_allow_receiving(session: XnatSession):
    """peers 3.1: find() ignores allow_receiving."""
    session.services.import_(data=dicom(), project="P", import_handler="gradual-DICOM")
    assert session.prearchive.find(project="P") == []
    assert len(session.prearchive.find(project="P", allow_receiving=True)) == 1


def test_a_received_file_is_downloaded_as_it_is(session: XnatSession, tmp_path: Path):
    """peers 3.1: the download of one received file is a zip archive."""
    files = study(files=1)
    held = session.services.import_(data=zipped(files), project="P", destination="/prearchive")
    (file,) = held.files
    file.download(tmp_path / "1.dcm")
    assert (tmp_path / "1.dcm").read_bytes()[128:132] == b"DICM"
    assert file.open().read(132)[128:] == b"DICM"


def test_several_received_sessions_are_archived_at_once(session: XnatSession):
    """peers 3.1: the command bulk_archive was never registered, and archive iterates over a method."""
    for number in range(3):
        files = study(uid=f"1.2.{number}", PatientID=f"p{number}")
        session.services.import_(data=zipped(files), project="P", destination="/prearchive")
    outcomes = session.prearchive.archive(session.prearchive.sessions("P"))
    assert [outcome.failed for outcome in outcomes] == [False] * 3
    assert sorted(one.label for one in session.projects["P"].sessions) == ["p0", "p1", "p2"]


def test_an_inbox_request_tells_whether_it_cleans_up(server: Emulator, session: XnatSession):
    """peers 3.1: cleanup_after_import reads the key clenaupAfterImport."""
    for name, cleanup in (("one", True), ("two", False)):
        written(server.site.archive.folder / "server" / "inbox" / name, study(uid=f"1.2.{cleanup:d}"))
        request = session.services.import_dicom_inbox(f"/inbox/{name}", cleanup=cleanup, project="P", subject=name)
        assert request.cleanup_after_import is cleanup


def test_access_is_taken_away_by_login(server: Emulator, session: XnatSession):
    """peers 3.1: remove_access("login") fails, since the user that was found is thrown away."""
    server.build.user("ned")
    project = session.projects["P"]
    project.set_access("ned", "member")
    assert "ned" in project.users
    project.remove_access("ned")
    assert "ned" not in project.users


# Requests for values


def test_values_are_never_part_of_urls(server: Emulator, session: XnatSession):
    """peers 3.1: each assignment is a PUT with the value in the URL."""
    subject = SubjectData(parent=session.projects["P"], label="S", demographics=DemographicData(yob=1947))
    made = MrSessionData(parent=subject, label="E")
    before = len(server.requests)
    made.dcm_patient_name = "Quillfeather"
    with subject.edit():
        subject.demographics.handedness = "left"
        subject.fields["remark"] = "Quillfeather"
        subject.initials = "QZ"
    assert [one.method for one in list(server.requests)[before:] if one.method != "GET"] == ["PUT", "PUT"]
    for one in list(server.requests):
        assert not any(value in f"{one.path} {one.query}" for value in ("Quillfeather", "1947", "left", "QZ"))


def test_fields_of_listed_objects_cost_no_request_each(server: Emulator, session: XnatSession):
    """peers 3.1: every attribute of a listed object that is read is one request."""
    project = server.build.project("Q")
    for number in range(8):
        project.subject(f"S{number}", {"group": f"g{number}"})
    subjects = session.projects["Q"].subjects.columns(SubjectData.group)
    before = len(server.requests)
    assert sorted((one.label, one.group) for one in subjects)[7] == ("S7", "g7")
    assert len(asked(server, before)) == 1


def test_results_of_a_query_cost_one_request(server: Emulator, session: XnatSession):
    """peers 3.1: query().all() is one request for each row."""
    project = server.build.project("Q")
    for number in range(8):
        project.subject(f"S{number}")
    session.query(SubjectData).first()
    before = len(server.requests)
    found = session.query(SubjectData, SubjectData.project == "Q").all()
    assert sorted(one.label for one in found) == [f"S{number}" for number in range(8)]
    assert asked(server, before) == ["POST /data/search"]


def test_threads_can_share_a_connection(server: Emulator, session: XnatSession):
    """peers 3.1: caches have no locks."""
    listing = session.projects["P"].subjects
    before = len(server.requests)
    threads = [threading.Thread(target=listing.keys) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(asked(server, before)) == 1
