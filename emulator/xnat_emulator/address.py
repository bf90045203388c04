"""Which object a URL means (rest-data 1.4); what the caller may not read is not found (rest-data 2.5.4)."""

from __future__ import annotations

from . import permissions
from .auth import unseen_by_guests
from .call import Call
from .errors import StatusError, not_found
from .store.items import Item


def stored_project(call: Call, name: str) -> Item | None:
    """Return a project by ID or alias, whoever asks."""
    found = call.archive.items.by_id("project", name)
    if found is not None:
        return found
    for project in call.archive.items.all("project"):
        aliases = project.node.children.get("aliases/alias", ())
        if any(alias.text("alias") == name for alias in aliases):
            return project
    return None


def _seen(call: Call, item: Item | None) -> Item | None:
    return item if item is not None and permissions.may(call, "read", item) else None


def find_project(call: Call) -> Item | None:
    """Return the project of the URL, by ID or alias; None when there is no such project or none in the URL."""
    name = call.segment("PROJECT_ID")
    return None if name is None else project_named(call, name)


def project_named(call: Call, name: str) -> Item | None:
    """Return a project the caller may read by ID or alias."""
    return _seen(call, stored_project(call, name))


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


def listed_project(call: Call) -> Item | None:
    """Return the project whose subjects or experiments are listed, None for the whole site (rest-data 4.7).

    Raises:
        StatusError: 404, the project is unknown or invisible; 403, the caller may see it, but no subjects in it.
    """
    owner = optional_project(call)
    if owner is not None:
        permissions.require_in(call, "read", owner.id, "xnat:subjectData")
    return owner


def find_subject(call: Call, owner: Item | None) -> Item | None:
    """Return the subject of the URL: by accession id, by label too when a project is known."""
    return subject_named(call, call.segment("SUBJECT_ID") or "", owner)


def subject_named(call: Call, name: str, owner: Item | None) -> Item | None:
    """Return a subject by accession id, or by its label in a project."""
    if owner is None:
        return _seen(call, call.archive.items.by_id("subject", name))
    found = call.archive.items.by_label("subject", owner.id, name)
    if found is None:
        found = call.archive.items.by_id("subject", name)
        found = found if found is not None and _belongs(found, owner) else None
    return _seen(call, found)


def _belongs(item: Item, owner: Item) -> bool:
    return item.project == owner.id or item.share_label(owner.id) is not None


def _above(call: Call) -> Item | None:
    """Return the project that the URL of one object names, None without one; guests are told nothing of hidden ones."""
    if call.segment("PROJECT_ID") is not None and find_project(call) is None:
        unseen_by_guests(call)
    return optional_project(call)


def subject(call: Call) -> Item:
    """Return the subject of the URL.

    Raises:
        StatusError: 404, the project or the subject is missing; a label works only below a project.
        AccessRefused: Guests are told nothing (rest-data 2.5.5).
    """
    owner = _above(call)
    found = find_subject(call, owner)
    if found is not None:
        return found
    unseen_by_guests(call)
    if owner is None:
        raise StatusError(404, "Unable to find the specified subject: an accession number is needed without a project.")
    raise not_found("subject")


def find_experiment(call: Call, name: str, owner: Item | None) -> Item | None:
    """Return an experiment by accession id, or by its label in a project.

    Only ``/projects/P/experiments/E`` takes accession ids of other projects (rest-data 1.4).
    """
    found = call.archive.items.by_id("experiment", name)
    nested = call.segment("SUBJECT_ID") is not None or call.segment("ASSESSED_ID") is not None
    if found is not None and nested and owner is not None and not _belongs(found, owner):
        found = None
    if found is None and owner is not None:
        found = call.archive.items.by_label("experiment", owner.id, name)
    return _seen(call, found)


def experiment(call: Call, placeholder: str = "EXPT_ID") -> Item:
    """Return the experiment of the URL.

    Raises:
        StatusError: 404, the project, the subject or the experiment is missing.
        AccessRefused: Guests are told nothing (rest-data 2.5.5).
    """
    owner = _above(call)
    if call.segment("SUBJECT_ID") is not None:
        subject(call)
    found = find_experiment(call, call.segment(placeholder) or "", owner)
    if found is None:
        unseen_by_guests(call)
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
    """Return the reconstruction of the URL: their ids are those of the whole site (rest-data 7.3)."""
    name, items = call.segment("RECON_ID") or "", call.archive.items
    return items.member(owner, "reconstruction", name) or _seen(call, items.by_id("reconstruction", name))


def find_assessor(call: Call, owner: Item) -> Item | None:
    """Return the assessor of the URL, by accession id or label."""
    name = call.segment("EXPT_ID") or ""
    assessors = call.archive.items.assessors(owner.id)
    return _seen(call, next((item for item in assessors if name in {item.id, item.label}), None))
