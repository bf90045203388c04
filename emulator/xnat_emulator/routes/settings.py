"""Configurations, custom variables and what a site and its projects are set to."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import config, facilities, investigators, pipelines, protocols, studies
from ..routing import Handler, Route
from .objects import PROJECT


def _config() -> Iterator[Route]:
    scripts: dict[str, Handler] = {"GET": config.show_script, "PUT": config.put_script}
    yield Route("/data/config/edit/image/dicom/{RESOURCE}", scripts)
    yield Route("/data/config/edit/projects/{PROJECT_ID}/image/dicom/{RESOURCE}", scripts)
    one: dict[str, Handler] = {
        "GET": config.show_config,
        "PUT": config.put_config,
        "DELETE": config.delete_config,
    }
    yield Route("/data/config/{PROJECT_ID}/archive_spec", {"GET": pipelines.show_archive_spec})
    for owner in ("/data", PROJECT):
        yield Route(owner + "/config", {"GET": config.show_config}, archive=False)
        yield Route(owner + "/config/{TOOL_NAME}", one, archive=False)
        yield Route(owner + "/config/{TOOL_NAME}/{PATH_TO_FILE}", one, archive=False, keeps_tail=True)


def _projects() -> Iterator[Route]:
    protocol: dict[str, Handler] = {
        "GET": protocols.show_protocol,
        "PUT": protocols.put_protocol,
        "DELETE": protocols.delete_protocol,
    }
    yield Route(PROJECT + "/protocols/{PROTOCOL_ID}", protocol, writes=True)
    yield Route(PROJECT + "/archive_spec", {"GET": pipelines.show_archive_spec})
    lists: dict[str, Handler] = {"GET": pipelines.list_pipelines, "DELETE": pipelines.delete_pipeline}
    yield Route(PROJECT + "/pipelines", lists)
    for tail in ("", "/details"):
        yield Route(PROJECT + "/pipelines/{PIPELINE_NAME}" + tail, {"GET": pipelines.show_details}, archive=False)
    steps: dict[str, Handler] = {"GET": pipelines.show_step, "POST": pipelines.run_step}
    yield Route(PROJECT + "/pipelines/{STEP_ID}/experiments/{EXPT_ID}", steps)


def _site() -> Iterator[Route]:
    yield Route("/data/investigators", {"GET": investigators.list_investigators})
    yield Route("/data/scanners", {"GET": facilities.list_scanners})
    for owner in ("/data", PROJECT):
        yield Route(owner + "/scan_types", {"GET": facilities.list_scan_types})
    labels = "/data/services/scan-quality-labels"
    for tail in ("", "/{PROJECT_ID}"):
        yield Route(labels + tail, {"GET": facilities.show_quality_labels}, archive=False)
    routes: dict[str, Handler] = {
        "GET": studies.show_routes,
        "PUT": studies.put_route,
        "DELETE": studies.delete_routes,
    }
    for tail in ("", "/{STUDY_INSTANCE_UID}"):
        yield Route("/data/routing" + tail, routes, archive=False)


ROUTES: tuple[Route, ...] = (*_config(), *_projects(), *_site())
