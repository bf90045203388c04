"""What a listing shows of each kind of items, and how its columns are called."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from ..codec import DATETIME
from ..variable_columns import LIST

Convert = Callable[[object], object]


@attrs.frozen
class View:
    """What people want to see of the items of one kind.

    Attributes:
        noun: What one is called.
        columns: Columns of the table.
        asked: Columns that the server sends when asked, by its short names; one request all the same.
        told: Further columns that rows have.
    """

    noun: str
    columns: tuple[str, ...]
    asked: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


_RESOURCE: Final = View("resource", ("label", "file_count", "file_size", "format", "content", "id"))
VIEWS: Final[Mapping[str, View]] = {
    "projects": View("project", ("id", "name", "description")),
    "subjects": View("subject", ("label", "id", "project", "insert_date")),
    "experiments": View("experiment", ("label", "date", "xsi_type", "id")),
    "sessions": View("session", ("label", "subject", "date", "xsi_type", "id"), ("subject_ID", "subject_label")),
    "scans": View("scan", ("id", "type", "series_description", "frames", "quality", "xsi_type"), ("frames",)),
    "assessors": View("assessor", ("label", "session", "date", "xsi_type", "id")),
    "reconstructions": View("reconstruction", ("id", "type", "base_scan_type")),
    "resources": _RESOURCE,
    "in_resources": _RESOURCE,
    "out_resources": _RESOURCE,
    "files": View("file", ("path", "resource", "size", "format")),
}
"""Views by the name of the collection."""

# Below a project or a subject, the list of experiments knows the subject of each.
OF_SUBJECTS: Final = View(
    "experiment", ("label", "subject", "date", "xsi_type", "id"), ("subject_ID", "subject_label")
)  # fmt: skip
OF_A_PROJECT: Final = View(
    "scan",
    ("session", *VIEWS["scans"].columns),
    ("frames",),
    ("session_id", "session_type", "subject", "subject_id", "project"),
)
OF_A_RESOURCE: Final = View("file", ("path", "size", "format"))

NAMES: Final[Mapping[str, str]] = {
    "ID": "id",
    "secondary_ID": "secondary_id",
    "xsiType": "xsi_type",
    "element_name": "xsi_type",
    "PI/firstname": "pi.firstname",
    "PI/lastname": "pi.lastname",
    "subject_ID": "subject_id",
    "subject_label": "subject",
    "session_ID": "session_id",
    "session_label": "session",
    "baseScanType": "base_scan_type",
    "xnat_abstractresource_id": "id",
    "collection": "resource",
    "cat_ID": "resource_id",
    "Name": "name",
    "Size": "size",
    "file_content": "content",
    "file_format": "format",
    "file_tags": "tags",
}
"""Names of columns by the server's, where they differ."""

DROPPED: Final = frozenset({
    "URI", "xnat_imagescandata_id", "xnat_reconstructedimagedata_id", "cat_id", "cat_desc", "category",
})  # fmt: skip
"""Bookkeeping of the server that nobody asks for."""


def name_of(key: str) -> str:
    """Returns the name of a column by the server's."""
    return NAMES.get(key, key)


def is_dropped(key: str) -> bool:
    """Whether a column of the server is left out unless it is asked for by name.

    That is bookkeeping, the key that it adds under its type's name, and the custom variables beside the one that was
    asked for, since it sends all or none.
    """
    return key in DROPPED or (":" in key and key.endswith("/id")) or key.startswith(f"{LIST}[")


def _number(value: object) -> object:
    text = str(value if value is not None else "")
    return int(text) if text.isdecimal() else value


def _moment(value: object) -> object:
    try:
        found: datetime.datetime | None = DATETIME.decode(value)
    except ValueError:
        return value
    return found


CONVERTED: Final[Mapping[str, Convert]] = {
    "size": _number,
    "file_size": _number,
    "file_count": _number,
    "frames": _number,
    "insert_date": _moment,
    "last_modified": _moment,
}
"""Columns that are numbers or moments; all others stand as the server sent them."""
