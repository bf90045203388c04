"""Saved searches, workflows, events, custom forms and plugins."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import assert_type

from xnat_runtime.custom_forms import CustomForm
from xnat_runtime.dicomweb import DicomWebOptions
from xnat_runtime.event_service import EventSubscription
from xnat_runtime.results import TransferResult
from xnat_runtime.roi_collections import RoiCollection
from xnat_runtime.saved_searches import SavedSearch
from xnat_runtime.workflows import Workflow, WorkflowRow
from xnat_runtime.xsync import SyncFrequency, SyncRun, SyncSetup
from xnat_sdk import XnatSession
from xnat_sdk.models import MrSessionData, ProjectData, SubjectData


def searches(session: XnatSession, project: ProjectData) -> None:
    query = session.query(SubjectData, SubjectData.project == "sandbox")
    assert_type(session.saved_searches.save("mine", query, name="Mine"), SavedSearch)
    assert_type(project.saved_searches["mine"].tabulate_dict(), list[dict[str, str]])
    assert_type(session.saved_searches.default(MrSessionData), SavedSearch)
    session.saved_searches.save("labels", session.query(SubjectData).select(SubjectData.label), users=["mia"])


def workflows(session: XnatSession, project: ProjectData) -> None:
    experiment = project.experiments["E1"]
    with project.workflows.running(experiment, "qc") as workflow:
        assert_type(workflow, Workflow)
        assert_type(workflow.launched, datetime.datetime | None)
    for row in session.workflows.newest("qc", status="Complete"):
        assert_type(row, WorkflowRow)
        assert_type(row.status, str | None)
        assert_type(row.launched, datetime.datetime | None)
    assert_type(workflow.update("Failed", percent=3).wait(60.0), Workflow)


def events(session: XnatSession, project: ProjectData) -> None:
    session.events.enabled = True
    made = project.events.subscribe("mine", session.events.types()[0], session.events.actions()[0], status="CREATED")
    assert_type(made, EventSubscription)
    assert_type(made.id, int)
    assert_type(made.attributes, dict[str, str] | None)
    session.events.delete(made)


def forms(session: XnatSession) -> None:
    form = session.create_custom_form(SubjectData, "Lifestyle", [{"type": "number", "key": "weight"}])
    assert_type(form, CustomForm)
    session.query(SubjectData, form.field(SubjectData, "weight", float) > 80.0)


def plugins(session: XnatSession, project: ProjectData, imaging: MrSessionData) -> None:
    project.xsync.configure("https://xnat.example.org", "COPY", frequency="weekly")
    setup = project.xsync.setup()
    assert_type(setup, SyncSetup | None)
    if setup is not None:
        assert_type(setup.frequency, SyncFrequency | None)
    assert_type(project.xsync.history(), list[SyncRun])
    made = imaging.roi_collections.upload(Path("a.dcm"), "tumour", "RTSTRUCT")
    assert_type(made, RoiCollection)
    assert_type(made.download("b.dcm"), TransferResult)
    assert_type(project.dicomweb.options(), DicomWebOptions)
    assert_type(session.dicomweb.url, str)
