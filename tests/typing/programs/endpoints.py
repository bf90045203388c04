"""Low-level endpoints: arguments, query parameters and what comes back."""

from __future__ import annotations

import datetime
from typing import assert_type

from xnat_runtime.documents import ItemNode
from xnat_runtime.transport import JsonValue, Response
from xnat_sdk import XnatSession
from xnat_sdk.api.records import Plugin, ScanRow, SubjectRow, UserProfile


def rows(session: XnatSession) -> None:
    found = session.api.subjects.list_project_subjects("sandbox", columns=["label"], sort_by="label", limit=5)
    assert_type(found, list[SubjectRow])
    for row in found:
        assert_type(row.id, str)
        assert_type(row.label, str | None)
        assert_type(row.insert_date, datetime.datetime | None)
        assert_type(row["gender"], JsonValue)


def fields(session: XnatSession, scan: ScanRow) -> None:
    assert_type(scan.xnat_imagescandata_id, int | None)
    assert_type(session.api.scans.get_experiment_scan("E1", scan.id, include_history=True), ItemNode)


def newer(session: XnatSession) -> None:
    assert_type(session.api.users.list_user_profiles(), list[UserProfile])
    assert_type(session.api.plugins.list_plugins(), dict[str, Plugin])
    assert_type(session.api.users.get_user_enabled("mia"), bool)
    assert_type(session.api.users.list_usernames(), list[str])
    assert_type(session.api.site.get_site_settings(), dict[str, JsonValue])
    assert_type(session.api.site.get_site_setting("siteId"), str)


def writes(session: XnatSession, profile: UserProfile) -> None:
    api = session.api
    assert_type(api.projects.save_project("p", accessibility="protected", event_id=3, event_reason=None), Response)
    assert_type(api.users.update_user("mia", profile), UserProfile)
    assert_type(api.users.update_user("mia", {"enabled": True}), UserProfile)
    api.users.add_roles_to_user("mia", ["Administrator"])
    api.anonymization.update_site_anonymization_script("// none")
    api.files.upload_project_resource_file("p", "r", "a/b.txt", b"x", inbody=True, tags=["a"], query={"x": "1"})
    api.services.refresh_catalogs(resource=["/archive/projects/p"], options=["append", "checksum"])
    with api.downloads.download_scan_snapshot("E1", "1") as picture:
        assert_type(picture, Response)
