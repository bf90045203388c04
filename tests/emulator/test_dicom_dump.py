"""Headers of archived and received DICOM files (rest-data section 14)."""

from __future__ import annotations

import json
import struct
from urllib.parse import urlencode

import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from xnat_emulator.demo import images
from xnat_emulator.dicom import dump as dumping
from xnat_emulator.dicom import shadow

from .accounts import account
from .received import ready, receive, series

COLUMNS = ["tag1", "tag2", "vr", "value", "desc"]


@pytest.fixture
def archive(emulator):
    return emulator.site.archive


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


def dump(client, source, *fields, **more):
    query = [("src", source), *(("field", field) for field in fields), *more.items()]
    return client.get("/data/services/dicomdump?" + urlencode(query))


def rows(client, source, *fields, **more):
    answer = dump(client, source, *fields, **more)
    assert answer.status == 200, answer.data
    return json.loads(answer.data)["ResultSet"]["Result"]


@pytest.fixture
def received(archive, name):
    """The source of a received session with scans 1 and 2, two files and one."""
    return f"/prearchive/projects/{name}/{ready(archive, name, 's').timestamp}/s"


@pytest.fixture
def archived(client, archive, name, scan):
    """The source of an archived session with one scan of two files."""
    for dataset in series(1):
        data = images.encode(dataset)
        path = f"{scan}/resources/DICOM/files/{dataset.InstanceNumber}.dcm?inbody=true"
        assert client.put(path, body=data, headers={"Content-Type": "application/octet-stream"}).status == 200
    return f"/archive/projects/{name}/subjects/s1/experiments/e1"


def write(tmp_path, **attributes):
    dataset = series(1, 1)[0]
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return save(tmp_path, dataset)


def save(tmp_path, dataset):
    path = tmp_path / "a.dcm"
    path.write_bytes(images.encode(dataset))
    return path


# --- where files are looked for ---


def test_recorded_shape_of_one_field(client, archived, recordings):
    recorded = json.loads((recordings / "dicomdump-1-fragment.json").read_text())
    answer = dump(client, archived, "00180081")
    assert list(json.loads(answer.data)["ResultSet"]) == ["Result"]
    found = rows(client, archived, "00180081")
    assert [list(row) for row in found] == [list(row) for row in recorded]
    assert found == [{**recorded[0], "value": "3.08"}]


@pytest.mark.parametrize("field", ["EchoTime", "00180081", "180081"])
def test_fields_are_keywords_or_hexadecimal(client, archived, field):
    assert [row["tag1"] for row in rows(client, archived, field)] == ["(0018,0081)"]


def test_fields_repeat_and_come_in_the_order_of_tags(client, archived):
    found = rows(client, archived, "Modality", "PatientID", "0008103E")
    assert [row["value"] for row in found] == ["MR", "t1_mpr", "Sample ID"]


def test_field_that_is_not_there_gives_nothing(client, archived):
    assert rows(client, archived, "00189999") == []


@pytest.mark.parametrize("field", ["NoSuchKeyword", "0018008G", "", "123456789", "FFFE0000"])
def test_bad_field_is_refused(client, archived, field):
    answer = dump(client, archived, field)
    assert answer.status == 400
    assert "not a valid DICOM attribute tag" in client.message(answer)


def test_field_named_twice_is_refused(client, archived):
    assert dump(client, archived, "Modality", "00080060").status == 400


def test_source_is_needed(client):
    answer = client.get("/data/services/dicomdump?field=Modality")
    assert answer.status == 400
    assert client.message(answer) == "Please set the src parameter"


@pytest.mark.parametrize(
    "tail", ["", "/scans/1", "/scans/1/resources/DICOM/files/2.dcm", "/scans/1/resources/DICOM", "/scans/1/x/y"]
)
def test_forms_of_archived_sources(client, archived, tail):
    expected = "2" if tail.endswith("2.dcm") else "1"
    assert rows(client, archived + tail, "InstanceNumber")[0]["value"] == expected


def test_file_form_needs_the_subject_else_the_first_file_of_the_scan_is_dumped(client, archived, name):
    short = f"/archive/projects/{name}/experiments/e1"
    for tail in ("", "/scans/1", "/scans/1/resources/DICOM/files/2.dcm"):
        assert rows(client, short + tail, "InstanceNumber")[0]["value"] == "1"


@pytest.mark.parametrize("tail", ["", "/scans/1", "/scans/1/resources/DICOM/files/1-2.dcm"])
def test_forms_of_received_sources(client, received, tail):
    expected = "2" if tail.endswith("2.dcm") else "1"
    assert rows(client, received + tail, "InstanceNumber")[0]["value"] == expected


