"""A site with something in every corner, made through the low-level API itself."""

from __future__ import annotations

from collections.abc import Mapping

import xnat_emulator
from tests.emulator.received import ready
from xnat_sdk import XnatSession
from xnat_sdk.models import SubjectData

from .containers import define, ran
from .endpoints import Pair

SEARCH = (
    '<xdat:search ID="mine" description="All" xmlns:xdat="http://nrg.wustl.edu/security">'
    "<xdat:root_element_name>xnat:subjectData</xdat:root_element_name>"
    "<xdat:search_field><xdat:element_name>xnat:subjectData</xdat:element_name>"
    "<xdat:field_ID>SUBJECT_LABEL</xdat:field_ID><xdat:sequence>0</xdat:sequence><xdat:type>string</xdat:type>"
    "<xdat:header>Subject</xdat:header></xdat:search_field></xdat:search>"
)
UID = "1.2.3.4"


def furnish(server: xnat_emulator.Emulator, session: XnatSession) -> dict[str, str]:
    """Fills what the demo data leave empty, and returns a value for each placeholder of paths."""
    api = session.api
    subject = next(one for one in api.subjects.list_project_subjects("sandbox") if one.label == "test001")
    imaging = next(one for one in api.experiments.list_project_experiments("sandbox") if one.label == "test001_MR")
    assessor = api.assessors.list_experiment_assessors(imaging.id)[0]
    api.resources.create_project_subject_resource("sandbox", subject.id, "QC")
    api.files.upload_project_subject_resource_file("sandbox", subject.id, "QC", "a.txt", b"a", inbody=True)
    api.config.update_site_config("tool", "path", "a=1", inbody=True)
    api.config.update_project_config("sandbox", "tool", "path", "a=2", inbody=True)
    api.user_cache.create_user_cache_resource("BOX")
    api.search.save_saved_search("mine", SEARCH)
    api.automation.save_script("hello", json={"content": "print 1", "language": "groovy", "scriptLabel": "Hello"})
    event = {"event": "Transferred", "scriptId": "hello", "eventClass": "org.nrg.xft.event.WorkflowStatusEvent"}
    trigger = api.automation.save_script_triggers(json={**event, "filters": {}}).text
    api.automation.save_trigger_template("first", json={"templateId": "first", "description": "d", "triggers": []})
    fill_custom_fields(session, subject.id, imaging.id, assessor.id)
    api.users.add_favorite("xnat:projectData", "sandbox")
    api.routing.save_study_routing(UID, {"project": "sandbox"})
    api.projects.add_project_member("sandbox", "member", "new@example.org")
    token = api.tokens.run_token_operation("issue")
    api.workflows.create_workflow(query=workflow(imaging.id))
    number = str(api.workflows.get_workflow_by_query(query=workflow(imaging.id)).fields["wrk_workflowData_id"])
    api.triage.create_triage_resource("sandbox", "BOX")
    api.triage.upload_triage_file("sandbox", "BOX", "xnat", b"a", inbody=True)
    subscription, form = collaboration(session)
    waiting = ready(server.site.archive, "sandbox", "waiting")
    assert isinstance(token, dict)
    wrapper = define(session, enabled=("", "sandbox"))
    container = ran(session, wrapper, imaging.id)
    return {
        "COMMAND_ID": str(wrapper.command.id),
        "WRAPPER_ID": str(wrapper.id),
        "CONTAINER_ID": container,
        "PROJECT_ID": "sandbox",
        "SUBJECT_ID": subject.id,
        "EXPT_ID": imaging.id,
        "ASSESSED_ID": imaging.id,
        "ASSESSOR_ID": assessor.id,
        "SCAN_ID": "2",
        "RECON_ID": "recon_1",
        "TYPE": "out",
        "SESSION_TIMESTAMP": waiting.timestamp,
        "SESSION_LABEL": waiting.folder,
        "USERNAME": "admin",
        "USER_ID": "admin",
        "TOKEN": str(token["alias"]),
        "SECRET": str(token["secret"]),
        "STUDY_INSTANCE_UID": UID,
        "WORKFLOW_ID": number,
        "WORKFLOW_PRIMARY_KEY": number,
        "TRIGGER_ID": trigger,
        "TEMPLATE_ID": "first",
        "FIELD_NAME": "age",
        "SUBSCRIPTION_ID": str(subscription),
        "ROW_ID": form,
    }


def fill_custom_fields(session: XnatSession, subject: str, experiment: str, assessor: str) -> None:
    """Gives each level a custom field."""
    fields, age = session.api.custom_fields, {"age": "7"}
    fields.update_project_custom_fields("sandbox", age)
    fields.update_subject_custom_fields(subject, age)
    fields.update_experiment_custom_fields(experiment, age)
    fields.update_experiment_scan_custom_fields(experiment, "2", age)
    fields.update_experiment_assessor_custom_fields(experiment, assessor, age)


def collaboration(session: XnatSession) -> tuple[int, str]:
    """Makes a subscription and a custom form, and returns the number of the one and the row of the other."""
    session.events.enabled = True
    made = session.projects["sandbox"].events.subscribe("mine", session.events.types()[0], session.events.actions()[0])
    form = session.create_custom_form(SubjectData, "Lifestyle", [{"type": "number", "key": "weight"}])
    [use] = session.api.custom_forms.list_custom_forms()[0].applies_to_list or []
    assert form.enabled
    return made.id, str(use.id_custom_variable_form_applies_to)


def workflow(experiment: str) -> Mapping[str, str]:
    """Returns the fields of a new workflow of an experiment."""
    fields = {"id": experiment, "pipeline_name": "QC", "launch_time": "2024-01-31 10:00:00", "status": "Running"}
    return {f"wrk:workflowData/{name}": text for name, text in {**fields, "data_type": "xnat:mrSessionData"}.items()}


__all__ = ["Pair", "furnish", "workflow"]
