"""The event service, custom forms, and the plugins XSync, OHIF viewer (ROI collections) and DICOMweb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..handlers import custom_forms, event_service, roi_collections, xsync
from ..handlers.newer import newer
from ..routing import Handler, Route


def _route(template: str, methods: Mapping[str, Handler]) -> Route:
    return Route(template, {name: newer(handler) for name, handler in methods.items()}, archive=False, exact=True)


def _events() -> Iterator[Route]:
    yield _route("/xapi/events/events", {"GET": event_service.show_types})
    yield _route("/xapi/events/allactions", {"GET": event_service.show_all_actions})
    preferences: dict[str, Handler] = {"GET": event_service.show_preferences, "PUT": event_service.put_preferences}
    yield _route("/xapi/events/prefs", preferences)
    one: dict[str, Handler] = {
        "GET": event_service.show_subscription,
        "PUT": event_service.put_subscription,
        "DELETE": event_service.delete_subscription,
    }
    for base in ("/xapi/events", "/xapi/projects/{PROJECT_ID}/events"):
        yield _route(base + "/actions", {"GET": event_service.show_actions})
        yield _route(base + "/subscriptions", {"GET": event_service.list_subscriptions})
        yield _route(base + "/subscription", {"POST": event_service.post_subscription})
        yield _route(base + "/subscription/{SUBSCRIPTION_ID}", one)
        for action in ("activate", "deactivate"):
            yield _route(f"{base}/subscription/{{SUBSCRIPTION_ID}}/{action}", {"POST": event_service.activate})
        yield _route(base + "/delivered/count", {"GET": event_service.count_delivered})


def _forms() -> Iterator[Route]:
    base = "/xapi/customforms"
    yield _route(base, {"GET": custom_forms.list_forms, "DELETE": custom_forms.delete_form})
    yield _route(base + "/element", {"GET": custom_forms.show_form})
    yield _route(base + "/save", {"PUT": custom_forms.save_form})
    for action in ("enable", "disable"):
        yield _route(f"{base}/{action}", {"POST": custom_forms.switch_forms})
    yield _route(base + "/promote", {"POST": custom_forms.promote_form})
    yield _route(base + "/optin/{ROW_ID}", {"POST": custom_forms.opt_in})
    yield _route(base + "/optout/{FORM_ID}", {"POST": custom_forms.opt_out})
    yield _route(base + "/formId/{FORM_ID}", {"POST": custom_forms.order_form})
    yield _route(base + "/hasdata/{ROW_ID}", {"GET": custom_forms.show_has_data})


def _xsync() -> Iterator[Route]:
    base = "/xapi/xsync"
    yield _route(base + "/setup/projects/{PROJECT_ID}", {"GET": xsync.show_setup, "POST": xsync.post_setup})
    yield _route(base + "/syncStatus/projects/{PROJECT_ID}", {"GET": xsync.show_status})
    yield _route(base + "/history/projects/{PROJECT_ID}", {"GET": xsync.show_history})
    yield _route(base + "/progress/{PROJECT_ID}", {"GET": xsync.show_progress})
    yield _route(base + "/projects/{PROJECT_ID}", {"POST": xsync.start})
    yield _route(base + "/unblock/{PROJECT_ID}", {"POST": xsync.unblock})


def _images() -> Iterator[Route]:
    roi = "/xapi/roi/projects/{PROJECT_ID}/sessions/{EXPT_ID}/collections/{COLLECTION_LABEL}"
    yield _route(roi, {"PUT": roi_collections.put_collection})
    for base in ("/xapi/dicomweb", "/xapi/dicomweb/projects/{PROJECT_ID}"):
        yield _route(base + "/studies", {"GET": roi_collections.list_studies})


ROUTES: tuple[Route, ...] = (*_events(), *_forms(), *_xsync(), *_images())
