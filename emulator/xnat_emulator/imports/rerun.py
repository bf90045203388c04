"""Anonymising archived sessions once more, because their label or their subject is another (rest-data 7.4, 20)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress

from ..call import Call
from ..store.change import Change
from ..store.items import Item

_DICOM = frozenset({"DICOM", "secondary"})


def rerun(call: Call, session: Item, change: Change) -> None:
    """Anonymise the DICOM files of a session's scans again on a site that anonymises.

    Up to the line of 1.9 this always happens, there only with the preference ``rerunProjectAnonOnRename``.
    """
    preferred = call.site.mode.version != "1.9" or call.archive.settings.flag("rerunProjectAnonOnRename")
    if not call.site.mode.anonymise or not preferred:
        return
    subject = call.archive.items.by_id("subject", session.node.text("subject_ID"))
    name = "" if subject is None else subject.label
    for resource in _resources(call, session):
        _anonymise(call, resource, (name, session.label), change)
        call.archive.count_files(resource, change)


def _resources(call: Call, session: Item) -> Iterator[Item]:
    for scan in call.archive.items.owned(session, "scan"):
        for resource in call.archive.items.owned(scan, "resource", "file"):
            if resource.label in _DICOM or resource.node.text("format") == "DICOM":
                yield resource


def _anonymise(call: Call, resource: Item, names: tuple[str, str], change: Change) -> None:
    """Replace what can be read; other files stay as they are."""
    from .anonymise import anonymised  # noqa: PLC0415 - reads DICOM, which start-up must not load

    files = call.archive.files
    for file in files.of(resource.row):
        with suppress(ValueError):
            data = anonymised(files.blobs.path(file.blob.name), *names)
            files.put(resource.row, file.path, files.blobs.add(io.BytesIO(data)), file.facts, change)
