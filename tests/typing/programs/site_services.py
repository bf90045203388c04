"""Settings, plugins, data types, scripts, receivers and routing of a site."""

from collections.abc import Mapping
from typing import Literal, assert_type

from xnat_runtime.data_types import DataType
from xnat_runtime.dicom_receivers import DicomReceiver
from xnat_runtime.plugins import Plugin
from xnat_sdk import PluginMissingError, XnatSession
from xnat_sdk.models import ProjectData


def settings(session: XnatSession) -> None:
    config = session.site_config
    assert_type(config.site_id, str | None)
    assert_type(config.require_login, bool | None)
    assert_type(config.concurrent_max_sessions, int | None)
    config.site_id = "LAB"
    config.require_login = False
    config["siteId"] = "LAB"
    config.update({"siteId": "LAB", "sessionTimeout": "1 hour"}, new=True)
    assert_type(session.preferences["siteConfig"], Mapping[str, str])
    session.preferences.set("siteConfig", "requireLogin", True)


def lists(session: XnatSession) -> None:
    assert_type(session.plugins["containers"], Plugin)
    assert_type(session.data_types.names(), tuple[str, ...])
    assert_type(session.data_types.shown("createable"), tuple[DataType, ...])
    try:
        session.get("/xapi/commands")
    except PluginMissingError as error:
        assert_type(error.plugin, str)


def scripts(session: XnatSession, project: ProjectData) -> None:
    assert_type(session.anonymization.script, str)
    assert_type(project.anonymization.script, str | None)
    assert_type(project.anonymization.enabled, bool)
    project.anonymization.script = "(0010,0010) := subject"
    session.anonymization.enabled = False
    assert_type(project.prearchive_routing, Literal["manual", "auto-archive", "auto-archive-overwrite"])
    project.prearchive_routing = "auto-archive"


def receivers(session: XnatSession) -> None:
    found = session.dicom_receivers
    assert_type(found["XNAT"], DicomReceiver)
    assert_type(found[1].port, int)
    made = found.create("LAB", 8105, direct_archive=True, whitelist=["SCANNER"])
    assert_type(found.change(made, port=8106, ae_title="LAB2"), DicomReceiver)
    found.enable(made)
    found.delete(made.id)
