"""Settings, data types, scripts, receivers, routing and preferences of a site, with the requests of each line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import xnat_emulator
from xnat_runtime.anonymization import SiteAnonymization
from xnat_runtime.site_config import SiteConfig
from xnat_sdk import (
    AmbiguousKeyError,
    ConflictError,
    InvalidValueError,
    KeyNotFoundError,
    NotFoundError,
    PermissionDeniedError,
    ReadOnlyConnectionError,
    UnexpectedAnswerError,
    UsageError,
    XnatSession,
    connect,
)
from xnat_sdk.models import ProjectData


@pytest.fixture
def project(session: XnatSession) -> ProjectData:
    return ProjectData(parent=session, id="P")


@pytest.fixture
def member(empty: xnat_emulator.Emulator, session: XnatSession) -> Iterator[XnatSession]:
    """A connection of somebody who administers nothing."""
    account = {"username": "ann", "password": "pass-of-ann", "email": "a@h", "firstName": "A", "lastName": "N"}
    session.post("/xapi/users", json={**account, "enabled": True, "verified": True})
    with connect(empty.url, "ann", "pass-of-ann") as connection:
        yield connection


def sent(server: xnat_emulator.Emulator, use: Callable[[], object]) -> list[str]:
    """Returns the requests of a use, as verb and path."""
    before = len(server.requests)
    use()
    return [f"{one.method} {one.path}" for one in server.requests[before:]]


# Settings


def test_settings_are_read_at_once_and_typed(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    config = session.site_config
    before = len(empty.requests)
    assert (config.site_id, config.require_login, config.concurrent_max_sessions) == ("XNAT", True, 1000)
    assert (config.session_timeout, config.default_routing_code) == ("15 minutes", 4)
    assert config["dumpImageTypes"] == "DICOM, secondary"
    assert config.site_url is None
    assert len(empty.requests) == before + 1
    assert "15 minutes" not in repr(config)
    assert repr(session.site_config).endswith("not loaded>")


def test_settings_are_written(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    config = session.site_config
    config.site_id = "LAB"
    assert sent(empty, lambda: config.update({"requireLogin": False, "concurrentMaxSessions": 5})) == [
        "POST /xapi/siteConfig"
    ]
    assert (config.site_id, config.require_login) == ("LAB", False)
    fresh = session.site_config
    assert (fresh.site_id, fresh.require_login, fresh.concurrent_max_sessions) == ("LAB", False, 5)
    fresh["sessionTimeout"] = "1 hour"
    config.refresh()
    assert config.session_timeout == "1 hour"


def test_some_settings_are_read_without_all_others(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    found: dict[str, object] = {}
    asked = sent(empty, lambda: found.update(session.site_config.read("siteId", "requireLogin", "nothing")))
    assert found == {"siteId": "XNAT", "requireLogin": True}
    assert len(asked) == 1
    for names in ((), ("",), ("a,b",)):
        with pytest.raises(InvalidValueError, match="names"):
            session.site_config.read(*names)


def test_a_misspelt_setting_is_refused_and_nothing_is_sent(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    config = session.site_config
    with pytest.raises(KeyNotFoundError, match="is it siteId"):
        config["siteID"]
    before = len(empty.requests)
    with pytest.raises(KeyNotFoundError, match="is it siteId"):
        config.update({"requireLogin": False, "siteID": "LAB"})
    with pytest.raises(InvalidValueError, match="requireLogin takes a boolean"):
        config.require_login = "no"  # type: ignore[assignment]  # what is tested
    assert len(empty.requests) == before
    config.update({"myPluginSetting": "x"}, new=True)
    assert session.site_config["myPluginSetting"] == "x"


def test_who_administers_nothing_sees_few_settings_and_changes_none(member: XnatSession) -> None:
    config = member.site_config
    assert config.site_id == "XNAT"
    assert "dumpImageTypes" not in config
    with pytest.raises(PermissionDeniedError):
        config.site_id = "MINE"
    assert member.site_config.site_id == "XNAT"
    with pytest.raises(PermissionDeniedError):
        member.site_config.read("dumpImageTypes")


def test_known_settings_are_those_of_the_server(session: XnatSession) -> None:
    unset = {"siteUrl", "adminEmail"}
    known = {one.name for one in vars(SiteConfig).values() if hasattr(one, "name")}
    assert known - unset <= set(session.site_config)
    assert len(known) == 10


# Data types


def test_the_lists_of_data_types(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    types = session.data_types
    assert sent(empty, types.names) == ["GET /xapi/schemas/datatypes"]
    assert "xnat:mrSessionData" in types.names()
    assert "xnat:mrSessionData" in types.searchable_names()
    assert sent(empty, lambda: types.shown("createable")) == ["GET /xapi/access/displays/createable"]
    shown = {one.xsi_type: one for one in types.shown()}
    imaging = shown["xnat:mrSessionData"]
    assert (imaging.singular, imaging.plural) == ("MR Session", "MR Sessions")
    assert (imaging.is_image_session, imaging.is_experiment, imaging.is_image_scan) == (True, True, False)
    assert shown["xnat:subjectData"].is_experiment is False
    with pytest.raises(InvalidValueError, match="browseable"):
        types.shown("all")  # type: ignore[arg-type]  # what is tested


# Scripts


def test_the_script_of_the_site(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    script = session.anonymization
    assert script.script == script.default
    assert script.enabled is False
    script.enabled = True
    assert script.enabled is True
    script.script = "(0010,0010) := subject"
    assert session.anonymization.script == "(0010,0010) := subject"
    assert sent(empty, lambda: setattr(script, "enabled", False)) == ["PUT /xapi/anonymize/site/enabled"]
    assert script.enabled is False
    assert script.script == "(0010,0010) := subject"
    assert ":=" not in repr(script)


def test_a_script_cannot_be_empty(session: XnatSession, project: ProjectData) -> None:
    for script in (session.anonymization, project.anonymization):
        with pytest.raises(InvalidValueError, match="enabled = False"):
            script.script = " \n"
    assert isinstance(session.anonymization, SiteAnonymization)


def test_the_script_of_a_project(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    script = project.anonymization
    assert (script.script, script.enabled, script.has_script) == (None, False, False)
    script.script = "(0010,0010) := subject"
    assert (script.script, script.enabled, script.has_script) == ("(0010,0010) := subject", True, True)
    assert sent(empty, lambda: setattr(script, "enabled", False)) == ["PUT /xapi/anonymize/projects/P/enabled"]
    assert (script.script, script.enabled, script.has_script) == (None, False, True)
    script.enabled = True
    assert script.script == "(0010,0010) := subject"


def test_a_project_without_a_script_has_none_to_switch_on(project: ProjectData) -> None:
    with pytest.raises(UsageError, match=r"assign \.script first"):
        project.anonymization.enabled = True


def test_scripts_are_changed_by_those_who_may(member: XnatSession, session: XnatSession, project: ProjectData) -> None:
    with pytest.raises(PermissionDeniedError):
        member.anonymization.script = "(0010,0010) := subject"
    with pytest.raises(PermissionDeniedError):
        member.anonymization.enabled = True
    project.add_user("ann", "member")
    seen = member.projects["P"].anonymization
    assert seen.script is None
    with pytest.raises(PermissionDeniedError):
        seen.script = "(0010,0010) := subject"
    assert session.projects["P"].anonymization.has_script is False


# Receivers


def test_receivers_are_found_by_id_title_and_port(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    receivers = session.dicom_receivers
    before = len(empty.requests)
    stock = receivers["XNAT"]
    assert receivers[stock.id] is receivers["XNAT:8104"] is stock
    assert (stock.ae_title, stock.port, stock.enabled, stock.label) == ("XNAT", 8104, True, "XNAT:8104")
    assert (stock.identifier, stock.anonymization_enabled) == ("dicomObjectIdentifier", True)
    assert list(receivers) == [stock]
    assert (stock.id in receivers, "XNAT:8104" in receivers, "LAB" in receivers) == (True, True, False)
    assert len(receivers) == 1
    assert len(empty.requests) == before + 1
    with pytest.raises(KeyNotFoundError, match="there are XNAT:8104"):
        receivers["LAB"]


def test_a_receiver_is_set_up_changed_switched_and_deleted(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    receivers = session.dicom_receivers
    assert "XNAT" in receivers
    before = len(empty.requests)
    made = receivers.create("LAB", 8105, custom_processing=True)
    assert len(empty.requests) == before + 2
    assert (made.identifier, made.raw["customProcessing"], made.enabled) == ("dicomObjectIdentifier", True, True)
    assert receivers["LAB"] == made
    asked = sent(empty, lambda: receivers.change(made, direct_archive=True, whitelist=["SCANNER"]))
    assert asked == [f"GET /xapi/dicomscp/{made.id}", f"PUT /xapi/dicomscp/{made.id}"]
    changed = receivers["LAB"]
    assert (changed.direct_archive, changed.raw["whitelist"]) == (True, ["SCANNER"])
    assert (changed.raw["customProcessing"], changed.port) == (True, 8105)
    assert sent(empty, lambda: receivers.disable(made)) == [f"PUT /xapi/dicomscp/{made.id}/enabled/false"]
    assert receivers["LAB"].enabled is False
    receivers.enable(made.id)
    assert receivers["LAB"].enabled is True
    assert sent(empty, lambda: receivers.delete(made)) == [f"DELETE /xapi/dicomscp/{made.id}"]
    assert "LAB" not in receivers


def test_a_title_that_two_receivers_have_needs_the_port(session: XnatSession) -> None:
    receivers = session.dicom_receivers
    receivers.create("XNAT", 8105)
    assert "XNAT" in receivers
    with pytest.raises(AmbiguousKeyError, match="XNAT:8104, XNAT:8105") as caught:
        receivers["XNAT"]
    assert caught.value.candidates == ("1", "2")
    assert receivers["XNAT:8105"].id == 2


def test_a_receiver_with_an_identifier_takes_one_request(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    receivers = session.dicom_receivers
    (identifier,) = receivers.identifiers()
    made = sent(empty, lambda: receivers.create("LAB", 8105, identifier=identifier, enabled=False))
    assert made == ["POST /xapi/dicomscp"]
    assert receivers["LAB"].enabled is False


@pytest.mark.parametrize(
    ("title", "port"), [("", 1), ("  ", 1), ("A\\B", 1), ("A" * 17, 1), ("Ä", 1), ("A", 0), ("A", 65_536)]
)
def test_titles_and_ports_are_checked_before_anything_is_sent(
    empty: xnat_emulator.Emulator, session: XnatSession, title: str, port: int
) -> None:
    before = len(empty.requests)
    with pytest.raises(InvalidValueError):
        session.dicom_receivers.create(title, port)
    with pytest.raises(InvalidValueError):
        session.dicom_receivers.change(1, ae_title=title, port=port)
    assert len(empty.requests) == before


def test_receivers_that_cannot_be(session: XnatSession, member: XnatSession) -> None:
    receivers = session.dicom_receivers
    with pytest.raises(ConflictError):
        receivers.create("XNAT", 8104)
    with pytest.raises(UsageError, match="no tls"):
        receivers.change(1, tls=True)  # type: ignore[call-arg]  # what is tested
    for use in (receivers.enable, receivers.disable, receivers.delete):
        with pytest.raises(NotFoundError):
            use(99)
    with pytest.raises(NotFoundError):
        receivers.change(99, port=8106)
    with pytest.raises(PermissionDeniedError):
        member.dicom_receivers.delete(1)
    assert [one.id for one in receivers] == [1]


# Routing from the prearchive


def test_where_sessions_go_from_the_prearchive(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    assert project.prearchive_routing == "auto-archive"
    assert sent(empty, lambda: setattr(project, "prearchive_routing", "manual")) == [
        "PUT /data/projects/P/prearchive_code/0"
    ]
    assert sent(empty, lambda: project.prearchive_routing) == ["GET /data/projects/P/prearchive_code"]
    assert project.prearchive_routing == "manual"
    project.prearchive_routing = "auto-archive-overwrite"
    assert project.session.get("/data/projects/P/prearchive_code").text.strip() == "5"
    with pytest.raises(InvalidValueError, match="auto-archive-overwrite"):
        project.prearchive_routing = "never"  # type: ignore[assignment]  # what is tested


def test_a_code_that_stands_for_no_routing_is_told(project: ProjectData) -> None:
    project.session.put("/data/projects/P/prearchive_code/3")
    with pytest.raises(UnexpectedAnswerError, match="assigning one of manual"):
        _ = project.prearchive_routing
    project.prearchive_routing = "manual"
    assert project.prearchive_routing == "manual"


# Preferences


def test_preferences_of_tools(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    preferences = session.preferences
    before = len(empty.requests)
    assert preferences["siteConfig"]["sessionTimeout"] == "15 minutes"
    assert preferences["siteConfig"]["requireLogin"] == "true"
    assert len(empty.requests) == before + 1
    asked = sent(empty, lambda: preferences.set("siteConfig", "dumpImageTypes", "secondary"))
    assert asked == ["PUT /xapi/prefs/props/siteConfig/dumpImageTypes"]
    preferences.set("siteConfig", "requireLogin", value=False)
    assert preferences["siteConfig"]["requireLogin"] == "false"
    fresh = session.preferences["siteConfig"]
    assert (fresh["dumpImageTypes"], fresh["requireLogin"]) == ("secondary", "false")
    assert "secondary" not in repr(preferences)
    with pytest.raises(KeyNotFoundError, match="it has siteConfig"):
        preferences["other"]
    with pytest.raises(NotFoundError):
        preferences.set("other", "a", "b")


def test_preferences_are_for_administrators(member: XnatSession) -> None:
    with pytest.raises(PermissionDeniedError):
        dict(member.preferences)
    with pytest.raises(PermissionDeniedError):
        member.preferences.set("siteConfig", "siteId", "MINE")


# All of them


def test_a_read_only_connection_changes_nothing(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    with connect(empty.url, empty.user, empty.password, read_only=True) as reader:
        seen = reader.projects["P"]
        changes: list[Callable[[], object]] = [
            lambda: reader.site_config.update({"siteId": "LAB"}),
            lambda: setattr(reader.anonymization, "enabled", True),
            lambda: setattr(seen.anonymization, "script", "(0010,0010) := subject"),
            lambda: setattr(seen, "prearchive_routing", "manual"),
            lambda: reader.dicom_receivers.delete(1),
            lambda: reader.preferences.set("siteConfig", "siteId", "LAB"),
        ]
        for change in changes:
            with pytest.raises(ReadOnlyConnectionError):
                change()
    assert project.session.site_config.site_id == "XNAT"
    assert [one.id for one in project.session.dicom_receivers] == [1]
