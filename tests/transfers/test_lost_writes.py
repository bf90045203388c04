"""Changes of items and received sessions whose reply is lost: each has its effect once, or the loss is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from contract.imaging import study, zipped

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import ServerError
from xnat_sdk import PrearchiveSession, XnatSession, connect
from xnat_sdk.models import ContrastBolusV2, MrScanData, MrSessionData, SubjectData

WAYS = ("504", "reset", "close")


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def server(running: Emulator) -> Emulator:
    running.faults.clear()
    running.reset()
    for project in "PQ":
        running.build.project(project)
    return running


@pytest.fixture
def session(server: Emulator) -> Iterator[XnatSession]:
    with connect(server.url, server.user, server.password) as connection:
        yield connection


@pytest.fixture
def subject(session: XnatSession) -> SubjectData:
    return SubjectData(parent=session.projects["P"], label="S", initials="AB")


@pytest.fixture
def imaging(subject: SubjectData) -> MrSessionData:
    return MrSessionData(parent=subject, label="E", note="first")


@attrs.frozen
class Case:
    """One change.

    Attributes:
        method: What its request is.
        path: Where it goes.
        make: Makes it, given the subject and imaging session, and asserts its effect.
    """

    method: str
    path: str
    make: Callable[[XnatSession, SubjectData, MrSessionData], object]


def same(found: object, wanted: object) -> None:
    assert found == wanted


def assigned(session: XnatSession, subject: SubjectData, _: Any) -> None:
    subject.initials = "A & B"
    same(subject.initials, "A & B")
    subject.refresh()
    same(subject.initials, "A & B")


def edited(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    with imaging.edit() as item:
        item.note, item.age = "second", 41.5
        item.fields["x"] = "1"
    imaging.refresh()
    same((imaging.note, imaging.age, dict(imaging.fields)), ("second", 41.5, {"x": "1"}))


def cleared(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    imaging.note = None
    imaging.refresh()
    same(imaging.note, None)


def renamed(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    imaging.label = "NEW"
    same([one.label for one in session.projects["P"].sessions], ["NEW"])


def shared(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    subject.share("Q", "OTHER")
    same([one.label for one in session.projects["Q"].subjects], ["OTHER"])


def unshared(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    subject.unshare("Q")
    same(len(session.projects["Q"].subjects), 0)


def moved(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    imaging.share("Q", "MOVED", primary=True)
    same(imaging.project, "Q")
    same([one.label for one in session.projects["Q"].sessions], ["MOVED"])


def quarantined(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    imaging.quarantine()
    same(imaging.status, "quarantine")


def opened(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    session.projects["P"].accessibility = "public"
    same(session.projects["P"].accessibility, "public")


def asked(session: XnatSession, subject: SubjectData, imaging: MrSessionData) -> None:
    imaging.custom_fields["x"] = {"a": 1}
    same(dict(imaging.custom_fields), {"x": {"a": 1}})
    del imaging.custom_fields["x"]


CASES = {
    "a value": Case("PUT", "/data/projects/P/subjects/*", assigned),
    "several values": Case("PUT", "/data/*experiments/*", edited),
    "a value that is cleared": Case("PUT", "/data/*experiments/*", cleared),
    "a label": Case("PUT", "/data/*experiments/*", renamed),
    "a share": Case("PUT", "*/projects/Q", shared),
    "the end of a share": Case("DELETE", "*/projects/Q", unshared),
    "another project": Case("PUT", "*/projects/Q", moved),
    "a status": Case("PUT", "/data/*experiments/*", quarantined),
    "the openness of a project": Case("PUT", "*/accessibility/public", opened),
    "a custom field": Case("PUT", "/xapi/custom-fields/*", asked),
    "the end of a custom field": Case("DELETE", "/xapi/custom-fields/*", asked),
}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_a_change_is_made_once(server: Emulator, session: XnatSession, subject, imaging, name: str, how: Any):
    case = CASES[name]
    if name == "the end of a share":
        subject.share("Q", "OTHER")
    server.requests.clear()
    with server.faults.add(Fault(faults.LoseReply(how), method=case.method, path=case.path, count=1)) as fault:
        case.make(session, subject, imaging)
        assert fault.hits == 1
    writes = [one for one in server.requests if one.method in {"PUT", "POST", "DELETE"}]
    assert len(writes) == (2 if "custom field" in name else 1)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"a label"}))  # a rename is waited for
def test_a_change_that_was_not_made_is_told_and_not_sent_again(
    server: Emulator, session: XnatSession, subject, imaging, name: str
):
    case = CASES[name]
    if name == "the end of a share":
        subject.share("Q", "OTHER")
    server.requests.clear()
    with (
        server.faults.add(Fault(faults.Unavailable(status=504), method=case.method, path=case.path)) as fault,
        pytest.raises(ServerError, match="504"),
    ):
        case.make(session, subject, imaging)
    assert fault.hits == 1


def test_an_edit_of_which_only_a_part_is_there_is_told(server: Emulator, session: XnatSession, subject: SubjectData):
    """Another program's value is not taken for ours."""
    with (
        server.faults.add(Fault(faults.Unavailable(status=504), method="PUT", path="/data/projects/P/subjects/*")),
        pytest.raises(ServerError, match="504"),
        subject.edit() as item,
    ):
        item.initials, item.group = "AB", "new"
    assert (subject.initials, subject.group) == ("AB", None)


