"""``info``."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

MR = "sandbox/test001/test001_MR"
NAME, BIRTHDAY = "test001^Demo", "1975-01-01"


def test_a_session_at_a_terminal(visitor, window):
    before = len(window.requests)
    status, screen = visitor.shown("info", MR)
    assert status == 0
    lines = screen.splitlines()
    assert lines[0] == "MrSessionData test001_MR (XNAT_E00001)"
    assert "  scanner.manufacturer    Example Medical" in lines
    assert "  dcm_patient_name        (hidden)" in lines
    assert lines[lines.index("Custom variables") + 1].split() == ["brain_volume", "(hidden)"]
    assert "  scans            3" in lines[lines.index("Below it") :]
    assert lines[-1] == "6 hidden values: --identifying shows what may identify a patient"
    assert NAME not in screen
    assert BIRTHDAY not in screen
    assert len(window.requests) - before == 3


@pytest.mark.parametrize("output", ["table", "json", "tsv", "csv"])
def test_identifying_values_are_shown_when_asked_for(quick, output):
    hidden = quick("info", MR, "-o", output)
    assert NAME not in hidden.out + hidden.err
    assert "1250.5" not in hidden.out
    shown = quick("info", MR, "-o", output, "--identifying")
    assert NAME in shown.out
    assert BIRTHDAY in shown.out
    assert "1250.5" in shown.out
    assert "hidden values" not in shown.err


def test_json_has_python_names_and_typed_values(quick):
    scan = quick("info", f"{MR}/2", "--json").json
    assert list(scan) == ["uri", "xsi_type", "fields", "custom_variables", "below", "hidden"]
    assert scan["xsi_type"] == "xnat:mrScanData"
    assert (scan["fields"]["frames"], scan["fields"]["parameters.tr"]) == (24, 2400.0)
    assert scan["fields"]["start_date"] == "2020-05-14"
    assert scan["below"] == {"resources": 2}
    assert scan["hidden"] == ["uid"]
    subject = quick("info", "sandbox/test001", "--json").json
    assert "fields.diagnosis" in subject["hidden"]
    subject = quick("info", "sandbox/test001", "--json", "--identifying").json
    assert subject["custom_variables"]["diagnosis"] == "healthy"
    assert (subject["fields"]["demographics.education"], subject["hidden"]) == (16, [])


def test_every_kind_of_item(quick):
    def title(path: str) -> str:
        return quick("info", path).lines[0]

    assert title("sandbox") == "ProjectData Sandbox project (sandbox)"
    assert title("sandbox/test001") == "SubjectData test001 (XNAT_S00001)"
    assert title("sandbox/sessions/TEST01_CT") == "CtSessionData TEST01_CT (XNAT_E00005)"
    assert title(f"{MR}/2") == "MrScanData T1 (2)"
    assert title(f"{MR}/assessors/test001_MR_QC") == "QcManualAssessorData test001_MR_QC (XNAT_E00006)"
    assert title(f"{MR}/reconstructions/recon_1").startswith("ReconstructedImageData")
    assert title(f"{MR}/2/DICOM") == "ResourceCatalog DICOM"


def test_several_items(visitor, window):
    before = len(window.requests)
    done = visitor.run("info", "sandbox/test001", "sandbox/sessions/TEST01_CT", "--json")
    assert [each["xsi_type"] for each in done.json] == ["xnat:subjectData", "xnat:ctSessionData"]
    assert len(window.requests) - before == 4
    done = visitor.run("info", "-", "--tsv", stdin="sandbox/test001\n")
    assert done.lines[:2] == ["uri\tfield\tvalue", "/data/projects/sandbox/subjects/test001\tlabel\ttest001"]
    assert visitor.run("info", "-", "--json", stdin="sandbox/test001\n").json[0]["xsi_type"] == "xnat:subjectData"


def test_of_several_items_one_that_is_missing_is_told_and_the_others_shown(visitor):
    done = visitor.run("info", "sandbox/nobody", "sandbox/test001", "-q")
    assert (done.status, done.lines) == (9, ["/data/projects/sandbox/subjects/test001"])
    assert done.err.startswith("error: ")
    assert "sandbox/nobody" in done.err
    done = visitor.run("info", "sandbox/nobody", "sandbox/test001", "--json")
    assert (len(done.json), done.error["exit_status"]) == (1, 5)


def test_xml_is_the_servers_document(visitor, window):
    before = len(window.requests)
    done = visitor.run("info", "sandbox/test001", "--xml")
    assert ElementTree.fromstring(done.out).attrib["label"] == "test001"
    assert len(window.requests) - before == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [("sandbox/test001/nosuch", 5), ("sandbox/sessions", 2), ("https://elsewhere.example.org/data", 2)],
)
@pytest.mark.parametrize("option", [(), ("--xml",)])
def test_what_is_no_item_is_one_line(quick, path, status, option):
    done = quick("info", path, *option)
    assert (done.status, done.out, done.err.count("\n")) == (status, "", 1)
    assert quick("info", path, *option, "--json").error["exit_status"] == status
