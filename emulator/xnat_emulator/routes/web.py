"""The pages for people."""

from __future__ import annotations

from ..handlers import snapshots
from ..routing import Route
from ..web import pages

_page = pages.readable_refusals
_EXPERIMENT = "/browse/experiments/{ASSESSED_ID}"
_SCAN = _EXPERIMENT + "/scans/{SCAN_ID}"

_OWNERS = ("", "/projects/{PROJECT_ID}", "/projects/{PROJECT_ID}/subjects/{SUBJECT_ID}")
_SNAPSHOTS = (("snapshot", snapshots.show_snapshot), ("thumbnail", snapshots.show_thumbnail))

ROUTES: tuple[Route, ...] = (
    Route("/", {"GET": pages.home}, archive=False, public=True, exact=True),
    Route("/app/template/Login.vm", {"GET": pages.login_page}, archive=False, public=True, exact=True),
    Route("/login", {"POST": pages.log_in}, archive=False, public=True, exact=True),
    Route("/app/action/LogoutUser", {"GET": pages.log_out}, archive=False, public=True, exact=True),
    Route("/browse/projects/{PROJECT_ID}", {"GET": _page(pages.show_project)}, archive=False, exact=True),
    Route(
        "/browse/projects/{PROJECT_ID}/subjects/{SUBJECT_ID}",
        {"GET": _page(pages.show_subject)},
        archive=False,
        exact=True,
    ),
    Route("/browse/experiments/{EXPT_ID}", {"GET": _page(pages.show_experiment)}, archive=False, exact=True),
    Route(_SCAN, {"GET": _page(pages.show_scan)}, archive=False, exact=True),
    Route(_SCAN + "/preview.png", {"GET": pages.show_preview}, archive=False, exact=True),
    *(
        Route(
            f"/xapi{owner}/experiments/{{ASSESSED_ID}}/scan/{{SCAN_ID}}/{name}",
            {"GET": handler},
            archive=False,
            exact=True,
            unlocked=True,
        )
        for owner in _OWNERS
        for name, handler in _SNAPSHOTS
    ),
)
