"""Credentials that a function gives whenever a login is needed, such as from a vault or a rotating token."""

from __future__ import annotations

import threading
from typing import NoReturn, Protocol

from .auth import Flow, Login, PasswordLogin, Secret
from .errors import InvalidValueError, UsageError


class CredentialProvider(Protocol):
    """Gives user and password, or a token's alias and secret, whenever a connection logs in.

    It is asked at the first login and at each renewal, never twice at the same time; what it gave is not kept in any
    text or pickle.
    """

    def __call__(self, server: str, /) -> tuple[str, str]:
        """Returns user and password for a server's URL; what it raises ends the login."""
        ...


class ProvidedLogin:
    """Logs in with what a provider gives at that moment.

    A login that the server refused is not sent again; the provider is asked again, and new credentials are tried.
    """

    def __init__(self, provider: CredentialProvider, server: str, *, auth_provider: str | None = None) -> None:
        """Keep whom to ask.

        Args:
            provider: Gives user and password.
            server: URL that it is told.
            auth_provider: Name of the authentication provider, when a site has several.
        """
        self._provider = provider
        self._server = server
        self._auth_provider = auth_provider
        self._last: PasswordLogin | None = None
        self._given: tuple[str, Secret] | None = None
        self._lock = threading.Lock()

    def flow(self) -> Flow[Login]:
        """Return the exchange that logs in; see `xnat_runtime.auth.PasswordLogin`.

        Raises:
            UsageError: The provider failed.
            InvalidValueError: It gave no user and password.
            LoginFailedError: The server refuses the login, or refused these credentials before.
        """
        with self._lock:
            user, secret = _checked(self._asked())
            if self._last is None or self._given != (user, secret):
                self._last = PasswordLogin(user, secret, provider=self._auth_provider)
                self._given = (user, secret)
            login = self._last
        return login.flow()

    def _asked(self) -> object:
        try:
            return self._provider(self._server)
        except Exception as error:
            # Its own words may hold anything: they are in the cause, which is the caller's own error.
            msg = f"The function given as credentials= failed with {type(error).__name__}; nothing was sent."
            raise UsageError(msg) from error

    def __repr__(self) -> str:
        return f"<ProvidedLogin {self._server}>"

    def __reduce__(self) -> NoReturn:
        msg = "a login cannot be pickled; connect() in the other process"
        raise TypeError(msg)


def _checked(given: object) -> tuple[str, Secret]:
    match given:
        case (str() as user, str() | Secret() as password) if user and password:
            return user, password if isinstance(password, Secret) else Secret(password)
        case _:
            msg = "The function given as credentials= must return user and password, two texts that are not empty."
            raise InvalidValueError(msg)
