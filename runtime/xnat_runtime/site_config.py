"""The settings of a site (schema-and-search 5.2)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar, cast, overload

from .codec import BOOLEAN, INTEGER, TEXT, Codec
from .errors import DecodeError, InvalidValueError, KeyNotFoundError, UnexpectedAnswerError
from .paths import segment

if TYPE_CHECKING:
    from .transport import JsonValue
    from .verbs import Verbs

T = TypeVar("T")

SITE_CONFIG: Final = "/xapi/siteConfig"


class Setting(Generic[T]):
    """A setting whose type is known: reads as None where the server tells none; assigning it writes.

    Attributes:
        name: As the server spells it.
    """

    def __init__(self, name: str, codec: Codec[T]) -> None:
        self.name = name
        self._codec = codec

    @overload
    def __get__(self, config: None, owner: type) -> Self: ...
    @overload
    def __get__(self, config: SiteConfig, owner: type) -> T | None: ...
    def __get__(self, config: SiteConfig | None, owner: type) -> Self | T | None:
        if config is None:
            return self
        try:
            return self._codec.decode(config.get(self.name))
        except ValueError:
            msg = (
                f"{self.name} of the site is no {self._codec.name}; site_config[{self.name!r}] is what the server sent"
            )
            raise DecodeError(msg) from None

    def __set__(self, config: SiteConfig, value: T) -> None:
        if not self._codec.accepts(value):
            msg = f"{self.name} takes a {self._codec.wanted}, not {type(value).__name__}"
            raise InvalidValueError(msg)
        # cast: the types of settings are texts, numbers and truth values.
        config.update({self.name: cast("JsonValue", value)})


class SiteConfig(Mapping[str, "JsonValue"]):
    """Settings by name, as a snapshot taken at the first use: one request.

    Administrators see all of them, others those that everybody may read. ``config["siteId"] = "LAB"`` writes one,
    `update` several. What is complex may be a JSON text, as the server keeps it.

    Attributes:
        site_id: Short name of the site; new IDs start with it.
        site_url: Its address.
        admin_email: Where mails to its administrators go.
        require_login: Whether everybody has to log in.
        session_timeout: How long a login may be idle, as PostgreSQL spells durations, such as ``15 minutes``.
        alias_token_timeout: How long an alias token lives, spelled likewise.
        concurrent_max_sessions: How many logins an account may have at a time.
        may_create_projects: Whether accounts that administer nothing may create projects.
        are_user_lists_restricted: Whether only administrators see the list of accounts.
        default_routing_code: Prearchive code that new projects get: 0, 4 or 5, as in ``project.prearchive_routing``.
    """

    __slots__ = ("_found", "_session")

    site_id = Setting("siteId", TEXT)
    site_url = Setting("siteUrl", TEXT)
    admin_email = Setting("adminEmail", TEXT)
    require_login = Setting("requireLogin", BOOLEAN)
    session_timeout = Setting("sessionTimeout", TEXT)
    alias_token_timeout = Setting("aliasTokenTimeout", TEXT)
    concurrent_max_sessions = Setting("concurrentMaxSessions", INTEGER)
    may_create_projects = Setting("uiAllowNonAdminProjectCreation", BOOLEAN)
    are_user_lists_restricted = Setting("restrictUserListAccessToAdmins", BOOLEAN)
    default_routing_code = Setting("defaultProjectAutoArchiveSetting", INTEGER)

    def __init__(self, session: Verbs) -> None:
        self._session = session
        self._found: dict[str, JsonValue] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[str, JsonValue]:
        if self._found is None:
            self._found = _read(self._session.get_json(SITE_CONFIG), SITE_CONFIG)
        return self._found

    def __getitem__(self, name: str) -> JsonValue:
        found = self._load()
        if name not in found:
            raise _unknown(name, found)
        return found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def read(self, *names: str) -> dict[str, JsonValue]:
        """Returns some settings as they are now, without all the others: one request.

        Those that the server does not know are left out.

        Raises:
            PermissionDeniedError: One of them is for administrators.
        """
        if not names or not all(name and "," not in name for name in names):
            msg = "give the names of one setting or more, each as a text of its own"
            raise InvalidValueError(msg)
        path = f"{SITE_CONFIG}/values/{','.join(segment(name) for name in names)}"
        return _read(self._session.get_json(path), path)

    def __setitem__(self, name: str, value: JsonValue) -> None:
        self.update({name: value})

    def update(self, values: Mapping[str, JsonValue], *, new: bool = False) -> None:
        """Changes settings: one request, and one for the snapshot when it is not there yet.

        Args:
            values: Setting -> value.
            new: Whether a name may be one that the server does not have. It is told from a misspelt one by nothing:
                servers say that such a setting was changed, too.

        Raises:
            KeyNotFoundError: The server has no setting of this name; nothing was changed.
            PermissionDeniedError: You are no administrator.
        """
        found = self._load()
        for name in () if new else values:
            if name not in found:
                raise _unknown(name, found)
        self._session.post(SITE_CONFIG, json=dict(values))
        found.update(values)

    def __repr__(self) -> str:
        # Values stay out: some are keys and addresses.
        state = "not loaded" if self._found is None else f"{len(self._found)} settings"
        return f"<SiteConfig of {self._session!r}, {state}>"


def _read(answer: JsonValue, path: str) -> dict[str, JsonValue]:
    if not isinstance(answer, dict):
        msg = "the answer is no list of settings"
        raise UnexpectedAnswerError(msg, method="GET", url=path)
    return dict(answer)


def _unknown(name: str, found: Mapping[str, JsonValue]) -> KeyNotFoundError:
    near = difflib.get_close_matches(name, found, n=1)
    hint = f"is it {near[0]}?" if near else "only administrators see all settings"
    return KeyNotFoundError(f"the site shows no setting {name!r}; {hint}")
