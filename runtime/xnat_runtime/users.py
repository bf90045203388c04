"""Accounts: those of a site, and the members and openness of a project (rest-data 4.4, 9.1, 9.2, 9.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

import attrs

from .archive_item import ArchiveObject
from .documents import read_table
from .errors import InvalidValueError, KeyNotFoundError, PermissionDeniedError, UnexpectedAnswerError, UsageError
from .paths import segment

if TYPE_CHECKING:
    from .session import BaseSession

AccessLevel: TypeAlias = Literal["owner", "member", "collaborator"]
"""What a member of a project may do."""

Accessibility: TypeAlias = Literal["private", "protected", "public"]
"""Who may see a project: its members; everybody that it exists; everybody all of it."""

_LEVELS: Final[tuple[str, ...]] = ("owner", "member", "collaborator")
_OPEN: Final = frozenset[str](("private", "protected", "public"))


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

    def __init__(self, session: BaseSession, uri: str) -> None:
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
        access_level=level if level in _LEVELS else texts.get("displayname", ""),
    )


class SharedWithUsers(ArchiveObject):
    """Who may see a project and work in it."""

    @property
    def users(self) -> Users:
        """The members of the project by login; nothing is asked before it is used.

        Each call gives a fresh snapshot. Asking raises PermissionDeniedError where only administrators may see
        accounts and you may not edit the project.
        """
        return Users(self.session, f"{self.__xnat_base__()}/users")

    @property
    def access_level(self) -> Accessibility:
        """Who may see the project: ``private``, ``protected`` or ``public``; one request. Assigning changes it.

        Raises:
            UnexpectedAnswerError: The server said something else.
            PermissionDeniedError: On assigning: you are no owner, or the site has private projects only.
        """
        uri = f"{self.__xnat_base__()}/accessibility"
        found = self.session.get(uri).text.strip()
        if found not in _OPEN:
            msg = "the server named none of private, protected and public"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return cast("Accessibility", found)

    @access_level.setter
    def access_level(self, level: Accessibility) -> None:
        if level not in _OPEN:
            msg = f"access_level is one of {', '.join(sorted(_OPEN))}"
            raise InvalidValueError(msg)
        self.session.put(f"{self.__xnat_base__()}/accessibility/{level}")

    def set_access(self, user: User | str, level: AccessLevel, *, notify: bool = False) -> None:
        """Lets an account work in the project, or changes what it may do; two requests, one for a User object.

        A login is looked up first, since XNAT takes an unknown one for an address and invites it.

        Args:
            user: The account or its login; an address that is not known is invited by mail.
            level: ``owner``, ``member`` or ``collaborator``.
            notify: Whether XNAT tells the account by mail.

        Raises:
            KeyNotFoundError: There is no such login.
            PermissionDeniedError: You are no owner of the project.
        """
        if level not in _LEVELS:
            msg = f"the level of access is one of {', '.join(_LEVELS)}"
            raise InvalidValueError(msg)
        login = user.login if isinstance(user, User) else self.__xnat_known_login__(user)
        query = {"sendemail": "true"} if notify else {}
        self.session.put(f"{self.__xnat_base__()}/users/{level}/{segment(login)}", query=query)

    def add_user(self, user: User | str, level: AccessLevel = "member", *, notify: bool = False) -> None:
        """Lets an account work in the project; see `set_access`."""
        self.set_access(user, level, notify=notify)

    def remove_access(self, user: User | str) -> None:
        """Takes an account out of the project: one request for the list, one for each of its groups in it.

        Raises:
            UsageError: It is no member of the project.
            PermissionDeniedError: You are no owner of the project.
        """
        login, uri = user.login if isinstance(user, User) else user, f"{self.__xnat_base__()}/users"
        rows = read_table(self.session.get_json(uri), uri)
        groups = [str(row.get("GROUP_ID", "")) for row in rows if row.get("login") == login]
        if not groups:
            msg = f"the account is no member of {self.uri}"
            raise UsageError(msg)
        for group in groups:
            self.session.delete(f"{uri}/{segment(group)}/{segment(login)}")

    def remove_user(self, user: User | str) -> None:
        """Takes an account out of the project; see `remove_access`."""
        self.remove_access(user)

    def __xnat_known_login__(self, name: str) -> str:
        if not name.strip() or "," in name:
            msg = "set_access() takes one account: its login"
            raise InvalidValueError(msg)
        if "@" in name:
            return name
        try:
            return self.session.users[name].login
        except PermissionDeniedError:
            return name  # on this site only administrators may look accounts up
