"""Resources, file names and catalogs of what is imported; the number in a name is that of dicom-import."""

from __future__ import annotations

import io

import pytest

from xnat_emulator import Mode, start
from xnat_emulator.dicom import names, sop

from .conftest import log_in
from .importing import Importer
from .imports_dicom import ENHANCED_MR, KO, MR, RTSTRUCT, SC, SEG, STORAGE, header, make, zipped

SYNGO = "1.3.12.2.1107.5.2.32.35177.3.2006121409365951632817982"


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


def test_each_resource_says_what_it_holds_44(importer):
    files = {str(n): make(one, study="6.44.1", series="6.44.1.1", number=n) for n, one in enumerate((MR, SC), 1)}
    rows = importer.client.rows(f"{importer.archived(files)}/scans/1/resources")
    found = {row["label"]: (row["format"], row["content"], row["file_count"]) for row in rows}
    assert found == {"DICOM": ("DICOM", "RAW", "1"), "secondary": ("DICOM", "secondary", "1")}


@pytest.mark.parametrize("kind", ["ORIGINAL", "DERIVED"])
def test_image_type_does_not_matter_45(importer, kind):
    uri = importer.archived({"a": make(study="6.45.1", ImageType=[kind, "SECONDARY"])})
    assert importer.files(uri) == ["DICOM/a"]


@pytest.mark.parametrize("end", ["4", "2", "128", "2.1", "4.1", "130", "1", "1.1", "1.2", "20", "6.1", "3.1", "12.1"])
def test_images_are_primary_45(end):
    assert STORAGE + end in sop.PRIMARY


@pytest.mark.parametrize("sop_class", [SC, SEG, RTSTRUCT, KO, *(STORAGE + end for end in ("481.5", "88.33", "11.1"))])
def test_what_is_no_image_is_secondary_46(importer, sop_class):
    files = {"a": make(study="6.46.1"), "b": make(sop_class, study="6.46.1", SeriesNumber=2)}
    assert importer.files(importer.archived(files), "2") == ["secondary/b"]


def test_private_classes_are_secondary_46(importer):
    files = {"a": make(study="6.46.2"), "b": make("1.3.12.2.1107.5.9.1", study="6.46.2", SeriesNumber=2)}
    assert importer.files(importer.archived(files), "2") == ["secondary/b"]


def test_a_site_may_keep_everything_together_47(importer, settings):
    settings("separateSecondaryDicomOnArchive", value=False)
    files = {"a": make(study="6.47.1"), "b": make(SC, study="6.47.1", SeriesNumber=2)}
    assert importer.files(importer.archived(files), "2") == ["DICOM/b"]


@pytest.mark.parametrize(("number", "folder"), [(4, "4"), (None, "6_48_1_7")])
def test_received_files_lie_below_their_scan_48(importer, number, folder):
    source = importer.held({"a.dcm": make(study="6.48.1", series="6.48.1.7", SeriesNumber=number)})
    rows = importer.client.rows(f"/data{source}/scans/{folder}/resources/DICOM/files")
    assert [row["Name"] for row in rows] == ["a.dcm"]


def test_catalogs_are_named_after_their_scan_49(importer):
    files = {"a": make(study="6.49.1"), "b": make(SC, study="6.49.1", SeriesNumber=2)}
    document = importer.document(importer.held(files))
    assert 'URI="SCANS/1/DICOM/scan_1_catalog.xml"' in document
    assert 'URI="SCANS/2/secondary/scan_2_secondary_catalog.xml"' in document


def test_archived_resources_have_absolute_catalogs_and_counts_50(importer):
    uri = importer.archived({"a": make(study="6.50.1")}, session="E50")
    document = importer.client.get(f"{uri}?format=xml").data.decode()
    assert f"/{importer.project}/arc001/E50/SCANS/1/DICOM/scan_1_catalog.xml" in document
    (row,) = importer.client.rows(f"{uri}/scans/1/resources")
    assert (row["file_count"], int(row["file_size"]) > 0, row["content"]) == ("1", True, "RAW")


def test_session_importer_numbers_clashing_names_51(importer):
    files = {f"{n}/x.dcm": make(study="6.51.1", number=n) for n in (1, 2, 3)}
    assert importer.files(importer.archived(files)) == ["DICOM/x.dcm", "DICOM/x.dcm_1", "DICOM/x.dcm_2"]


def test_objects_keep_the_last_part_of_their_name_51(importer):
    files = {f"{n}/x (1).dcm": make(study="6.51.2", number=n) for n in (1, 2)}
    response = importer.send(files, handler="DICOM-zip", dest=f"/archive/projects/{importer.project}")
    wanted = names.file_name(header(study="6.51.2", number=2))
    assert importer.files(response.data.decode().strip()) == sorted(["DICOM/x__1_.dcm", f"DICOM/{wanted}"])


