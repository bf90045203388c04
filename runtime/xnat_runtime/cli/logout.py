"""``logout``: forgets what login kept, and ends the token that login made."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import LoginFailedError, NotFoundError, XnatError
from .connection import Target, find_access, find_target, open_access
from .context import Run
from .declare import command
from .keepers import keepers_with_something
from .logins import forget
from .statuses import INCOMPLETE
from .telling import moment

if TYPE_CHECKING:
    from .keepers import Keeper


@command(examples=("logout", "logout --server https://xnat.example.org", "logout --keep-token"))
def logout(
    run: Run,
    keep_token: Annotated[
        bool, typer.Option("--keep-token", help="Leave a token that login made usable elsewhere.")
    ] = False,
) -> None:
    """Forget the password that login kept, and end the token that login made.

    When there is nothing to forget, that is no error.
    """
    target = find_target(run.settings, os.environ)
    if target is None:
        run.out.record({"server": None, "forgotten": [], "token_ended": False}, "nothing was kept")
        return
    places = keepers_with_something(run.settings, target)
    ended = None if keep_token else _end_token(run, target, places)
    done = [place.text for place in places if place.remove()]
    forget(target.site.url)
    text = f"forgot the login to {target.site.url}, which was in {' and '.join(done)}" if done else ""
    text = text or f"nothing was kept for {target.site.url}"
    if ended:
        text += "; its token is ended on the server"
    run.out.record({"server": target.site.url, "forgotten": list(done), "token_ended": bool(ended)}, text)


def _end_token(run: Run, target: Target, places: list[Keeper]) -> bool | None:
    """Returns whether a token that login made was ended; None when there is none to end."""
    kept = target.kept
    if kept is None or not kept.issued or not places:
        return None
    try:
        access = find_access(run.settings, run.site.program)
        if access.user != kept.user:
            return None
        with open_access(run.site, run.settings, access, run.watch) as session:
            session.tokens.invalidate(kept.user)
    except (LoginFailedError, NotFoundError):
        return True  # it had ended already
    except XnatError as error:
        until = f", and ends by itself on {moment(kept.expires)}" if kept.expires else ""
        problem = f"the token could not be ended on the server ({type(error).__name__}){until}"
        sys.stderr.write(f"warning: {problem}\n")
        run.status = INCOMPLETE
        return False
    return True
