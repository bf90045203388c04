"""Alias tokens: names and secrets that stand for an account for a while (rest-data 2.8)."""

from __future__ import annotations

import datetime
import hmac
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from .errors import UnexpectedAnswerError
from .paths import join

if TYPE_CHECKING:
    from .transport import JsonValue
    from .verbs import Verbs

_TOKENS = ("data", "services", "tokens")


@attrs.frozen
class AliasToken:
    """A token; log in with ``connect(server, user=token.alias, password=token.secret)``.

    Attributes:
        alias: What is given as user name.
        secret: What is given as password; repr does not show it.
        user: The account it stands for, "" when the server does not say.
        expires: When it ends, None when the server does not say.
        single_use: Whether it ends with the first login.
        enabled: Whether it can be used.
    """

    alias: str
    secret: str = attrs.field(repr=False)
    user: str = ""
    expires: datetime.datetime | None = None
    single_use: bool = False
    enabled: bool = True

    def is_expired(self, now: float | None = None) -> bool:
        """Returns whether it has ended.

        Args:
            now: Seconds since 1970, by default the present.
        """
        return self.expires is not None and self.expires.timestamp() <= (time.time() if now is None else now)


class Tokens:
    """The alias tokens of an account: ``session.tokens``."""

    def __init__(self, session: Verbs, clock: Callable[[], float] = time.time) -> None:
        self._session = session
        self._clock = clock

    def issue(self, user: str | None = None) -> AliasToken:
        """Returns a new token: one request. By the server's default it lives for two days.

        Args:
            user: Another account, for administrators; by default one's own.

        Raises:
            PermissionDeniedError: A guest asks, or somebody else than an administrator for another account.
        """
        path = join(*_TOKENS, "issue", *(("user", user) if user else ()))
        return _token(self._session.get_json(path), path)

    def list(self, user: str | None = None) -> tuple[AliasToken, ...]:
        """Returns the tokens that an account has: one request.

        Args:
            user: Another account, for administrators; by default one's own.

        Raises:
            PermissionDeniedError: A guest asks, or somebody else than an administrator for another account.
        """
        path = join(*_TOKENS, "show", *(("user", user) if user else ()))
        found = self._session.get_json(path)
        if not isinstance(found, list):
            msg = "the answer is no list of tokens"
            raise UnexpectedAnswerError(msg, method="GET", url=path)
        return tuple(_token(entry, path) for entry in found)

    def validate(self, alias: str, secret: str, user: str | None = None) -> bool:
        """Returns whether alias and secret are a token of an account that can be used now: one request.

        The account's list of tokens is looked through here. The server's own ``validate`` wants the secret in the URL,
        where access logs keep it.

        Args:
            alias: Alias of the token.
            secret: Its secret.
            user: Another account, for administrators; by default one's own.

        Raises:
            PermissionDeniedError: A guest asks, or somebody else than an administrator for another account.
        """
        return any(
            token.alias == alias
            and hmac.compare_digest(token.secret.encode(), secret.encode())
            and token.enabled
            and not token.is_expired(self._clock())
            for token in self.list(user)
        )

    def invalidate(self, token: AliasToken | str) -> None:
        """Makes a token useless: one request.

        Args:
            token: The token, or its alias.

        Raises:
            NotFoundError: There is no such token.
            PermissionDeniedError: It belongs to another account.
        """
        alias = token if isinstance(token, str) else token.alias
        self._session.get(join(*_TOKENS, "invalidate", alias))

    def __repr__(self) -> str:
        return f"<Tokens of {self._session!r}>"


def _token(entry: JsonValue, path: str) -> AliasToken:
    found: Mapping[str, JsonValue] = entry if isinstance(entry, dict) else {}
    alias, secret = found.get("alias"), found.get("secret")
    if not isinstance(alias, str) or not isinstance(secret, str):
        msg = "the answer holds no alias and secret"
        raise UnexpectedAnswerError(msg, method="GET", url=path)
    return AliasToken(
        alias,
        secret,
        user=str(found.get("xdatUserId") or ""),
        expires=_moment(found.get("estimatedExpirationTime")),
        single_use=found.get("singleUse") is True,
        enabled=found.get("enabled") is not False,
    )


def _moment(stamp: JsonValue) -> datetime.datetime | None:
    if not isinstance(stamp, int | float):
        return None
    try:
        return datetime.datetime.fromtimestamp(stamp / 1000, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return None
