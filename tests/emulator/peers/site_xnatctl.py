"""Scripts, receivers and routing of a site with xnatctl; prints what it saw as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from xnatctl.core.client import XNATClient
from xnatctl.services.anon import AnonymizeService
from xnatctl.services.prearchive import PrearchiveService
from xnatctl.services.scp import DicomScpService

SCRIPT = "(0010,0010) := subject"


def scripts(client: XNATClient) -> list[Any]:
    service = AnonymizeService(client)
    seen: list[Any] = [service.get_default_script(), service.get_site_script(), service.site_enabled()]
    service.set_site_script(SCRIPT)
    service.set_site_enabled(True)
    seen += [service.get_site_script(), service.site_enabled()]

    def own() -> list[Any]:
        return [service.get_project_script("P"), service.project_enabled("P"), service.project_has_script("P")]

    seen += own()
    service.set_project_script("P", SCRIPT)
    seen += own()
    service.set_project_enabled("P", False)
    return seen + own()


def receivers(client: XNATClient) -> list[Any]:
    service = DicomScpService(client)
    seen: list[Any] = [service.list_scps(), service.list_identifiers()]
    made = service.create_scp("LAB", 8105, service.resolve_identifier(None))
    seen += [made, service.set_enabled(made["id"], False), service.get_scp(made["id"])]
    service.delete_scp(made["id"])
    return [*seen, service.list_scps()]


def routing(client: XNATClient) -> list[Any]:
    service = PrearchiveService(client)
    seen: list[Any] = [service.get_routing_code("P")]
    for mode in ("manual", "auto-archive-overwrite", "auto-archive"):
        service.set_routing_mode("P", mode)
        seen.append(service.get_routing_code("P"))
    return seen


def main(server: str, user: str, password: str) -> None:
    client = XNATClient(server, username=user, password=password)
    client.authenticate()
    client.put("/data/projects/P")
    seen = {"scripts": scripts(client), "receivers": receivers(client), "routing": routing(client)}
    print(json.dumps(seen))


main(*sys.argv[1:])
