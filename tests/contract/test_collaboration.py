"""Saved searches, workflows, events, forms, XSync, ROI collections and DICOMweb: what they do, and what they cost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Mode
from xnat_emulator.locate import find_schemas
from xnat_runtime.errors import (
    InvalidValueError,
    KeyNotFoundError,
    NotFoundError,
    OperationFailedError,
    PermissionDeniedError,
    PluginMissingError,
    ServerError,
    UnexpectedStatusError,
    UsageError,
)
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import MrSessionData, ProjectData, SubjectData

ROI = Path(__file__).parent.parent / "roi_site"
PLUGINS = ("dicomwebproxy", "ohifViewerPlugin", "xsyncPlugin")


@pytest.fixture
def server() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start(demo=True) as started:
        yield started


@pytest.fixture
def session(server: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    with connect(server.url, server.user, server.password) as connection:
        yield connection


@pytest.fixture
def project(session: XnatSession) -> ProjectData:
    return session.projects["sandbox"]


@pytest.fixture
def other(server: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """Somebody who owns nothing."""
    with server.site.archive.transaction():
        server.site.archive.users.add("other", "secret", "Other", "Person", "other@example.org")
    with connect(server.url, "other", "secret") as connection:
        yield connection


class Counted:
    """How many requests a block made: ``with Counted(server) as count: ...``; ``count.requests``."""

    def __init__(self, server: xnat_emulator.Emulator) -> None:
        self._server = server
        self.requests = 0

    def __enter__(self) -> Counted:
        self._before = len(self._server.requests)
        return self

    def __exit__(self, *_: object) -> None:
        self.requests = len(self._server.requests) - self._before


# Saved searches


def test_a_query_is_saved_listed_run_and_deleted(
    server: xnat_emulator.Emulator, session: XnatSession, project: ProjectData
) -> None:
    query = session.query(SubjectData, SubjectData.project == "sandbox").view(SubjectData.label)
    with Counted(server) as count:
        saved = session.saved_searches.save("mine", query, name="Mine", description="All of them", users=["other"])
    assert count.requests == 1
    with Counted(server) as count:
        assert session.saved_searches["mine"] == saved
        rows = saved.tabulate_dict()
    assert count.requests == 2
    assert len(rows) == len(list(project.subjects))
    assert 'brief-description="Mine"' in saved.document()
    assert "other" in saved.document()
    assert saved.tabulate_csv().count("\n") >= len(rows)
    saved.delete()
    session.saved_searches.save("again", query)
    session.saved_searches["again"].delete()
    assert "again" not in session.saved_searches
    with pytest.raises(KeyNotFoundError, match="again"):
        session.saved_searches["again"]


def test_searches_of_a_project_are_its_own(session: XnatSession, project: ProjectData) -> None:
    query = session.query(MrSessionData).view(MrSessionData.label)
    saved = project.saved_searches.save("ours", query)
    session.saved_searches.save("mine", query)
    assert list(project.saved_searches) == ["ours"]
    assert saved.project == project.saved_searches["ours"].project == "sandbox"
    saved.delete()
    assert list(project.saved_searches) == []
    with pytest.raises(KeyNotFoundError):
        saved.document()


def test_default_searches_need_no_saving(server: xnat_emulator.Emulator, session: XnatSession) -> None:
    with Counted(server) as count:
        rows = session.saved_searches.default(SubjectData).tabulate_dict()
    assert count.requests == 1
    assert rows


def test_what_cannot_be_saved_is_refused_before_a_request(
    server: xnat_emulator.Emulator, session: XnatSession, other: XnatSession
) -> None:
    query = session.query(SubjectData)
    with Counted(server) as count:
        for wrong in (query.limit(3), query.sort(SubjectData.label)):
            with pytest.raises(InvalidValueError, match="sort"):
                session.saved_searches.save("mine", wrong)
        for name in ("", " ", "@xnat:subjectData"):
            with pytest.raises(InvalidValueError, match="ID"):
                session.saved_searches.save(name, query)
    assert count.requests == 0
    session.saved_searches.save("mine", query)
    with pytest.raises(PermissionDeniedError):
        other.saved_searches.save("mine", other.query(SubjectData))


# Workflows


def test_a_block_is_recorded(server: xnat_emulator.Emulator, session: XnatSession, project: ProjectData) -> None:
    experiment = project.sessions["test001_MR"]
    assert experiment.id
    with Counted(server) as count, project.workflows.running(experiment, "qc") as workflow:
        assert (workflow.status, workflow.item, workflow.project) == ("Running", experiment.id, "sandbox")
        assert workflow.launched is not None
        assert not workflow.is_done
    assert count.requests == 4
    done = session.workflows.get(workflow.number)
    assert (done.status, done.is_done, done.pipeline, done.xsi_type) == ("Complete", True, "qc", "xnat:mrSessionData")
    assert done.wait(timeout=0).number == workflow.number
    with pytest.raises(ZeroDivisionError), session.workflows.running(experiment, "division") as broken:
        raise ZeroDivisionError
    with pytest.raises(OperationFailedError, match="Failed"):
        broken.wait(timeout=0)


def test_lists_of_workflows_take_one_request(
    server: xnat_emulator.Emulator, session: XnatSession, project: ProjectData
) -> None:
    experiment = project.sessions["test001_MR"]
    first = session.workflows.start(experiment, "qc")
    first.update("Complete")
    session.workflows.start(experiment, "conversion")
    with Counted(server) as count:
        [newest] = project.workflows.newest()
        [complete] = project.workflows.newest("qc", status="Complete")
        history = session.workflows.history(experiment, "qc")
        none = session.workflows.history(experiment, "nothing")
    assert count.requests == 4
    assert (newest.item, newest.label, newest.project) == (experiment.id, "test001_MR", "sandbox")
    assert (complete.pipeline, complete.status, complete.launched) == ("qc", "Complete", first.launched)
    assert [one.status for one in history] == ["Complete"]
    assert none == []
    with pytest.raises(NotFoundError):
        session.workflows.get(99_999)
    with pytest.raises(InvalidValueError, match="pipeline"):
        session.workflows.history(experiment, "")
    with pytest.raises(InvalidValueError, match="name"):
        session.workflows.start(experiment, " ")


# Events


def test_subscriptions_are_made_changed_and_deleted(server: xnat_emulator.Emulator, session: XnatSession) -> None:
    events = session.events
    assert events.enabled is False
    kind, action = events.types()[0], events.actions()[0]
    assert kind.statuses == ["CREATED", "DELETED"]
    with pytest.raises(UsageError, match="switched off"):
        events.subscribe("New: projects", kind, action)
    events.enabled = True
    with Counted(server) as count:
        made = events.subscribe(
            "New: projects", kind, action, status="CREATED", attributes={"param1": "a"}, act_as_event_user=True
        )
    assert count.requests == 2
    assert (made.name, made.active, made.owner, made.valid) == ("New: projects", True, "admin", True)
    assert (made.action_key, made.attributes, made.act_as_event_user) == (action.key, {"param1": "a"}, True)
    assert made.event_filter is not None
    assert (made.event_filter.event_type, made.event_filter.status) == (kind.type, "CREATED")
    events.deactivate(made)
    assert events.get(made.id).active is False
    events.activate(made.id)
    assert events.get(made.id).active is True
    assert events.update(made, name="Projects", attributes={"param1": "b"}).attributes == {"param1": "b"}
    assert [one.name for one in events.subscriptions()] == ["Projects"]
    assert events.delivered_count(made) == 0
    with pytest.raises(InvalidValueError, match="one thing"):
        events.update(made)
    with pytest.raises(UnexpectedStatusError, match="424"):
        events.subscribe("Projects", kind, action)
    events.delete(made)
    with pytest.raises(NotFoundError):
        events.delete(made)


def test_projects_have_subscriptions_of_their_own(
    session: XnatSession, project: ProjectData, other: XnatSession
) -> None:
    session.events.enabled = True
    kind, action = session.events.types()[0], project.events.actions()[0]
    whole = session.events.subscribe("whole site", kind, action)
    own = project.events.subscribe("own", kind, action, payload_filter="$[?(@.label)]")
    assert own.event_filter is not None
    assert (own.event_filter.projects, own.event_filter.payload_filter) == (["sandbox"], "$[?(@.label)]")
    assert {one.id for one in project.events.subscriptions()} == {whole.id, own.id}
    project.events.deactivate(own)
    assert project.events.get(own.id).active is False
    with pytest.raises(PermissionDeniedError):
        other.events.subscriptions()


# Custom forms


def test_forms_are_made_switched_and_deleted(server: xnat_emulator.Emulator, session: XnatSession) -> None:
    weight = {"type": "number", "key": "weight", "label": "Weight"}
    with Counted(server) as count:
        form = session.create_custom_form(SubjectData, "Lifestyle", [weight], projects=["sandbox"], order=3)
    assert count.requests == 2
    assert (form.title, form.xsi_type, form.scope, form.projects) == (
        "Lifestyle",
        "xnat:subjectData",
        "Project",
        ["sandbox"],
    )
    assert (form.enabled, form.has_data, form.raw["formDisplayOrder"]) == (True, False, 3)
    form.disable()
    form.set_order(7)
    form.add_projects(["brainimages"])
    [found] = session.custom_forms("sandbox")
    assert (found.raw["formDisplayOrder"], found.projects) == (7, ["sandbox", "brainimages"])
    form.enable()
    found.remove_projects(["brainimages"])
    assert session.custom_forms("brainimages") == []
    [found] = session.custom_forms()
    assert found.enabled
    found.promote()
    [found] = session.custom_forms()
    assert (found.scope, found.projects) == ("Site", [])
    found.delete()
    assert session.custom_forms() == []


def test_answers_are_told(session: XnatSession, project: ProjectData) -> None:
    form = session.create_custom_form(SubjectData, "Lifestyle", [{"type": "number", "key": "weight"}])
    project.subjects["test001"].custom_fields[form.uuid] = {"weight": 80}
    [found] = session.custom_forms()
    assert found.has_data
    with pytest.raises(ServerError, match="501"):
        found.delete()


def test_bad_forms_are_refused_before_a_request(
    server: xnat_emulator.Emulator, session: XnatSession, other: XnatSession
) -> None:
    component = {"type": "number", "key": "weight"}
    with Counted(server) as count:
        for title, components in (("", [component]), ("<b>", [component]), ("Empty", [])):
            with pytest.raises(InvalidValueError, match="title"):
                session.create_custom_form(SubjectData, title, components)
    assert count.requests == 0
    form = session.create_custom_form(SubjectData, "Form", [component])
    with pytest.raises(InvalidValueError, match="order"):
        form.set_order(2_000_000)
    with pytest.raises(InvalidValueError, match="project"):
        form.add_projects([])
    with pytest.raises(PermissionDeniedError):
        other.create_custom_form(SubjectData, "Form", [component])


# Plugins


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[xnat_emulator.Emulator]:
    """A site with the three plugins and the schema of the viewer's."""
    schemas = tmp_path / "schemas"
    shutil.copytree(find_schemas(), schemas)
    shutil.copytree(ROI, schemas, dirs_exist_ok=True)
    with xnat_emulator.start(demo=True, schemas=schemas, mode=Mode(plugins=PLUGINS)) as started:
        yield started


