"""Whom a command talks to and as whom: options, profiles, the environment, what login kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from ..auth import is_alias
from ..connecting import Options, open_session
from ..credentials import (
    HOST_NAMES,
    READ_ONLY_NAME,
    USER_NAMES,
    Credentials,
    Surroundings,
    find_credentials,
    find_session,
)
from ..errors import InvalidValueError
from ..paths import Server, same_origin
from ..paths import server as parse_server
from .logins import Kept, all_kept
from .profiles import Profile, Profiles

if TYPE_CHECKING:
    from ..auth import Secret
    from ..exchanges import Watch
    from ..session import BaseSession
    from . import Site
    from .settings import Settings

PROFILE_NAME: Final = "XNAT_PROFILE"
VERIFY_NAME: Final = "XNAT_VERIFY_SSL"
TIMEOUT_NAME: Final = "XNAT_TIMEOUT"

_BOOLEANS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@attrs.frozen(kw_only=True)
class Target:
    """The server that is meant.

    Attributes:
        site: Its address.
        profile: The profile whose settings hold for it, None for none.
        is_named: Whether ``--profile`` named it, so that it comes before the environment.
        kept: What login remembers of the server, None for nothing.
    """

    site: Server
    profile: Profile | None = None
    is_named: bool = False
    kept: Kept | None = None

    @property
    def early(self) -> Profile | None:
        """The profile, if it comes before the environment."""
        return self.profile if self.is_named else None

    @property
    def late(self) -> Profile | None:
        """The profile, if it comes behind the environment."""
        return None if self.is_named else self.profile


@attrs.frozen(kw_only=True)
class Access:
    """Who logs in where.

    Attributes:
        target: The server.
        user: Account or alias of a token; None for a guest and for a session of the environment.
        secret: Its password or secret.
        jsession: Id of a login session that the environment holds.
        origin: Where the password or session was found, for people; "" for a guest.
    """

    target: Target
    user: str | None = None
    secret: Secret | None = None
    jsession: str | None = attrs.field(default=None, repr=False)
    origin: str = ""


def open_connection(site: Site, settings: Settings, watch: Watch | None = None) -> BaseSession:
    """Returns a connection as the options, the profile, the environment and what login kept say.

    Args:
        site: The package.
        settings: The shared options.
        watch: Told of each request.

    Raises:
        XnatError: As `connect` does.
    """
    return open_access(site, settings, find_access(settings, site.program), watch)


def open_access(
    site: Site, settings: Settings, access: Access, watch: Watch | None = None, *, ends_login: bool = True
) -> BaseSession:
    """Returns a connection of somebody who is known already.

    Args:
        site: The package.
        settings: The shared options.
        access: Who logs in.
        watch: Told of each request.
        ends_login: Whether closing it logs out; a session of the environment always stays.

    Raises:
        XnatError: As `connect` does.
    """
    session_class, registry = site.load()
    options = connection_options(settings, access.target, os.environ)
    options = attrs.evolve(options, watch=watch, cli=None if ends_login else True)
    if access.jsession is not None:
        options = attrs.evolve(options, jsession=access.jsession, jsession_origin=access.origin)
    around = attrs.evolve(Surroundings.real(), environ=_without_login(os.environ), home=None, prompt=None)
    url = access.target.site.url
    return open_session(session_class, registry, url, access.user, access.secret, options=options, around=around)


def find_access(settings: Settings, program: str) -> Access:
    """Returns who logs in where; a person at the terminal is asked for a password that is not found.

    Args:
        settings: The shared options.
        program: Name of the command, for advice.

    Raises:
        InvalidValueError: No server is given, or a file, variable or profile cannot be used.
        KeyNotFoundError: There is no such profile.
    """
    target = require_target(settings, program)
    session = find_session(target.site, os.environ)
    if session is not None and not settings.user:
        return Access(target=target, jsession=session[1], origin=session[0])
    found = find_credentials(
        target.site,
        _user(settings, target, os.environ),
        None,
        Surroundings.real(),
        netrc_file=netrc_of(settings, target, os.environ),
        keeper=lambda site, user: _from_keyring(target, site, user),
    )
    return Access(target=target, user=found.user, secret=found.password, origin=found.origin)


def require_target(settings: Settings, program: str) -> Target:
    """Returns the server that is meant.

    Raises:
        InvalidValueError: None is given, or what names it cannot be used.
        KeyNotFoundError: There is no such profile.
    """
    found = find_target(settings, os.environ)
    if found is None:
        msg = f"no server is given: log in with  {program} login https://...  or give --server URL"
        raise InvalidValueError(msg)
    return found


def find_target(settings: Settings, environ: Mapping[str, str]) -> Target | None:
    """Returns the server that options, profiles, environment or the last login name; None when none does.

    A profile that only the environment or ``profile use`` names counts where its own server is talked to.

    Raises:
        InvalidValueError: An address cannot be used, or XNAT_PROFILE and XNAT_HOST name different servers.
        KeyNotFoundError: There is no such profile.
    """
    profiles = Profiles.read()
    named = profiles.get(settings.profile) if settings.profile else None
    other = _other(profiles, environ) if named is None else None
    name, address = next(((name, environ[name]) for name in HOST_NAMES if environ.get(name)), ("", ""))
    kept = all_kept()
    last = next(reversed(kept), "")
    wanted = settings.server or (named.server if named else "") or address or (other.server if other else "") or last
    if not wanted:
        return None
    site = parse_server(wanted)
    if not settings.server and other is not None and environ.get(PROFILE_NAME) and not _is_same(other.server, site):
        msg = f"{PROFILE_NAME} and {name} name different servers: unset one, or give --profile or --server"
        raise InvalidValueError(msg)
    profile = named or (other if other is not None and _is_same(other.server, site) else None)
    return Target(site=site, profile=profile, is_named=named is not None, kept=kept.get(site.url))


def connection_options(settings: Settings, target: Target, environ: Mapping[str, str]) -> Options:
    """Returns how to connect to a server.

    Raises:
        InvalidValueError: A variable cannot be read.
    """
    return Options(
        verify=_verify(settings, target, environ),
        default_timeout=_timeout(settings, target, environ),
        keepalive=False,
        read_only=True if settings.read_only or (target.profile and target.profile.read_only) else None,
        event_reason=settings.reason,
    )


def netrc_of(settings: Settings, target: Target, environ: Mapping[str, str]) -> str | None:
    """Returns the netrc file that is named for a server, None for the usual one."""
    named = settings.netrc or (target.early.netrc if target.early else "")
    if named or environ.get("NETRC"):
        return named or None
    known = target.late.netrc if target.late else ""
    if known:
        return known
    # Where login put it, as long as it is there.
    file = target.kept.file if target.kept else ""
    return file if file and Path(file).is_file() else None


def _other(profiles: Profiles, environ: Mapping[str, str]) -> Profile | None:
    name = environ.get(PROFILE_NAME) or profiles.chosen
    return profiles.get(name) if name else None


def _is_same(address: str, site: Server) -> bool:
    other = parse_server(address)
    return same_origin(other, site) and other.context == site.context


def _user(settings: Settings, target: Target, environ: Mapping[str, str]) -> str | None:
    named = settings.user or (_account_of(target.early, target.kept) if target.early else "")
    if named:
        return named
    if target.late is None or any(environ.get(name) for name in USER_NAMES):
        return None
    return _account_of(target.late, target.kept) or None


def _account_of(profile: Profile, kept: Kept | None) -> str:
    # Whoever logged in with a token means it to stand for the account.
    return "" if kept is not None and is_alias(kept.user) else profile.user


def _from_keyring(target: Target, site: Server, user: str | None) -> Credentials | None:
    profile, kept = target.profile, target.kept
    is_wanted = (profile is not None and profile.keyring) or (kept is not None and kept.place == "keyring")
    known = user or (_account_of(profile, kept) if profile else "") or (kept.user if kept else "")
    if not is_wanted or not known:
        return None
    from .vault import stored  # noqa: PLC0415 - an extra, and slow to import

    return stored(site, known)


def _verify(settings: Settings, target: Target, environ: Mapping[str, str]) -> bool | str:
    if settings.no_verify or settings.ca_file:
        return settings.ca_file or False
    if target.early is not None and (target.early.ca_file or not target.early.verify):
        return target.early.ca_file or False
    told = environ.get(VERIFY_NAME, "").strip().lower()
    if told and told not in _BOOLEANS:
        msg = f"{VERIFY_NAME} is neither true nor false"
        raise InvalidValueError(msg)
    if told and not _BOOLEANS[told]:
        return False
    late = target.late
    return True if late is None else late.ca_file or late.verify


def _timeout(settings: Settings, target: Target, environ: Mapping[str, str]) -> float | None:
    if settings.timeout or (target.early is not None and target.early.timeout):
        return settings.timeout or (target.early.timeout if target.early else None)
    told = environ.get(TIMEOUT_NAME, "")
    try:
        seconds = float(told) if told else 0.0
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        msg = f"{TIMEOUT_NAME} is no number of seconds"
        raise InvalidValueError(msg)
    return seconds or (target.late.timeout if target.late else 0) or None


def _without_login(environ: Mapping[str, str]) -> dict[str, str]:
    # Nothing of a login is looked up a second time.
    return {name: environ[name] for name in (READ_ONLY_NAME,) if name in environ}
