"""Patients and passwords: planted, used in every way, and found nowhere they could leak."""

from __future__ import annotations

import datetime
import logging
import traceback

import pytest

import xnat_emulator
from xnat_runtime.errors import XnatError
from xnat_sdk import connect
from xnat_sdk.models import DemographicData, MrScanData, MrSessionData, ProjectData, SubjectData

NAME = "Quillfeather^Zebulon"
BIRTH = datetime.date(1947, 3, 29)
PASSWORD = "correct-horse-battery"
REMARK = "zqx unusual finding"
PLANTED = [NAME, "Quillfeather", "1947-03-29", "1947", PASSWORD, REMARK, "zqx"]


def use_everything(server: xnat_emulator.Emulator, said: list[str]) -> str:
    """Writes and reads patient values on every level; returns the session id. What is printed goes to ``said``."""
    said.append(repr(connect))
    with pytest.raises(XnatError) as refused:
        connect(server.url, "admin", f"{PASSWORD}-wrong")
    said.append("".join(traceback.format_exception(refused.value)))
    with connect(server.url, "admin", PASSWORD) as session:
        project = ProjectData(parent=session, id="P", name="study")
        demographics = DemographicData(dob=BIRTH, gender="male")
        subject = SubjectData(parent=project, label="s1", initials="QZ", demographics=demographics)
        mr = MrSessionData(parent=subject, label="e1", dcm_patient_name=NAME, dcm_patient_birth_date=BIRTH, note=REMARK)
        scan = MrScanData(parent=mr, id="1", type="T1", note=REMARK)
        with subject.edit():
            subject.demographics.dob = BIRTH
            subject.fields["remark"] = REMARK
        mr.dcm_patient_name = NAME
        scan.note = REMARK
        scan.note = None
        subject.demographics.dob = None
        mr.refresh()
        subject.refresh()
        assert (mr.dcm_patient_name, mr.dcm_patient_birth_date, mr.note) == (NAME, BIRTH, REMARK)
        assert subject.fields["remark"] == REMARK
        by_name = project.sessions.of_type(MrSessionData).filter(MrSessionData.dcm_patient_name == NAME)
        assert by_name["e1"].dcm_patient_birth_date == BIRTH
        said += [repr(item) for item in (session, project, subject, mr, scan, demographics, by_name, mr.scanner)]
        said += [
            repr(MrSessionData.dcm_patient_name == NAME),
            repr(MrSessionData.dcm_patient_name),
            repr(subject.fields),
        ]
        said += provoke(mr, subject)
        return str(session._transport.cookies.get("JSESSIONID"))


def provoke(mr: MrSessionData, subject: SubjectData) -> list[str]:
    """Makes errors of every kind that carry or could carry a value; returns what they say."""
    attempts = [
        lambda: setattr(subject.demographics, "gender", NAME),
        lambda: setattr(mr, "note", REMARK * 500),
        lambda: setattr(mr, "date", NAME),
        lambda: setattr(mr, "dcm_patient_name", NAME + "\x00"),
        lambda: SubjectData(parent=subject.parent, label="s1", initials=NAME),
        lambda: MrSessionData.date == NAME,
        lambda: mr.session.put("/data/projects/NOPE/subjects/x", data=f"<x>{NAME}".encode()),
        lambda: mr.session.get("/data/projects/P", accepted_status=[299]),
        lambda: mr.scans["nobody"],
    ]
    said = []
    for attempt in attempts:
        with pytest.raises(XnatError) as caught:
            attempt()
        said.append("".join(traceback.format_exception(caught.value)[-1:]))
        said.append(repr(caught.value) + repr(caught.value.__dict__))
    return said


def test_planted_values_are_in_no_url_log_repr_or_exception(caplog):
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    with xnat_emulator.start(password=PASSWORD) as server:
        session_id = use_everything(server, said)
        asked = [(record.path, record.query) for record in server.requests]
    urls = "\n".join(f"{path} {query}" for path, query in asked)
    logs = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("xnat_emulator"))
    told = "\n".join(said)
    assert len(asked) >= 20
    assert len(session_id) > 20
    for secret in [*PLANTED, session_id]:
        assert secret not in urls
        assert secret not in logs
        assert secret not in told
