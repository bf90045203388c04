"""Accounts, roles and groups as no server has them."""

from xnat_sdk import XnatSession
from xnat_sdk.models import ProjectData, SubjectData


def change(session: XnatSession, project: ProjectData, subject: SubjectData) -> None:
    session.users.create("ada")  # E
    session.users.create("ada", "secret", "a@b.c", "Ada", "Reader")  # E
    session.users.update("ada", enabled=True)  # E
    session.users.update(subject, email="a@b.c")  # E
    session.users.update_own(first_name="Ada")  # E
    session.users.account("ada").enabled = False  # E
    session.users.disable()  # E
    session.users.delete("ada")  # E
    project.users.disable("ada")  # E
    session.roles["Administrator"] = ("ada",)  # E
    session.roles.grant("ada", ["Administrator"])  # E
    project.groups.create("Readers", {SubjectData: ["rule"]})  # E
    project.groups.create("Readers", {subject: ["read"]})  # E
    project.set_access("ada", "Readers")  # E
    session.groups.add("ada", project)  # E
    project.access_requests.accept(1)  # E
    session.access_requests["1"]  # E
