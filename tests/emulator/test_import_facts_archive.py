"""Rows, conflicts, answers and IDs of imports; the number in a name is that of dicom-import."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from xnat_emulator.store.prearchive import LOCKS, STATUSES

from .imports_dicom import CT, MR, PET, make, study, zipped

STATES = "ARCHIVING BUILDING CONFLICT DELETING ERROR MOVING READY RECEIVING RECEIVING_INTERRUPT SEPARATING"


@pytest.fixture
def settings(emulator):
    """Change settings of the site until the test ends."""
    store, before = emulator.site.archive.settings, dict[str, object]()

    def change(name, value):
        before.setdefault(name, store.get(name))
        store.set(name, value)

    yield change
    for name, value in before.items():
        store.set(name, True if value is None else value)


def slices(uid, *numbers, sop_class=MR, **said):
    return {f"{n}.dcm": make(sop_class, study=uid, number=n, **said) for n in numbers}


def message(importer, response):
    return importer.client.message(response)


@pytest.mark.parametrize("status", STATES.split())
def test_statuses_64(status):
    queued = {f"QUEUED_{one}" for one in ("ARCHIVING", "BUILDING", "DELETING", "MOVING", "SEPARATING")}
    locked = {f"_{one}" for one in STATES.split()} - {"_ERROR", "_READY"}
    assert status in STATUSES
    assert set(STATES.split()) | queued == STATUSES
    assert locked == LOCKS


@pytest.mark.parametrize(
    ("label", "mr", "pet"),
    [("X_PETMR", "X_MR", "X_PET"), ("x_petmr", "x_mr", "x_pet"), ("other", "other_MR", "other_PET")],
)
def test_halves_of_a_split_session_are_named_67(importer, label, mr, pet):
    importer.put("config/separatePETMR/config?inbody=true", "separate")
    files = {
        "a": make(PET, study="7.67.1", SeriesNumber=1, Modality="PT", PatientID=label),
        "b": make(MR, study="7.67.1", SeriesNumber=2, SeriesDescription="t1", PatientID=label),
    }
    importer.held(files)
    assert {row["name"]: row["status"] for row in importer.rows()} == {mr: "READY", pet: "READY"}


def test_rows_hold_their_columns_68_69(importer):
    row = importer.row(importer.held(slices("7.68.1", 1)))
    columns = (
        "project timestamp lastmod uploaded scan_date scan_time subject folderName name tag status url autoarchive"
    )
    assert set(columns.split()) | {"SOURCE", "VISIT", "PROTOCOL", "TIMEZONE"} <= row.keys()
    assert {"prevent_anon", "prevent_auto_commit"} <= row.keys()
    for key in ("lastmod", "uploaded"):
        assert row[key][4] == "-"
        assert "." in row[key][19:]


def test_parts_of_a_received_session_70(importer):
    source = importer.held(slices("7.70.1", 1, SeriesDescription="t1"))
    (scan,) = importer.client.rows(f"/data{source}/scans")
    assert scan == {"ID": "1", "xsiType": "xnat:mrScanData", "series_description": "t1"}
    (resource,) = importer.client.rows(f"/data{source}/scans/1/resources")
    assert set(resource) == {"label", "file_count", "file_size"}
    (file,) = importer.client.rows(f"/data{source}/scans/1/resources/DICOM/files")
    assert set(file) == {"Name", "Size", "URI"}


def test_unassigned_and_unknown_sessions_71(importer):
    response = importer.archive("/prearchive/projects/Unassigned/20200101_101010101/x")
    assert (response.status, message(importer, response)) == (
        400,
        "Cannot archive sessions from the Unassigned folder.",
    )
    assert importer.archive(f"/prearchive/projects/{importer.project}/20200101_101010101/x").status == 404


@pytest.mark.parametrize("again", [False, True])
def test_events_name_transfers_and_merges_75(importer, again):
    uri = importer.archived(slices("7.75.1", 1))
    if again:
        importer.archived(slices("7.75.1", 2), overwrite="append")
    history = importer.client.get(f"{uri}/history?format=json").data.decode()
    assert ("Merged" if again else "Transferred") in history


@pytest.mark.parametrize(
    ("overwrite", "further", "same"),
    [("", 409, 409), ("append", 200, 409), ("none", 200, 409), ("delete", 200, 200), ("override", 200, 200)],
)
def test_overwrite_of_an_import_76(importer, overwrite, further, same):
    said = {"project": importer.project, **({"overwrite": overwrite} if overwrite else {})}
    importer.archived(slices("7.76.1", 1))
    assert importer.send(slices("7.76.1", 1), **said).status == same
    assert importer.send(slices("7.76.1", 2), **said).status == further


@pytest.mark.parametrize(
    ("overwrite", "same"), [("", 500), ("append", 200), ("none", 500), ("delete", 200), ("override", 500)]
)
def test_overwrite_of_one_session_76(importer, overwrite, same):
    said = {"overwrite": overwrite} if overwrite else {}
    importer.archived(slices("7.76.2", 1))
    assert importer.archive(importer.held(slices("7.76.2", 2)), **said).status == 200
    assert importer.archive(importer.held(slices("7.76.2", 1)), **said).status == same


@pytest.mark.parametrize(("code", "status"), [("4", 500), ("5", 200)])
def test_overwrite_files_of_one_session_is_for_the_project_to_say_76(importer, code, status):
    importer.archived(slices("7.76.3", 1))
    source = importer.held(slices("7.76.3", 1))
    importer.put(f"prearchive_code/{code}")
    assert importer.archive(source, overwrite_files="true").status == status


@pytest.mark.parametrize("overwrite", ["append", "delete", "none"])
def test_a_code_takes_no_overwrite_77(importer, overwrite):
    said = {"project": importer.project, "prearchive_code": "1", "overwrite": overwrite}
    assert importer.send(slices("7.77.1", 1), **said).status == 400


@pytest.mark.parametrize(("code", "same"), [("4", 409), ("5", 200)])
def test_a_code_lets_the_project_pick_77(importer, code, same):
    importer.archived(slices("7.77.2", 1))
    importer.put(f"prearchive_code/{code}")
    said = {"project": importer.project, "prearchive_code": "1"}
    assert importer.send(slices("7.77.2", 2), **said).status == 200
    assert importer.send(slices("7.77.2", 1), **said).status == same


@pytest.mark.parametrize(
    ("files", "said", "text"),
    [
        (slices("7.78.1", 2), {}, "Session already exists, retry with overwrite enabled"),
        (slices("7.78.1", 2), {"subject": "S2", "overwrite": "delete"}, "subject"),
        (slices("7.78.1", 2, sop_class=CT), {"overwrite": "delete"}, "modality"),
        (slices("7.78.2", 2), {"overwrite": "append"}, "UID"),
        (slices("7.78.1", 2, SeriesNumber=2, series="7.78.1.1"), {"overwrite": "append"}, "a different number (1)."),
        (slices("7.78.1", 1), {"overwrite": "append"}, "Session already exists with the same resources."),
        (slices("7.78.1", 1, 2), {"overwrite": "append"}, "Session already exists with matching files."),
        ({"1.dcm": make(study="7.78.1", number=5)}, {"overwrite": "delete"}, "you will need to fix your data."),
    ],
)
def test_conflicts_are_checked_in_order_78(importer, files, said, text):
    importer.archived(slices("7.78.1", 1), subject="S1", session="E")
    response = importer.send(files, **{"project": importer.project, "subject": "S1", "session": "E", **said})
    assert (response.status, text in message(importer, response)) == (409, True)


def test_conflicts_that_can_be_overridden_78(importer):
    importer.archived(slices("7.78.3", 1), session="E")
    assert importer.archived(slices("7.78.4", 2), session="E", overwrite="delete")


@pytest.mark.parametrize(
    ("sop_class", "modality", "name"), [(MR, "MR", "1-MR1"), (CT, "CT", "1-CT1"), (PET, "PT", "1-PT1")]
)
def test_other_series_of_a_number_are_renamed_79(importer, sop_class, modality, name):
    for series in ("8", "9"):
        said = {"sop_class": sop_class, "series": f"7.79.1.{series}", "Modality": modality}
        uri = importer.archived(slices("7.79.1", 1, **said), overwrite="append")
    assert [scan["ID"] for scan in importer.scans(uri)] == ["1", name]
    uri = importer.archived(slices("7.79.1", 2, **said), overwrite="append")
    assert importer.files(uri, name) == ["DICOM/1.dcm", "DICOM/2.dcm"]


@pytest.mark.parametrize(("by_objects", "count"), [(True, 1), (False, 2)])
def test_objects_are_known_by_their_uid_unless_names_count_80(importer, settings, by_objects, count):
    settings("useSopInstanceUidToUniquelyIdentifyDicom", by_objects)
    uri = importer.archived({"a.dcm": make(study="7.80.1")})
    importer.archived({"b.dcm": make(study="7.80.1")}, overwrite="delete")
    assert importer.files(uri)[-1] == "DICOM/b.dcm"
    assert len(importer.files(uri)) == count


def test_what_is_set_stays_81(importer):
    uri = importer.archived(slices("7.81.1", 1, StudyDate="20060101"))
    more = slices("7.81.1", 2, StudyDate="20070101", SeriesNumber=2, InstitutionName="H")
    importer.archived(more, overwrite="append")
    fields = importer.client.fields(uri)
    assert (fields["date"], fields["acquisition_site"]) == ("2006-01-01", "H")
    assert len(importer.scans(uri)) == 2


def test_doubled_objects_block_82(importer):
    files = {name: make(study="7.82.1") for name in ("a", "b")}
    response = importer.send(files, project=importer.project)
    wanted = "Scan 1 DICOM catalog contains duplicated SOP instance UIDs: 7.82.1.1.1"
    assert (response.status, message(importer, response)) == (400, wanted)
    assert importer.archived(files, overwrite="delete")


@pytest.mark.parametrize(
    ("said", "again", "overlapping"),
    [
        ({}, 409, 409),
        ({"overwrite": "append"}, 409, 409),
        ({"overwrite": "append", "overwrite_files": "true"}, 200, 200),
        ({"overwrite": "delete"}, 200, 200),
    ],
)
def test_matrix_of_the_vendors_tests_83(importer, said, again, overlapping):
    uri = importer.archived(slices("7.83.1", *range(8)))
    assert importer.send(slices("7.83.1", *range(8)), project=importer.project, **said).status == again
    assert importer.send(slices("7.83.1", *range(4, 16)), project=importer.project, **said).status == overlapping
    assert len(importer.files(uri)) == (16 if overlapping == 200 else 8)


def test_other_modalities_join_where_the_site_allows_it_83(importer, settings):
    uri = importer.archived(slices("7.83.2", 1, sop_class=PET, Modality="PT"))
    more = slices("7.83.2", 2, SeriesNumber=2)
    assert importer.send(more, project=importer.project, overwrite="delete").status == 409
    settings("preventCrossModalityMerge", value=False)
    importer.archived(more, overwrite="delete")
    assert importer.client.item(uri)["meta"]["xsi:type"] == "xnat:petSessionData"
    assert [scan["xsiType"] for scan in importer.scans(uri)] == ["xnat:petScanData", "xnat:mrScanData"]


def test_refused_imports_wait_as_conflict_or_error_84(importer):
    importer.archived(slices("7.84.1", 1))
    assert importer.send(slices("7.84.1", 1), project=importer.project).status == 409
    assert [row["status"] for row in importer.rows()] == ["CONFLICT"]
    importer.send({name: make(study="7.84.2") for name in "ab"}, project=importer.project)
    assert sorted(row["status"] for row in importer.rows()) == ["CONFLICT", "ERROR"]


def test_validation_tells_everything_85(importer):
    importer.archived(slices("7.85.1", 1), session="E", subject="S1")
    source = importer.held(slices("7.85.2", 1, sop_class=CT), session="E", subject="S2")
    response = importer.client.post(f"/data/services/validate-archive?{urlencode({'src': source})}&format=json")
    rows = json.loads(response.data)["ResultSet"]["Result"]
    assert {("1", "WARN"), ("4", "FAIL"), ("5", "CONFLICT"), ("19", "FAIL")} <= {(r["code"], r["type"]) for r in rows}


@pytest.mark.parametrize(
    ("accept", "media", "end"),
    [
        ("*/*", "text/uri-list", "\r\n"),
        ("application/json", "text/uri-list", "\r\n"),
        ("application/xml", "text/uri-list", "\r\n"),
        ("text/plain", "text/plain", ""),
        ("text/html", "text/html", "</p></body></html>"),
    ],
)
def test_answers_are_lists_of_addresses_86(importer, accept, media, end):
    response = importer.client.post(
        f"/data/services/import?project={importer.project}&session=E86&subject=S",
        body=zipped(slices("7.86.1", 1)),
        headers={"Content-Type": "application/zip", "Accept": accept},
    )
    assert response.headers["Content-Type"].startswith(media)
    uri = f"/data/archive/projects/{importer.project}/subjects/S/experiments/E86"
    assert response.data.decode().removeprefix("<html><body><p>") == uri + end


def test_several_sessions_are_several_lines_86(importer):
    files = {f"{uid}.dcm": make(study=uid, PatientID=uid) for uid in ("7.86.2", "7.86.3")}
    lines = importer.send(files, dest=f"/prearchive/projects/{importer.project}").data.decode()
    assert lines.count("\r\n") == 2
    response = importer.send(files, project=importer.project, dest="/archive")
    assert message(importer, response) == "Upload included files for multiple imaging sessions."
    assert importer.send({"a.txt": b"a"}, dest="/prearchive").status == 400


@pytest.mark.parametrize(
    ("said", "status", "text"),
    [
        ({"handler": "NO"}, 404, "Unknown importer implementation specified: NO"),
        ({"src": "/elsewhere/x"}, 400, "src uri is invalid."),
        ({"src": "/user/cache/resources/none/files/none.zip"}, 404, "Unknown src file."),
    ],
)
def test_wrong_requests_87(importer, said, status, text):
    response = importer.send({"a": make()}, **said)
    assert (response.status, message(importer, response)) == (status, text)


@pytest.mark.parametrize("where", ["project", "site"])
@pytest.mark.parametrize(
    ("mode", "lines", "kept"),
    [
        ("blacklist", "^scout", ["t1"]),
        ("whitelist", "^SCOUT", ["scout"]),
        ("blacklist", "[Modality]\nOT", ["scout", "t1"]),
        ("blacklist", "[BurnedInAnnotation]\n!EXISTS", []),
    ],
)
def test_series_are_filtered_88(importer, where, mode, lines, kept):
    path = "/data/config" if where == "site" else f"/data/projects/{importer.project}/config"
    text = json.dumps({"mode": mode, "enabled": "true", "list": lines})
    importer.client.put(f"{path}/seriesImportFilter/config?inbody=true", body=text.encode())
    files = {
        name: make(study="7.88.1", SeriesNumber=n, SeriesDescription=name) for n, name in enumerate(("scout", "t1"), 1)
    }
    try:
        response = importer.send(files, handler="DICOM-zip", PROJECT_ID=importer.project)
        assert (response.status, response.data == b"") == (200, not kept)
        gradual = importer.gradual(files["scout"], PROJECT_ID=importer.project)
        assert (gradual.status, bool(gradual.data)) == (200, "scout" in kept)
    finally:
        importer.client.put(f"{path}/seriesImportFilter/config?status=disabled")
    if kept:
        source = response.data.decode().strip()
        importer.client.post(f"{source}?action=build")
        rows = importer.client.rows(f"{source}/scans")
        assert [row["series_description"] for row in rows] == kept


def test_default_importer_of_the_pages_89(importer):
    assert importer.client.get("/xapi/siteConfig/uiDefaultCompressedUploaderImporter").data == b"DICOM-zip"
    assert importer.row(importer.held(slices("7.89.1", 1)))["SOURCE"] == "SessionImporter"


def test_answers_of_the_archive_service_90(importer):
    source = importer.held(slices("7.90.1", 1), session="E")
    response = importer.archive(source, redirect="true")
    uri = f"/data/archive/projects/{importer.project}/subjects/Sample_Patient/experiments/E"
    assert (response.status, response.headers["Location"].endswith(uri)) == (303, True)
    source = importer.held(slices("7.90.1", 1), session="E")
    response = importer.archive(source)
    reason = "FAILED: Unable to archive Sample_ID: Operation Failed: Session already exists with the same resources."
    assert (response.status, message(importer, response)) == (500, reason)
    assert importer.row(source)["status"] == "CONFLICT"
    source = importer.held(slices("7.90.1", 2), session="E")
    response = importer.archive(source)
    assert (response.status, response.data) == (200, f"{uri}\r\n".encode())


def test_direct_archiving_91(importer):
    said = {"PROJECT_ID": importer.project, "Direct-Archive": "true"}
    address = importer.gradual(make(study="7.91.1"), **said).data.decode().strip()
    assert address == f"/xapi/direct-archive/{importer.project}/7.91.1/Sample_ID"
    assert importer.client.post(address).status == 200
    assert importer.gradual(make(study="7.91.1"), **said).data.startswith(b"/data/prearchive/")


def test_accession_ids_count_on_93(importer, settings):
    settings("siteId", "My 'Site'-1")
    first = importer.client.fields(importer.archived(slices("7.93.1", 1), session="a", subject="a"))
    assert first["ID"].startswith("MySite_1_E")
    assert first["subject_ID"].startswith("MySite_1_S")
    assert len(first["ID"]) == len("MySite_1_E00001")
    importer.client.delete(f"/data/experiments/{first['ID']}?removeFiles=true")
    second = importer.client.fields(importer.archived(slices("7.93.1", 1), session="b", subject="a"))
    assert int(second["ID"][-5:]) == int(first["ID"][-5:]) + 1


def test_received_sessions_have_no_id_94(importer):
    assert ' ID="' not in importer.document(importer.held(slices("7.94.1", 1))).partition("<xnat:scan")[0]


def test_snapshots_are_made_when_asked_for_95(importer):
    uri = importer.archived(study("7.95.1", scans=1))
    assert [row["label"] for row in importer.client.rows(f"{uri}/scans/1/resources")] == ["DICOM"]
