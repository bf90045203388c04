"""Tables of the resources of many objects: one request, however many objects there are.

A list of objects that is asked for fields of their resources has a row for each resource (rest-data 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, TypeVar

from .errors import FieldNotOnServerError, UsageError
from .listings import Listing
from .objects import XnatObject
from .paths import child

T_co = TypeVar("T_co", bound=XnatObject, covariant=True)

_RESOURCE: Final = "xnat:resourceCatalog"
_FACTS: Final = ("label", "file_count", "file_size")
_SESSION: Final[Mapping[str, str]] = {
    "session_ID": "ID",
    "session_label": "label",
    "session_type": "xsiType",
    "subject_ID": "subject_ID",
    "subject_label": "subject_label",
    "project": "project",
}


class ResourceTable(Listing[T_co]):
    """Resources of many objects; each row tells the object that holds it, and what that belongs to."""

    root: ClassVar[str]
    """Type of the objects that are listed."""
    below: ClassVar[str]
    """Path of their resources, with the type that it begins at."""
    names: ClassVar[Mapping[str, str]]
    """Names that rows have here -> columns to ask for; the keys of the answer are the columns in lower case, or as
    they are where they are short names."""
    held_by: ClassVar[Mapping[str, str]]
    """Paths of the holder's fields -> names in the row."""

    def _query(self) -> list[tuple[str, str]]:
        columns = [*self.names.values(), *(f"{self.below}/{fact}" for fact in _FACTS)]
        return [("format", "json"), ("xsiType", self.root), ("columns", ",".join(dict.fromkeys(columns)))]

    def _read(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:
        label = f"{self.below}/label".lower()
        if rows and not any(label in row for row in rows):
            msg = f"this server lists no resources of many objects ({label}): ask each object for its resources"
            raise FieldNotOnServerError(msg, field=label)
        return [self._resource_row(row) for row in rows if row.get(label)]

    def _resource_row(self, row: Mapping[str, object]) -> dict[str, object]:
        made: dict[str, object] = {fact: row.get(f"{self.below}/{fact}".lower(), "") for fact in _FACTS}
        for name, column in self.names.items():
            made[name] = row.get(column.lower() if "/" in column else column, "")
        made["URI"] = child(f"{self._holder_uri(made)}/resources", str(made["label"]))
        return made

    def _holder_uri(self, row: Mapping[str, object]) -> str:
        return child("/data/experiments", str(row["session_ID"]))

    def uri_of(self, row: Mapping[str, object]) -> str:
        """Returns the path of a row's resource."""
        return str(row["URI"])

    def _make(self, row: dict[str, object]) -> T_co:
        known: dict[str, object] = {fact: row[fact] for fact in _FACTS if row[fact] != ""}
        made, _ = self._class_of(_RESOURCE)
        return made.__xnat_from_server__(self._session, str(row["URI"]), known, self._holder(row))

    def _holder(self, row: Mapping[str, object]) -> XnatObject:
        """Returns the object that holds the resource, with what the row tells of it."""
        values: dict[str, object] = {path: row[name] for path, name in self.held_by.items() if row[name]}
        found = self._object_class(str(row.get("holder_type") or ""))
        return found.__xnat_from_server__(self._session, self._holder_uri(row), values, None)

    def _object_class(self, xsi_type: str) -> type[XnatObject]:
        name = self.below.partition("/")[0]
        declared = self._session.registry.load(name)
        if declared is None or not issubclass(declared, XnatObject):
            msg = f"this package was generated without {name}"
            raise UsageError(msg)
        return self._session.class_for(xsi_type, declared)


class ScanResourceTable(ResourceTable[T_co]):
    """The resources of the scans of all imaging sessions."""

    root = "xnat:imageSessionData"
    below = "xnat:imageScanData/file"
    names: ClassVar[Mapping[str, str]] = {
        **_SESSION,
        "scan_ID": "xnat:imageScanData/ID",
        "scan_type": "xnat:imageScanData/type",
        "holder_type": "xnat:imageScanData/extension_item/element_name",
    }
    held_by: ClassVar[Mapping[str, str]] = {"ID": "scan_ID", "type": "scan_type"}

    def _holder_uri(self, row: Mapping[str, object]) -> str:
        return child(f"{super()._holder_uri(row)}/scans", str(row["scan_ID"]))


class ExperimentResourceTable(ResourceTable[T_co]):
    """The resources that experiments have themselves."""

    root = "xnat:subjectAssessorData"
    below = "xnat:subjectAssessorData/resources/resource"
    names: ClassVar[Mapping[str, str]] = {**_SESSION, "holder_type": "xsiType"}
    held_by: ClassVar[Mapping[str, str]] = {
        "ID": "session_ID", "label": "session_label", "subject_ID": "subject_ID", "project": "project",
    }  # fmt: skip


class SubjectResourceTable(ResourceTable[T_co]):
    """The resources that subjects have themselves."""

    root = "xnat:subjectData"
    below = "xnat:subjectData/resources/resource"
    names: ClassVar[Mapping[str, str]] = {"subject_ID": "ID", "subject_label": "label", "project": "project"}
    held_by: ClassVar[Mapping[str, str]] = {"ID": "subject_ID", "label": "subject_label", "project": "project"}

    def _holder_uri(self, row: Mapping[str, object]) -> str:
        return child(child("/data/projects", str(row["project"])) + "/subjects", str(row["subject_ID"]))


class ProjectResourceTable(ResourceTable[T_co]):
    """The resources that projects have themselves."""

    root = "xnat:projectData"
    below = "xnat:projectData/resources/resource"
    names: ClassVar[Mapping[str, str]] = {"project": "ID", "project_name": "name"}
    held_by: ClassVar[Mapping[str, str]] = {"ID": "project", "name": "project_name"}

    def _holder_uri(self, row: Mapping[str, object]) -> str:
        return child("/data/projects", str(row["project"]))
