"""The accounts of the site as administrators keep them (schema-and-search 5.1)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

import attrs

from .accounts import User, Users, login_of
from .answers import decoded
from .codec import BOOLEAN, INTEGER, TEXT
from .errors import InvalidValueError
from .paths import join
from .records import TIMESTAMP, ListOf, MapOf, Record, RecordOf, given, maybe

if TYPE_CHECKING:
    from .site_access import AccessSession
    from .transport import JsonValue, Response

_USERS: Final = ("xapi", "users")
_OK: Final = 200
_UNCHANGED: Final = 304
_NOT_FOUND: Final = 404


@attrs.frozen
class Account(User):
    """An account as the newer API shows it, to administrators and to its owner.

    Attributes:
        enabled: Whether it may log in.
        verified: Whether its address was confirmed.
        last_modified: When it was last changed, in UTC; None when the server does not say.
        last_login: When somebody last logged in with it, in UTC; None for never.
        pending_email: An address that its owner asked for and has yet to confirm, "" when there is none.
    """

    enabled: bool = True
    verified: bool = True
    last_modified: datetime.datetime | None = None
    last_login: datetime.datetime | None = None
    pending_email: str = attrs.field(default="", repr=False)


class SiteUsers(Users):
    """The accounts of the site by login: ``connection.users``.

    As a mapping it is a snapshot of those that are enabled, taken at the first use: one request. The methods ask anew.
    """

    __slots__ = ()

    def __init__(self, session: AccessSession) -> None:
        super().__init__(session, "/data/users")

    # Reading

    def accounts(self) -> tuple[Account, ...]:
        """Returns all accounts, those that are disabled among them: one request.

        Raises:
            PermissionDeniedError: Only administrators may see accounts.
        """
        path = join(*_USERS, "profiles")
        return tuple(_account(each) for each in decoded(self._session.get(path), ListOf(RecordOf(lambda: _Profile))))

    def account(self, user: User | str | None = None) -> Account:
        """Returns an account as it is now: one request.

        Args:
            user: The account or its login; your own when it is left out.

        Raises:
            NotFoundError: There is no such login.
            PermissionDeniedError: Only administrators may see accounts.
        """
        names = () if user is None else (login_of(user),)
        return _profile(self._session.get(join(*_USERS, "profile", *names)))

    def access_levels(self, user: User | str | None = None) -> dict[str, str]:
        """Returns by project ID what an account is there: ``Owners``, ``Members`` or the title of another group.

        One request (schema-and-search 5.3). Who sees a project because it is open is in none of its groups.

        Args:
            user: The account or its login, for administrators; your own when it is left out.

        Raises:
            NotFoundError: There is no such login.
            PermissionDeniedError: Another account was asked for, by somebody who is no administrator.
        """
        names = () if user is None else (login_of(user),)
        path = join("xapi", "access", *names, "projects")
        rows = decoded(self._session.get(path), ListOf(RecordOf(lambda: _Role)))
        return {row.id: row.role for row in rows}

    # Changing

    def create(
        self,
        login: str,
        *,
        password: str,
        email: str,
        first_name: str,
        last_name: str,
        enabled: bool = True,
        verified: bool = True,
    ) -> Account:
        """Makes an account, for administrators: one request. XNAT has no way to delete one; see `disable`.

        The server may write to the address that the account can be used.

        Args:
            login: Its name: letters and digits, behind the first also ``.``, ``_`` and ``-``.
            password: Its password.
            email: Its address.
            first_name: First name of its owner.
            last_name: Last name of its owner.
            enabled: Whether it may log in.
            verified: Whether its address counts as confirmed; where not, it may not log in either.

        Raises:
            ConflictError: The login is taken.
            BadRequestError: The server does not take the login, the address or the password.
            PermissionDeniedError: You are no administrator.
        """
        body: dict[str, JsonValue] = {
            "username": login_of(login),
            "password": password,
            "email": email,
            "firstName": first_name,
            "lastName": last_name,
            "enabled": enabled,
            "verified": verified,
        }
        return _profile(self._session.post(join(*_USERS), json=body))

    def update(
        self,
        user: User | str,
        *,
        email: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        password: str | None = None,
    ) -> Account:
        """Changes an account, for administrators: one request, and a second one when everything was so already.

        Args:
            user: The account or its login.
            email: New address.
            first_name: New first name.
            last_name: New last name.
            password: New password.

        Raises:
            InvalidValueError: No change is named, or one is blank, which the server would pass over.
            NotFoundError: There is no such login.
            BadRequestError: The server does not take the address or the password.
            PermissionDeniedError: You are no administrator; see `update_own`.
        """
        names = {"email": email, "firstName": first_name, "lastName": last_name, "password": password}
        return self._put(join(*_USERS, login_of(user)), login_of(user), _changes(names))

    def update_own(
        self, *, email: str | None = None, password: str | None = None, current_password: str = ""
    ) -> Account:
        """Changes your own account: one request, and a second one when everything was so already.

        Args:
            email: New address, which nobody else may have. On sites that verify addresses it is ``pending_email`` until
                you confirmed it.
            password: New password. This connection goes on; `connect` wants the new one.
            current_password: The present password, which XNAT wants with a new one.

        Raises:
            InvalidValueError: No change is named, or one is blank.
            BadRequestError: The address is taken, the present password is not right or the new one too weak.
        """
        body = _changes({"email": email, "password": password})
        if current_password:
            body["currentPassword"] = current_password
        return self._put(join(*_USERS, "update"), None, body)

    def enable(self, user: User | str) -> None:
        """Lets an account log in, for administrators: one request.

        Raises:
            NotFoundError: There is no such login.
            PermissionDeniedError: You are no administrator.
        """
        self._session.put(join(*_USERS, login_of(user), "enabled", "true"))

    def disable(self, user: User | str) -> None:
        """Lets an account log in no more and takes its alias tokens away, for administrators: one request.

        Who is logged in stays so; `end_logins` ends that.

        Raises:
            NotFoundError: There is no such login.
            PermissionDeniedError: You are no administrator.
        """
        # The path .../enabled/false leaves the tokens (UsersApi of XNAT's web application).
        path = join(*_USERS, login_of(user))
        self._session.put(path, json={"enabled": False}, accepted_status={_OK, _UNCHANGED})

    def verify(self, user: User | str) -> None:
        """Takes the address of an account as confirmed, for administrators: one request.

        Raises:
            NotFoundError: There is no such login.
            PermissionDeniedError: You are no administrator.
        """
        self._session.put(join(*_USERS, login_of(user), "verified", "true"))

    def _put(self, path: str, login: str | None, body: dict[str, JsonValue]) -> Account:
        answer = self._session.put(path, json=body, accepted_status={_OK, _UNCHANGED})
        return self.account(login) if answer.status == _UNCHANGED else _profile(answer)

    # Logins

    def open_logins(self) -> dict[str, int]:
        """Returns how often each account is logged in now, for administrators: one request.

        Each of these counts against the server's limit for the account (rest-data 2.1.8).

        Raises:
            PermissionDeniedError: You are no administrator.
        """
        found = decoded(self._session.get(join(*_USERS, "active")), MapOf(RecordOf(lambda: _Active)))
        # The ids of the logins are as good as passwords, and stay here.
        return {login: active.count for login, active in found.items()}

    def end_logins(self, user: User | str) -> int:
        """Ends all logins of an account and returns how many there were: one request, two when there is none.

        For administrators, and for everybody with the own account. Of your own account this connection's login ends
        too and is not counted; the connection logs in again when it is used.

        Raises:
            NotFoundError: There is no such login.
            PermissionDeniedError: It is another's account, and you are no administrator.
        """
        path = join(*_USERS, "active", login_of(user))
        answer = self._session.delete(path, accepted_status={_OK, _UNCHANGED, _NOT_FOUND})
        if answer.status == _NOT_FOUND:
            self.account(user)  # XNAT does not find who never logged in, either
        return len(decoded(answer, ListOf(TEXT))) if answer.status == _OK else 0


class _Profile(Record):
    username = given("username", TEXT)
    id = maybe("id", INTEGER)
    first_name = maybe("firstName", TEXT)
    last_name = maybe("lastName", TEXT)
    email = maybe("email", TEXT)
    pending_email = maybe("pendingEmail", TEXT)
    enabled = maybe("enabled", BOOLEAN)
    verified = maybe("verified", BOOLEAN)
    last_modified = maybe("lastModified", TIMESTAMP)
    last_login = maybe("lastSuccessfulLogin", TIMESTAMP)


class _Role(Record):
    id = given("ID", TEXT)
    role = given("role", TEXT)


class _Active(Record):
    count = given("count", INTEGER)


def _account(profile: _Profile) -> Account:
    return Account(
        login=profile.username,
        id=profile.id,
        first_name=profile.first_name or "",
        last_name=profile.last_name or "",
        email=profile.email or "",
        enabled=profile.enabled is not False,
        verified=profile.verified is not False,
        last_modified=profile.last_modified,
        last_login=profile.last_login,
        pending_email=profile.pending_email or "",
    )


def _profile(answer: Response) -> Account:
    return _account(decoded(answer, RecordOf(lambda: _Profile)))


def _changes(wanted: dict[str, str | None]) -> dict[str, JsonValue]:
    changes: dict[str, JsonValue] = {name: text for name, text in wanted.items() if text is not None}
    blank = [name for name, text in wanted.items() if text is not None and not text.strip()]
    if blank or not changes:
        msg = f"{', '.join(blank)} must not be blank" if blank else "name at least one change"
        raise InvalidValueError(msg)
    return changes
