"""Item documents that clients send (rest-data 6.2 to 6.4)."""

from __future__ import annotations

import json

import pytest

HEAD = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

BOMB = """<?xml version="1.0"?>
<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" src="x"><xnat:group>&d;</xnat:group></xnat:Subject>"""

EXTERNAL = """<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>
<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" src="&file;"/>"""


def subject_document(inner, attributes=""):
    return f"<xnat:Subject {HEAD} {attributes}>{inner}</xnat:Subject>"


def children(item, field):
    return next((entry["items"] for entry in item["children"] if entry["field"] == field), [])


def test_partial_document_is_merged(client, subject):
    client.put(f"{subject}?group=kept&gender=male")
    inner = (
        '<xnat:demographics xsi:type="xnat:demographicData"><xnat:handedness>left</xnat:handedness></xnat:demographics>'
    )
    response = client.xml("PUT", subject, subject_document(inner, 'label="s1" initials="AB"'))
    assert response.status == 200
    item = client.item(subject)
    assert (item["data_fields"]["group"], item["data_fields"]["initials"]) == ("kept", "AB")
    (demographics,) = children(item, "demographics")
    assert demographics["data_fields"]["gender"] == "male"
    assert demographics["data_fields"]["handedness"] == "left"


def test_document_makes_a_new_item(client, project):
    response = client.xml("PUT", f"{project}/subjects/new", subject_document("", 'initials="N"'))
    assert response.status == 201
    assert client.fields(f"{project}/subjects/new")["initials"] == "N"
    posted = client.xml("POST", f"{project}/subjects", subject_document("", 'label="posted"'))
    assert posted.status == 200
    assert client.fields(f"{project}/subjects/posted")["label"] == "posted"


def test_values_of_a_document_are_not_touched(client, subject):
    text = "a &amp; b &lt; c &quot;d&quot; é 漢"
    client.xml("PUT", subject, subject_document("", f'group="{text}"'))
    assert client.fields(subject)["group"] == 'a & b < c "d" é 漢'


def test_query_is_applied_after_the_document(client, subject):
    client.put(f"{subject}?src=old")
    document = subject_document("", 'group="from document" src="from document"')
    path = f"{subject}?xnat:subjectData/group=from%20query&xnat:subjectData/src=NULL"
    assert client.xml("PUT", path, document).status == 200
    fields = client.fields(subject)
    assert fields["group"] == "from query"
    assert "src" not in fields


def test_keyed_children_are_merged_by_their_key(client, subject):
    fields = '<xnat:fields><xnat:field name="{}">{}</xnat:field></xnat:fields>'
    for name, value in (("a", "1"), ("b", "2"), ("a", "3")):
        assert client.xml("PUT", subject, subject_document(fields.format(name, value))).status == 200
    found = {
        one["data_fields"]["name"]: one["data_fields"]["field"]
        for one in children(client.item(subject), "fields/field")
    }
    assert found == {"a": "3", "b": "2"}


def test_children_without_a_key_are_added_once(client, session):
    document = f"""<xnat:PETSession {HEAD}><xnat:tracer><xnat:dose units="MBq">5.5</xnat:dose></xnat:tracer>
      <xnat:regions><xnat:region/></xnat:regions></xnat:PETSession>"""
    subject = session.partition("/experiments")[0]
    for _ in range(2):
        response = client.xml("PUT", f"{subject}/experiments/pet", document)
    assert response.status == 200
    item = client.item(f"{subject}/experiments/pet")
    assert (item["data_fields"]["tracer/dose"], item["data_fields"]["tracer/dose/units"]) == (5.5, "MBq")
    assert len(children(item, "regions/region")) == 1


