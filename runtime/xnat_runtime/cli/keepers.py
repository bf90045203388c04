"""Where ``login`` puts a password, and ``logout`` takes it from: a netrc file or the keyring."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import attrs

from ..credentials import Surroundings
from . import netrc_file
from .connection import Target, netrc_of
from .logins import Kept, Place

if TYPE_CHECKING:
    from ..auth import Secret
    from .settings import Settings


class Keeper(Protocol):
    """A place for the password of one server."""

    @property
    def place(self) -> Place:
        """What kind of place it is."""
        ...

    @property
    def file(self) -> str:
        """The netrc file, "" for the keyring."""
        ...

    @property
    def text(self) -> str:
        """The place, for people."""
        ...

    def user(self) -> str | None:
        """Returns whose password is there, None when there is none; whether the place can be used is found out, too.

        Raises:
            XnatError: It cannot.
        """
        ...

    def put(self, user: str, secret: Secret) -> None:
        """Keeps a password, in the place of an older one.

        Raises:
            XnatError: It cannot be kept.
        """
        ...

    def remove(self) -> bool:
        """Forgets the password; returns whether there was one.

        Raises:
            XnatError: It cannot be forgotten.
        """
        ...


@attrs.frozen
class NetrcKeeper:
    """An entry of a netrc file, under the host, with the port where that is not the usual one.

    Attributes:
        path: The file.
        machine: Name of the entry.
    """

    path: Path
    machine: str
    place: Place = "netrc"

    @property
    def file(self) -> str:
        """The netrc file."""
        return str(self.path)

    @property
    def text(self) -> str:
        """The file."""
        return str(self.path)

    def user(self) -> str | None:
        """Returns whose password is there; see `Keeper`."""
        netrc_file.require_folder(self.path)
        found = netrc_file.entry_of(self.path, self.machine)
        return found.user if found is not None else None

    def put(self, user: str, secret: Secret) -> None:
        """Keeps a password; see `Keeper`."""
        netrc_file.put(self.path, self.machine, user, secret)

    def remove(self) -> bool:
        """Forgets the password; see `Keeper`."""
        if netrc_file.entry_of(self.path, self.machine) is None:
            return False
        netrc_file.remove(self.path, self.machine)
        return True


@attrs.frozen
class KeyringKeeper:
    """An entry of the keyring.

    Attributes:
        target: The server.
        account: Whose password is meant; "" when nobody is known yet.
    """

    target: Target
    account: str
    place: Place = "keyring"
    file: str = ""

    @property
    def text(self) -> str:
        """The place, for people."""
        return "the keyring of this system"

    def user(self) -> str | None:
        """Returns whose password is there; see `Keeper`."""
        from . import vault  # noqa: PLC0415 - an extra, and slow to import

        if not self.account:
            vault.require_usable(self.target.site)
            return None
        return self.account if vault.stored(self.target.site, self.account) is not None else None

    def put(self, user: str, secret: Secret) -> None:
        """Keeps a password; see `Keeper`."""
        from . import vault  # noqa: PLC0415 - as above

        vault.store(self.target.site, user, secret)
        if self.account and self.account != user:
            vault.forget(self.target.site, self.account)

    def remove(self) -> bool:
        """Forgets the password; see `Keeper`."""
        from . import vault  # noqa: PLC0415 - as above

        return bool(self.account) and vault.forget(self.target.site, self.account)


def keeper_for(settings: Settings, target: Target, *, in_keyring: bool) -> Keeper:
    """Returns where a password is to be kept.

    Args:
        settings: The shared options.
        target: The server.
        in_keyring: Whether ``--keyring`` is given.

    Raises:
        InvalidValueError: There is no home folder.
    """
    profile, kept = target.profile, target.kept
    if in_keyring or (profile is not None and profile.keyring and not settings.netrc):
        known = kept.user if kept is not None and kept.place == "keyring" else ""
        return KeyringKeeper(target, known)
    file = netrc_file.file_for(netrc_of(settings, target, os.environ), Surroundings.real())
    return NetrcKeeper(file, target.site.authority)


def forget_older(target: Target, kept: Kept) -> None:
    """Takes an older password that login kept out of the place that it was in, when that is another one now.

    Raises:
        XnatError: It cannot be forgotten.
    """
    older = target.kept
    if older is None or (older.place, older.file) == (kept.place, kept.file):
        return
    place: Keeper = KeyringKeeper(target, older.user)
    if older.place == "netrc":
        place = NetrcKeeper(Path(older.file), target.site.authority)
    if place.user() == older.user:
        place.remove()


def keepers_with_something(settings: Settings, target: Target) -> list[Keeper]:
    """Returns where there is a password for a server: what ``logout`` is to forget.

    Raises:
        XnatError: A place cannot be used.
    """
    file = netrc_file.file_for(netrc_of(settings, target, os.environ), Surroundings.real())
    machines = dict.fromkeys((target.site.authority, target.site.host))
    places: list[Keeper] = [NetrcKeeper(file, machine) for machine in machines]
    kept, profile = target.kept, target.profile
    account = kept.user if kept is not None and kept.place == "keyring" else ""
    account = account or (profile.user if profile is not None and profile.keyring else "")
    if account:
        places.append(KeyringKeeper(target, account))
    return [place for place in places if place.user() is not None]
