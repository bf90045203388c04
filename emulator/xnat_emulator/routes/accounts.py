"""Logins, tokens, accounts and project members."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import sessions, users, xapi
from ..routing import Handler, Route
from .objects import PROJECT


def _sessions() -> Iterator[Route]:
    login: dict[str, Handler] = {"PUT": sessions.log_in, "POST": sessions.log_in}
    jsession: dict[str, Handler] = {
        "GET": sessions.show_session,
        "POST": sessions.show_session,
        "DELETE": sessions.close_session,
    }
    tokens: dict[str, Handler] = {"GET": sessions.token_operation}
    yield Route("/data/services/auth", login, archive=False, public=True)
    yield Route("/data/JSESSION", jsession, archive=False)
    yield Route("/data/auth", {"GET": sessions.show_user}, archive=False)
    base = "/data/services/tokens/{OPERATION}"
    for tail in ("", "/user/{USERNAME}", "/{TOKEN}", "/{TOKEN}/{SECRET}"):
        yield Route(base + tail, tokens, archive=False, writes=True)
    yield Route("/", {"GET": sessions.home}, public=True, exact=True)
    yield Route("/app/template/Login.vm", {"GET": sessions.login_page}, public=True, exact=True)


def _users() -> Iterator[Route]:
    yield Route("/data/users", {"GET": users.list_users}, archive=False)
    yield Route(PROJECT + "/users", {"GET": users.list_project_users})
    names = {"/username": xapi.show_user_name, "/profile": xapi.show_profile, "/profile/{USERNAME}": xapi.show_profile}
    for tail, handler in names.items():
        yield Route("/xapi/users" + tail, {"GET": handler}, archive=False, exact=True)


ROUTES: tuple[Route, ...] = (*_sessions(), *_users())
