"""Accounts of a site, or of a project (rest-data 4.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from .documents import read_table
from .errors import InvalidValueError, KeyNotFoundError

if TYPE_CHECKING:
    from .site_access import AccessSession

LEVELS: Final[tuple[str, ...]] = ("owner", "member", "collaborator")
"""The groups that every project has."""


@attrs.frozen
class User:
    """An account.

    Attributes:
        login: Its name.
        id: Its number; None in the list of a project, which has none.
        first_name: First name, "" when unknown.
        last_name: Last name, "" when unknown.
        email: Address.
        group: ID of the project's group that it is in, "" in the site's list.
        access_level: ``owner``, ``member``, ``collaborator`` or the title of a project's own group; "" in the site's.
    """

    login: str
    id: int | None = attrs.field(default=None, repr=False)
    first_name: str = attrs.field(default="", repr=False)
    last_name: str = attrs.field(default="", repr=False)
    email: str = attrs.field(default="", repr=False)
    group: str = attrs.field(default="", repr=False)
    access_level: str = ""


class Users(Mapping[str, User]):
    """Accounts by login, as a snapshot taken at the first use: one request.

    A key may be a number or an address, too.
    """

    __slots__ = ("_found", "_session", "uri")

    def __init__(self, session: AccessSession, uri: str) -> None:
        self._session = session
        self.uri = uri
        self._found: dict[str, User] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[str, User]:
        found = self._found
        if found is None:
            rows = read_table(self._session.get_json(self.uri), self.uri)
            found = self._found = {user.login: user for user in map(_user, rows)}
            self._session.__xnat_logins__.update(found)
        return found

    def __getitem__(self, key: str | int) -> User:
        found = self._load()
        if isinstance(key, str) and key in found:
            return found[key]
        for user in found.values():
            if str(key) in {str(user.id), user.email}:
                return user
        msg = f"no account of this login, number or address is in {self.uri}"
        raise KeyNotFoundError(msg)

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        state = "not loaded" if self._found is None else f"{len(self._found)} accounts"
        return f"<Users at {self.uri}, {state}>"


def login_of(user: User | str) -> str:
    """Returns the login of an account that is given as it is, or by its login.

    Raises:
        InvalidValueError: The login is empty.
    """
    login = user.login if isinstance(user, User) else user
    if not login.strip():
        msg = "an account is named by its login"
        raise InvalidValueError(msg)
    return login


def _user(row: Mapping[str, object]) -> User:
    texts = {key: str(value) for key, value in row.items() if value is not None}
    number, group = texts.get("xdat_user_id", ""), texts.get("GROUP_ID", "")
    level = group.rpartition("_")[2]
    return User(
        login=texts.get("login", ""),
        id=int(number) if number.isdecimal() else None,
        first_name=texts.get("firstname", ""),
        last_name=texts.get("lastname", ""),
        email=texts.get("email", ""),
        group=group,
        access_level=level if level in LEVELS else texts.get("displayname", ""),
    )
