"""Status pages (rest-data section 21, recorded answers D22)."""

from __future__ import annotations

from xnat_emulator.errors import status_page

NEED_PUT_CONTENTS = """<html>
<head>
   <title>Status page</title>
</head>
<body>
<h3>Need PUT Contents</h3><p>You can get technical details <a href="http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.18">here</a>.<br>
Please continue your visit at our <a href="/">home page</a>.
</p>
</body>
</html>
"""


def test_refusal_is_the_recorded_page_byte_for_byte(client, subject):
    response = client.put(f"{subject}/experiments/new")
    assert response.status == 417
    assert response.headers["Content-Type"] == "text/html"
    assert response.data.decode() == NEED_PUT_CONTENTS


def test_recorded_pages_are_reproduced(recordings):
    expected = (recordings / "error-417-need-put-contents.html").read_text().rstrip("\n")
    assert status_page(417, "Need PUT Contents").rstrip("\n") == expected
    expected = (recordings / "error-409-already-assigned.html").read_text().rstrip("\n")
    assert status_page(409, "Already assigned to project:pr000r00").rstrip("\n") == expected


def test_format_does_not_change_the_error_page(client):
    response = client.get("/data/projects/NOPE?format=json")
    assert response.status == 404
    assert response.headers["Content-Type"] == "text/html"
    assert client.message(response) == "Unable to find the specified project."


def test_label_without_a_project_asks_for_an_accession_number(client, subject):
    response = client.get("/data/subjects/s1")
    assert response.status == 404
    assert "accession number" in client.message(response)


def test_scans_of_a_label_without_a_project_trip_the_server(client, session):
    assert client.get("/data/experiments/e1/scans").status == 500
    assert client.get("/data/experiments/e1/scans/1").status == 404
    assert client.get("/data/experiments/e1/resources").status == 404
