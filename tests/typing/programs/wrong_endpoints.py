"""Low-level endpoints, used wrongly."""

from __future__ import annotations

from xnat_sdk import XnatSession
from xnat_sdk.api.records import SubjectRow, UserProfile


def wrong_arguments(session: XnatSession) -> None:
    session.api.subjects.list_project_subjects()  # E
    session.api.subjects.list_project_subjects("sandbox", colums=["label"])  # E
    session.api.subjects.list_project_subjects("sandbox", limit="5")  # E
    session.api.subjects.list_project_subjects("sandbox", columns=3)  # E
    session.api.subjects.list_project_subjects("sandbox", format="csv")  # E
    session.api.subjects.list_project_subject("sandbox")  # E
    session.api.subjekts  # E
    session.api.projects.save_project("p", accessibility="open")  # E
    session.api.projects.get_project("p", remove_files=True)  # E
    session.api.services.refresh_catalogs(options=["apend"])  # E
    session.api.scans.get_experiment_scan("E1", 1)  # E


def wrong_bodies(session: XnatSession) -> None:
    session.api.users.add_roles_to_user("mia")  # E
    session.api.users.add_roles_to_user("mia", [1])  # E
    session.api.users.update_user("mia", "enabled")  # E
    session.api.search.run_search()  # E


def wrong_answers(session: XnatSession, row: SubjectRow, profile: UserProfile) -> None:
    number: int = row.id  # E
    label: str = row.label  # E
    row.lable  # E
    row.label = "x"  # E
    day: str = profile.last_modified  # E
    text: str = session.api.users.get_user_enabled("mia")  # E
    print(number, label, day, text)
