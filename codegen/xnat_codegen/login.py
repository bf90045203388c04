"""Who logs in to a server, looked up where ``connect`` looks: options, environment, netrc file, terminal."""

from __future__ import annotations

import os
import urllib.parse
import warnings
from collections.abc import Mapping
from getpass import GetPassWarning, getpass
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Final

import attrs

from .errors import CodegenError, Source

# In the order in which they are asked.
HOST_NAMES: Final = ("XNATPY_HOST", "XNAT_HOST", "XNAT_URL")
USER_NAMES: Final = ("XNATPY_USER", "XNAT_USER")
PASSWORD_NAMES: Final = ("XNATPY_PASS", "XNAT_PASS", "XNAT_PASSWORD")
SESSION_NAMES: Final = ("XNATPY_JSESSION", "XNAT_TOKEN")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
READABLE_BY_OTHERS: Final = 0o077


@attrs.frozen(repr=False)
class Login:
    """Who asks: an account, the alias of a token, a login session that exists, or nobody.

    Attributes:
        user: Login name or a token's alias, "" for none.
        password: Password or a token's secret.
        session: Id of a login session that exists, "" for none.
        origin: The variable that named the session, for messages.
        provider: Name of the authentication provider, "" for the site's own choice.
    """

    user: str = ""
    password: str = ""
    session: str = ""
    origin: str = ""
    provider: str = ""


GUEST: Final = Login()


@attrs.frozen
class LoginOptions:
    """What the command line says about the login.

    Attributes:
        user: Login name or a token's alias, None to look for one.
        netrc_file: The netrc file, None for the usual one.
        allow_unsafe_netrc: Whether the file may be readable by others.
        auth_provider: Name of the authentication provider, when the site has several.
    """

    user: str | None = None
    netrc_file: Path | None = None
    allow_unsafe_netrc: bool = False
    auth_provider: str = ""


def find_server(given: str | None, environ: Mapping[str, str]) -> str:
    """Returns the server's URL: the given one, else that of the environment.

    Raises:
        CodegenError: There is none.
    """
    found = given if given is not None else _first(environ, HOST_NAMES)
    if given is None and not found:
        raise CodegenError(f"no server is given: name its URL, or set {' or '.join(HOST_NAMES)}")
    return found


def find_login(url: str, options: LoginOptions, environ: Mapping[str, str]) -> Login:
    """Returns who logs in to a server.

    The environment comes before the netrc file; variables that belong to another server or another user are left out.
    For a user without a password a person at a terminal is asked.

    Raises:
        CodegenError: There is no password and nobody to ask, or one without a user; the netrc file is readable by
            others, cannot be read, or is not there although it was named.
    """
    host = _first(environ, HOST_NAMES)
    nothing: Mapping[str, str] = {}
    around = environ if not host or _origin(host) == _origin(url) else nothing
    session = next((name for name in SESSION_NAMES if around.get(name)), "")
    if session and options.user is None:
        return Login(session=around[session], origin=session)
    user = options.user or _first(around, USER_NAMES)
    password = _first(around, PASSWORD_NAMES) if user in {"", _first(around, USER_NAMES) or user} else ""
    if password and not user:
        raise CodegenError("a password is set without a user name: give --user, or set XNAT_USER as well")
    if password:
        return Login(user, password, provider=options.auth_provider)
    entry = _netrc_entry(url, user, options, environ)
    if entry is not None:
        return entry
    return Login(user, _asked_for(user), provider=options.auth_provider) if user else GUEST


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urllib.parse.urlsplit(url if "://" in url else f"https://{url}")
        return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None


def _asked_for(user: str) -> str:
    """The password as typed; never where the terminal would show it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(f"Password of {user}: ")
        except (GetPassWarning, EOFError):
            raise CodegenError(
                f"there is no terminal to ask for the password of {user!r}: set XNAT_PASS, "
                "or add the server to your netrc file"
            ) from None


def _netrc_entry(url: str, user: str, options: LoginOptions, environ: Mapping[str, str]) -> Login | None:
    path = options.netrc_file or _usual_netrc(environ)
    if path is None:
        return None
    parts = urllib.parse.urlsplit(url)
    hosts = _read_netrc(path.expanduser()).hosts
    names = (parts.netloc, parts.hostname or "", "default")
    entry = next((hosts[name] for name in names if name in hosts), None)
    if entry is None or not entry[0] or not entry[2] or user not in {"", entry[0]}:
        return None
    if not options.allow_unsafe_netrc and os.name != "nt":
        _require_private(path.expanduser())
    return Login(entry[0], entry[2], provider=options.auth_provider)


def _usual_netrc(environ: Mapping[str, str]) -> Path | None:
    if environ.get("NETRC"):
        return Path(environ["NETRC"])
    try:
        home = Path.home()
    except RuntimeError:
        return None
    names = ("_netrc", ".netrc") if os.name == "nt" else (".netrc",)
    return next((home / name for name in names if (home / name).is_file()), None)


def _read_netrc(path: Path) -> netrc:
    try:
        return netrc(str(path))
    except NetrcParseError as error:
        # Not the message itself: it may quote a password.
        reason = f"line {error.lineno} is not as netrc files are written"
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror or "it cannot be opened" if isinstance(error, OSError) else "it is no UTF-8 text"
    raise CodegenError(f"the netrc file cannot be read: {reason}", Source(str(path)))


def _require_private(path: Path) -> None:
    mode = path.stat().st_mode & 0o777
    if mode & READABLE_BY_OTHERS:
        raise CodegenError(
            f"other users can read or write the netrc file (mode {mode:04o}): chmod 600 it, or give "
            "--allow-unsafe-netrc",
            Source(str(path)),
        )
