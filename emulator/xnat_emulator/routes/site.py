"""Schemas, build information and plugins."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import schemas, xapi
from ..routing import Handler, Route


def _xapi() -> Iterator[Route]:
    served: list[tuple[str, Handler, bool]] = [
        ("/xapi/schemas", schemas.list_schemas, False),
        ("/xapi/schemas/datatypes", schemas.list_data_types, False),
        ("/xapi/schemas/datatypes/searchable", schemas.list_searchable_types, False),
        ("/xapi/schemas/{SCHEMA}", schemas.show_schema, False),
        ("/xapi/schemas/{DIR}/{FILE}", schemas.show_schema, False),
        ("/schemas/{FILE}", schemas.show_schema_file, False),
        ("/schemas/{DIR}/{FILE}", schemas.show_schema_file, False),
        ("/xapi/siteConfig/buildInfo", xapi.show_build_info, True),
        ("/xapi/siteConfig/buildInfo/attributes", xapi.show_build_attributes, False),
        ("/xapi/siteConfig/buildInfo/{PROPERTY}", xapi.show_build_property, True),
        ("/xapi/siteConfig/uptime", xapi.show_uptime, False),
        ("/xapi/plugins", xapi.list_plugins, False),
        ("/xapi/plugins/{PLUGIN_ID}", xapi.show_plugin, False),
    ]
    for template, handler, public in served:
        yield Route(template, {"GET": handler}, archive=False, public=public, exact=True)


ROUTES: tuple[Route, ...] = tuple(_xapi())
