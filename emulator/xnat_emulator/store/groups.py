"""User groups of projects and of the site, their members and what they may do (rest-data section 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .database import Database, SqlValue
from .users import User, Users

ALL_DATA_ADMIN = "ALL_DATA_ADMIN"
ALL_DATA_ACCESS = "ALL_DATA_ACCESS"
BUILT_IN: Mapping[str, str] = {"owner": "Owners", "member": "Members", "collaborator": "Collaborators"}
"""End of a built-in group's id -> its display name."""

_TABLES = """
CREATE TABLE IF NOT EXISTS user_groups (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, project TEXT NOT NULL, title TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS user_groups_project ON user_groups (project);
CREATE TABLE IF NOT EXISTS group_members (
    login TEXT NOT NULL, group_id TEXT NOT NULL, PRIMARY KEY (login, group_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS group_members_group ON group_members (group_id);
CREATE TABLE IF NOT EXISTS group_rights (
    group_id TEXT NOT NULL, field TEXT NOT NULL, actions TEXT NOT NULL, PRIMARY KEY (group_id, field));
"""
_FROM_EARLIER = """
INSERT OR IGNORE INTO user_groups (id, project, title) SELECT id || '_owner', id, 'Owners' FROM items WHERE kind = 'project';
INSERT OR IGNORE INTO user_groups (id, project, title) SELECT id || '_member', id, 'Members' FROM items WHERE kind = 'project';
INSERT OR IGNORE INTO user_groups (id, project, title)
    SELECT id || '_collaborator', id, 'Collaborators' FROM items WHERE kind = 'project';
INSERT OR IGNORE INTO group_members (login, group_id) SELECT login, project || '_' || grouping FROM members;
DELETE FROM members;
INSERT OR IGNORE INTO user_groups (id, project, title) VALUES ('ALL_DATA_ADMIN', '', 'ALL_DATA_ADMIN');
INSERT OR IGNORE INTO user_groups (id, project, title) VALUES ('ALL_DATA_ACCESS', '', 'ALL_DATA_ACCESS');
"""  # noqa: E501 - one statement a line


@dataclass(frozen=True, slots=True)
class Group:
    """One user group.

    Attributes:
        number: Its numeric id, ``xdat_usergroup_id``.
        id: Its ID, such as ``P_owner``.
        project: Project it belongs to, the ``tag``; empty for groups of the site.
        title: Its display name.
    """

    number: int
    id: str
    project: str
    title: str

    @property
    def built_in(self) -> bool:
        """Whether every project has it."""
        return self.title in BUILT_IN.values()


class Groups:
    """The tables of groups, members and rights."""

    def __init__(self, database: Database, users: Users) -> None:
        self._database = database
        self._users = users
        database.define(_TABLES)
        if not database.rows("SELECT 1 FROM user_groups LIMIT 1"):
            database.define(_FROM_EARLIER)

    def found(self, project: str) -> None:
        """Make the built-in groups of a new project."""
        for name, title in BUILT_IN.items():
            self.save(f"{project}_{name}", project, title)

    def disband(self, project: str) -> None:
        """Remove the groups of a project."""
        for group in self.of_project(project):
            self.delete(group)

    def save(self, identifier: str, project: str, title: str) -> Group:
        """Make a group, or change the display name of an existing one."""
        sql = (
            "INSERT INTO user_groups (id, project, title) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET title = excluded.title, project = excluded.project"
        )
        self._database.run(sql, (identifier, project, title))
        return self._select("id = ?", (identifier,))[0]

    def delete(self, group: Group) -> None:
        """Remove a group with its members and rights."""
        self._database.run("DELETE FROM group_members WHERE group_id = ?", (group.id,))
        self._database.run("DELETE FROM group_rights WHERE group_id = ?", (group.id,))
        self._database.run("DELETE FROM user_groups WHERE id = ?", (group.id,))

    def get(self, identifier: str) -> Group | None:
        """Return a group by its ID."""
        found = self._select("id = ?", (identifier,))
        return found[0] if found else None

    def of_project(self, project: str) -> list[Group]:
        """Return the groups of a project, by display name, last one first."""
        return self._select("project = ?", (project,), "title DESC")

    def of_user(self, login: str) -> list[Group]:
        """Return the groups an account is in."""
        return self._select("id IN (SELECT group_id FROM group_members WHERE login = ?)", (login,))

    def _select(self, where: str, parameters: tuple[SqlValue, ...], order: str = "number") -> list[Group]:
        sql = f"SELECT number, id, project, title FROM user_groups WHERE {where} ORDER BY {order}"  # noqa: S608
        return [_group(row) for row in self._database.rows(sql, parameters)]

    # --- members ---

    def join(self, project: str, grouping: str, login: str) -> None:
        """Put an account into a built-in group of a project: ``owner``, ``member`` or ``collaborator``.

        Of the built-in groups of a project an account is in one at most.
        """
        self.add_member(self.save(f"{project}_{grouping}", project, BUILT_IN[grouping]), login)

    def add_member(self, group: Group, login: str) -> None:
        """Put an account into a group; who joins a built-in group leaves the other built-in ones of the project."""
        if group.built_in:
            for name in BUILT_IN:
                self._leave(f"{group.project}_{name}", login)
        self._database.run("INSERT OR IGNORE INTO group_members (login, group_id) VALUES (?, ?)", (login, group.id))

    def remove_member(self, group: Group, login: str) -> None:
        """Take an account out of a group."""
        self._leave(group.id, login)

    def _leave(self, identifier: str, login: str) -> None:
        self._database.run("DELETE FROM group_members WHERE login = ? AND group_id = ?", (login, identifier))

    def members(self, project: str) -> list[tuple[Group, User]]:
        """Return group and account of every member of a project, by the group's ID, last one first."""
        return [pair for group in self._select("project = ?", (project,), "id DESC") for pair in self._pairs(group)]

    def members_of(self, identifier: str) -> list[tuple[Group, User]]:
        """Return group and account of every member of one group."""
        group = self.get(identifier)
        return [] if group is None else self._pairs(group)

    def _pairs(self, group: Group) -> list[tuple[Group, User]]:
        rows = self._database.rows("SELECT login FROM group_members WHERE group_id = ? ORDER BY login", (group.id,))
        found = (self._users.get(str(row[0])) for row in rows)
        return [(group, user) for user in found if user is not None]

    # --- rights of custom groups ---

    def set_rights(self, group: Group, rights: Mapping[str, Iterable[str]]) -> None:
        """Say what a group may do: field (``xnat:subjectData/project``) -> actions; fields not named stay."""
        sql = "INSERT OR REPLACE INTO group_rights (group_id, field, actions) VALUES (?, ?, ?)"
        for field, actions in rights.items():
            self._database.run(sql, (group.id, field, " ".join(sorted(actions))))

    def rights(self, group: Group) -> dict[str, frozenset[str]]:
        """Return what a group may do, by field."""
        rows = self._database.rows("SELECT field, actions FROM group_rights WHERE group_id = ?", (group.id,))
        return {str(field): frozenset(str(actions).split()) for field, actions in rows}


def _group(row: tuple[SqlValue, ...]) -> Group:
    number, identifier, project, title = row
    return Group(int(str(number)), str(identifier), str(project), str(title))
