"""``whoami``: the server, the account, and how long the login lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..auth import is_alias
from ..errors import XnatError
from .context import Run
from .declare import command
from .telling import idle_minutes, moment, version_of

if TYPE_CHECKING:
    from ..session import BaseSession


@command(examples=("whoami", "whoami --json", "whoami --profile clinic"))
def whoami(run: Run) -> None:
    """Show the server, the account and how long the login lasts."""
    access, session = run.access, run.connection
    profile = access.target.profile
    values: dict[str, object] = {
        "server": access.target.site.url,
        "version": version_of(session),
        "account": session.logged_in_user,
        "user": access.user,
        "login": access.origin or "none: as a guest",
        "profile": profile.name if profile is not None else None,
        "read_only": session.read_only,
        "token_expires": _expiry(session, access.user),
        "idle_minutes": idle_minutes(session),
    }
    run.out.record(values, "\n".join(f"{name:<9}{text}" for name, text in _lines(values)))


def _expiry(session: BaseSession, user: str | None) -> str | None:
    if not is_alias(user or ""):
        return None
    try:
        found = next((token for token in session.tokens.list() if token.alias == user), None)
    except XnatError:
        return None
    return found.expires.isoformat(timespec="seconds") if found is not None and found.expires else None


def _lines(values: dict[str, object]) -> list[tuple[str, object]]:
    version = f" (XNAT {values['version']})" if values["version"] else ""
    lines: list[tuple[str, object]] = [("server", f"{values['server']}{version}"), ("account", values["account"])]
    lines.append(("login", values["login"]))
    if values["profile"]:
        lines.append(("profile", values["profile"]))
    if values["read_only"]:
        lines.append(("changes", "refused: read-only"))
    if values["token_expires"]:
        lines.append(("ends", f"{moment(str(values['token_expires']))}, with the token"))
    elif values["idle_minutes"]:
        lines.append(("ends", f"after {values['idle_minutes']} minutes without a request; commands log in again"))
    return lines
