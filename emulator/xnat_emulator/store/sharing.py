"""What it takes to show an object in another project, and to move it there (rest-data 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .patch import Patch

if TYPE_CHECKING:
    from .archive import Archive
    from .change import Change
    from .items import Item

_SLOT = "sharing/share"


def share(archive: Archive, item: Item, project: str, label: str, change: Change) -> None:
    """Show an object in a project under a label; shared already, it gets the label.

    The scans of a session go along (rest-data 7.5.6).
    """
    share_alone(archive, item, project, label, change)
    for scan in archive.items.owned(item, "scan"):
        if scan.share_label(project) is None:
            share_alone(archive, scan, project, scan.id, change)


def share_alone(archive: Archive, item: Item, project: str, label: str, change: Change) -> None:
    """Show an object in a project, without its scans."""
    entry = Patch(values={"project": project, "label": label})
    archive.update(item, Patch(children={_SLOT: [entry]}), change)


def unshare(archive: Archive, item: Item, project: str, change: Change) -> None:
    """Take an object and its scans out of a project that only shares it."""
    for one in (item, *archive.items.owned(item, "scan")):
        if one.share_label(project) is not None:
            entry = Patch(values={"project": project}, removed=True)
            archive.update(one, Patch(children={_SLOT: [entry]}), change)


def move(archive: Archive, item: Item, project: str, label: str, change: Change) -> None:
    """Make a project the primary one of an object and of its scans; it no longer shares what it owns."""
    unshare(archive, item, project, change)
    values = {"project": project, "label": label} if label else {"project": project}
    archive.update(item, Patch(values=dict(values)), change)
    for scan in archive.items.owned(item, "scan"):
        archive.update(scan, Patch(values={"project": project}), change)
