"""How the form of an answer is chosen (rest-data 3), and the short names of listings (rest-data 4.5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import xnat_emulator

from .conftest import Client, log_in

JSON, HTML, XML, CSV = "application/json", "text/html", "text/xml", "text/csv"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def emulator() -> Iterator[xnat_emulator.Emulator]:
    """A server of its own: what is written here shows in lists of the whole site."""
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture(scope="module")
def client(emulator) -> Client:
    return log_in(emulator)


def kind(answer) -> str:
    assert answer.status == 200
    return answer.headers["Content-Type"].partition(";")[0]


@pytest.mark.parametrize(("form", "table", "item"), [
    ("json", JSON, JSON), ("JSON", JSON, JSON), ("xml", XML, XML), ("csv", CSV, XML), ("html", HTML, HTML),
    ("txt", HTML, XML), ("zip", HTML, XML), ("xList", HTML, XML), ("image/jpeg", HTML, XML),
    ("application/json", JSON, JSON), ("text/xml", XML, XML), ("application/vnd.ms-excel", CSV, XML),
    ("nonsense", JSON, HTML), ("", JSON, HTML),
])  # fmt: skip
def test_format_parameter(client, subject, form, table, item):
    """Unknown values leave the choice to the variants (rest-data 3.1, 3.3, 3.4)."""
    assert kind(client.get(f"{subject.rpartition('/')[0]}?format={form}")) == table
    assert kind(client.get(f"{subject}?format={form}")) == item


@pytest.mark.parametrize(("accept", "table", "item"), [
    ("*/*", JSON, HTML), (JSON, JSON, HTML), (HTML, HTML, HTML), (XML, XML, XML), (BROWSER, HTML, HTML),
    ("text/xml;q=0.5,text/html;q=0.9", HTML, HTML), ("text/html;q=0.2,text/xml", XML, XML),
])  # fmt: skip
def test_accept_header(client, subject, accept, table, item):
    """JSON is no variant of items (rest-data 3.2); the ``format`` parameter wins."""
    listing = subject.rpartition("/")[0]
    assert kind(client.get(listing, headers={"Accept": accept})) == table
    assert kind(client.get(subject, headers={"Accept": accept})) == item
    assert kind(client.get(f"{listing}?format=csv", headers={"Accept": accept})) == CSV


_SHORT = {
    "/data/projects": "ID secondary_ID name description keywords alias pi_firstname pi_lastname note",
    "{p}/subjects": (
        "project label ID group src pi_firstname pi_lastname dob yob age gender handedness ses education educationDesc "
        "race ethnicity weight height gestational_age post_menstrual_age birth_weight insert_date insert_user "
        "last_modified"
    ),
    "{p}/experiments": (
        "ID visit_id visit protocol date time note pi_firstname pi_lastname validation_method validation_status "
        "validation_date validation_notes project label scanner operator dcmAccessionNumber dcmPatientId "
        "dcmPatientName session_type modality UID studyInstanceUID coil fieldStrength marker stabilization studyType "
        "patientID patientName scan_start_time injection_start_time tracer_name tracer_startTime tracer_dose "
        "tracer_sa tracer_totalmass tracer_intermediate tracer_isotope tracer_transmissions tracer_transmissions_start "
        "subject_ID subject_label subject_project session_ID session_label session_project insert_date insert_user "
        "last_modified xsiType"
    ),
    "{s}/scans": (
        "ID type UID note quality condition series_description documentation scanner modality frames scanTime coil "
        "fieldStrength marker stabilization orientation originalFileName systemType fileType transaxialFOV acqType "
        "facility numPlanes numFrames numGates planeSeparation binSize dataType xnat_imagescandata_id insert_date "
        "insert_user last_modified xsiType validation_method validation_status validation_date validation_notes"
    ),
    "{s}/reconstructions": "ID type baseScanType xnat_reconstructedimagedata_id xsiType",
    "{s}/assessors": (
        "ID visit_id date time note pi_firstname pi_lastname validation_method validation_status validation_date "
        "validation_notes project label session_ID session_label session_project insert_date insert_user last_modified "
        "xsiType"
    ),
}


@pytest.mark.parametrize("path", _SHORT)
def test_short_names_of_listings(client, project, session, path):
    known = {row["key"] for row in client.rows(f"{path.format(p=project, s=session)}?fields=1")}
    assert set(_SHORT[path].split()) <= known


_MOMENTS = {"scan_start_time", "injection_start_time", "tracer_startTime", "tracer_transmissions_start"}
_VALUES = {"validation_date": "2020-01-31", "date": "2020-01-31", "time": "10:11:12", "scanTime": "10:11:12"}
_VALUES |= {
    "dob": "1980-05-06",
    "gender": "male",
    "handedness": "left",
    **dict.fromkeys(_MOMENTS, "2020-01-31 10:11:12"),
}
_FIXED = {"ID", "label", "project", "xsiType", "subject_ID", "studyInstanceUID"}
_FIXED |= {"insert_date", "insert_user", "last_modified"}
_OF_MR = {"coil", "fieldStrength", "marker", "stabilization"}


@pytest.mark.parametrize(("listing", "made", "only", "without"), [
    ("{p}/subjects", "s9?group=g", "", set()),
    ("{p}/experiments", "p9?xsiType=xnat:petSessionData", "xnat:petSessionData", _OF_MR),
    ("{s}/scans", "9?xsiType=xnat:petScanData", "xnat:petScanData", _OF_MR),
    ("{s}/scans", "9?xsiType=xnat:mrScanData", "xnat:mrScanData", set()),
    ("{s}/assessors", "a9?xsiType=xnat:qcManualAssessorData", "", set()),
])  # fmt: skip
def test_short_names_are_written_and_read(client, project, session, listing, made, only, without):
    """Every short name that can be written comes back in its column (rest-data 4.5)."""
    place = listing.format(p=project, s=session)
    path = f"{project}/subjects/s1/experiments/{made}" if listing == "{p}/experiments" else f"{place}/{made}"
    assert client.put(path).status in {200, 201}
    path = path.partition("?")[0]
    names = {name for name in _SHORT[listing].split() if name not in _FIXED | without and not name.endswith("data_id")}
    names -= {name for name in names if name.startswith(("session_", "subject_")) and name != "session_type"}
    if only == "xnat:mrScanData":
        names &= _OF_MR | {"type", "quality", "frames", "scanTime", "series_description", "UID", "scanner"}
    for name in sorted(names):
        value = _VALUES.get(name, "7")
        assert client.put(f"{path}?{name}={value}").status == 200
        query = f"columns=ID,{name}" + (f"&xsiType={only}" if only else "")
        cells = [row[name] for row in client.rows(f"{place}?{query}")]
        assert any(cell.startswith(value) for cell in cells), (name, cells)