def test_document_of_a_session_brings_its_scans(client, subject):
    scan = '<xnat:scan ID="{}" type="{}" xsi:type="xnat:mrScanData"><xnat:quality>usable</xnat:quality>{}</xnat:scan>'
    parameters = '<xnat:parameters><xnat:voxelRes x="1.5" y="1.5" z="3"/><xnat:tr>2400</xnat:tr></xnat:parameters>'
    scans = scan.format("1", "T1", parameters) + scan.format("2", "T2", "")
    document = (
        f"<xnat:MRSession {HEAD}><xnat:date>2020-01-31</xnat:date><xnat:scans>{scans}</xnat:scans></xnat:MRSession>"
    )
    assert client.xml("PUT", f"{subject}/experiments/e", document).status == 201
    rows = client.rows(f"{subject}/experiments/e/scans")
    assert [(row["ID"], row["type"], row["quality"]) for row in rows] == [("1", "T1", "usable"), ("2", "T2", "usable")]
    fields = client.fields(f"{subject}/experiments/e/scans/1")
    assert (fields["parameters/voxelRes/z"], fields["parameters/tr"]) == (3, 2400)


def test_replacing_drops_what_the_document_does_not_say(client, session):
    client.put(f"{session}?date=2020-01-31&note=old")
    document = f"<xnat:MRSession {HEAD}><xnat:date>2021-01-31</xnat:date></xnat:MRSession>"
    assert client.xml("PUT", f"{session}?allowDataDeletion=true", document).status == 200
    fields = client.fields(session)
    assert fields["date"] == "2021-01-31"
    assert "note" not in fields
    assert fields["label"] == "e1"


def test_written_document_can_be_sent_back(client, scan):
    session = scan.partition("/scans")[0]
    client.put(f"{session}?date=2020-01-31&xnat:mrSessionData/fields/field[name%3Dx]/field=1")
    client.put(f"{scan}?xnat:mrScanData/parameters/tr=2400")
    before = client.item(session)
    document = client.get(f"{session}?format=xml").data.decode()
    assert client.xml("PUT", session, document).status == 200
    assert client.item(session) == before
    # A value stands behind a comment with hidden fields, as in documents of real servers.
    changed = document.replace("-->1</xnat:field>", "-->2</xnat:field>")
    assert changed != document
    assert client.xml("PUT", session, changed).status == 200
    assert '"field":"2"' in client.get(f"{session}?format=json").data.decode()


def test_multipart_document_is_read(client, subject):
    parts = {"item": ("subject.xml", subject_document("", 'initials="MP"'), "text/xml")}
    assert client.put(subject, fields=parts).status == 200
    assert client.fields(subject)["initials"] == "MP"


def test_in_body_document_needs_no_content_type(client, subject):
    body = subject_document("", 'initials="IB"').encode()
    headers = {"Content-Type": "application/octet-stream"}
    assert client.put(f"{subject}?inbody=true", body=body, headers=headers).status == 200
    assert client.fields(subject)["initials"] == "IB"
    assert client.put(f"{subject}?req_format=xml", body=body.replace(b"IB", b"RF"), headers=headers).status == 200
    assert client.fields(subject)["initials"] == "RF"


def test_body_of_unknown_length_is_ignored(client, subject):
    body = subject_document("", 'initials="CH"').encode()
    response = client.put(subject, body=iter([body]), headers={"Content-Type": "text/xml"}, chunked=True)
    assert response.status == 200
    assert "initials" not in client.fields(subject)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<",
        "not xml",
        "<xnat:Subject>",
        f"<xnat:Subject {HEAD}><xnat:nonsense>1</xnat:nonsense></xnat:Subject>",
        f'<xnat:Subject {HEAD}><xnat:nonsense a="1"/></xnat:Subject>',
        f"<xnat:Subject {HEAD}><xnat:nonsense><xnat:a>1</xnat:a></xnat:nonsense></xnat:Subject>",
        f"<xnat:Nonsense {HEAD}/>",
        '<Subject xmlns="http://example.org/other"/>',
        f"<xnat:MRSession {HEAD}/>",
        f'<xnat:Subject {HEAD}><xnat:demographics xsi:type="xnat:nonsense"/></xnat:Subject>',
        BOMB,
        EXTERNAL,
        "<a>" * 5000,
    ],
)
def test_documents_that_are_none_answer_422(client, subject, document):
    expected = 200 if not document else 422
    response = client.xml("PUT", subject, document)
    assert response.status == expected
    assert "root:" not in response.data.decode()
    assert client.get(f"{subject}?format=json").status == 200


