"""Runtime bases of the data types that have a REST path, for generated models and the modules beside this one.

Each is imported when it is asked for, so that a list of projects does not wait for what scans and resources need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .archive_item import ArchiveObject
    from .hierarchy import ExperimentObject, LabelledObject, ProjectObject, SubjectObject
    from .imaging import AssessorObject, ImageSessionObject, ReconstructionObject, ScanObject
    from .resource_object import ResourceObject

__all__ = [
    "ArchiveObject",
    "AssessorObject",
    "ExperimentObject",
    "ImageSessionObject",
    "LabelledObject",
    "ProjectObject",
    "ReconstructionObject",
    "ResourceObject",
    "ScanObject",
    "SubjectObject",
]

_MODULES: Final = {
    "ArchiveObject": "archive_item",
    "AssessorObject": "imaging",
    "ExperimentObject": "hierarchy",
    "ImageSessionObject": "imaging",
    "LabelledObject": "hierarchy",
    "ProjectObject": "hierarchy",
    "ReconstructionObject": "imaging",
    "ResourceObject": "resource_object",
    "ScanObject": "imaging",
    "SubjectObject": "hierarchy",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> type:
        """Returns a base; see `__all__`."""
        module = _MODULES.get(name)
        if module is None:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        found = globals()[name] = getattr(import_module(f".{module}", __package__), name)
        return found
