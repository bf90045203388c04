"""What ``login`` remembers beside the password: where it is, and until when it holds; ``logins.toml``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

import attrs

from .private import settings_folder
from .toml_file import Table, Tables, read_tables, write_tables

Place = Literal["netrc", "keyring"]

_GROUP: Final = "logins"
_TITLE: Final = "What login remembers, without passwords. The last one is the server that commands talk to."


@attrs.frozen(kw_only=True)
class Kept:
    """One login.

    Attributes:
        server: URL of the server.
        user: Account, or alias of a token.
        place: Where the password is.
        file: The netrc file, "" for the keyring.
        issued: Whether login made the token, so that logout ends it.
        expires: When a token ends, as the server said (ISO 8601, UTC); "" when it does not end or is not known.
    """

    server: str
    user: str
    place: Place
    file: str = ""
    issued: bool = False
    expires: str = ""


def all_kept() -> dict[str, Kept]:
    """Returns what is remembered, by URL, the last login at the end.

    Raises:
        InvalidValueError: The file cannot be read.
    """
    found = read_tables(_path(), _GROUP).tables
    return {url: _kept(url, table) for url, table in found.items()}


def remember(kept: Kept) -> None:
    """Remembers a login.

    Raises:
        InvalidValueError: The file cannot be written.
    """
    others = {url: each for url, each in all_kept().items() if url != kept.server}
    _write({**others, kept.server: kept})


def forget(url: str) -> None:
    """Forgets the login to a server, if there is one.

    Raises:
        InvalidValueError: The file cannot be written.
    """
    found = all_kept()
    if found.pop(url, None) is not None:
        _write(found)


def _write(found: dict[str, Kept]) -> None:
    tables: dict[str, Table] = {}
    for url, kept in found.items():
        tables[url] = {name: value for name, value in attrs.asdict(kept).items() if name != "server" and value}
    write_tables(_path(), _GROUP, Tables({}, tables), _TITLE)


def _path() -> Path:
    return settings_folder(os.environ) / "logins.toml"


def _kept(url: str, table: Table) -> Kept:
    place: Place = "keyring" if table.get("place") == "keyring" else "netrc"
    return Kept(
        server=url,
        user=str(table.get("user", "")),
        place=place,
        file=str(table.get("file", "")),
        issued=table.get("issued") is True,
        expires=str(table.get("expires", "")),
    )