def test_unknown_fields_of_a_document_are_named_and_nothing_is_stored(client, subject):
    refused = client.xml("PUT", subject, subject_document("<xnat:a><xnat:b>1</xnat:b></xnat:a>", 'group="g"'))
    assert (refused.status, client.message(refused)) == (422, "Invalid field 'a/b'")
    inner = '<xnat:demographics xsi:type="xnat:demographicData" nonsense="1"/>'
    refused = client.xml("PUT", subject, subject_document(inner, 'group="g"'))
    assert refused.status == 422
    assert "Invalid attribute 'nonsense' of" in client.message(refused)
    assert "group" not in client.fields(subject)


def test_unknown_attribute_of_the_root_and_empty_elements_are_passed_over(client, subject):
    document = subject_document("<xnat:nonsense/>", 'nonsense="1" group="g"')
    assert client.xml("PUT", subject, document).status == 200
    assert client.fields(subject)["group"] == "g"


@pytest.mark.parametrize(
    "inner",
    [
        "<xnat:date>yesterday</xnat:date>",
        "<xnat:time>noon</xnat:time>",
        "<xnat:dcmPatientWeight>heavy</xnat:dcmPatientWeight>",
        f"<xnat:note>{'x' * 2501}</xnat:note>",
    ],
)
def test_values_against_the_rules_of_the_type_answer_400(client, session, inner):
    document = f"<xnat:MRSession {HEAD}>{inner}</xnat:MRSession>"
    response = client.xml("PUT", session, document)
    assert response.status == 400
    assert "heavy" not in client.message(response)


def test_experiments_inside_a_posted_subject_are_refused(client, project):
    inner = '<xnat:experiments><xnat:experiment xsi:type="xnat:mrSessionData" label="e"/></xnat:experiments>'
    assert client.xml("POST", f"{project}/subjects", subject_document(inner, 'label="x"')).status == 422


def test_real_documents_are_understood(client, subject, recordings):
    """A session document that a program reduced and sent to a real server."""
    text = (recordings / "session-cr-1.xml").read_text()
    document = text.replace(' ID="XNAT2_E00002"', "").replace(' project="del1"', "").replace('label="experiment2"', "")
    document = document.replace("<xnat:subject_ID>XNAT2_S00004</xnat:subject_ID>", "")
    assert client.xml("PUT", f"{subject}/experiments/cr", document).status == 201
    assert client.fields(f"{subject}/experiments/cr")["date"] == "2020-01-01"


def test_moments_are_written_with_t_and_shown_with_a_blank(client, subject):
    document = f"<xnat:PETSession {HEAD}><xnat:start_time>2020-01-31 10:00:00</xnat:start_time></xnat:PETSession>"
    assert client.xml("PUT", f"{subject}/experiments/pet", document).status == 201
    assert client.fields(f"{subject}/experiments/pet")["start_time"] == "2020-01-31 10:00:00.0"
    assert (
        "<xnat:start_time>2020-01-31T10:00:00</xnat:start_time>"
        in client.get(f"{subject}/experiments/pet?format=xml").data.decode()
    )
    assert json.loads(client.get(f"{subject}?format=json").data)


def test_null_in_a_document_clears_text(client, subject):
    client.put(f"{subject}?group=g&src=s")
    client.xml("PUT", subject, f'<xnat:Subject {HEAD} group="NULL"/>')
    fields = client.fields(subject)
    assert ("group" in fields, fields["src"]) == (False, "s")


def test_replacing_works_for_assessors_too(client, session):
    path = f"{session}/assessors/a1"
    client.put(f"{path}?xsiType=xnat:qcAssessmentData&note=old&date=2020-01-31")
    document = f"<xnat:QCAssessment {HEAD}><xnat:date>2021-01-31</xnat:date></xnat:QCAssessment>"
    assert client.xml("PUT", f"{path}?allowDataDeletion=true", document).status == 200
    fields = client.fields(path)
    assert ("note" in fields, fields["date"], fields["label"]) == (False, "2021-01-31", "a1")
