"""The demo archive: two projects with sessions, DICOM files and derived data, the same on every start."""

from .projects import fill

__all__ = ["fill"]
