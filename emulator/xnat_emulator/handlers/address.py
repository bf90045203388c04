"""Which object a URL means (rest-data 1.4)."""

from __future__ import annotations

from ..call import Call
from ..errors import StatusError, not_found
from ..store.items import Item


def find_project(call: Call) -> Item | None:
    """Return the project of the URL, by ID or alias; None when there is no such project or none in the URL."""
    name = call.segment("PROJECT_ID")
    return None if name is None else project_named(call, name)


def project_named(call: Call, name: str) -> Item | None:
    """Return a project by ID or alias."""
    found = call.archive.items.by_id("project", name)
    if found is not None:
        return found
    for project in call.archive.items.all("project"):
        aliases = project.node.children.get("aliases/alias", ())
        if any(alias.text("alias") == name for alias in aliases):
            return project
    return None


def project(call: Call) -> Item:
    """Return the project of the URL.

    Raises:
        StatusError: 404, there is none.
    """
    found = find_project(call)
    if found is None:
        raise not_found("project")
    return found


def optional_project(call: Call) -> Item | None:
    """Return the project of the URL, None when the URL names none; an unknown one is refused."""
    return None if call.segment("PROJECT_ID") is None else project(call)


def find_subject(call: Call, owner: Item | None) -> Item | None:
    """Return the subject of the URL: by accession id, by label too when a project is known."""
    return subject_named(call, call.segment("SUBJECT_ID") or "", owner)


def subject_named(call: Call, name: str, owner: Item | None) -> Item | None:
    """Return a subject by accession id, or by its label in a project."""
    if owner is None:
        return call.archive.items.by_id("subject", name)
    found = call.archive.items.by_label("subject", owner.id, name)
    if found is not None:
        return found
    found = call.archive.items.by_id("subject", name)
    return found if found is not None and _seen_in(found, owner) else None


def _seen_in(item: Item, owner: Item) -> bool:
    return item.project == owner.id or item.share_label(owner.id) is not None


def subject(call: Call) -> Item:
    """Return the subject of the URL.

    Raises:
        StatusError: 404, the project or the subject is missing; a label works only below a project.
    """
    owner = optional_project(call)
    found = find_subject(call, owner)
    if found is None and owner is None:
        raise StatusError(404, "Unable to find the specified subject: an accession number is needed without a project.")
    if found is None:
        raise not_found("subject")
    return found


def find_experiment(call: Call, name: str, owner: Item | None) -> Item | None:
    """Return an experiment by accession id, or by its label in a project."""
    found = call.archive.items.by_id("experiment", name)
    if found is None and owner is not None:
        found = call.archive.items.by_label("experiment", owner.id, name)
    return found


def experiment(call: Call, placeholder: str = "EXPT_ID") -> Item:
    """Return the experiment of the URL.

    Raises:
        StatusError: 404, the project, the subject or the experiment is missing.
    """
    owner = optional_project(call)
    if call.segment("SUBJECT_ID") is not None:
        subject(call)
    found = find_experiment(call, call.segment(placeholder) or "", owner)
    if found is None:
        raise not_found("experiment")
    return found


def session(call: Call) -> Item:
    """Return the imaging session above scans, reconstructions and assessors.

    Raises:
        StatusError: 404, there is none.
    """
    return experiment(call, "ASSESSED_ID")


def find_scan(call: Call, owner: Item) -> Item | None:
    """Return the scan of the URL."""
    return call.archive.items.member(owner, "scan", call.segment("SCAN_ID") or "")


def find_reconstruction(call: Call, owner: Item) -> Item | None:
    """Return the reconstruction of the URL."""
    return call.archive.items.member(owner, "reconstruction", call.segment("RECON_ID") or "")


def find_assessor(call: Call, owner: Item) -> Item | None:
    """Return the assessor of the URL, by accession id or label."""
    name = call.segment("EXPT_ID") or ""
    return next((item for item in call.archive.items.assessors(owner.id) if name in {item.id, item.label}), None)