def test_second_scan_is_found_by_its_id(client, received):
    assert rows(client, f"{received}/scans/2", "SeriesNumber")[0]["value"] == "2"


@pytest.mark.parametrize("tail", ["/scans/9", "/scans/1/resources/DICOM/files/none.dcm", "/assessors/A", "/recons/R"])
def test_no_file_is_an_empty_table(client, archived, tail):
    answer = dump(client, archived + tail)
    assert answer.status == 200
    assert json.loads(answer.data) == {"ResultSet": {"Result": []}}


@pytest.mark.parametrize("prefix", ["/data", "", "archive", "/REST"])
def test_source_of_another_form_is_an_empty_table(client, archived, prefix):
    source = prefix + archived if prefix.startswith("/") else (prefix or "nonsense")
    assert rows(client, source) == []
    assert rows(client, "/archive/projects/P") == []


def test_only_resources_of_the_preferred_labels_count(client, scan, name):
    data = images.encode(series(1, 1)[0])
    headers = {"Content-Type": "application/octet-stream"}
    source = f"/archive/projects/{name}/subjects/s1/experiments/e1"
    client.put(f"{scan}/resources/OTHER/files/1.dcm?inbody=true", body=data, headers=headers)
    assert rows(client, source) == []
    client.put(f"{scan}/resources/secondary/files/1.dcm?inbody=true", body=data, headers=headers)
    assert rows(client, source, "Modality")[0]["value"] == "MR"


@pytest.mark.parametrize(
    "source",
    [
        "/archive/projects/{name}/experiments/nobody",
        "/archive/projects/NOBODY/experiments/e1",
        "/prearchive/projects/{name}/20200101_000000000/nobody",
        "/prearchive/projects/NOBODY/20200101_000000000/nobody",
    ],
)
def test_unknown_session_is_not_found(client, name, source):
    answer = dump(client, source.format(name=name))
    assert answer.status == 404
    assert client.message(answer) == "There was an error rendering Dicom Header"


def test_session_that_is_not_built_is_not_found(client, archive, name):
    session = receive(archive, name, "raw", series(1))
    assert dump(client, f"/prearchive/projects/{name}/{session.timestamp}/raw").status == 404


def test_file_that_is_no_dicom_is_not_found(client, scan, name):
    headers = {"Content-Type": "application/octet-stream"}
    client.put(f"{scan}/resources/DICOM/files/1.dcm?inbody=true", body=b"text", headers=headers)
    assert dump(client, f"/archive/projects/{name}/subjects/s1/experiments/e1").status == 404


def test_strangers_find_nothing(client, archived, received):
    stranger = account(client)
    assert dump(stranger, archived).status == 404
    assert dump(stranger, received).status == 404


def test_csv_has_the_columns_in_order(client, archived):
    text = dump(client, archived, "Modality", format="csv").data.decode()
    assert text.splitlines()[0] == ",".join(f'"{column}"' for column in COLUMNS)
    assert text.splitlines()[1] == '"(0008,0060)","","CS","MR","Modality"'


def test_dump_takes_only_get(client):
    assert client.post("/data/services/dicomdump").status == 405


# --- rows ---


def test_dump_starts_with_the_meta_information_and_stops_before_the_pixels(tmp_path):
    found = dumping.dump(write(tmp_path), {})
    tags = [row.tag1 for row in found]
    assert tags == sorted(tags)
    assert tags[0].startswith("(0002,")
    assert "(7FE0,0010)" not in tags


def test_values_and_names_are_escaped_and_cut(tmp_path):
    path = write(tmp_path, StudyDescription='<a & "b">', ImageComments="x" * 300, OperatorsName="é")
    found = {row.tag1: row for row in dumping.dump(path, {})}
    assert found["(0008,1030)"].value == "&lt;a &amp; &quot;b&quot;&gt;"
    assert found["(0020,4000)"].value == "x" * 255
    assert found["(0010,0010)"].desc == "Patient's Name"


def test_several_values_are_joined_by_backslashes(tmp_path):
    found = {row.tag1: row for row in dumping.dump(write(tmp_path, ImageType=["ORIGINAL", "PRIMARY"]), {})}
    assert found["(0008,0008)"].value == "ORIGINAL\\PRIMARY"
    assert found["(0028,0030)"].value == "1.0\\1.0"


