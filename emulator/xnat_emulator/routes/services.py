"""Workflows, automation and small services."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import scripts, services, triggers, workflows
from ..routing import Handler, Route
from .objects import PROJECT


def _services() -> Iterator[Route]:
    features: dict[str, Handler] = {"GET": services.show_features, "POST": services.post_feature}
    whitelist: dict[str, Handler] = {"GET": services.show_whitelist, "PUT": services.put_whitelist}
    yield Route("/data/services/mail/send", {"POST": services.send_mail}, archive=False)
    yield Route("/data/services/features", features, archive=False)
    yield Route("/data/services/ipwhitelist", whitelist, archive=False)
    yield Route("/data/services/extensions/verify", {"GET": services.verify_extensions}, archive=False)


def _workflows() -> Iterator[Route]:
    one: dict[str, Handler] = {"GET": workflows.show_workflow, "PUT": workflows.put_workflow}
    for tail in ("", "/{WORKFLOW_ID}"):
        yield Route("/data/workflows" + tail, one, archive=False)
    base = "/data/services/workflows"
    for tail in ("", "/{PIPELINE_NAME}"):
        yield Route(base + tail, {"GET": workflows.query_workflows}, archive=False)
    yield Route(base + "/workflowid/{WORKFLOW_PRIMARY_KEY}", {"GET": workflows.show_by_key}, archive=False)


def _automation() -> Iterator[Route]:
    base = "/data/automation"
    for tail in ("", "/{LANGUAGE}", "/{LANGUAGE}/{VERSION}"):
        yield Route(f"{base}/runners{tail}", {"GET": scripts.show_runners}, archive=False)
    script: dict[str, Handler] = {
        "GET": scripts.show_scripts,
        "PUT": scripts.put_script,
        "DELETE": scripts.delete_script,
    }
    for tail in ("", "/{SCRIPT_ID}", "/{SCRIPT_ID}/{VERSION}"):
        yield Route(f"{base}/scripts{tail}", script, archive=False)
    for tail in ("", "/{SCRIPT_ID}"):
        yield Route(f"{base}/scriptVersions{tail}", {"GET": scripts.show_versions}, archive=False)
    for tail in ("", "/{SPEC}"):
        yield Route(f"{base}/workflows{tail}", {"GET": workflows.list_workflow_events}, archive=False)


def _triggers() -> Iterator[Route]:
    trigger: dict[str, Handler] = {
        "GET": triggers.show_triggers,
        "PUT": triggers.put_trigger,
        "DELETE": triggers.delete_trigger,
    }
    template: dict[str, Handler] = {
        "GET": triggers.show_templates,
        "PUT": triggers.put_template,
        "DELETE": triggers.delete_template,
    }
    for tail in ("", "/{TRIGGER_ID}"):
        yield Route("/data/automation/triggers" + tail, trigger, archive=False)
    for owner in ("/data", PROJECT):
        for tail in ("", "/{EVENT_ID}"):
            yield Route(f"{owner}/automation/handlers{tail}", trigger, archive=False)
        for tail in ("", "/{TEMPLATE_ID}"):
            yield Route(f"{owner}/automation/templates{tail}", template, archive=False)


ROUTES: tuple[Route, ...] = (*_services(), *_workflows(), *_automation(), *_triggers())