@pytest.mark.parametrize("how", WAYS)
def test_what_joins_a_list_joins_it_once(server: Emulator, imaging: MrSessionData, how: Any):
    scan = MrScanData(parent=imaging, id="1", type="T1")
    scan.contrasts.append(ContrastBolusV2(agent="first"))
    lose(server, "PUT", "*/scans/1", how)
    scan.contrasts.append(ContrastBolusV2(agent="second"))
    scan.refresh()
    assert [each.agent for each in scan.contrasts] == ["first", "second"]


def test_what_stood_in_a_list_before_is_not_taken_for_what_joins_it(server: Emulator, imaging: MrSessionData):
    scan = MrScanData(parent=imaging, id="1", type="T1")
    scan.contrasts.append(ContrastBolusV2(agent="twice"))
    scan.refresh()
    with (
        server.faults.add(Fault(faults.Unavailable(status=504), method="PUT", path="*/scans/1")),
        pytest.raises(ServerError, match="504"),
    ):
        scan.contrasts.append(ContrastBolusV2(agent="twice"))


@pytest.mark.parametrize("how", WAYS)
def test_a_member_of_a_project_comes_and_goes_once(server: Emulator, session: XnatSession, how: Any):
    project = session.projects["P"]
    server.build.user("member", "secret")
    lose(server, "PUT", "*/users/member/member", how)
    project.set_access("member", "member")
    assert project.users["member"].login == "member"
    lose(server, "DELETE", "*/users/P_member/member", how)
    project.remove_access("member")
    assert "member" not in project.users


# Received sessions


def received(session: XnatSession, label: str = "E") -> PrearchiveSession:
    data = zipped(study(uid=f"1.2.{len(label)}", PatientID=label))
    held = session.services.import_(data=data, project="P", experiment=label, destination="/prearchive")
    assert isinstance(held, PrearchiveSession)
    return held


def lose(server: Emulator, method: str, path: str, how: Any) -> None:
    server.faults.add(Fault(faults.LoseReply(how), method=method, path=path, count=1))


def posts(server: Emulator) -> int:
    return sum(one.method == "POST" and "import" not in one.path for one in server.requests)


@pytest.mark.parametrize("how", WAYS)
def test_a_received_session_moves_once(server: Emulator, session: XnatSession, how: Any):
    held = received(session)
    server.requests.clear()
    lose(server, "POST", held.uri, how)
    held.move("Q")
    assert (held.project, held.exists(), posts(server)) == ("Q", True, 1)
    assert [len(session.prearchive.sessions(project, allow_receiving=True)) for project in "PQ"] == [0, 1]


