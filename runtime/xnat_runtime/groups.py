"""Groups of accounts: those that an account is in, and what a group is (rest-data 9.3; schema-and-search 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from .accounts import login_of
from .answers import decoded
from .codec import TEXT
from .errors import InvalidValueError, KeyNotFoundError
from .paths import join
from .records import ListOf

if TYPE_CHECKING:
    from .accounts import User
    from .site_access import AccessSession

ALL_DATA_ACCESS: Final = "ALL_DATA_ACCESS"
"""ID of the group whose members may read every project."""

ALL_DATA_ADMIN: Final = "ALL_DATA_ADMIN"
"""ID of the group whose members may do everything in every project."""

_BUILT_IN: Final = frozenset({"Owners", "Members", "Collaborators"})
_ACCEPTED: Final = 202


@attrs.frozen
class Group:
    """A group of a project.

    Attributes:
        id: Its ID, such as ``sandbox_owner``.
        title: The name that people see, such as ``Owners``.
        project: ID of the project.
        members: How many accounts were in it when it was read.
    """

    id: str
    title: str
    project: str
    members: int = 0

    @property
    def built_in(self) -> bool:
        """Whether every project has it; such a group cannot be deleted."""
        return self.title in _BUILT_IN


class SiteGroups:
    """The groups that accounts are in: ``connection.groups``."""

    def __init__(self, session: AccessSession) -> None:
        self._session = session

    def of(self, user: User | str) -> tuple[str, ...]:
        """Returns the IDs of the groups that an account is in, such as ``sandbox_member``: one request.

        Raises:
            NotFoundError: There is no such login.
            PermissionDeniedError: It is another's account, and you are no administrator.
        """
        return tuple(sorted(decoded(self._session.get(_path(user)), ListOf(TEXT))))

    def add(self, user: User | str, *groups: Group | str) -> None:
        """Puts an account into groups, for administrators and owners of the projects: one request.

        Who joins one of a project's built-in groups leaves the other built-in ones.

        Args:
            user: The account or its login.
            groups: The groups or their IDs, such as `ALL_DATA_ACCESS`.

        Raises:
            KeyNotFoundError: There is no such group; the account is in the other ones now.
            InvalidValueError: No group is named.
            NotFoundError: There is no such login.
            PermissionDeniedError: You may not say who is in these groups.
        """
        answer = self._session.put(_path(user), json=[*_named(groups)])
        if answer.status == _ACCEPTED:
            failed = ", ".join(decoded(answer, ListOf(TEXT)))
            msg = f"the server did not put the account into {failed}: is there such a group?"
            raise KeyNotFoundError(msg)

    def remove(self, user: User | str, *groups: Group | str) -> None:
        """Takes an account out of groups: one request for each.

        For administrators, and for everybody with the own account.

        Raises:
            InvalidValueError: No group is named.
            NotFoundError: There is no such login.
            ServerError: There is no such group.
            PermissionDeniedError: It is another's account, and you are no administrator.
        """
        for group in _named(groups):
            self._session.delete(f"{_path(user)}{join(group)}")

    def __repr__(self) -> str:
        return f"<SiteGroups of {self._session!r}>"


def _path(user: User | str) -> str:
    return join("xapi", "users", login_of(user), "groups")


def _named(groups: tuple[Group | str, ...]) -> list[str]:
    found = [group.id if isinstance(group, Group) else group for group in groups]
    if not found or not all(group.strip() for group in found):
        msg = "name at least one group, by its ID"
        raise InvalidValueError(msg)
    return found
