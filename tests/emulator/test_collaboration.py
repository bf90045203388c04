"""The event service, custom forms and plugins at the wire: statuses and shapes that no client method shows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import xnat_emulator
from tests.emulator.conftest import Client, log_in, new_user
from xnat_emulator import Mode

LOGGING = "org.nrg.xnat.eventservice.actions.EventServiceLoggingAction"
EVENTS, FORMS = "/xapi/events", "/xapi/customforms"


@pytest.fixture(scope="module")
def site() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start(demo=True, mode=Mode(plugins=("ohifViewerPlugin", "dicomwebproxy"))) as server:
        yield server


@pytest.fixture
def admin(site: xnat_emulator.Emulator) -> Client:
    return log_in(site)


def said(value: object) -> dict[str, object]:
    return {"body": json.dumps(value).encode(), "headers": {"Content-Type": "application/json"}}


def subscription(name: str, **changes: object) -> dict[str, object]:
    chosen = {"event-type": "org.nrg.xnat.eventservice.events.ProjectEvent", "status": "CREATED", "project-ids": []}
    return {"name": name, "active": True, "action-key": f"{LOGGING}:{LOGGING}", "event-filter": chosen, **changes}


# --- events ---


@pytest.fixture
def on(admin: Client) -> Client:
    assert admin.put(f"{EVENTS}/prefs", **said({"enabled": True})).status == 200
    return admin


def test_subscription_is_answered_with_name_and_number(on):
    answer = on.post(f"{EVENTS}/subscription", **said(subscription("a:b")))
    name, _, number = answer.data.decode().rpartition(":")
    assert (answer.status, name) == (201, "a:b")
    found = json.loads(on.get(f"{EVENTS}/subscription/{number}").data)
    assert (found["id"], found["subscription-owner"], found["valid"]) == (int(number), "admin", True)
    assert found["created"].endswith(" UTC")
    assert on.delete(f"{EVENTS}/subscription/{number}").status == 204
    assert on.delete(f"{EVENTS}/subscription/{number}").status == 404


def test_subscription_that_cannot_be_used_is_424(on):
    path = f"{EVENTS}/subscription"
    on.post(path, **said(subscription("taken")))
    other = {"event-type": "org.example.Nothing", "project-ids": []}
    wrong = [
        subscription("taken"),
        subscription("b", **{"action-key": "x:y"}),
        subscription("c", **{"event-filter": other}),
    ]
    for one in wrong:
        answer = on.post(path, **said(one))
        assert answer.status == 424
        assert answer.data.startswith(b"Subscription format failed to validate.")
    assert on.post(path, **said({"name": "d"})).status == 400


def test_subscriptions_of_projects_name_their_project(on, site):
    owner = new_user(site, sandbox="owner")
    path = "/xapi/projects/sandbox/events"
    assert owner.post(f"{path}/subscription", **said(subscription("own"))).status == 401
    chosen = {"event-type": "org.nrg.xnat.eventservice.events.ProjectEvent", "project-ids": ["sandbox"]}
    answer = owner.post(f"{path}/subscription", **said(subscription("own", **{"event-filter": chosen})))
    assert answer.status == 201
    number = answer.data.decode().rpartition(":")[2]
    assert json.loads(owner.get(f"{path}/subscription/{number}").data)["act-as-event-user"] is False
    assert owner.post(f"{path}/subscription/{number}/deactivate").status == 200
    assert owner.get(f"{EVENTS}/subscriptions").status == 403
    member = new_user(site, sandbox="member")
    assert member.get(f"{path}/subscriptions").status == 403
    whole = on.post(f"{EVENTS}/subscription", **said(subscription("whole"))).data.decode().rpartition(":")[2]
    assert owner.get(f"{path}/subscription/{whole}").status == 200
    assert owner.delete(f"{path}/subscription/{whole}").status == 401


# --- custom forms ---


def form(**changes: object) -> dict[str, object]:
    data: dict[str, object] = {
        "idCustomVariableFormAppliesTo": "-1_-1",
        "formType": "form",
        "formTitle": "F",
        "zIndex": 1,
        "xnatDatatype": {"label": "Subject", "value": "xnat:subjectData"},
        "isThisASiteWideConfiguration": "yes",
        "xnatProject": [],
        **changes,
    }
    return {"submission": {"data": data, "state": "submitted"}, "builder": {"title": "F", "components": []}}


def test_form_is_listed_with_its_contents_as_text(admin):
    answer = admin.put(f"{FORMS}/save", **said(form()))
    assert answer.status == 201
    [found] = [one for one in json.loads(admin.get(FORMS).data) if one["formUUID"] == answer.data.decode()]
    assert json.loads(found["contents"])["title"] == "F"
    assert (found["scope"], found["path"], found["hasData"]) == ("Site", "datatype/xnat:subjectData", False)
    [use] = found["appliesToList"]
    assert (use["entityId"], use["status"]) == (None, "enabled")
    assert admin.get(f"{FORMS}/hasdata/{use['idCustomVariableFormAppliesTo']}").data == b"false"
    assert admin.get(f"{FORMS}/element?xsiType=xnat:subjectData").status == 501


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"isThisASiteWideConfiguration": ""}, 400),
        ({"isThisASiteWideConfiguration": "perhaps"}, 400),
        ({"isThisASiteWideConfiguration": "no"}, 400),
        ({"xnatDatatype": {"value": "xnat:nothing"}}, 400),
        ({"idCustomVariableFormAppliesTo": "3_4"}, 501),
    ],
)
def test_form_that_is_not_taken(admin, changes, status):
    assert admin.put(f"{FORMS}/save", **said(form(**changes))).status == status


def test_forms_are_for_administrators(site, admin):
    user = new_user(site)
    assert user.put(f"{FORMS}/save", **said(form())).status == 403
    assert user.get(FORMS).status == 200
    assert admin.post(f"{FORMS}/enable", **said([{"idCustomVariableFormAppliesTo": "0_0"}])).status == 400
    assert admin.post(f"{FORMS}/optout/nothing", **said(["sandbox"])).status == 404
    assert admin.post(f"{FORMS}/formId/nothing?displayOrder=1").status == 404


# --- plugins ---


def test_roi_collections_need_the_type(admin):
    path = "/xapi/roi/projects/sandbox/sessions/XNAT_E00001/collections/a?type=SEG"
    assert admin.put(path, body=b"x", headers={"Content-Type": "application/octet-stream"}).status == 501


def test_studies_are_listed_as_dicom_json(admin):
    for place in ("", "/projects/sandbox"):
        answer = admin.get(f"/xapi/dicomweb{place}/studies")
        assert answer.status == 200
        assert all(row["0020000D"]["vr"] == "UI" for row in json.loads(answer.data))


def test_plugins_are_named(admin):
    assert set(json.loads(admin.get("/xapi/plugins").data)) == {"ohifViewerPlugin", "dicomwebproxy"}
    assert admin.get("/xapi/xsync/setup/projects/sandbox").status == 404
