"""The groups of a project, and what their members may do there (rest-data 9.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from .classes import plain_class
from .codec import BOOLEAN
from .documents import read_item, read_table
from .errors import ConflictError, InvalidValueError, KeyNotFoundError, OperationFailedError, UsageError
from .groups import Group
from .objects import XnatObject
from .paths import child

if TYPE_CHECKING:
    from .accounts import User
    from .documents import ItemNode
    from .users import SharedWithUsers

Right: TypeAlias = Literal["read", "edit", "delete"]
"""What members of a group may do with objects of a type; who may edit creates them, too."""

Rights: TypeAlias = Mapping[type[XnatObject] | str, Iterable[Right]]
"""Data type, as a class or by its name -> what may be done with its objects."""

_RIGHTS: Final[tuple[str, ...]] = get_args(Right)
_ELEMENTS: Final = {"read": "read_element", "edit": "edit_element", "delete": "delete_element"}
_READ: Final[tuple[Right, ...]] = ("read",)
_PROJECT: Final = "xnat:projectData"
_SHARED: Final = "/sharing/share/project"


class ProjectGroups(Mapping[str, Group]):
    """The groups of a project by ID, as a snapshot taken at the first use: one request.

    A key may be a group's title (``Owners``) or the end of its ID (``owner``), too. Only owners may change anything.
    """

    __slots__ = ("_found", "_project", "uri")

    def __init__(self, project: SharedWithUsers) -> None:
        self._project = project
        self._found: dict[str, Group] | None = None
        self.uri = f"{project.__xnat_base__()}/groups"

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[str, Group]:
        found = self._found
        if found is None:
            rows = read_table(self._project.session.get_json(self.uri), self.uri)
            found = self._found = {group.id: group for group in map(_group, rows)}
        return found

    def __getitem__(self, key: str) -> Group:
        found = self._load()
        if key in found:
            return found[key]
        for group in found.values():
            if key in {group.title, group.id.removeprefix(f"{group.project}_")}:
                return group
        msg = f"the project has no group of this ID or title; it has {', '.join(g.title for g in found.values())}"
        raise KeyNotFoundError(msg)

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        state = "not loaded" if self._found is None else f"{len(self._found)} groups"
        return f"<ProjectGroups at {self.uri}, {state}>"

    # What members may do

    def rights(self, group: Group | str) -> dict[str, frozenset[Right]]:
        """Returns what the members of a group may do with which data types: one request, and one to find a name.

        What nothing may be done with is left out.

        Raises:
            KeyNotFoundError: There is no such group.
        """
        uri = self._uri(self._one(group))
        document = read_item(self._project.session.get_json(uri), uri)
        found = ((str(each.fields.get("element_name")), _allowed(each)) for each in document.children("element_access"))
        return {xsi_type: rights for xsi_type, rights in found if rights}

    def set_rights(self, group: Group | str, rights: Rights) -> None:
        """Says what the members of a group may do with data types; what is not named stays as it is.

        Two requests, and one to find a name.

        Args:
            group: The group, its ID or title.
            rights: For each data type what may be done with its objects in the project: ``read``, ``edit`` (which is
                creating and reading, too) and ``delete``; nothing to take every right away.

        Raises:
            KeyNotFoundError: There is no such group.
            InvalidValueError: There is no such right, or the group is one that every project has.
            OperationFailedError: The site does not let groups decide on a type that was named.
            PermissionDeniedError: You are no owner of the project.
        """
        one = self._one(group)
        if one.built_in:
            msg = f"{one.title} of a project may do what XNAT gives them; make a group of your own"
            raise InvalidValueError(msg)
        self._save(one, _wanted(rights))

    def create(self, title: str, rights: Rights | None = None) -> Group:
        """Makes a group of one's own: three requests, and two more with rights.

        Its members see the project, and nothing in it that no right names.

        Args:
            title: Its name, without underscores.
            rights: What its members may do, by data type; see `set_rights`.

        Raises:
            ConflictError: The project has a group of this title.
            InvalidValueError: The title is blank or has an underscore, or there is no such right.
            OperationFailedError: The group is there, but the site does not let groups decide on a type that was named.
            PermissionDeniedError: You are no owner of the project.
        """
        if not title.strip() or "_" in title:
            msg = "a group needs a title, and it cannot have underscores"
            raise InvalidValueError(msg)
        wanted = _wanted(rights or {})
        self.refresh()
        self._refuse_taken(title)
        form = {"xdat:userGroup/displayName": title, **_keys(self._id, {_PROJECT: {"read"}})}
        self._project.session.post(self.uri, form)
        self.refresh()
        made = self[title]
        if wanted:
            self._save(made, wanted)
        return made

    def delete(self, group: Group | str) -> None:
        """Deletes a group of one's own; its members keep their accounts: one request, and one to find a name.

        Raises:
            KeyNotFoundError: There is no such group.
            UsageError: It is one that every project has.
            PermissionDeniedError: You are no owner of the project.
        """
        one = self._one(group)
        if one.built_in:
            msg = f"{one.title} cannot be deleted: every project has them"
            raise UsageError(msg)
        self._project.session.delete(self._uri(one))
        self.refresh()

    # Members

    def add_member(self, group: Group | str, user: User | str, *, notify: bool = False) -> None:
        """Puts an account into a group; see `SharedWithUsers.set_access`."""
        self._project.set_access(user, self._one(group), notify=notify)
        self.refresh()

    def remove_member(self, group: Group | str, user: User | str) -> None:
        """Takes an account out of one group; `remove_access` takes it out of all: one request, and one to find a name.

        Raises:
            KeyNotFoundError: There is no such group.
            PermissionDeniedError: You are no owner of the project.
        """
        login = user if isinstance(user, str) else user.login
        self._project.session.delete(child(self._project.__xnat_base__(), "users", self._one(group).id, login))
        self.refresh()

    # Inside

    def _refuse_taken(self, title: str) -> None:
        # The server makes the ID of the title, and saves over a group that has it: "owner" would change the owners.
        names = {title, "".join(title.split())}
        for group in self.values():
            if names & {group.title, group.id, group.id.removeprefix(f"{group.project}_")}:
                raise ConflictError("POST", self.uri, 409, "the project has a group of this title or ID")

    @property
    def _id(self) -> str:
        return str(self._project.__xnat_value__("ID"))

    def _one(self, group: Group | str) -> Group:
        return self[group] if isinstance(group, str) else group

    def _uri(self, group: Group) -> str:
        return child(self.uri, group.id)

    def _save(self, group: Group, wanted: Mapping[str, frozenset[Right]]) -> None:
        named = {"xdat:userGroup/ID": group.id, "xdat:userGroup/displayName": group.title}
        self._project.session.put(self._uri(group), {**named, **_keys(self._id, wanted)})
        found = self.rights(group)
        missing = sorted(xsi_type for xsi_type, each in wanted.items() if each != found.get(xsi_type, frozenset()))
        if missing:
            msg = f"the server passed over {', '.join(missing)}: the site does not let groups decide on them"
            raise OperationFailedError(msg)


def _group(row: Mapping[str, object]) -> Group:
    users = str(row.get("users") or "")
    return Group(
        id=str(row.get("id") or ""),
        title=str(row.get("displayname") or ""),
        project=str(row.get("tag") or ""),
        members=int(users) if users.isdecimal() else 0,
    )


def _wanted(rights: Rights) -> dict[str, frozenset[Right]]:
    """Return the rights by name of the type, with those that others bring along.

    Raises:
        InvalidValueError: There is no such right, or a type that groups do not decide on.
    """
    found: dict[str, frozenset[Right]] = {}
    for item_class, named in rights.items():
        xsi_type = item_class if isinstance(item_class, str) else plain_class(item_class).xsi_type
        wanted = frozenset(named)
        if not wanted <= {*_RIGHTS} or ":" not in xsi_type:
            msg = f"rights are {', '.join(_RIGHTS)}, by data type, such as xnat:subjectData"
            raise InvalidValueError(msg)
        found[xsi_type] = wanted.union(_READ) if wanted else wanted
    return found


def _keys(project: str, rights: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the form fields that stand for rights: ``<type>_<field>_<project>_R|E|D`` (rest-data 9.3)."""
    keys: dict[str, str] = {}
    for xsi_type, wanted in rights.items():
        field = "ID" if xsi_type == _PROJECT else "project"
        stem = f"{xsi_type}_{xsi_type}/{field}_{project}"
        # Without it XNAT does not touch a type from which every right is taken.
        keys[f"{stem}_wasSet"] = "1"
        keys.update({f"{stem}_{right[0].upper()}": "1" for right in sorted(wanted)})
    return keys


def _allowed(access: ItemNode) -> frozenset[Right]:
    """Return what one entry of a group's document allows with objects that the project owns."""
    mappings = [
        mapping
        for rules in access.children("permissions/allow_set")
        for mapping in rules.children("allow")
        if not str(mapping.fields.get("field")).endswith(_SHARED)
    ]
    return frozenset(
        right
        for right in get_args(Right)
        if any(BOOLEAN.decode(each.fields.get(_ELEMENTS[right])) for each in mappings)
    )