def test_missing_plugins_are_named_once(
    server: xnat_emulator.Emulator, session: XnatSession, project: ProjectData
) -> None:
    experiment = project.sessions["test001_MR"]
    assert experiment.id
    calls = (
        ("xsyncPlugin", project.xsync.setup),
        ("xsyncPlugin", project.xsync.sync),
        ("dicomwebproxy", project.dicomweb.require),
        ("ohifViewerPlugin", lambda: experiment.roi_collections.upload(b"x", "l", "SEG")),
    )
    for plugin, call in calls:
        with Counted(server) as count, pytest.raises(PluginMissingError) as raised:
            call()
        assert raised.value.plugin == plugin
        assert count.requests == 2


def test_a_project_is_set_up_for_another_server(plugged: xnat_emulator.Emulator) -> None:
    with connect(plugged.url, plugged.user, plugged.password) as session:
        sync = session.projects["sandbox"].xsync
        assert sync.setup() is None
        with pytest.raises(InvalidValueError, match="configure"):
            sync.log_in("me", "secret")
        sync.configure("https://xnat.example.org", "COPY", frequency="daily", anonymize=True, notify=["a@example.org"])
        setup = sync.setup()
        assert setup is not None
        assert (setup.remote_url, setup.remote_project, setup.frequency) == (
            "https://xnat.example.org",
            "COPY",
            "daily",
        )
        assert (setup.enabled, setup.new_only, setup.anonymize, setup.project) == (True, True, True, "sandbox")
        assert setup["notification_emails"] == "a@example.org"
        with Counted(plugged) as count:
            assert sync.sync()
            assert not sync.status().is_syncing
            assert sync.history() == []
            assert sync.progress() == ""
            sync.unblock()
        assert count.requests == 5
        with pytest.raises(InvalidValueError, match="URL"):
            sync.configure("xnat.example.org", "COPY")


