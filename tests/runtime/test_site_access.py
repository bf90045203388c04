"""Accounts and groups as servers answer that differ from the embedded one."""

from __future__ import annotations

import json

import pytest

from xnat_runtime.errors import DataError, NotFoundError, OperationFailedError, UnexpectedAnswerError
from xnat_runtime.groups import Group, SiteGroups
from xnat_runtime.paths import Target
from xnat_runtime.project_groups import ProjectGroups
from xnat_runtime.roles import Roles
from xnat_runtime.site_users import SiteUsers
from xnat_runtime.transport import Request, Response
from xnat_runtime.verbs import Verbs


class Site(Verbs):
    """A connection to a server that answers each verb and path with a status and a JSON value."""

    def __init__(self, **answers: tuple[int, object]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def send(self, request: Request, *, stream: bool = False) -> Response:  # noqa: ARG002  # as connections have it
        name = f"{request.method.lower()}_{request.path.rpartition('/')[2]}"
        self.asked.append(name)
        status, value = self._answers.get(name, (404, None))
        headers, body = {"Content-Type": "application/json"}, json.dumps(value).encode()
        return Response(method=request.method, url=request.path, status=status, headers=headers, body=body)

    def _resolve(self, uri: str) -> Target:
        return Target(uri, ())


class Project:
    """What groups need of a project."""

    def __init__(self, session: Site) -> None:
        self.session = session

    def __xnat_base__(self) -> str:
        return "/data/projects/P"

    def __xnat_value__(self, name: str) -> str:
        return {"ID": "P"}[name]


def test_ending_the_logins_of_who_never_logged_in():
    site = Site(get_ada=(200, {"username": "ada"}))
    assert SiteUsers(site).end_logins("ada") == 0
    assert site.asked == ["delete_ada", "get_ada"]
    with pytest.raises(NotFoundError):
        SiteUsers(Site()).end_logins("ada")
    assert SiteUsers(Site(delete_ada=(304, None))).end_logins("ada") == 0


def test_an_account_with_as_little_as_a_server_may_say():
    account = SiteUsers(
        Site(get_ada=(200, {"username": "ada", "lastModified": None, "pendingEmail": "a@b.c"}))
    ).account("ada")
    assert (account.login, account.id, account.email, account.enabled) == ("ada", None, "", True)
    assert (account.last_modified, account.last_login, account.pending_email) == (None, None, "a@b.c")
    assert "a@b.c" not in repr(account)


@pytest.mark.parametrize("answer", [["hush"], "hush", 3, {"username": None, "email": "hush"}, {"email": "hush"}])
def test_answers_of_another_shape_are_told_without_their_values(answer):
    with pytest.raises(DataError) as caught:
        SiteUsers(Site(get_ada=(200, answer))).account("ada")
    assert "hush" not in str(caught.value)


def test_ids_of_logins_stay_inside():
    users = SiteUsers(Site(get_active=(200, {"ada": {"sessions": ["0A1B"], "count": 1}}), delete_ada=(200, ["0A1B"])))
    assert users.open_logins() == {"ada": 1}
    assert users.end_logins("ada") == 1
    with pytest.raises(UnexpectedAnswerError) as caught:
        SiteUsers(Site(delete_ada=(200, {"sessions": "0A1B"}))).end_logins("ada")
    assert "0A1B" not in str(caught.value)


def test_roles_and_groups_in_the_order_of_their_names():
    site = Site(
        get_rolemap=(200, {"B": ["z", "a"], "A": []}), get_roles=(200, ["B", "A"]), get_groups=(200, ["y", "x"])
    )
    assert dict(Roles(site)) == {"B": ("a", "z"), "A": ()}
    assert Roles(site).of("ada") == ("A", "B")
    assert SiteGroups(site).of("ada") == ("x", "y")


def node(xsi_type: str, fields: dict[str, object], **children: list[object]) -> dict[str, object]:
    nested = [{"field": field.replace("__", "/"), "items": items} for field, items in children.items()]
    return {"meta": {"xsi:type": xsi_type}, "data_fields": fields, "children": nested}


def access(xsi_type: str, *mappings: dict[str, object]) -> dict[str, object]:
    rules = node(
        "xdat:field_mapping_set", {"method": "OR"}, allow=[node("xdat:field_mapping", one) for one in mappings]
    )
    return node("xdat:element_access", {"element_name": xsi_type}, permissions__allow_set=[rules])


def group_document(*entries: dict[str, object]) -> dict[str, object]:
    return {"items": [node("xdat:userGroup", {"ID": "P_R"}, element_access=list(entries))]}


def test_rights_are_read_however_flags_are_written():
    owned = {"field": "xnat:subjectData/project", "read_element": 1, "edit_element": "true", "delete_element": 0}
    shared = {"field": "xnat:subjectData/sharing/share/project", "read_element": True, "delete_element": True}
    nothing = {"field": "xnat:mrSessionData/project", "read_element": False}
    site = Site(get_P_R=(200, group_document(access("xnat:subjectData", owned, shared), access("x:y", nothing))))
    assert ProjectGroups(Project(site)).rights(Group("P_R", "R", "P")) == {"xnat:subjectData": {"read", "edit"}}


def test_a_type_that_the_site_passes_over_is_told():
    read = {"field": "xnat:subjectData/project", "read_element": True}
    site = Site(put_P_R=(200, None), get_P_R=(200, group_document(access("xnat:subjectData", read))))
    groups, group = ProjectGroups(Project(site)), Group("P_R", "R", "P")
    groups.set_rights(group, {"xnat:subjectData": ["read"]})
    with pytest.raises(OperationFailedError, match="passed over lab:otherData"):
        groups.set_rights(group, {"xnat:subjectData": ["read"], "lab:otherData": ["read"]})
    with pytest.raises(OperationFailedError, match="xnat:subjectData"):
        groups.set_rights(group, {"xnat:subjectData": []})
