"""Full URLs of items, for browsers and other programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from .errors import InvalidValueError
from .paths import child, join

if TYPE_CHECKING:
    from .archive import ExperimentObject
    from .objects import XnatObject

_SCHEME: Final = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*\Z")


def external_url(url: str, pairs: Sequence[tuple[str, str]], scheme: str | None) -> str:
    """Returns a full URL with a query and another scheme.

    Args:
        url: A full URL without query.
        pairs: Names and values of the query.
        scheme: Takes the place of ``https``; None keeps it.

    Raises:
        InvalidValueError: The scheme is none.
    """
    if scheme is not None:
        if not _SCHEME.match(scheme):
            msg = f"{scheme!r} is no scheme of a URL, such as https: letters, digits, '+', '-' and '.' only"
            raise InvalidValueError(msg)
        url = f"{scheme}://{url.partition('://')[2]}"
    return f"{url}?{urlencode(pairs)}" if pairs else url


def archive_path(item: XnatObject) -> str:
    """Returns the path of an item for people, as xnatpy gives it.

    Projects, subjects and experiments are named from the project down, below ``/data/archive``; others have their
    ``uri``. One request for an experiment of which only its project is known.
    """
    from .archive import AssessorObject, ExperimentObject, ProjectObject, SubjectObject  # noqa: PLC0415 - few need it

    if isinstance(item, SubjectObject):
        path = item.__xnat_base__()
    elif isinstance(item, ExperimentObject) and not isinstance(item, AssessorObject):
        path = _below_subject(item)
    elif isinstance(item, ProjectObject):
        path = item.uri
    else:
        return item.uri
    return path.replace("/data/projects/", "/data/archive/projects/", 1)


def _below_subject(experiment: ExperimentObject) -> str:
    from .archive import ProjectObject, SubjectObject  # noqa: PLC0415 - as above

    if "/subjects/" in experiment.uri:
        return experiment.uri
    identity = str(experiment.__xnat_value__("ID") or "")
    owner = experiment.__xnat_listing__.owner if experiment.__xnat_listing__ is not None else None
    if isinstance(owner, SubjectObject):
        return child(owner.__xnat_base__(), "experiments", identity)
    subject = str(experiment.__xnat_value__("subject_ID") or "")
    if not subject:
        return experiment.uri
    project = str(experiment.__xnat_value__("project") or "")
    above = owner.uri if isinstance(owner, ProjectObject) else join("data", "projects", project)
    return child(above, "subjects", subject, "experiments", identity)
