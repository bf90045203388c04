"""Where server, user name and password come from when they are not given: environment, netrc file, prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from .auth import Secret
from .errors import InvalidValueError
from .paths import Server, same_origin, server

if TYPE_CHECKING:
    from .netrc_text import Entry

# In the order in which they are asked.
HOST_NAMES: Final = ("XNATPY_HOST", "XNAT_HOST", "XNAT_URL")
USER_NAMES: Final = ("XNATPY_USER", "XNAT_USER")
PASSWORD_NAMES: Final = ("XNATPY_PASS", "XNAT_PASS")
SESSION_NAMES: Final = ("XNATPY_JSESSION", "XNAT_TOKEN")
READ_ONLY_NAME: Final = "XNAT_READ_ONLY"

_READABLE_BY_OTHERS: Final = 0o077


@attrs.frozen
class Credentials:
    """Who logs in.

    Attributes:
        user: Login name or a token's alias, None for a guest.
        password: Password or a token's secret, None for a guest.
        origin: Where the password was found, for people: ``environment (XNAT_PASS)``; "" when it was given, or none.
    """

    user: str | None
    password: Secret | None
    origin: str = attrs.field(default="", eq=False)


class Keeper(Protocol):
    """Knows passwords from elsewhere, such as the keyring of the system."""

    def __call__(self, site: Server, user: str | None, /) -> Credentials | None:
        """Returns who logs in to a server, None when it does not know; `user` when only that account will do."""
        ...


@attrs.frozen(kw_only=True)
class Surroundings:
    """What credentials are looked up in.

    Attributes:
        environ: The environment.
        home: The home folder; None when there is none.
        is_windows: Whether the system is Windows, where the file is called ``_netrc`` and has no mode.
        prompt: Asks a person for a password; None where nobody sits at a terminal.
    """

    environ: Mapping[str, str]
    home: Path | None
    is_windows: bool
    prompt: Callable[[str], str] | None

    @classmethod
    def real(cls) -> Surroundings:
        """Return those of this process."""
        try:
            home = Path.home()
        except RuntimeError:
            home = None
        return cls(environ=os.environ, home=home, is_windows=os.name == "nt", prompt=_terminal_prompt())


def find_server(address: str | None, environ: Mapping[str, str]) -> str:
    """Return the server to connect to: the given address, else XNATPY_HOST, XNAT_HOST or XNAT_URL.

    Raises:
        InvalidValueError: No address is given or set.
    """
    found = address or _first(environ, HOST_NAMES)
    if not found:
        names = f"{', '.join(HOST_NAMES[:-1])} or {HOST_NAMES[-1]}"
        msg = f"No server is given: pass its address to connect(), or set {names}."
        raise InvalidValueError(msg)
    return found


def find_session(site: Server, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the id of a login session that the environment holds, with the variable's name; None for none.

    XNATPY_JSESSION comes before XNAT_TOKEN. One that belongs to another server is left out.
    """
    host = _first(environ, HOST_NAMES)
    if host and not _is_same(host, site):
        return None
    return next(((name, environ[name]) for name in SESSION_NAMES if environ.get(name)), None)


def find_credentials(
    site: Server,
    user: str | None,
    password: str | Secret | None,
    around: Surroundings,
    *,
    netrc_file: str | os.PathLike[str] | None = None,
    allow_unsafe_netrc: bool = False,
    keeper: Keeper | None = None,
) -> Credentials:
    """Return who logs in; what is not given is looked up in the environment and then in the netrc file.

    Variables that belong to another server (XNATPY_HOST or XNAT_HOST names one) or to another user are left out. When
    there is a user name and no password, a person at a terminal is asked.

    Args:
        site: The server.
        user: User name as given.
        password: Password as given.
        around: What to look in.
        netrc_file: The netrc file, in place of NETRC and the one in the home folder.
        allow_unsafe_netrc: Whether the file may be readable by others, as some mounted secrets are.
        keeper: Asked before the netrc file.

    Raises:
        InvalidValueError: A password came without a user; there is no password and nobody to ask; the netrc file is
            readable by others, cannot be read, or is not there although it was named.
    """
    found = _from_environment(site, user, password, around.environ)
    if found.user is not None and found.password is not None:
        return found
    if found.password is None:
        entry = keeper(site, found.user) if keeper is not None else None
        entry = entry or _from_netrc(site, found.user, around, netrc_file, allow_unsafe=allow_unsafe_netrc)
        found = entry or found
    if found.user is None and found.password is not None:
        msg = "A password came without a user name: give user and password together, or neither for a guest."
        raise InvalidValueError(msg)
    return found if found.password is not None or found.user is None else _asked(site, found.user, around)


