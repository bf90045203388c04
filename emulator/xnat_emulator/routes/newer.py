"""The newer API: preferences, investigators, custom fields, anonymisation, receivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..handlers import anonymize, customfields, investigators, receivers, siteconfig
from ..handlers.newer import newer
from ..routing import Handler, Route


def _route(template: str, methods: Mapping[str, Handler]) -> Route:
    return Route(template, {name: newer(handler) for name, handler in methods.items()}, archive=False, exact=True)


def _site() -> Iterator[Route]:
    settings: dict[str, Handler] = {"GET": siteconfig.show_settings, "POST": siteconfig.post_settings}
    yield _route("/xapi/siteConfig", settings)
    yield _route("/xapi/siteConfig/{PROPERTY}", {"GET": siteconfig.show_setting, "POST": siteconfig.post_setting})
    yield _route("/xapi/siteConfig/values/{PROPERTIES}", {"GET": siteconfig.show_values})
    yield _route("/xapi/prefs", {"GET": siteconfig.list_preferences})
    tool = "/xapi/prefs/props/{TOOL}"
    yield _route(tool, {"GET": siteconfig.show_tool, "PUT": siteconfig.put_tool})
    yield _route(tool + "/{PREFERENCE}", {"GET": siteconfig.show_preference, "PUT": siteconfig.put_preference})
    one: dict[str, Handler] = {
        "GET": investigators.show_object,
        "PUT": investigators.put_object,
        "DELETE": investigators.delete_object,
    }
    lists: dict[str, Handler] = {"GET": investigators.list_objects, "POST": investigators.post_object}
    yield _route("/xapi/investigators", lists)
    yield _route("/xapi/investigators/{INVESTIGATOR_ID}", one)


def _custom_fields() -> Iterator[Route]:
    fields: dict[str, Handler] = {"GET": customfields.show_fields, "PUT": customfields.put_fields}
    one: dict[str, Handler] = {"GET": customfields.show_field, "DELETE": customfields.delete_field}
    project, subject = "/projects/{PROJECT_ID}", "/subjects/{SUBJECT_ID}"
    objects = [project, subject, project + subject]
    for owner in ("", project, project + subject):
        objects.append(owner + "/experiments/{EXPT_ID}")
        session = owner + "/experiments/{ASSESSED_ID}"
        objects += [session + "/scans/{SCAN_ID}", session + "/assessors/{EXPT_ID}"]
    for place in objects:
        yield _route(f"/xapi/custom-fields{place}/fields", fields)
        yield _route(f"/xapi/custom-fields{place}/fields/{{FIELD_NAME}}", one)


def _dicom() -> Iterator[Route]:
    base = "/xapi/anonymize"
    yield _route(base + "/default", {"GET": anonymize.show_default})
    yield _route(base + "/site", {"GET": anonymize.show_site, "PUT": anonymize.put_site})
    yield _route(base + "/site/enabled", {"GET": anonymize.show_site_enabled, "PUT": anonymize.put_site_enabled})
    owner = base + "/projects/{PROJECT_ID}"
    yield _route(owner, {"GET": anonymize.show_project, "PUT": anonymize.put_project})
    enabled: dict[str, Handler] = {"GET": anonymize.show_project_enabled, "PUT": anonymize.put_project_enabled}
    yield _route(owner + "/enabled", enabled)
    yield _route("/xapi/dicomscp", {"GET": receivers.list_receivers, "POST": receivers.post_receiver})
    one: dict[str, Handler] = {
        "GET": receivers.show_receiver,
        "PUT": receivers.put_receiver,
        "DELETE": receivers.delete_receiver,
    }
    yield _route("/xapi/dicomscp/identifiers", {"GET": receivers.list_identifiers})
    yield _route("/xapi/dicomscp/{RECEIVER_ID}", one)
    yield _route("/xapi/dicomscp/{RECEIVER_ID}/enabled", {"GET": receivers.show_enabled})
    yield _route("/xapi/dicomscp/{RECEIVER_ID}/enabled/{FLAG}", {"PUT": receivers.put_enabled})
    yield _route("/xapi/dicomscp/title/{TITLE}/{PORT}", {"GET": receivers.show_by_title})


ROUTES: tuple[Route, ...] = (*_site(), *_custom_fields(), *_dicom())
