"""What of a project is copied to another server, and what becomes of what is there."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

if TYPE_CHECKING:
    from ..objects import XnatObject
    from ..registry import Registry

IfThere: TypeAlias = Literal["error", "skip"]
"""Items of the same label on the target stop a copy before anything is written, or stay as they are."""


@attrs.frozen
class CopyChoice:
    """What of a project is copied; everything by default.

    A text may hold ``*`` and ``?``; case counts.

    Attributes:
        subjects: Labels of subjects.
        types: Data types of experiments and assessors: classes such as ``MrSessionData``, with those that extend them,
            or texts such as ``xnat:mr*``. A session that is left out takes its assessors with it, and a session goes
            without those assessors whose types are not named.
        scan_types: Types of scans, such as ``T1*``; scans of others are not made, nor are their files copied.
        resources: Labels of resources at every level.
    """

    subjects: Sequence[str] = ()
    types: Sequence[type[XnatObject] | str] = ()
    scan_types: Sequence[str] = ()
    resources: Sequence[str] = ()

    def has_subject(self, label: str) -> bool:
        """Return whether a subject is copied."""
        return _matches(label, self.subjects)

    def has_type(self, xsi_type: str, registry: Registry) -> bool:
        """Return whether experiments of a data type are copied."""
        return not self.types or any(_is_of(xsi_type, each, registry) for each in self.types)

    def has_scan(self, scan_type: str) -> bool:
        """Return whether scans of a type are copied."""
        return _matches(scan_type, self.scan_types)

    def has_resource(self, label: str) -> bool:
        """Return whether resources of a label are copied."""
        return _matches(label, self.resources)


def _matches(text: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)


def _is_of(xsi_type: str, wanted: type[XnatObject] | str, registry: Registry) -> bool:
    if isinstance(wanted, str):
        return fnmatchcase(xsi_type, wanted)
    from ..classes import plain_class  # noqa: PLC0415 - texts need no classes

    found = registry.load(xsi_type)
    return found is not None and issubclass(found, plain_class(wanted))
