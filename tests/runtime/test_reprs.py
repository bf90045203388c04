"""What a shell shows of objects that only give access to others."""

from __future__ import annotations

import xnat_emulator
from xnat_sdk import connect


def test_no_entrance_shows_a_place_in_memory():
    with xnat_emulator.start(demo=True) as demo, connect(demo.url, demo.user, demo.password) as connection:
        project = connection.projects["sandbox"]
        entrances = [
            connection,
            connection.classes,
            connection.services,
            connection.prearchive,
            connection.tokens,
            connection.search,
            connection.users,
            project.users,
            project.variable_definitions,
            project.custom_variables,
            project.custom_fields,
            project.fields,
        ]
        assert [repr(one) for one in entrances if " at 0x" in repr(one)] == []
        assert repr(project.variable_definitions) == "<ProjectVariables of sandbox>"
