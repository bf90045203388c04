"""Accounts and project members (rest-data 4.4, 9.1, 17.2)."""

from __future__ import annotations

from ..call import Call, Reply
from ..tables import Cell, Table
from .address import project
from .replies import table_reply

_SITE_COLUMNS = ("xdat_user_id", "login", "firstname", "lastname", "email")
_PROJECT_COLUMNS = ("GROUP_ID", "displayname", "login", "firstname", "lastname", "email")


def list_users(call: Call) -> Reply:
    """``GET /data/users``: enabled accounts by last name."""
    rows: list[dict[str, Cell]] = [
        {
            "xdat_user_id": user.number,
            "login": user.login,
            "firstname": user.first_name,
            "lastname": user.last_name,
            "email": user.email,
        }
        for user in call.archive.users.all()
        if user.enabled
    ]
    return table_reply(call, Table(_SITE_COLUMNS, rows))


def list_project_users(call: Call) -> Reply:
    """``GET /data/projects/P/users``: the members of the project's groups."""
    owner = project(call)
    rows: list[dict[str, Cell]] = [
        {
            "GROUP_ID": f"{owner.id}_{grouping}",
            "displayname": f"{grouping.capitalize()}s",
            "login": user.login,
            "firstname": user.first_name,
            "lastname": user.last_name,
            "email": user.email,
        }
        for grouping, user in call.archive.users.members(owner.id)
    ]
    return table_reply(call, Table(_PROJECT_COLUMNS, rows))
