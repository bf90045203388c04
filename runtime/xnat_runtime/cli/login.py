"""``login``: asks who you are, tries it on the server, and keeps it where only you can read it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import attrs
import typer

from ..auth import Secret, is_alias
from ..errors import InvalidValueError, XnatError
from .connection import Access, Target, find_access, find_target, open_access, require_target
from .context import Run
from .declare import command
from .keepers import Keeper, forget_older, keeper_for
from .logins import Kept, remember
from .prompts import ask_line, ask_secret, piped_secret
from .statuses import CANCELLED
from .telling import idle_minutes, moment, version_of

if TYPE_CHECKING:
    import datetime

    from ..session import BaseSession


@command(
    examples=(
        "login https://xnat.example.org",
        "login https://xnat.example.org --issue-token",
        "login https://xnat.example.org --token",
        "login https://xnat.example.org --user robot --password-stdin < password.txt",
        "login --profile clinic --keyring",
    )
)
def login(
    run: Run,
    url: Annotated[str, typer.Argument(metavar="URL", help="The server; the one of the profile by default.")] = "",
    *,
    token: Annotated[bool, typer.Option("--token", help="Ask for the alias and secret of a token.")] = False,
    issue_token: Annotated[
        bool, typer.Option("--issue-token", help="Keep a token that the server makes, not the password.")
    ] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password, or secret, from standard input.")
    ] = False,
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep it in the keyring of this system.")] = False,
    print_jsession: Annotated[
        bool,
        typer.Option(
            "--print-jsession",
            help="Keep nothing: print the id of a session that stays open, as xnatpy's login does. Who reads it can "
            "do all that you can.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace another account's entry without asking.")] = False,
) -> None:
    """Log in, and keep the password where only you can read it.

    It goes into the netrc file, or the keyring of the system with --keyring. Nothing secret can be given as an option,
    since everybody on the machine can see the options of running programs.
    """
    target = _target(run, url)
    if print_jsession:
        _print_session(run, target, is_token=token, is_piped=password_stdin)
        return
    keeper = keeper_for(run.settings, target, in_keyring=keyring)
    before = keeper.user()
    access = _typed(run, target, is_token=token, is_piped=password_stdin)
    with open_access(run.site, run.settings, access, run.watch) as session:
        # An older token that login kept is no other account's entry, though its name is another one.
        is_ours = target.kept is not None and target.kept.user == before and is_alias(before or "")
        if _may_replace(run, keeper, before, access.user, yes=yes or is_ours):
            _keep(run, keeper, session, access, issues=issue_token)


def _target(run: Run, url: str) -> Target:
    settings = run.settings
    if url and settings.server and url != settings.server:
        msg = "two servers are given: leave out --server, or the URL"
        raise InvalidValueError(msg)
    if url:
        run.settings = settings = attrs.evolve(settings, server=url)
    elif find_target(settings, os.environ) is None:
        advice = f"Name the server:  {run.site.program} login https://..."
        run.settings = settings = attrs.evolve(settings, server=ask_line("Server (https://...)", advice))
    target = require_target(settings, run.site.program)
    if target.site.scheme == "http" and not target.site.is_loopback:
        run.out.say("warning: http:// is not encrypted: who listens can read the password. Use https:// where there is")
    return target


def _typed(run: Run, target: Target, *, is_token: bool, is_piped: bool) -> Access:
    user = run.settings.user or (target.profile.user if target.profile and not is_token else "")
    asked, hidden = ("Alias", "Secret") if is_token else ("User", "Password")
    user = user or ask_line(asked, "Give --user NAME")
    secret = piped_secret(hidden) if is_piped else ask_secret(hidden)
    return Access(target=target, user=user, secret=secret, origin="typed")


def _may_replace(run: Run, keeper: Keeper, before: str | None, user: str | None, *, yes: bool) -> bool:
    if before is None or before == user or yes:
        return True
    run.out.say(f"{keeper.text} has an entry for this server already, of {before!r}")
    if run.out.ask(f"Replace the entry of {before!r} in {keeper.text}?"):
        return True
    run.status = CANCELLED
    run.out.say("nothing was kept")
    return False


def _keep(run: Run, keeper: Keeper, session: BaseSession, access: Access, *, issues: bool) -> None:
    user, secret, account, expires = access.user or "", access.secret or Secret(""), access.user or "", None
    if issues:
        made = session.tokens.issue()
        user, secret, account, expires = made.alias, Secret(made.secret), made.user or user, made.expires
    elif is_alias(user):
        account, expires = _owner(session, user)
    url = access.target.site.url
    try:
        keeper.put(user, secret)
    except XnatError:
        if issues:
            session.tokens.invalidate(user)
        raise
    kept = Kept(
        server=url, user=user, place=keeper.place, file=keeper.file, issued=issues,
        expires=expires.isoformat(timespec="seconds") if expires else "",
    )  # fmt: skip
    remember(kept)
    forget_older(access.target, kept)
    _tell(run, session, kept, account)
    _warn_of_others(run, access.target)


def _owner(session: BaseSession, alias: str) -> tuple[str, datetime.datetime | None]:
    """Returns whose token it is and when it ends, as far as the server tells."""
    account = session.logged_in_user
    try:
        found = next((token for token in session.tokens.list() if token.alias == alias), None)
    except XnatError:
        found = None
    return account, found.expires if found is not None else None


def _warn_of_others(run: Run, target: Target) -> None:
    """Tells when commands without options will talk to another server than the one that was logged in to."""
    usual = find_target(attrs.evolve(run.settings, server=None, profile=None), os.environ)
    if usual is not None and usual.site != target.site:
        run.out.say(f"note: commands without --server or --profile talk to {usual.site.url}")


def _tell(run: Run, session: BaseSession, kept: Kept, account: str) -> None:
    version, idle = version_of(session), idle_minutes(session)
    values: dict[str, object] = {
        "server": kept.server, "version": version, "account": account, "user": kept.user, "kept": kept.place,
        "file": kept.file or None, "token_expires": kept.expires or None, "idle_minutes": idle,
    }  # fmt: skip
    place = kept.file or "the keyring of this system"
    what = "a token of it" if is_alias(kept.user) else "the password"
    lines = [f"logged in to {kept.server}{f' (XNAT {version})' if version else ''} as {account}"]
    lines.append(f"{what} is kept in {place}; {run.site.program} logout forgets it")
    if is_alias(kept.user):
        until = f"ends on {moment(kept.expires)}" if kept.expires else "ends when the server says"
        lines.append(f"the token {until}; log in again then")
    elif idle:
        lines.append(f"each command logs in and out by itself; a session that is idle ends after {idle} minutes")
    run.out.record(values, "\n".join(lines))


def _print_session(run: Run, target: Target, *, is_token: bool, is_piped: bool) -> None:
    access = None if is_token or is_piped else find_access(run.settings, run.site.program)
    if access is None or access.user is None:
        access = _typed(run, target, is_token=is_token, is_piped=is_piped)
    with open_access(run.site, run.settings, access, run.watch, ends_login=False) as session:
        sys.stdout.write(f"{session.jsession}\n")