def _from_environment(
    site: Server, user: str | None, password: str | Secret | None, environ: Mapping[str, str]
) -> Credentials:
    given = Secret(password) if isinstance(password, str) and password else password or None
    if given is not None and user:
        return Credentials(user, given)
    host = _first(environ, HOST_NAMES)
    if host and not _is_same(host, site):
        return Credentials(user or None, given)
    known = _first(environ, USER_NAMES)
    secret = _first(environ, PASSWORD_NAMES)
    is_mine = user in {None, "", known} or not known
    if given is None and secret and is_mine:
        return Credentials(user or known or None, Secret(secret), f"environment ({_named(environ, PASSWORD_NAMES)})")
    return Credentials(user or known or None, given)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")


def _named(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next(name for name in names if environ.get(name))


def _is_same(host: str, site: Server) -> bool:
    try:
        return same_origin(server(host), site)
    except InvalidValueError:
        return False


def _asked(site: Server, user: str, around: Surroundings) -> Credentials:
    if around.prompt is None:
        msg = (
            f"There is no password for {user!r} on {site.url}, and no terminal to ask at: pass password=, set "
            f"{PASSWORD_NAMES[0]} or {PASSWORD_NAMES[1]}, or add the server to your netrc file."
        )
        raise InvalidValueError(msg)
    return Credentials(user, Secret(around.prompt(f"Password of {user} on {site.url}: ")), "typed")


def _terminal_prompt() -> Callable[[str], str] | None:
    # A closed or replaced stdin has no isatty, or none that works.
    try:
        is_terminal = sys.stdin is not None and sys.stdin.isatty()
    except (AttributeError, ValueError):
        return None
    if not is_terminal:
        return None
    from getpass import getpass  # noqa: PLC0415 - few need it

    return getpass


# --- the netrc file ---


def netrc_path(around: Surroundings) -> Path | None:
    """Return the netrc file that is used when none is named: NETRC, else the one in the home folder, if it is there."""
    named = around.environ.get("NETRC")
    if named:
        return Path(named).expanduser()
    names = ("_netrc", ".netrc") if around.is_windows else (".netrc",)
    places = [around.home / name for name in names] if around.home else []
    return next((place for place in places if place.is_file()), None)


def _from_netrc(
    site: Server, user: str | None, around: Surroundings, named: str | os.PathLike[str] | None, *, allow_unsafe: bool
) -> Credentials | None:
    path = Path(named).expanduser() if named is not None else netrc_path(around)
    if path is None:
        return None
    hosts = read_netrc(path)
    entry = next((hosts[name] for name in (site.authority, site.host, "default") if name in hosts), None)
    if entry is None or not entry.user or not entry.password or user not in {None, entry.user}:
        return None
    if not allow_unsafe and not around.is_windows:
        require_private(path)
    return Credentials(entry.user, Secret(entry.password), f"netrc file {path}")


def read_netrc(path: Path) -> dict[str, Entry]:
    """Return what a netrc file holds, by machine.

    Raises:
        InvalidValueError: It is not there, or cannot be read; the message never quotes it.
    """
    from .netrc_text import NetrcError, entries  # noqa: PLC0415 - few need it

    try:
        return entries(path.read_text(encoding="utf-8"))
    except NetrcError as error:
        msg = f"The netrc file {path} cannot be read: line {error.line} is not as netrc files are written."
    except FileNotFoundError:
        msg = f"There is no netrc file at {path}."
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        msg = f"The netrc file {path} cannot be read: {reason}."
    raise InvalidValueError(msg)


def require_private(path: Path) -> None:
    """Let a netrc file pass that only its owner can read.

    Raises:
        InvalidValueError: Others can; the message tells how to change that.
    """
    mode = path.stat().st_mode & 0o777
    if mode & _READABLE_BY_OTHERS:
        msg = (
            f"The netrc file {path} can be read or written by other users (mode {mode:04o}), so that its passwords are "
            f"not safe: run  chmod 600 {path}  or, for a secret that is mounted so, pass allow_unsafe_netrc=True."
        )
        raise InvalidValueError(msg)
