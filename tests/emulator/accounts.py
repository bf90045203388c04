"""Accounts for tests of who may do what."""

from __future__ import annotations

import base64
import itertools

_NUMBERS = itertools.count(1)


def account(client, **groups):
    """Return a client of a fresh account on the same server.

    Args:
        client: A client of the server.
        groups: Project ID -> ``owner``, ``member`` or ``collaborator``.
    """
    login = f"tester{next(_NUMBERS):04d}"
    archive = client.emulator.site.archive
    with archive.transaction():
        archive.users.add(login, "secret")
        for project, grouping in groups.items():
            archive.groups.join(project, grouping, login)
    credentials = base64.b64encode(f"{login}:secret".encode()).decode()
    return type(client)(client.emulator, {"Authorization": f"Basic {credentials}"})
