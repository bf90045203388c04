"""Roles on the site, such as administrator (schema-and-search 5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from .accounts import login_of
from .answers import decoded
from .codec import TEXT
from .errors import InvalidValueError, KeyNotFoundError
from .paths import join
from .records import ListOf, MapOf

if TYPE_CHECKING:
    from .accounts import User
    from .site_access import AccessSession

ADMINISTRATOR: Final = "Administrator"
"""The role of those who may do everything on a site."""

_USERS: Final = ("xapi", "users")


class Roles(Mapping[str, tuple[str, ...]]):
    """The logins that have a role, by the role's name, as a snapshot taken at the first use: one request.

    For administrators; everybody else gets PermissionDeniedError, but for the own roles (`of`).
    """

    __slots__ = ("_found", "_session")

    def __init__(self, session: AccessSession) -> None:
        self._session = session
        self._found: dict[str, tuple[str, ...]] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[str, tuple[str, ...]]:
        found = self._found
        if found is None:
            logins = decoded(self._session.get(join(*_USERS, "rolemap")), MapOf(ListOf(TEXT)))
            found = self._found = {role: tuple(sorted(each)) for role, each in logins.items()}
        return found

    def __getitem__(self, role: str) -> tuple[str, ...]:
        found = self._load()
        if role not in found:
            msg = f"the site has no role of this name; it has {', '.join(sorted(found)) or 'none'}"
            raise KeyNotFoundError(msg)
        return found[role]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        return f"<Roles, {'not loaded' if self._found is None else len(self._found)}>"

    def of(self, user: User | str) -> tuple[str, ...]:
        """Returns the roles of an account: one request.

        Raises:
            NotFoundError: There is no such login.
            PermissionDeniedError: It is another's account, and you are no administrator.
        """
        found = decoded(self._session.get(join(*_USERS, login_of(user), "roles")), ListOf(TEXT))
        return tuple(sorted(found))

    def grant(self, user: User | str, *roles: str) -> None:
        """Gives an account roles beside those that it has, for administrators: one request for each.

        Raises:
            InvalidValueError: No role is named.
            NotFoundError: There is no such login.
            PermissionDeniedError: You are no administrator.
        """
        for role in _named(roles):
            self._session.put(join(*_USERS, login_of(user), "roles", role))
        self.refresh()

    def revoke(self, user: User | str, *roles: str) -> None:
        """Takes roles from an account, for administrators: one request for each.

        Raises:
            InvalidValueError: No role is named.
            NotFoundError: There is no such login.
            PermissionDeniedError: You are no administrator.
        """
        for role in _named(roles):
            self._session.delete(join(*_USERS, login_of(user), "roles", role))
        self.refresh()


def _named(roles: tuple[str, ...]) -> tuple[str, ...]:
    if not roles or not all(role.strip() for role in roles):
        msg = f"name at least one role, such as {ADMINISTRATOR}"
        raise InvalidValueError(msg)
    return roles