def test_a_received_session_that_was_not_moved_is_told(server: Emulator, session: XnatSession):
    held = received(session)
    fault = server.faults.add(Fault(faults.Unavailable(status=504), method="POST", path=held.uri))
    with pytest.raises(ServerError, match="504"):
        held.move("Q")
    assert (held.project, held.exists(), fault.hits) == ("P", True, 1)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("is_known", [True, False])
def test_a_received_session_is_built(server: Emulator, session: XnatSession, is_known: bool, how: Any):
    held = received(session)
    if is_known:
        held.refresh()
    lose(server, "POST", held.uri, how)
    held.build()
    assert held.status == "READY"
    assert [scan.id for scan in held.scans] == ["1"]


@pytest.mark.parametrize("how", WAYS)
def test_a_received_session_is_built_anew(server: Emulator, session: XnatSession, how: Any):
    session.put("/data/projects/P/prearchive_code/0")
    held = received(session)
    held.build()
    lose(server, "POST", "/data/services/prearchive/rebuild", how)
    assert held.rebuild() == "READY"


@pytest.mark.parametrize("how", WAYS)
def test_a_status_is_set_and_reset(server: Emulator, session: XnatSession, how: Any):
    held = received(session)
    held.build()
    lose(server, "POST", held.uri, how)
    held.set_status("ERROR")
    assert held.status == "ERROR"
    lose(server, "POST", held.uri, how)
    held.reset_status()
    assert held.status == "READY"


def test_an_action_that_was_never_done_is_done_when_the_answer_says_nothing(server: Emulator, session: XnatSession):
    """What has the same effect when it is done twice is sent again, once the server was looked at."""
    held = received(session)
    held.build()
    fault = server.faults.add(Fault(faults.Unavailable(status=504), method="POST", path=held.uri, count=1))
    held.set_status("CONFLICT")
    assert (held.status, fault.hits) == ("CONFLICT", 1)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("action", ["delete", "move"])
def test_a_queued_action_is_done_once(server: Emulator, session: XnatSession, action: str, how: Any):
    held = received(session)
    held.build()
    lose(server, "POST", f"/data/services/prearchive/{action}", how)
    if action == "move":
        held.move("Q", asynchronous=True)
    else:
        held.delete(asynchronous=True)
    server.settle()
    places = [len(session.prearchive.sessions(project, allow_receiving=True)) for project in "PQ"]
    assert places == [0, int(action == "move")]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("action", ["archive", "move", "delete", "rebuild"])
def test_several_sessions_are_acted_on_once(server: Emulator, session: XnatSession, action: str, count: int, how: Any):
    for label in ("E", "EE")[:count]:
        received(session, label).build()
    held = session.prearchive.sessions("P")
    server.requests.clear()
    path = "/data/services/archive" if action == "archive" else f"/data/services/prearchive/{action}"
    lose(server, "POST", path, how)
    do = getattr(session.prearchive, action)
    outcomes = do(held, "Q") if action == "move" else do(held)
    assert [each.status for each in outcomes] == ["READY" if action == "rebuild" else None] * count
    assert posts(server) == 1
    assert len(session.projects["P"].sessions) == (count if action == "archive" else 0)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("part", ["scan", "resource", "file"])
def test_a_part_of_a_received_session_is_deleted_once(server: Emulator, session: XnatSession, part: str, how: Any):
    held = received(session)
    held.build()
    held.upload("NOTES", b"a", "a.txt")
    held.upload("NOTES", b"b", "b.txt")
    lose(server, "DELETE", f"{held.uri}/*", how)
    if part == "scan":
        held.scans[0].delete()
        assert len(held.scans) == 0
    elif part == "resource":
        held.resources["NOTES"].delete()
        assert len(held.resources) == 0
    else:
        held.resources["NOTES"].files["a.txt"].delete()
        assert [file.name for file in held.resources["NOTES"].files] == ["b.txt"]
