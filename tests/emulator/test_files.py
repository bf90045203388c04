"""Resources and files (rest-data section 10)."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import quote

import pytest


def listed(client, files):
    return {row["URI"].partition("/files/")[2]: row for row in client.rows(files)}


def make_zip(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


def make_tar(mode, **members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name.replace("__", "/"))
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def test_resource_is_made_once(client, scan):
    first = client.put(f"{scan}/resources/DICOM?format=DICOM&content=RAW&description=d&tags=a,b%3Dc")
    assert (first.status, first.data) == (200, b"")
    again = client.put(f"{scan}/resources/DICOM")
    assert (again.status, client.message(again)) == (409, "Specified resource already exists.")
    (row,) = client.rows(f"{scan}/resources")
    assert list(row) == [
        "file_count",
        "xnat_abstractresource_id",
        "cat_desc",
        "cat_id",
        "format",
        "label",
        "category",
        "element_name",
        "file_size",
        "content",
        "tags",
    ]
    assert (row["format"], row["content"], row["tags"]) == ("DICOM", "RAW", "a,b=c")
    assert (row["category"], row["cat_id"], row["cat_desc"]) == ("scans", "1", "T1 MPRAGE")
    assert (row["file_count"], row["element_name"]) == ("0", "xnat:resourceCatalog")


def test_posted_resource_answers_with_its_number(client, session):
    response = client.post(f"{session}/resources?label=made")
    number = response.data.decode().rpartition("/")[2]
    assert number.isdigit()
    (row,) = client.rows(f"{session}/resources")
    assert (row["xnat_abstractresource_id"], row["label"]) == (number, "made")
    assert (row["cat_desc"], row["category"]) == (" ", "resources")


def test_label_with_an_apostrophe_is_refused(client, session):
    assert client.put(f"{session}/resources/it's").status == 400


@pytest.mark.parametrize("level", ["", "/subjects/s1", "/subjects/s1/experiments/e1", "/experiments/e1"])
def test_every_level_has_resources_and_files(client, session, level):
    base = session.partition("/subjects")[0] + level
    assert client.put(f"{base}/resources/R/files/a.txt?inbody=true", body=b"x").status == 200
    assert [row["label"] for row in client.rows(f"{base}/resources")] == ["R"]
    assert list(listed(client, f"{base}/resources/R/files")) == ["a.txt"]
    if level != "/experiments/e1":
        assert list(listed(client, f"{base}/files")) == ["a.txt"]
    assert client.get(f"{base}/resources/R").data.startswith(b"<?xml")


@pytest.mark.parametrize("side", ["in", "out", ""])
def test_assessors_and_reconstructions_have_two_sides(client, session, side):
    client.put(f"{session}/assessors/qc?xsiType=xnat:qcManualAssessorData")
    client.put(f"{session}/reconstructions/two-sides-{side}")
    for part in ("assessors/qc", f"reconstructions/two-sides-{side}"):
        base = f"{session}/{part}/{side}".rstrip("/")
        assert client.put(f"{base}/resources/R/files/a.txt?inbody=true", body=b"x").status == 200
        child = "in/file" if side == "in" else "out/file"
        document = client.item(f"{session}/{part}")
        assert [entry["field"] for entry in document["children"]] == [child]
        assert len(client.rows(f"{session}/{part}/{side or 'out'}/resources")) == 1
        (row,) = client.rows(f"{base}/files")
        assert client.get(row["URI"]).data == b"x"


def test_resources_of_the_whole_session(client, session, scan):
    client.put(f"{scan}/resources/A")
    client.put(f"{session}/assessors/qc?xsiType=xnat:qcManualAssessorData")
    client.put(f"{session}/assessors/qc/out/resources/B")
    client.put(f"{session}/resources/C")
    rows = {row["label"]: row for row in client.rows(f"{session}/resources?all=true")}
    assert {label: row["category"] for label, row in rows.items()} == {"A": "scans", "B": "assessors", "C": "resources"}
    assert (rows["C"]["cat_id"], rows["C"]["cat_desc"]) == ("", "")
    assert [row["label"] for row in client.rows(f"{session}/resources")] == ["C"]


def test_upload_in_the_body(client, files):
    response = client.put(f"{files}/folder/a.dcm?inbody=true&format=DICOM&content=RAW&tags=x", body=b"hello")
    assert (response.status, response.data) == (200, b"")
    row = listed(client, files)["folder/a.dcm"]
    assert row["Name"] == "a.dcm"
    assert (row["Size"], row["digest"]) == ("5", hashlib.md5(b"hello").hexdigest())
    assert (row["file_format"], row["file_content"], row["file_tags"]) == ("DICOM", "RAW", "x")
    assert (row["collection"], row["cat_ID"].isdigit()) == ("DATA", True)


def test_file_listing_has_columns_and_a_title_and_no_count(client, files):
    answer = json.loads(client.get(files).data)["ResultSet"]
    assert answer == {"Columns": [{"key": "URI", "serverRoot": ""}], "Result": [], "title": "Files"}


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "image/png", "application/dicom"])
def test_known_content_types_need_no_flag(client, files, content_type):
    assert client.put(f"{files}/a", body=b"x", headers={"Content-Type": content_type}).status == 200


def test_other_content_types_are_refused_with_a_hint(client, files):
    response = client.put(f"{files}/a", body=b"x", headers={"Content-Type": "application/x-unknown"})
    assert response.status == 400
    assert "inbody=true" in client.message(response)


def test_body_of_unknown_length_is_a_server_error(client, files):
    headers = {"Content-Type": "application/octet-stream"}
    assert client.put(f"{files}/a", body=iter([b"x"]), headers=headers, chunked=True).status == 500
    assert client.put(f"{files}/a", body=b"", headers=headers).status == 500
    assert client.rows(files) == []
    streamed = make_zip(a="1")
    headers = {"Content-Type": "application/zip"}
    assert client.put(f"{files}/a.zip", body=iter([streamed]), headers=headers, chunked=True).status == 200


def test_multipart_upload_takes_many_files(client, files):
    parts = [("one", ("a b.txt", b"1")), ("two", ("c.txt", b"2")), ("content", "text")]
    assert client.post(files, fields=parts).status == 200
    assert {name: row["file_content"] for name, row in listed(client, files).items()} == {
        "a b.txt": "text",
        "c.txt": "text",
    }
    assert client.put(f"{files}/named.txt", fields={"file": ("other.txt", b"3")}).status == 200
    assert "named.txt" in listed(client, files)
    assert client.put(f"{files}/a?inbody=true", fields={"file": ("a", b"3")}).status == 400
    assert client.post(files, fields={"reference": "/etc"}).status == 400


def test_existing_file_stays_unless_it_may_be_overwritten(client, files):
    client.put(f"{files}/a.txt?inbody=true", body=b"one")
    again = client.put(f"{files}/a.txt?inbody=true", body=b"two")
    assert (again.status, again.data) == (200, b'{"duplicates":["a.txt"]}')
    assert again.headers["Content-Type"].startswith("text/html")
    assert client.get(f"{files}/a.txt").data == b"one"
    over = client.put(f"{files}/a.txt?inbody=true&overwrite=true", body=b"two")
    assert (over.status, over.data) == (200, b"")
    assert client.get(f"{files}/a.txt").data == b"two"
    assert len(client.rows(files)) == 1


def test_missing_resource_is_made_by_an_upload(client, scan):
    assert client.put(f"{scan}/resources/NEW/files/a?inbody=true&format=X", body=b"x").status == 200
    (row,) = client.rows(f"{scan}/resources")
    assert (row["label"], row["format"], row["file_count"], row["file_size"]) == ("NEW", "X", "1", "1")


def test_upload_without_a_resource_makes_one_without_a_label(client, session):
    assert client.put(f"{session}/files/a.txt?inbody=true", body=b"x").status == 200
    (row,) = client.rows(f"{session}/resources")
    assert row["label"] == ""
    assert client.get(f"{session}/resources/{row['xnat_abstractresource_id']}/files/a.txt").data == b"x"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.zip", make_zip(a__b="one", c="two")),
        ("x.tar", make_tar("w", a__b="one", c="two")),
        ("x.tar.gz", make_tar("w:gz", a__b="one", c="two")),
        ("x.tgz", make_tar("w:gz", a__b="one", c="two")),
    ],
)
def test_archives_are_unpacked_below_the_resource(client, files, name, data):
    assert client.put(f"{files}/ignored/{name}?extract=true&inbody=true", body=data).status == 200
    assert sorted(listed(client, files)) == ["a/b", "c"]
    assert client.get(f"{files}/a/b").data == b"one"
    again = client.put(f"{files}/{name}?extract=true&inbody=true", body=data)
    assert sorted(json.loads(again.data)["duplicates"]) == ["a/b", "c"]


def test_broken_archives_are_refused_and_leave_nothing(client, files):
    blobs = client.emulator.site.archive.folder / "blobs"
    before = sum(path.is_file() for path in blobs.rglob("*"))
    for name, data in (
        ("x.zip", b"PK\3\4 broken"),
        ("x.tar.gz", gzip.compress(b"x" * 600)),
        ("x.zip", make_zip(a="1")[:-8]),
    ):
        assert client.put(f"{files}/{name}?extract=true&inbody=true", body=data).status == 400
    assert client.rows(files) == []
    assert sum(path.is_file() for path in blobs.rglob("*")) == before


@pytest.mark.parametrize("name", ["a b.txt", "a+b", "a%b", "a&b=c", "ä ö.txt", "a#b?c", "deep/er/x", "a;b,c", "%20"])
def test_file_names_with_odd_signs(client, files, name):
    path = f"{files}/{quote(name)}"
    assert client.put(f"{path}?inbody=true", body=name.encode()).status == 200
    assert list(listed(client, files)) == [name]
    assert client.get(path).data == name.encode()
    assert client.delete(path).status == 200
    assert client.get(path).status == 404


def test_twice_encoded_names_are_decoded_once_more(client, files):
    client.put(f"{files}/a%20b?inbody=true", body=b"x")
    assert client.get(f"{files}/a%2520b").data == b"x"


def test_download_headers(client, files):
    client.put(f"{files}/folder/a.txt?inbody=true", body=b"hello")
    response = client.get(f"{files}/folder/a.txt")
    assert response.data == b"hello"
    assert response.headers["Content-Length"] == "5"
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["Cache-Control"] == "must-revalidate"
    assert response.headers["Content-Disposition"] == 'attachment; filename="a.txt";'
    assert "ETag" not in response.headers
    assert "Accept-Ranges" not in response.headers
    client.put(f"{files}/b.dcm?inbody=true", body=b"x")
    assert client.get(f"{files}/b.dcm").headers["Content-Type"] == "application/octet-stream"


def test_ranges_are_ignored(client, files):
    client.put(f"{files}/a.bin?inbody=true", body=b"0123456789")
    response = client.get(f"{files}/a.bin", headers={"Range": "bytes=2-4"})
    assert (response.status, response.data) == (200, b"0123456789")


def test_conditional_download(client, files):
    client.put(f"{files}/a.txt?inbody=true", body=b"x")
    modified = client.get(f"{files}/a.txt").headers["Last-Modified"]
    same = client.get(f"{files}/a.txt", headers={"If-Modified-Since": modified})
    assert (same.status, same.data) == (304, b"")
    before = formatdate(parsedate_to_datetime(modified).timestamp() - 60, usegmt=True)
    assert client.get(f"{files}/a.txt", headers={"If-Modified-Since": before}).status == 200
    assert client.get(f"{files}/a.txt", headers={"If-Modified-Since": "nonsense"}).status == 200


def test_missing_file(client, files):
    response = client.get(f"{files}/none.txt")
    assert response.status == 404
    assert client.get(f"{files}/none.txt?accept-not-found=true").status == 204
    assert client.delete(f"{files}/none.txt").status == 404
    assert client.get(files.replace("/DATA/", "/NONE/")).status == 404


def test_uri_shows_ids_and_the_number_of_the_resource(client, files):
    client.put(f"{files}/x/a.txt?inbody=true", body=b"x")
    session = files.partition("/scans")[0]
    subject = client.fields(session.partition("/experiments")[0])["ID"]
    experiment = client.fields(session)["ID"]
    (row,) = client.rows(files)
    number = row["cat_ID"]
    expected = f"{session.partition('/subjects')[0]}/subjects/{subject}/experiments/{experiment}/scans/1"
    assert row["URI"] == f"{expected}/resources/{number}/files/x/a.txt"
    (row,) = client.rows(f"{session}/scans/1/files")
    assert row["URI"] == f"/data/experiments/{experiment}/scans/1/resources/{number}/files/x/a.txt"
    assert client.get(row["URI"]).data == b"x"
    (row,) = client.rows(f"{files}?locator=absolutePath")
    assert row["absolutePath"].endswith("/e1/SCANS/1/DATA/x/a.txt")


def test_selection_of_files(client, files):
    for name, content, form in (("a/1", "X", "F"), ("a/b/2", "Y", "F"), ("c/3", "X", "G")):
        client.put(f"{files}/{name}?inbody=true&content={content}&format={form}", body=name.encode())
    assert sorted(listed(client, f"{files}?file_content=X")) == ["a/1", "c/3"]
    assert sorted(listed(client, f"{files}?file_content=X&file_content=Y&file_format=F")) == ["a/1", "a/b/2"]
    assert sorted(listed(client, f"{files}/a/")) == ["a/1", "a/b/2"]
    assert sorted(listed(client, f"{files}/a/?recursive=false")) == ["a/b/2"]
    assert client.get(f"{files}?file_content=X&index=1").data == b"c/3"
    assert client.get(f"{files}?index=0").status == 404
    client.put(f"{files}/d?inbody=true", body=b"x")
    assert sorted(listed(client, f"{files}?file_content=NULL")) == ["d"]


def test_delete_of_a_file_a_folder_and_a_resource(client, files):
    for name in ("a/1", "a/2", "b"):
        client.put(f"{files}/{name}?inbody=true", body=b"x")
    assert client.delete(f"{files}/a/1").status == 200
    assert sorted(listed(client, files)) == ["a/2", "b"]
    client.put(f"{files}/a/3?inbody=true", body=b"x")
    assert client.delete(f"{files}/a").status == 200
    assert sorted(listed(client, files)) == ["b"]
    resource = files.rpartition("/files")[0]
    (row,) = client.rows(resource.rpartition("/")[0])
    assert (row["file_count"], row["file_size"]) == ("1", "1")
    assert client.delete(f"{resource}?removeFiles=true").status == 200
    assert client.get(resource).status == 404
    assert client.delete(resource).status == 200
    assert client.delete(f"{files}/b").status == 400


def test_numbers_of_resources_are_global(client, files, session):
    client.put(f"{files}/a?inbody=true", body=b"x")
    number = client.rows(files)[0]["cat_ID"]
    assert client.get(f"{session}/resources/{number}/files/a").data == b"x"


def test_statistics_can_be_left_for_later(client, files):
    client.put(f"{files}/a?inbody=true&update-stats=false", body=b"x")
    resources = files.partition("/DATA")[0]
    assert client.rows(resources)[0]["file_count"] == "0"


def test_catalog_document(client, files):
    client.put(f"{files}/f/a.txt?inbody=true&content=C", body=b"hello")
    resource = files.rpartition("/files")[0]
    text = client.get(f"{resource}?format=json").data.decode()
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<cat:Catalog ID="DATA" xmlns:')
    assert "schemaLocation" not in text
    assert 'URI="f/a.txt" content="C" createdBy="admin" createdEventId="' in text
    assert f'digest="{hashlib.md5(b"hello").hexdigest()}" name="a.txt"' in text
    assert '<cat:metaField name="AUDIT">' in text
    rooted = client.get(f"{resource}?includeRootPath=true").data.decode()
    assert '/SCANS/1/DATA/f/a.txt"' in rooted
    assert client.get(f"{resource}/extra").status == 400


@pytest.mark.parametrize("sign", ["!", "/", "!/"])
def test_files_inside_a_zip_are_reached(client, files, sign):
    client.put(f"{files}/folder/x.zip?inbody=true", body=make_zip(a__b="one", c="two"))
    response = client.get(f"{files}/folder/x.zip{sign}a/b")
    assert (response.status, response.data) == (200, b"one")
    assert client.get(f"{files}/folder/x.zip{sign}none").status == 404
    rows = client.rows(f"{files}/folder/x.zip?listContents=true&format=json")
    assert rows == [{"File Name": "a/b", "Size": "3"}, {"File Name": "c", "Size": "3"}]


def test_numbers_that_are_none_are_labels(client, session):
    for label in ("²", "9" * 30):
        assert client.get(f"{session}/resources/{quote(label)}").status == 404


def test_columns_of_the_xml_listing_carry_their_facts(client, files):
    text = client.get(f"{files}?format=xml").data.decode()
    assert '<column serverRoot="">URI</column>' in text
    assert "<column>Name</column>" in text


def test_star_at_the_end_selects_by_the_start_of_the_path(client, scan, files):
    for name in ("a1.txt", "a2.txt", "b.txt"):
        client.put(f"{files}/{name}?inbody=true", body=b"x")
    assert [row["Name"] for row in client.rows(f"{scan}/files/a*?format=json")] == ["a1.txt", "a2.txt"]
    assert client.get(f"{files}/a*").status == 404