def test_roi_collections_are_sent_and_fetched(plugged: xnat_emulator.Emulator, tmp_path: Path) -> None:
    source = tmp_path / "contours.dcm"
    source.write_bytes(b"DICM" * 500)
    with connect(plugged.url, plugged.user, plugged.password) as session:
        experiment = session.projects["sandbox"].sessions["test001_MR"]
        assert experiment.id
        with Counted(plugged) as count:
            made = experiment.roi_collections.upload(source, "tumour", "RTSTRUCT")
        assert count.requests == 2
        assert experiment.roi_collections["tumour"] == experiment.roi_collections[made.id] == made
        assert (made.details().format, made.details().name) == ("RTSTRUCT", "tumour")
        [file] = made.files()
        assert (file.resource, file.size) == ("RTSTRUCT", 2000)
        with Counted(plugged) as count:
            made.download(tmp_path / "back.dcm")
        assert count.requests == 2
        assert (tmp_path / "back.dcm").read_bytes() == source.read_bytes()
        again = experiment.roi_collections.upload(b"new", "tumour", "RTSTRUCT", overwrite=True)
        again.download(tmp_path / "back.dcm", overwrite=True)
        assert (tmp_path / "back.dcm").read_bytes() == b"new"
        again.delete(remove_files=True)
        assert dict(experiment.roi_collections) == {}
        for label, kind, why in (("", "SEG", "label"), ("a", "NIFTI", "series"), ("a", "PNG", "format")):
            with pytest.raises(InvalidValueError, match=why):
                experiment.roi_collections.upload(b"x", label, kind)  # type: ignore[arg-type]  # wrong on purpose


def test_dicomweb_gives_address_and_login(plugged: xnat_emulator.Emulator) -> None:
    with connect(plugged.url, plugged.user, plugged.password) as session:
        project = session.projects["sandbox"]
        with Counted(plugged) as count:
            options = project.dicomweb.options()
        assert count.requests == 0
        assert options == {
            "url": f"{plugged.url}/xapi/dicomweb/projects/sandbox",
            "headers": {"Cookie": f"JSESSIONID={session.jsession}"},
        }
        project.dicomweb.require()
        session.dicomweb.require()
        assert session.dicomweb.url == f"{plugged.url}/xapi/dicomweb"
        assert session.jsession not in repr(project.dicomweb)
