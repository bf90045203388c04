"""The import service and the archiving of received sessions."""

from __future__ import annotations

from ..handlers import imports
from ..imports.direct import post_direct, show_direct
from ..imports.inbox import show_request
from ..routing import Route

ROUTES: tuple[Route, ...] = (
    Route("/data/services/import", {"POST": imports.import_upload}, archive=False, unlocked=True),
    Route("/data/services/archive", {"POST": imports.archive_sessions}, archive=False, unlocked=True),
    Route("/data/services/validate-archive", {"POST": imports.validate_sessions}, archive=False, unlocked=True),
    Route("/xapi/dicom/{REQUEST_ID}", {"GET": show_request}, exact=True),
    Route(
        "/xapi/direct-archive/{PROJECT_ID}/{TAG}/{NAME}",
        {"GET": show_direct, "POST": post_direct},
        exact=True,
        unlocked=True,
    ),
)
