"""``profile list``, ``add``, ``use``, ``show`` and ``remove``: named servers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import attrs
import typer

from ..errors import InvalidValueError
from ..paths import server as parse_server
from .completion import profile_names
from .context import Run
from .declare import command
from .profiles import Profile, Profiles, profiles_path, require_name

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the profile.", autocompletion=profile_names)]


@command(rows=True, examples=("profile list", "profile list --json"))
def list_profiles(run: Run) -> None:
    """Show the named servers; the chosen one is marked."""
    profiles = Profiles.read()
    rows = [
        {
            "name": each.name,
            "server": each.server,
            "user": each.user,
            "use": "*" if each.name == profiles.chosen else "",
            "read_only": each.read_only,
        }
        for each in profiles.named.values()
    ]
    run.out.rows(rows, ["name", "server", "user", "use"], path="name")


@command(
    examples=(
        "profile add clinic https://xnat.example.org --read-only",
        "profile add lab https://lab.example.org/xnat --user me --project sandbox --workers 4",
    )
)
def add(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: letters, digits, - and _.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="The server.")],
    *,
    project: Annotated[str, typer.Option(metavar="ID", help="What import's --project is when it is not given.")] = "",
    workers: Annotated[int, typer.Option(metavar="N", min=0, help="What --workers is when it is not given.")] = 0,
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep the password in the keyring.")] = False,
    use: Annotated[bool, typer.Option("--use", help="Choose it at once, as profile use does.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of the one of this name.")] = False,
) -> None:
    """Name a server, with its settings; no password is among them.

    --user, --netrc, --ca-file, --no-verify, --timeout and --read-only become part of it.
    """
    profiles = Profiles.read()
    if name in profiles.named and not replace:
        msg = f"there is a profile {name!r} already: add --replace, or take another name"
        raise InvalidValueError(msg)
    given = run.settings
    made = Profile(
        name=require_name(name),
        server=parse_server(url).url,
        user=given.user or "",
        verify=not given.no_verify,
        ca_file=_absolute(given.ca_file),
        netrc=_absolute(given.netrc),
        keyring=keyring,
        timeout=given.timeout or 0.0,
        project=project,
        read_only=bool(given.read_only),
        workers=workers,
    )
    Profiles({**profiles.named, name: made}, name if use else profiles.chosen).write()
    _tell(run, made, f"added {name} to {profiles_path()}; log in with  {run.site.program} login --profile {name}")


@command(examples=("profile use clinic",))
def use(run: Run, name: _Name) -> None:
    """Choose the server that commands talk to when neither --server nor XNAT_HOST names one."""
    profiles = Profiles.read()
    found = profiles.get(name)
    attrs.evolve(profiles, chosen=name).write()
    _tell(run, found, f"commands talk to {found.server} now{', and change nothing there' if found.read_only else ''}")


@command(examples=("profile show", "profile show clinic --json"))
def show(
    run: Run,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Its name; the chosen one by default.", autocompletion=profile_names)
    ] = "",
) -> None:
    """Show the settings of a profile."""
    profiles = Profiles.read()
    wanted = name or run.settings.profile or os.environ.get("XNAT_PROFILE") or profiles.chosen
    if not wanted:
        msg = f"no profile is chosen: name one, or choose one with  {run.site.program} profile use NAME"
        raise InvalidValueError(msg)
    _tell(run, profiles.get(wanted), "")


@command(examples=("profile remove clinic",))
def remove(run: Run, name: _Name) -> None:
    """Forget a profile; a password that login kept stays until logout."""
    profiles = Profiles.read()
    found = profiles.get(name)
    others = {each: profile for each, profile in profiles.named.items() if each != name}
    Profiles(others, "" if profiles.chosen == name else profiles.chosen).write()
    _tell(run, found, f"forgot the profile {name}")


def _tell(run: Run, profile: Profile, text: str) -> None:
    run.out.record({"name": profile.name, **profile.table()}, text, profile.name)


def _absolute(path: str | None) -> str:
    return str(Path(path).expanduser().absolute()) if path else ""