def test_sequences_are_nested_one_level(tmp_path):
    inner = Dataset()
    inner.CodeValue = "deep"
    item = Dataset()
    item.CodeValue = "T1"
    item.ConceptNameCodeSequence = Sequence([inner])
    path = write(tmp_path, ProcedureCodeSequence=Sequence([item, Dataset()]))
    found = [row for row in dumping.dump(path, {}) if row.tag1 == "(0008,1032)"]
    assert [(row.tag2, row.vr, row.value) for row in found] == [
        ("(0008,1032)", "SQ", ""),
        ("(0008,0100)", "SH", "T1"),
        ("(0040,A043)", "SQ", ""),
        ("(0008,1032)", "SQ", ""),
    ]


# --- summaries ---


def test_summary_merges_distinct_values_over_all_files(client, received):
    found = {row["tag1"]: row for row in rows(client, received, summary="true")}
    assert found["(0020,0013)"]["value"] == "1, 2"
    assert found["(0008,0060)"]["value"] == "MR"
    assert found["(0020,0011)"]["value"] == "1, 2"
    assert {row["vr"] for row in found.values()} == {""}
    assert list(found) == sorted(found)


def test_summary_of_some_fields(client, received):
    assert [row["tag1"] for row in rows(client, received, "InstanceNumber", "Modality", summary="true")] == [
        "(0008,0060)",
        "(0020,0013)",
    ]
    assert rows(client, f"{received}/scans/2", "InstanceNumber", summary="true")[0]["value"] == "1"


@pytest.mark.parametrize("value", ["false", "1", "TRUE"])
def test_summary_needs_exactly_true(client, received, value):
    assert rows(client, received, "InstanceNumber", summary=value)[0]["value"] == "1"


def test_value_that_is_part_of_those_before_counts_as_known(tmp_path):
    paths = []
    for position, text in enumerate(["T1 post", "T1", "T2"]):
        folder = tmp_path / str(position)
        folder.mkdir()
        paths.append(write(folder, SeriesDescription=text))
    found = {row.tag1: row.value for row in dumping.summarise(paths, {})}
    assert found["(0008,103E)"] == "T1 post, T2"


# --- Siemens shadow headers ---


def shadow_bytes(**fields):
    parts = [b"SV10\4\3\2\1", struct.pack("<2i", len(fields), 77)]
    for key, (vr, values) in fields.items():
        parts.append(struct.pack("<64si4s3i", key.encode(), len(values), vr.encode(), 3, 6 if values else 0, 77))
        for text in [*values, *[""] * (6 - len(values))] if values else ():
            data = text.encode()
            parts.append(struct.pack("<4i", len(data), len(data), 77, len(data)))
            parts.append(data.ljust(-(-len(data) // 4) * 4, b"\0"))
    return b"".join(parts)


@pytest.fixture
def siemens(tmp_path):
    dataset = series(1, 1)[0]
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x08, "CS", "IMAGE NUM 4")
    block.add_new(0x10, "OB", shadow_bytes(EchoLinePosition=("IS", ["80"]), Nothing=("LO", []), Two=("DS", ["1", "2"])))
    return save(tmp_path, dataset)


def test_shadow_header_gives_a_row_for_every_field(siemens):
    found = [row for row in dumping.dump(siemens, {}) if row.tag1 == "(0029,1010)"]
    assert [(row.tag2, row.vr, row.value) for row in found] == [
        ("EchoLinePosition", "IS", "80"),
        ("Nothing", "LO", ""),
        ("Two", "DS", "1\\2"),
    ]
    assert {row.desc for row in found} == {"Siemens CSA Image Instance Shadow Header"}


def test_fields_of_a_shadow_header_can_be_chosen(siemens):
    fields = dumping.parse_fields(["00291010:Two:Nothing"])
    assert [row.tag2 for row in dumping.dump(siemens, fields)] == ["Nothing", "Two"]


@pytest.mark.parametrize("length", [0, 4, 10, 20, 100, 130, 200])
def test_shadow_header_that_ends_early_is_read_as_far_as_it_goes(length):
    data = shadow_bytes(One=("IS", ["80"]), Two=("DS", ["1", "2"]))
    assert len(list(shadow.read(data[:length].ljust(0)))) <= 2


# --- ECAT ---


def ecat(client, source):
    return client.get("/data/services/ecatdump?" + urlencode({"src": source}))


def test_ecat_dump_without_ecat_files_is_an_empty_table(client, archived):
    assert ecat(client, archived).json() == {"ResultSet": {"Result": []}}
    assert client.get("/data/services/ecatdump").status == 400


def test_ecat_files_are_not_read(client, scan, name):
    headers = {"Content-Type": "application/octet-stream"}
    client.put(f"{scan}/resources/ECAT/files/a.v?inbody=true", body=b"MATRIX72v", headers=headers)
    assert ecat(client, f"/archive/projects/{name}/subjects/s1/experiments/e1/scans/1").status == 501