def test_objects_are_renamed_on_demand_51(importer):
    response = importer.send(
        {"x": make(study="6.51.3")}, handler="DICOM-zip", dest=f"/archive/projects/{importer.project}", rename="true"
    )
    wanted = names.file_name(header(study="6.51.3"))
    assert importer.files(response.data.decode().strip()) == [f"DICOM/{wanted}"]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("${Modality}-${InstanceNumber}", "MR-1.dcm"),
        ("${Modality}.ima", "MR.ima"),
        ("..${AcquisitionNumber}", "no-value-for-AcquisitionNumber.dcm"),
        ("${PatientName} ${SeriesNumber}", "Sample_Patient_1.dcm"),
    ],
)
def test_names_are_made_from_a_template_52(importer, settings, template, name):
    settings("dicomFileNameTemplate", template)
    response = importer.send(
        {"x": make(study="6.52.1")}, handler="DICOM-zip", dest=f"/archive/projects/{importer.project}", rename="true"
    )
    assert importer.files(response.data.decode().strip()) == [f"DICOM/{name}"]


@pytest.mark.parametrize(("sop_class", "text"), [(MR, "1qs88hj"), (ENHANCED_MR, "sd4il0")])
def test_hashes_are_those_of_the_vendors_tests_53(sop_class, text):
    assert names.hash_name(sop_class, SYNGO) == text


def test_names_are_made_before_anonymising_54():
    with start(mode=Mode(anonymise=True)) as server:
        client = log_in(server)
        client.put("/data/projects/ANON")
        response = Importer(client, "ANON").send(
            {"x": make(study="6.54.1")}, handler="DICOM-zip", dest="/archive/projects/ANON", rename="true"
        )
        uri = response.data.decode().strip()
        assert Importer(client, "ANON").files(uri) == [f"DICOM/{names.file_name(header(study='6.54.1'))}"]
        assert client.fields(uri)["UID"] != "6.54.1"


def test_catalogs_hold_geometry_and_instances_55(importer):
    said = {"Rows": 20, "Columns": 10, "PixelSpacing": [1, 2], "SliceThickness": 3}
    tilt = {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}
    files = {str(n): make(study="6.55.1", number=n, **said, **tilt) for n in (1, 2)}
    files["s"] = make(SC, study="6.55.1", SeriesNumber=2)
    uri = importer.archived(files)
    catalog = importer.client.get(f"{uri}/scans/1/resources/DICOM").data.decode()
    assert '<cat:DCMCatalog UID="6.55.1.1"' in catalog
    for text in ('instanceNumber="2"', 'x="10"', 'y="20"', 'z="2"', "Sag"):
        assert text in catalog
    secondary = importer.client.get(f"{uri}/scans/2/resources/secondary").data.decode()
    assert 'UID="6.55.1.2.1"' in secondary
    assert "instanceNumber" not in secondary


def test_archived_entries_are_complete_56(importer):
    uri = importer.archived({"a.dcm": make(study="6.56.1")})
    catalog = importer.client.get(f"{uri}/scans/1/resources/DICOM").data.decode()
    for text in ('createdBy="admin"', "createdTime=", "createdEventId=", 'ID="a.dcm"', "digest=", 'format="DICOM"'):
        assert text in catalog


def test_files_are_ordered_by_instance_57(importer):
    files = {
        name: make(study="6.57.1", number=n, SOPInstanceUID=f"6.57.1.{name}")
        for name, n in {"3": 1, "1": 2, "2": None}.items()
    }
    catalog = importer.client.get(f"{importer.archived(files)}/scans/1/resources/DICOM").data.decode()
    assert catalog.index('URI="3"') < catalog.index('URI="1"')


@pytest.mark.parametrize(
    ("keyword", "what"), [("SOPClassUID", "SOP Class UID"), ("SOPInstanceUID", "SOP Instance UID")]
)
@pytest.mark.parametrize("handler", ["gradual-DICOM", "DICOM-zip", "SI"])
def test_objects_without_identity_are_refused_57(importer, keyword, what, handler):
    data = make(study="6.57.2", **{keyword: None})
    gradual = handler == "gradual-DICOM"
    response = importer.gradual(data) if gradual else importer.send({"a.dcm": data}, handler=handler)
    assert response.status == 400
    wanted = "Upload did not include" if handler == "SI" else f"object a.dcm contains no {what}"
    assert importer.client.message(response).startswith(wanted)


def test_unparsable_members_fail_or_are_skipped_57(importer):
    files = {"a.dcm": make(study="6.57.3"), "b.txt": b"text"}
    response = importer.send(files, handler="DICOM-zip")
    assert (response.status, importer.client.message(response)) == (400, "unable to read DICOM object b.txt")
    assert importer.send(files, handler="DICOM-zip", **{"Ignore-Unparsable": "true"}).status == 200
    assert importer.send(files, dest="/prearchive").status == 200


def test_zips_of_unknown_length_are_taken(importer):
    response = importer.client.post(
        f"/data/services/import?project={importer.project}",
        body=io.BytesIO(zipped({"a": make(study="6.58.1")})),
        headers={"Content-Type": "application/zip", "Transfer-Encoding": "chunked"},
    )
    assert response.status == 200
