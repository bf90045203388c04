"""The keyring of the system, as a place for passwords; an extra, imported only when it is used."""

from __future__ import annotations

from typing import Any, Final

from ..auth import Secret
from ..credentials import Credentials
from ..errors import InvalidValueError, UsageError
from ..extras import require
from ..paths import Server

_ADVICE: Final = "Log in without --keyring to use a netrc file, or set the keyring of this system up"


def stored(site: Server, user: str) -> Credentials | None:
    """Returns what the keyring has for an account of a server, None when it has nothing.

    Raises:
        UsageError: The extra ``keyring`` is not installed.
        InvalidValueError: The keyring cannot be used.
    """
    keyring = _keyring()
    try:
        found: object = keyring.get_password(_service(site), user)
    except Exception as error:  # noqa: BLE001 - backends raise what they like
        raise _useless(error) from None
    return Credentials(user, Secret(found), "keyring of the system") if isinstance(found, str) and found else None


def store(site: Server, user: str, secret: Secret) -> None:
    """Puts a password into the keyring, in the place of an older one.

    Raises:
        UsageError: The extra ``keyring`` is not installed.
        InvalidValueError: The keyring cannot be used, or did not keep it.
    """
    keyring = _keyring()
    try:
        keyring.set_password(_service(site), user, secret.reveal())
        found: object = keyring.get_password(_service(site), user)
    except Exception as error:  # noqa: BLE001 - backends raise what they like
        raise _useless(error) from None
    # There are backends that take everything and keep nothing.
    if found != secret.reveal():
        msg = f"the keyring of this system did not keep the password. {_ADVICE}"
        raise InvalidValueError(msg)


def forget(site: Server, user: str) -> bool:
    """Takes a password out of the keyring; returns whether there was one.

    Raises:
        UsageError: The extra ``keyring`` is not installed.
        InvalidValueError: The keyring cannot be used.
    """
    if stored(site, user) is None:
        return False
    try:
        _keyring().delete_password(_service(site), user)
    except Exception as error:  # noqa: BLE001 - backends raise what they like
        raise _useless(error) from None
    return True


def require_usable(site: Server) -> None:
    """Finds out whether the keyring answers, before anybody types a password.

    Raises:
        UsageError: The extra ``keyring`` is not installed.
        InvalidValueError: The keyring cannot be used.
    """
    stored(site, "nobody")


def _service(site: Server) -> str:
    return f"xnat-sdk {site.url}"


def _keyring() -> Any:  # Any: a package that may not be there
    return require("keyring", extra="keyring")


def _useless(error: Exception) -> InvalidValueError | UsageError:
    # Its own words may hold anything, and are about packages more often than about what to do.
    return InvalidValueError(f"the keyring of this system cannot be used ({type(error).__name__}). {_ADVICE}")
