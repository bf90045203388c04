"""Named servers: ``profiles.toml``, which holds no secret."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

import attrs

from ..errors import InvalidValueError, KeyNotFoundError
from ..paths import server
from .private import settings_folder
from .toml_file import Scalar, Table, Tables, read_tables, write_tables

_GROUP: Final = "profiles"
_CHOSEN: Final = "use"
_TITLE: Final = "Named servers. No password belongs here; comments are lost when a command writes the file."
_NAME: Final = re.compile(r"\A[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\Z")
_SECRET: Final = re.compile(r"(?i)pass|secret|token|jsession|api_?key|credential")


@attrs.frozen(kw_only=True)
class Profile:
    """A named server with its settings.

    Attributes:
        name: Its name.
        server: URL.
        user: Account or alias of a token, "" for what login kept.
        verify: Whether certificates are checked.
        ca_file: File or folder of trusted certificates, "" for those of the system.
        netrc: Netrc file, "" for the usual one.
        keyring: Whether the password is in the keyring of the system.
        timeout: Longest wait for an answer, in seconds; 0 for the usual one.
        project: What ``--project`` of ``import`` is when it is not given, "" for nothing.
        read_only: Whether every change is refused before it is sent.
        workers: What ``--workers`` is when it is not given; 0 for the usual number.
    """

    name: str
    server: str
    user: str = ""
    verify: bool = True
    ca_file: str = ""
    netrc: str = ""
    keyring: bool = False
    timeout: float = 0.0
    project: str = ""
    read_only: bool = False
    workers: int = 0

    def table(self) -> Table:
        """Returns what is written: the settings that are not as usual."""
        usual = Profile(name=self.name, server="")
        values = attrs.asdict(self, filter=lambda field, value: value != getattr(usual, field.name))
        values.pop("name", None)
        return values


_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "server": (str,), "user": (str,), "verify": (bool,), "ca_file": (str,), "netrc": (str,), "keyring": (bool,),
    "timeout": (int, float), "project": (str,), "read_only": (bool,), "workers": (int,),
}  # fmt: skip


@attrs.frozen
class Profiles:
    """All named servers.

    Attributes:
        named: By name.
        chosen: Name of the one that ``profile use`` chose, "" for none.
    """

    named: dict[str, Profile]
    chosen: str = ""

    @classmethod
    def read(cls) -> Profiles:
        """Returns what is kept.

        Raises:
            InvalidValueError: The file cannot be read, or holds what no profile has, such as a password.
        """
        path = profiles_path()
        found = read_tables(path, _GROUP)
        named = {name: _profile(path, name, table) for name, table in found.tables.items()}
        chosen = str(found.values.get(_CHOSEN, ""))
        return cls(named, chosen if chosen in named else "")

    def get(self, name: str) -> Profile:
        """Returns a profile.

        Raises:
            KeyNotFoundError: There is none of that name.
        """
        if name not in self.named:
            there = ", ".join(self.named) or "none yet: add one with  profile add NAME URL"
            msg = f"there is no profile {name!r}; there are: {there}"
            raise KeyNotFoundError(msg)
        return self.named[name]

    def write(self) -> None:
        """Keeps them.

        Raises:
            InvalidValueError: The file cannot be written.
        """
        values: dict[str, Scalar] = {_CHOSEN: self.chosen} if self.chosen else {}
        tables = {name: profile.table() for name, profile in self.named.items()}
        write_tables(profiles_path(), _GROUP, Tables(values, tables), _TITLE)


def profiles_path() -> Path:
    """Returns where they are kept."""
    return settings_folder(os.environ) / "profiles.toml"


def require_name(name: str) -> str:
    """Returns a name that a profile can have.

    Raises:
        InvalidValueError: It cannot.
    """
    if not _NAME.match(name):
        msg = f"{name!r} is no name for a profile: take letters, digits, - and _"
        raise InvalidValueError(msg)
    return name


def _profile(path: Path, name: str, table: Table) -> Profile:
    place = f"{path}, [profiles.{name}]"
    require_name(name)
    for key, value in table.items():
        _require_known(place, key, value)
    if "server" not in table:
        msg = f'{place}: server = "https://..." is missing'
        raise InvalidValueError(msg)
    server(str(table["server"]))
    values: dict[str, Any] = dict(table)  # Any: their kinds were compared just now
    return Profile(name=name, **values)


def _require_known(place: str, key: str, value: Scalar) -> None:
    kinds = _KINDS.get(key)
    if kinds is None and _SECRET.search(key):
        msg = f"{place}: a profile holds no secret. Take {key!r} out, and run login --profile NAME"
        raise InvalidValueError(msg)
    if kinds is None:
        msg = f"{place}: {key!r} is nothing that a profile has; it has {', '.join(_KINDS)}"
        raise InvalidValueError(msg)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        msg = f"{place}: {key} is no {' or '.join(kind.__name__ for kind in kinds)}"
        raise InvalidValueError(msg)
