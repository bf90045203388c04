"""Documents as templates and replacements, and what stands hidden in them (rest-data 6.1, 7.1.3; D26)."""

from __future__ import annotations

import re

import pytest

import xnat_emulator
from xnat_emulator.mode import Mode

HEAD = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def field_document(element, *names):
    fields = "".join(f'<xnat:field name="{name}">{name}</xnat:field>' for name in names)
    return f"<xnat:{element} {HEAD}><xnat:fields>{fields}</xnat:fields></xnat:{element}>"


def field_names(client, path):
    found = [entry["items"] for entry in client.item(path)["children"] if entry["field"] == "fields/field"]
    return [one["data_fields"]["name"] for items in found for one in items]


def scan_document(*identifiers):
    scans = "".join(f'<xnat:scan ID="{one}" xsi:type="xnat:mrScanData"/>' for one in identifiers)
    return f"<xnat:MRSession {HEAD}><xnat:scans>{scans}</xnat:scans></xnat:MRSession>"


def scan_ids(client, session):
    return [row["ID"] for row in client.rows(f"{session}/scans")]


def test_lists_are_merged_unless_data_may_be_deleted(client, session):
    for names in (("a", "b"), ("b", "c")):
        client.xml("PUT", session, field_document("MRSession", *names))
    assert field_names(client, session) == ["a", "b", "c"]
    client.xml("PUT", f"{session}?allowDataDeletion=true", field_document("MRSession", "d"))
    assert field_names(client, session) == ["d"]


def test_data_deletion_must_be_true_to_the_letter(client, session):
    client.xml("PUT", session, field_document("MRSession", "a"))
    client.xml("PUT", f"{session}?allowDataDeletion=1", field_document("MRSession", "b"))
    assert field_names(client, session) == ["a", "b"]


def test_replacing_document_replaces_the_scans_it_lists(client, session):
    client.xml("PUT", session, scan_document("1", "2"))
    client.xml("PUT", session, scan_document("3"))
    assert scan_ids(client, session) == ["1", "2", "3"]
    client.xml("PUT", f"{session}?allowDataDeletion=true", field_document("MRSession", "a"))
    assert scan_ids(client, session) == ["1", "2", "3"]
    client.xml("PUT", f"{session}?allowDataDeletion=true", scan_document("2"))
    assert scan_ids(client, session) == ["2"]


def test_replacing_keeps_where_a_session_is_shared(client, project, session):
    client.put(f"{project}B")
    client.put(f"{session}/projects/{project.rpartition('/')[2]}B")
    client.xml("PUT", f"{session}?allowDataDeletion=true", field_document("MRSession", "a"))
    assert len(client.rows(f"{session}/projects?format=json")) == 2


@pytest.mark.parametrize("switch", ["loadExisting", "populateFromDB"])
def test_subject_is_replaced_only_without_its_template(client, subject, switch):
    client.xml("PUT", subject, field_document("Subject", "a"))
    client.xml("PUT", f"{subject}?allowDataDeletion=true", field_document("Subject", "b"))
    assert field_names(client, subject) == ["a", "b"]
    client.xml("PUT", f"{subject}?allowDataDeletion=true&{switch}=false", field_document("Subject", "c"))
    assert field_names(client, subject) == ["c"]


def test_fields_stay_without_a_template(client, subject):
    client.put(f"{subject}?group=g")
    client.put(f"{subject}?src=s&loadExisting=false")
    fields = client.fields(subject)
    assert (fields["group"], fields["src"]) == ("g", "s")


# --- hidden fields ---


def comment_of(text, element):
    return re.search(rf"<{element}\b[^>]*><!--hidden_fields\[(.*?)\]-->", text)[1]


def test_members_of_lists_name_the_object_above(client, project, scan):
    session = scan.partition("/scans")[0]
    client.put(f"{project}B")
    client.put(f"{session}/projects/{project.rpartition('/')[2]}B")
    client.put(f"{session}?xnat:mrSessionData/fields/field[name%3Dx]/field=1")
    client.put(f"{scan}?xnat:mrScanData/parameters/addParam[name%3Da]/addField=1")
    identifier = client.fields(session)["ID"]
    number = client.fields(scan)["xnat_imageScanData_id"]
    text = client.get(f"{session}?format=xml").data.decode()
    share = comment_of(text, "xnat:share")
    assert re.fullmatch(rf'xnat_experimentData_share_id="\d+",sharing_share_xnat_experimentDa_id="{identifier}"', share)
    assert comment_of(text, "xnat:field").endswith(f',fields_field_xnat_experimentDat_id="{identifier}"')
    added = comment_of(text, "xnat:addParam")
    assert added.endswith(f',parameters_addParam_xnat_mrScan_xnat_imagescandata_id="{number}"')


def test_resources_name_their_scan_or_null(client, scan):
    session = scan.partition("/scans")[0]
    client.put(f"{scan}/resources/A")
    client.put(f"{session}/resources/B")
    number = client.fields(scan)["xnat_imageScanData_id"]
    text = client.get(f"{session}?format=xml").data.decode()
    column = "xnat_imageScanData_xnat_imagescandata_id"
    assert comment_of(text, "xnat:file").endswith(f'{column}="{number}"')
    assert comment_of(text, "xnat:resource").endswith(f'{column}="null"')
    assert "hidden_fields" not in client.get(f"{session}?format=xml&concealHiddenFields=true").data.decode()


def test_demographics_have_their_own_key_only(client, subject):
    client.put(f"{subject}?gender=male")
    text = client.get(f"{subject}?format=xml").data.decode()
    assert re.fullmatch(r'xnat_abstractDemographicData_id="\d+"', comment_of(text, "xnat:demographics"))


# --- an older server ---


@pytest.fixture(scope="module")
def older():
    with xnat_emulator.start(mode=Mode(version="1.7")) as server:
        yield server


def test_older_server_neither_knows_nor_holds_on_to_a_scan_type(client, older):
    """Both came with 1.8.6 (rest-data 20)."""
    caller = type(client)(older, {"Authorization": "Basic YWRtaW46YWRtaW4="})
    session = "/data/projects/O/subjects/s/experiments/e"
    caller.put("/data/projects/O")
    caller.put(f"{session}?xsiType=xnat:mrSessionData")
    scan = f"{session}/scans/1"
    assert caller.put(f"{scan}?xsiType=xnat:mrScanData").status == 200
    assert caller.put(f"{scan}?quality=usable").status == 400
    assert caller.put(f"{scan}?xsiType=xnat:mrScanData&quality=usable").status == 200
    assert caller.put(f"{scan}?xsiType=xnat:ctScanData&note=n").status == 200
    assert caller.item(scan)["meta"]["xsi:type"] == "xnat:mrScanData"


def test_older_server_shows_times_without_milliseconds(client, older, session):
    caller = type(client)(older, {"Authorization": "Basic YWRtaW46YWRtaW4="})
    caller.put("/data/projects/T")
    caller.put("/data/projects/T/subjects/s/experiments/e?xsiType=xnat:mrSessionData&time=10:20:30")
    assert caller.rows("/data/projects/T/experiments?columns=time")[0]["time"] == "10:20:30"
    client.put(f"{session}?time=10:20:30")
    assert client.rows(f"{session.partition('/subjects')[0]}/experiments?columns=time")[0]["time"] == "10:20:30.000"
