"""Logins, tokens, accounts, groups and project members."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import (
    accounts,
    groups,
    invitations,
    project_settings,
    sessions,
    users,
    xapi_access,
    xapi_roles,
    xapi_users,
)
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


def _projects() -> Iterator[Route]:
    member: dict[str, Handler] = {
        "GET": users.show_member,
        "PUT": users.put_member,
        "DELETE": users.delete_member,
    }
    group: dict[str, Handler] = {
        "GET": groups.show_groups,
        "PUT": groups.put_group,
        "POST": groups.put_group,
        "DELETE": groups.delete_group,
    }
    access: dict[str, Handler] = {
        "GET": project_settings.show_accessibility,
        "PUT": project_settings.put_accessibility,
    }
    for tail in ("", "/{DISPLAY_HIDDEN_USERS}"):
        yield Route(f"{PROJECT}/users{tail}", {"GET": users.list_project_users})
        yield Route(f"{PROJECT}/users/{{GROUP_ID}}/{{USER_ID}}{tail}", member)
    yield Route(PROJECT + "/groups", group)
    yield Route(PROJECT + "/groups/{GROUP_ID}", group)
    yield Route(PROJECT + "/accessibility", access)
    yield Route(PROJECT + "/accessibility/{ACCESS_LEVEL}", access)
    yield Route(PROJECT + "/pars", {"GET": invitations.list_of_project})


def _accounts() -> Iterator[Route]:
    one: dict[str, Handler] = {
        "GET": accounts.show,
        "POST": accounts.create,
        "PUT": accounts.act,
        "DELETE": accounts.act,
    }
    served: dict[str, dict[str, Handler]] = {
        "/users": {"GET": users.list_users},
        "/users/favorites/{DATA_TYPE}": {"GET": invitations.list_favorites},
        "/users/favorites/{DATA_TYPE}/{PROJECT_ID}": {
            "PUT": invitations.put_favorite,
            "DELETE": invitations.delete_favorite,
        },
        "/pars": {"GET": invitations.list_own},
        "/pars/{PAR_ID}": {"GET": invitations.show_one, "PUT": invitations.put_one},
        "/user": one,
        "/user/{USER_ID}": one,
        "/user/actions/{ACTION}": {**one, "POST": accounts.post},
        "/user/actions/{USER_ID}/{ACTION}": {**one, "POST": accounts.post},
        "/user/{USER_ID}/roles": {"GET": accounts.list_roles, "POST": accounts.post_roles},
        "/services/sessions": {"GET": accounts.count_sessions},
        "/services/sessions/{USERNAME}": {"GET": accounts.count_sessions},
    }
    for tail, methods in served.items():
        yield Route("/data" + tail, methods, archive=False)
    yield Route(
        "/data/services/sendEmailVerification", {"POST": accounts.send_verification}, archive=False, public=True
    )
    sessions_of: dict[str, Handler] = {"GET": accounts.show_sessions, "DELETE": accounts.delete_sessions}
    yield Route("/data/user/{USER_ID}/sessions", sessions_of)


def _newer() -> Iterator[Route]:
    served: dict[str, dict[str, Handler]] = {
        "": {"GET": xapi_users.list_names, "POST": xapi_users.create},
        "/profiles": {"GET": xapi_users.list_profiles},
        "/current": {"GET": xapi_users.list_current},
        "/username": {"GET": xapi_users.show_user_name},
        "/projects": {"GET": xapi_users.list_projects},
        "/profile": {"GET": xapi_users.show_own_profile},
        "/update": {"PUT": xapi_users.update_own},
        "/active": {"GET": xapi_users.list_active},
        "/roles": {"GET": xapi_roles.list_roles},
        "/rolemap": {"GET": xapi_roles.show_role_map},
        "/profile/{USERNAME}": {"GET": xapi_users.show_profile},
        "/active/{USERNAME}": {"GET": xapi_users.show_active, "DELETE": xapi_users.delete_active},
        "/roles/{ROLE}": {"GET": xapi_roles.list_users_in_role},
        "/{USERNAME}": {"GET": xapi_users.show_user, "PUT": xapi_users.update},
        "/{USERNAME}/enabled": {"GET": xapi_users.show_enabled},
        "/{USERNAME}/enabled/{FLAG}": {"PUT": xapi_users.put_enabled},
        "/{USERNAME}/verified": {"GET": xapi_users.show_verified},
        "/{USERNAME}/verified/{FLAG}": {"PUT": xapi_users.put_verified},
        "/{USERNAME}/roles": {"GET": xapi_roles.list_own_roles, **_ROLE_CHANGES},
        "/{USERNAME}/roles/{ROLE}": _ROLE_CHANGES,
        "/{USERNAME}/groups": {"GET": xapi_roles.list_groups, **_GROUP_CHANGES},
        "/{USERNAME}/groups/{GROUP}": _GROUP_CHANGES,
    }
    for tail, methods in served.items():
        yield Route("/xapi/users" + tail, methods, archive=False, exact=True)


_ROLE_CHANGES: dict[str, Handler] = {"PUT": xapi_roles.add_roles, "DELETE": xapi_roles.remove_roles}
_GROUP_CHANGES: dict[str, Handler] = {"PUT": xapi_roles.add_groups, "DELETE": xapi_roles.remove_groups}


def _access() -> Iterator[Route]:
    served: dict[str, Handler] = {
        "/projects": xapi_access.list_own_roles,
        "/{USERNAME}/projects": xapi_access.list_roles,
        "/displays": xapi_access.list_displays,
        "/displays/{DISPLAY}": xapi_access.show_displays,
    }
    for tail, handler in served.items():
        yield Route("/xapi/access" + tail, {"GET": handler}, archive=False, exact=True)


ROUTES: tuple[Route, ...] = (*_sessions(), *_projects(), *_accounts(), *_newer(), *_access())
