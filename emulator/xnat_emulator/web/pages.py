"""The pages: projects, subjects, sessions, scans, and the way in and out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from .. import auth
from ..address import experiment, find_scan, project, session, subject
from ..call import Call, Reply, first_values, read_form, text_reply
from ..errors import StatusError, not_found
from ..formats.documents import java_date
from ..permissions import may_in, readable
from ..store.database import utc_now
from ..store.items import Item
from ..store.users import GUEST
from . import views
from .loading import load_preview
from .views import Card, Link, Page

if TYPE_CHECKING:
    from jinja2 import Environment

_PAGE_HEADERS = (
    ("Expires", "Tue, 03 Jul 2001 06:00:00 GMT"),
    ("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0, post-check=0, pre-check=0"),
    ("Pragma", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-XSS-Protection", "1; mode=block"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Content-Security-Policy", "frame-ancestors 'self'"),
    ("Content-Language", "en-US"),
)
"""What a server sends with its pages, as recorded of one in 2021."""

_HOME = Link("Projects", "/")
_PROJECT_FACTS = (
    ("Running title", "secondary_ID"),
    ("Investigator", "PI/lastname"),
    ("Institution", "PI/institution"),
    ("Keywords", "keywords"),
)
_SUBJECT_FACTS = (
    ("Gender", "demographics/gender"),
    ("Date of birth", "demographics/dob"),
    ("Year of birth", "demographics/yob"),
    ("Age", "demographics/age"),
    ("Handedness", "demographics/handedness"),
    ("Group", "group"),
    ("Source", "src"),
)
_SESSION_FACTS = (
    ("Date", "date"),
    ("Time", "time"),
    ("Scanner", "scanner"),
    ("Model", "scanner/model"),
    ("Manufacturer", "scanner/manufacturer"),
    ("Site", "acquisition_site"),
    ("Operator", "operator"),
    ("Note", "note"),
)
_SCAN_FACTS = (
    ("Series", "series_description"),
    ("Quality", "quality"),
    ("Frames", "frames"),
    ("Start", "startTime"),
    ("Field strength", "fieldStrength"),
    ("TR", "parameters/tr"),
    ("TE", "parameters/te"),
    ("TI", "parameters/ti"),
    ("Flip angle", "parameters/flip"),
    ("Sequence", "parameters/sequence"),
    ("Note", "note"),
)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - a start must not wait for it

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _render(call: Call, template: str, page: Page, **values: object) -> Reply:
    login = "" if call.login == GUEST else call.login
    guest = not login and auth.is_open(call.site)
    text = _environment().get_template(template).render(page=page, login=login, guest=guest, **values)
    reply = text_reply(text, media_type="text/html")
    reply.headers += [*_PAGE_HEADERS, ("Last-Modified", java_date(utc_now()))]
    return reply


def readable_refusals(handler: Callable[[Call], Reply]) -> Callable[[Call], Reply]:
    """Return a handler of a page whose refusals are pages too, with a way back."""

    def answer(call: Call) -> Reply:
        try:
            return handler(call)
        except StatusError as refused:
            page = Page(refused.message, f"Status {refused.status}", trail=(_HOME,))
            reply = _render(call, "page.html", page)
            reply.status = refused.status
            return reply

    return answer


def home(call: Call) -> Reply:
    """``GET /``: the projects the caller may see; open to everybody, because clients ask for it first (peers 4)."""
    if not call.session_id:
        call.session_id = call.site.sessions.open().id
    if not call.login and auth.is_open(call.site):
        call.login = GUEST
    if not call.login:
        return _render(call, "page.html", Page("XNAT emulator", "", empty="Log in to see the archive."))
    projects = readable(call, call.archive.items.all("project"))
    cards = [_project_card(call, item) for item in projects]
    sections = [("", cards)] if cards else []
    return _render(call, "page.html", Page("Projects", "", sections=sections, empty="There are no projects yet."))


def _project_card(call: Call, item: Item) -> Card:
    lines = [item.node.text("description")]
    if may_in(call, "read", item.id, "xnat:subjectData"):
        kinds = {"subject": "subject", "experiment": "experiment"}
        counts = {noun: call.archive.items.count_in_project(kind, item.id) for kind, noun in kinds.items()}
        lines.append(" · ".join(views.count_text(number, noun) for noun, number in counts.items()))
    return Card(item.node.text("name") or item.id, _project_url(item.id), [line for line in lines if line], item.id)


def _project_url(identifier: str) -> str:
    return f"/browse/projects/{views.part(identifier)}"


def _subject_url(item: Item, owner: str) -> str:
    return f"{_project_url(owner)}/subjects/{views.part(item.id)}"


def _experiment_url(item: Item) -> str:
    return f"/browse/experiments/{views.part(item.id)}"


def show_project(call: Call) -> Reply:
    """``GET /browse/projects/{PROJECT_ID}``: its subjects and files."""
    item = project(call)
    subjects = readable(call, call.archive.items.in_project("subject", item.id))
    cards = [_subject_card(call, one, item) for one in subjects[: views.SHOWN_CARDS]]
    loose = [one for one in call.archive.items.in_project("experiment", item.id) if not one.subject and not one.session]
    others = [_experiment_card(call, one, item.id) for one in readable(call, loose)]
    page = Page(
        title=item.node.text("name") or item.id,
        kind=f"Project {item.id}",
        trail=(_HOME,),
        facts=views.facts_of(item, (("Description", "description"), *_PROJECT_FACTS)),
        sections=_filled(("Subjects", cards), ("Other experiments", others)),
        resources=views.resources_of(call, item, f"/data/projects/{views.part(item.id)}"),
        more=len(subjects) - len(cards),
        empty="This project has no subjects yet.",
    )
    return _render(call, "page.html", page)


def _filled(*sections: tuple[str, list[Card]]) -> list[tuple[str, list[Card]]]:
    return [section for section in sections if section[1]]


def _experiments(call: Call, owner: Item) -> list[Item]:
    return readable(call, call.archive.items.of_subject(owner.id))


def _subject_card(call: Call, item: Item, owner: Item) -> Card:
    found = _experiments(call, item)
    facts = " · ".join(text for _, text in views.facts_of(item, _SUBJECT_FACTS[:1] + _SUBJECT_FACTS[5:6]))
    links = [Link(one.label_in(owner.id) or one.id, _experiment_url(one)) for one in found]
    picture = next((url for one in found if (url := _picture(call, one))), "")
    lines = [text for text in (facts, views.count_text(len(found), "experiment")) if text]
    return Card(item.label_in(owner.id) or item.id, _subject_url(item, owner.id), lines, "", picture, links)


def _picture(call: Call, item: Item) -> str:
    """Return the preview of a session: of its scan with the most frames to show."""
    found = [(scan, views.preview_file(call, scan)) for scan in views.scans_of(call, item)]
    shown = [scan for scan, file in found if file is not None]
    if not shown:
        return ""
    best = max(shown, key=lambda scan: int(scan.node.text("frames") or 0))
    return f"{views.scan_url(item, best)}/preview.png"


def show_subject(call: Call) -> Reply:
    """``GET /browse/projects/{PROJECT_ID}/subjects/{SUBJECT_ID}``: its experiments and files."""
    owner, item = project(call), subject(call)
    cards = [_experiment_card(call, one, owner.id) for one in _experiments(call, item)]
    page = Page(
        title=item.label_in(owner.id) or item.id,
        kind=f"Subject {item.id}",
        trail=(_HOME, Link(owner.id, _project_url(owner.id))),
        facts=views.facts_of(item, _SUBJECT_FACTS),
        sections=_filled(("Experiments", cards)),
        resources=views.resources_of(call, item, f"/data/projects/{views.part(item.project)}/subjects/{item.id}"),
        empty="This subject has no experiments yet.",
    )
    return _render(call, "page.html", page)


def _experiment_card(call: Call, item: Item, owner: str) -> Card:
    scans = views.scans_of(call, item)
    counted = views.count_text(len(scans), "scan") if scans else ""
    lines = [call.site.singular(item.xsi_type), item.node.text("date"), counted]
    title = item.label_in(owner) or item.id
    shown = [line for line in lines if line]
    return Card(title, _experiment_url(item), shown, picture=_picture(call, item))


def show_experiment(call: Call) -> Reply:
    """``GET /browse/experiments/{EXPT_ID}``: its scans, what was made of them, and its files."""
    item = experiment(call)
    above = call.archive.items.by_id("experiment", item.session) if item.session else None
    base = f"/data/experiments/{views.part(item.id)}"
    if above is not None:
        base = f"/data/experiments/{views.part(above.id)}/assessors/{views.part(item.id)}"
    derived = [*call.archive.items.owned(item, "reconstruction"), *call.archive.items.assessors(item.id)]
    sections = _filled(
        ("Scans", [_scan_card(call, item, scan) for scan in views.scans_of(call, item)]),
        ("Derived", [_derived_card(call, one) for one in readable(call, derived)]),
    )
    page = Page(
        title=item.label or item.id,
        kind=f"{call.site.singular(item.xsi_type)} {item.id}",
        trail=_trail(call, item, above),
        facts=views.facts_of(item, _SESSION_FACTS),
        sections=sections,
        resources=[*views.resources_of(call, item, base), *_reconstruction_files(call, item)],
        downloads=(Link("All scans as zip", f"{base}/scans/ALL/files?format=zip"),) if _has_files(call, item) else (),
        empty="This experiment has no scans.",
    )
    return _render(call, "page.html", page)


def _has_files(call: Call, item: Item) -> bool:
    return any(call.archive.items.owned(scan, "resource") for scan in views.scans_of(call, item))


def _reconstruction_files(call: Call, item: Item) -> list[views.ResourceView]:
    base = f"/data/experiments/{views.part(item.id)}/reconstructions"
    owned = call.archive.items.owned(item, "reconstruction")
    return [view for one in owned for view in views.resources_of(call, one, f"{base}/{views.part(one.id)}")]


def _derived_card(call: Call, item: Item) -> Card:
    kind = call.site.singular(item.xsi_type)
    if item.kind == "reconstruction":
        lines, url = [kind, item.node.text("type")], ""
    else:
        lines, url = [kind, item.node.text("date")], _experiment_url(item)
    return Card(item.label or item.id, url, [line for line in lines if line])


def _scan_card(call: Call, owner: Item, scan: Item) -> Card:
    kind, series = scan.node.text("type"), scan.node.text("series_description")
    files = sum(call.archive.files.totals(one.row)[0] for one in call.archive.items.owned(scan, "resource"))
    lines = [series if series != kind else "", views.count_text(files, "file"), scan.node.text("quality")]
    shown = [line for line in lines if line]
    picture = views.picture_url(call, owner, scan)
    return Card(kind or "Scan", views.scan_url(owner, scan), [" · ".join(shown)], scan.id, picture)


def _trail(call: Call, item: Item, above: Item | None) -> list[Link]:
    trail = [_HOME]
    top = item if above is None else above
    if top.project:
        trail.append(Link(top.project, _project_url(top.project)))
    owner = call.archive.items.by_id("subject", top.subject) if top.subject else None
    if owner is not None:
        trail.append(Link(owner.label or owner.id, _subject_url(owner, top.project)))
    if above is not None:
        trail.append(Link(above.label or above.id, _experiment_url(above)))
    return trail


def show_scan(call: Call) -> Reply:
    """``GET /browse/experiments/{ASSESSED_ID}/scans/{SCAN_ID}``: a picture of it, its parameters and its files."""
    owner, scan = _scan(call)
    base = f"/data/experiments/{views.part(owner.id)}/scans/{views.part(scan.id)}"
    resources = views.resources_of(call, scan, base)
    page = Page(
        title=f"{scan.id} {scan.node.text('type')}".strip(),
        kind=call.site.singular(scan.xsi_type),
        trail=[*_trail(call, owner, None), Link(owner.label or owner.id, _experiment_url(owner))],
        facts=views.facts_of(scan, _SCAN_FACTS),
        resources=resources,
        picture=views.picture_url(call, owner, scan),
        downloads=(Link("All files as zip", f"{base}/files?format=zip"),) if resources else (),
        empty="This scan has no files." if not resources else "",
    )
    return _render(call, "page.html", page)


def _scan(call: Call) -> tuple[Item, Item]:
    owner = session(call)
    scan = find_scan(call, owner)
    if scan is None:
        raise not_found("scan")
    return owner, scan


def show_preview(call: Call) -> Reply:
    """``GET .../scans/{SCAN_ID}/preview.png``: the middle image of a scan, or a picture that says why there is none."""
    load_preview()
    from .preview import NoPreview, render  # noqa: PLC0415 - numpy and pydicom are only needed for this

    _, scan = _scan(call)
    file = views.preview_file(call, scan)
    try:
        if file is None:
            raise NoPreview("no DICOM files")
        data = render(call.archive.files.blobs.path(file.blob.name))
    except NoPreview as reason:
        return text_reply(_placeholder(str(reason)), media_type="image/svg+xml")
    return Reply(200, data, "image/png", [("Cache-Control", "private, max-age=60")])


def _placeholder(reason: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256" width="256" height="256">'
        '<rect width="256" height="256" fill="#20262d"/>'
        '<g fill="#9aa7b4" font-family="system-ui,sans-serif" text-anchor="middle">'
        '<text x="128" y="122" font-size="20">No preview</text>'
        f'<text x="128" y="148" font-size="13">{escape(reason)}</text></g></svg>'
    )


# --- the way in and out ---


def login_page(call: Call) -> Reply:
    """``GET /app/template/Login.vm``: where browsers are sent that nobody logged in."""
    found = call.site.sessions.find(call.session_id)
    token = "" if found is None else found.csrf
    return _render(call, "login.html", Page("Log in", ""), failed=call.flag("failed"), token=token)


def log_in(call: Call) -> Reply:
    """``POST /login``: to the projects with a session of one's own, else back to the form."""
    fields = first_values(call.form or read_form(call.body.read()))
    login = fields.get("username") or fields.get("j_username") or ""
    known = call.archive.users.check(login, fields.get("password") or fields.get("j_password") or "")
    if known is None:
        return _redirect(call, "/app/template/Login.vm?failed=true")
    found = auth.log_in(call.site, call.session_id, known)
    call.login, call.session_id = found.login, found.id
    return _redirect(call, "/")


def log_out(call: Call) -> Reply:
    """``GET /app/action/LogoutUser``: the session is over."""
    call.site.sessions.close(call.session_id)
    call.login = call.session_id = ""
    return _redirect(call, "/app/template/Login.vm")


def _redirect(call: Call, path: str) -> Reply:
    return Reply(302, headers=[("Location", f"{call.base_url}{path}")])
