"""What one account may do, worked out once a request (rest-data 2.5, section 9; schema-and-search 4.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from .store.groups import ALL_DATA_ACCESS, ALL_DATA_ADMIN, BUILT_IN, Group

if TYPE_CHECKING:
    from .store.archive import Archive
    from .store.items import Item

Action: TypeAlias = Literal["read", "create", "edit", "delete"]

PROJECT = "xnat:projectData"
_EVERYTHING = frozenset({"read", "create", "edit", "delete"})
_READ = frozenset({"read"})
_NOTHING = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Rights:
    """What an account may do in one project.

    Attributes:
        level: ``owner``, ``member``, ``collaborator``, or empty.
        project: Actions on the project itself.
        data: Actions on everything in it.
        fields: Field (``xnat:mrSessionData/project``) -> actions on the objects it stands for; for custom groups.
    """

    level: str = ""
    project: frozenset[str] = _NOTHING
    data: frozenset[str] = _NOTHING
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def allow(self, action: str, xsi_type: str, *, shared: bool) -> bool:
        """Tell whether something may be done with objects of a type that the project owns, or only shares."""
        if xsi_type == PROJECT:
            return action in self.project
        place = "sharing/share/project" if shared else "project"
        return action in self.data or action in self.fields.get(f"{xsi_type}/{place}", _NOTHING)

    def plus(self, other: Rights) -> Rights:
        """Return what two sources of rights allow together."""
        fields = {name: self.fields.get(name, _NOTHING) | actions for name, actions in other.fields.items()}
        merged = {**self.fields, **fields}
        return Rights(self.level or other.level, self.project | other.project, self.data | other.data, merged)


_LEVELS = {
    "owner": Rights("owner", _EVERYTHING, _EVERYTHING),
    "member": Rights("member", _READ, frozenset({"read", "create", "edit"})),
    "collaborator": Rights("collaborator", _READ, _READ),
}
_OPEN = {"public": Rights(project=_READ, data=_READ), "protected": Rights(project=_READ)}


@dataclass(slots=True)
class Access:
    """What an account may do.

    Attributes:
        login: The account.
        administrator: It may do everything.
        all_data: Actions it may do in every project.
        projects: Project ID -> rights there; projects it has no rights in are not named.
        tops: Row of a scan or resource -> the object it belongs to, looked up before.
    """

    login: str
    administrator: bool = False
    all_data: frozenset[str] = _NOTHING
    projects: dict[str, Rights] = field(default_factory=dict[str, Rights])
    tops: dict[int, Item] = field(default_factory=dict[int, "Item"])

    def may(self, action: Action, project: str, xsi_type: str, *, shared: bool = False) -> bool:
        """Tell whether something may be done with objects of a type in a project."""
        if self.administrator or action in self.all_data:
            return True
        rights = self.projects.get(project)
        return rights is not None and rights.allow(action, xsi_type, shared=shared)

    def allowed(self, action: Action, xsi_type: str) -> frozenset[str] | None:
        """Return the projects in which something may be done, None for all of them."""
        if self.administrator or action in self.all_data:
            return None
        found = (name for name, rights in self.projects.items() if rights.allow(action, xsi_type, shared=False))
        return frozenset(found)


def access_of(archive: Archive, login: str) -> Access:
    """Work out what an account may do."""
    if archive.users.is_administrator(login):
        return Access(login, administrator=True, all_data=_EVERYTHING)
    found = {project: _OPEN[level] for project, level in archive.project_settings.open_projects().items()}
    all_data = _NOTHING
    for group in archive.groups.of_user(login):
        if group.project:
            found[group.project] = found.get(group.project, Rights()).plus(rights_of(archive, group))
        else:
            all_data |= {ALL_DATA_ADMIN: _EVERYTHING, ALL_DATA_ACCESS: _READ}.get(group.id, _NOTHING)
    return Access(login, all_data=all_data, projects=found)


def rights_of(archive: Archive, group: Group) -> Rights:
    """Return what the members of a group of a project may do; members of any group see the project."""
    for name in BUILT_IN:
        if group.id == f"{group.project}_{name}":
            return _LEVELS[name]
    return Rights(project=_READ, fields=archive.groups.rights(group))
