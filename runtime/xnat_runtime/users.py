"""The members and the openness of a project (rest-data 9.1, 9.2, 9.4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from .archive_item import ArchiveObject
from .documents import read_table
from .errors import InvalidValueError, PermissionDeniedError, UnexpectedAnswerError
from .paths import segment

if TYPE_CHECKING:
    from .access_requests import AccessRequests
    from .accounts import User, Users
    from .groups import Group
    from .project_groups import ProjectGroups

AccessLevel: TypeAlias = Literal["owner", "member", "collaborator"]
"""What a member of a project may do."""

Accessibility: TypeAlias = Literal["private", "protected", "public"]
"""Who may see a project: its members; everybody that it exists; everybody all of it."""

_LEVELS: Final[tuple[str, ...]] = ("owner", "member", "collaborator")
_OPEN: Final = frozenset[str](("private", "protected", "public"))


class SharedWithUsers(ArchiveObject):
    """Who may see a project and work in it."""

    @property
    def users(self) -> Users:
        """The members of the project by login; nothing is asked before it is used.

        Each call gives a fresh snapshot. Asking raises PermissionDeniedError where only administrators may see
        accounts and you may not edit the project.
        """
        from .accounts import Users  # noqa: PLC0415  # few programs look at accounts

        return Users(self.session, f"{self.__xnat_base__()}/users")

    @property
    def groups(self) -> ProjectGroups:
        """The groups of the project by ID, title or end of the ID; nothing is asked before it is used."""
        from .project_groups import ProjectGroups  # noqa: PLC0415  # few programs look at groups

        return ProjectGroups(self)

    @property
    def access_requests(self) -> AccessRequests:
        """Every invitation to the project by number, those that were answered among them, for its owners.

        Nothing is asked before it is used. `add_user` sends one when it is given an address that no account has.
        """
        from .access_requests import AccessRequests  # noqa: PLC0415  # few programs look at invitations

        return AccessRequests(self.session, f"{self.__xnat_base__()}/pars")

    @property
    def access_level(self) -> str:
        """What you may do in the project: ``Owners``, ``Members``, ``Collaborators`` or a group's title; one request.

        ``No access`` when you are in none of its groups (schema-and-search 5.3, the name as xnatpy has it).
        """
        uri, own = "/xapi/access/projects", str(self.__xnat_value__("ID"))
        rows = self.session.get_json(uri)
        if not isinstance(rows, list):
            msg = "the answer is no list of projects"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        roles = (row.get("role") for row in rows if isinstance(row, dict) and row.get("ID") == own)
        return next((str(role) for role in roles if role), "No access")

    @property
    def accessibility(self) -> Accessibility:
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

    @accessibility.setter
    def accessibility(self, level: Accessibility) -> None:
        self.set_accessibility(level)

    def set_accessibility(self, level: Accessibility) -> None:
        """Says who may see the project; one request. The same as assigning ``accessibility``."""
        if level not in _OPEN:
            msg = f"accessibility is one of {', '.join(sorted(_OPEN))}"
            raise InvalidValueError(msg)
        from .transfers.reconcile import done_once  # noqa: PLC0415  # few programs open projects

        uri = f"{self.__xnat_base__()}/accessibility/{level}"
        done_once(lambda: self.session.put(uri), lambda: self.accessibility == level)

    def set_access(self, user: User | str, level: AccessLevel | Group, *, notify: bool = False) -> None:
        """Lets an account work in the project, or changes what it may do; one request.

        A login that this connection has not seen yet is looked up first, since XNAT takes an unknown one for an address
        and invites it: one request more.

        Args:
            user: The account or its login; an address that is not known is invited by mail.
            level: ``owner``, ``member`` or ``collaborator``, or one of ``groups``.
            notify: Whether XNAT tells the account by mail.

        Raises:
            KeyNotFoundError: There is no such login.
            PermissionDeniedError: You are no owner of the project.
        """
        group = level if isinstance(level, str) else level.id
        if isinstance(level, str) and level not in _LEVELS:
            msg = f"the level of access is one of {', '.join(_LEVELS)}"
            raise InvalidValueError(msg)
        login = user.login if not isinstance(user, str) else self.__xnat_known_login__(user)
        query = {"sendemail": "true"} if notify else {}
        from .transfers.reconcile import done_once  # noqa: PLC0415  # few programs change members

        uri = f"{self.__xnat_base__()}/users/{segment(group)}/{segment(login)}"
        ending = f"_{level}" if isinstance(level, str) else level.id
        done_once(lambda: self.session.put(uri, query=query), lambda: self.__xnat_is_in__(ending, login))

    def add_user(self, user: User | str, level: AccessLevel | Group = "member", *, notify: bool = False) -> None:
        """Lets an account work in the project; see `set_access`."""
        self.set_access(user, level, notify=notify)

    def remove_access(self, user: User | str) -> None:
        """Takes an account out of the project: one request for the list, one for each of its groups in it.

        Of an account that is no member nothing is changed; a login is then looked up, with one more request.

        Args:
            user: The account, its login or its address.

        Raises:
            KeyNotFoundError: There is no such login.
            PermissionDeniedError: You are no owner of the project.
        """
        from .transfers.reconcile import done_once  # noqa: PLC0415  # as in set_access()

        name, uri = user.login if not isinstance(user, str) else user, f"{self.__xnat_base__()}/users"
        rows = read_table(self.session.get_json(uri), uri)
        found = [row for row in rows if name in {row.get("login"), row.get("email")}]
        if not found and isinstance(user, str):
            self.__xnat_known_login__(name)
        for row in found:
            group, login = str(row.get("GROUP_ID", "")), str(row.get("login", ""))
            one = f"{uri}/{segment(group)}/{segment(login)}"
            done_once(partial(self.session.delete, one), partial(self.__xnat_is_out__, group, login))

    def remove_user(self, user: User | str) -> None:
        """Takes an account out of the project; see `remove_access`."""
        self.remove_access(user)

    def __xnat_is_in__(self, group: str, login: str) -> bool:
        """Returns whether an account is in a group of the project, whose ID ends so."""
        uri = f"{self.__xnat_base__()}/users"
        rows = read_table(self.session.get_json(uri), uri)
        return any(row.get("login") == login and str(row.get("GROUP_ID")).endswith(group) for row in rows)

    def __xnat_is_out__(self, group: str, login: str) -> bool:
        return not self.__xnat_is_in__(group, login)

    def __xnat_known_login__(self, name: str) -> str:
        if not name.strip() or "," in name:
            msg = "access takes one account: its login"
            raise InvalidValueError(msg)
        if "@" in name:
            return name
        if name in self.session.__xnat_logins__:
            return name
        try:
            return self.session.users[name].login
        except PermissionDeniedError:
            return name  # on this site only administrators may look accounts up
