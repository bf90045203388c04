"""What ``download`` is to bring: items by their paths, or by patterns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from ..errors import InvalidValueError, NotFoundError, PermissionDeniedError
from ..levels import Level
from ..patterns import filters
from ..selecting import select
from ..transfers.file_choice import Chosen, FileChoice
from ..transfers.stop import Stop
from ..transfers.workers import DEFAULT_WORKERS, work_through
from .places import listing_at, object_at, place_of
from .told import Missed

if TYPE_CHECKING:
    from ..objects import XnatObject
    from ..session import BaseSession

_KINDS: Final = ("scan", "resource", "file")
_BY_PATTERN: Final = {"resource": "scan_resource"}


def choice_of(include: Sequence[str], exclude: Sequence[str]) -> FileChoice:
    """Returns which files are wanted, as ``--include`` and ``--exclude`` say.

    Raises:
        InvalidValueError: One of them names no kind, or no pattern.
    """
    wanted, without = _by_kind("--include", include), _by_kind("--exclude", exclude)
    return FileChoice(
        scans=wanted["scan"], resources=wanted["resource"], files=wanted["file"],
        without_scans=without["scan"], without_resources=without["resource"], without_files=without["file"],
    )  # fmt: skip


def _by_kind(option: str, words: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for word in words:
        kind, _, pattern = word.partition("=")
        if kind not in found or not pattern:
            msg = f"{option} {word}: it is scan=PATTERN, resource=PATTERN or file=PATTERN, such as {option} scan=T1*"
            raise InvalidValueError(msg)
        found[kind].append(pattern)
    return found


def items_at(
    session: BaseSession, paths: Sequence[str], choice: FileChoice, *, workers: int = DEFAULT_WORKERS
) -> tuple[list[Chosen], list[Missed]]:
    """Returns what paths name, each with the files of it that are wanted, and the paths that name nothing.

    Args:
        session: The connection.
        paths: What was typed; one request for each.
        choice: Which files are wanted.
        workers: Requests at a time.

    Raises:
        NotFoundError: None of them names anything that there is.
        InvalidValueError: One of them names nothing that has files.
    """
    found: dict[str, list[Chosen]] = {}
    missed: dict[str, Missed] = {}
    look = partial(_items, session, choice)
    for done in work_through(dict.fromkeys(paths), look, workers=min(workers, len(paths)), stop=Stop()):
        if isinstance(done.error, NotFoundError | PermissionDeniedError):
            missed[done.unit] = Missed(done.unit, str(done.error), done.error)
        elif done.error is not None:
            raise done.error
        found[done.unit] = done.result or []
    if missed and len(missed) == len(found):
        raise next(missed[path] for path in paths if path in missed).error
    items = [each for path in dict.fromkeys(paths) for each in found[path]]
    return items, [missed[path] for path in dict.fromkeys(paths) if path in missed]


def _items(session: BaseSession, choice: FileChoice, path: str) -> list[Chosen]:
    place = place_of(session, path)
    if place.file:
        return [Chosen(object_at(session, place.uri), FileChoice(paths=(place.file,)))]
    if place.collection == "files":
        if place.kind == "resource":
            return [Chosen(object_at(session, place.uri), choice)]
        return _all(listing_at(session, f"{place.uri}/resources"), choice)
    if place.collection:
        return _all(listing_at(session, path), choice)
    if place.kind == "site":
        msg = f"{path!r} is the whole site: name a project, or projects/ for all of them"
        raise InvalidValueError(msg)
    return [Chosen(object_at(session, path), choice)]


def _all(items: Iterable[XnatObject], choice: FileChoice) -> list[Chosen]:
    return [Chosen(item, choice) for item in items]


def items_by(
    session: BaseSession, patterns: Mapping[str, str], level: str | None, choice: FileChoice, *, is_regex: bool
) -> list[Chosen]:
    """Returns what patterns choose: one request, and one for the projects where they are chosen by a pattern.

    Args:
        session: The connection.
        patterns: Patterns by level.
        level: What is looked for, None for the lowest level with a pattern.
        choice: Which files of it.
        is_regex: Whether the patterns are regular expressions.

    Raises:
        InvalidValueError: There is no such level, or a pattern is none.
    """
    lowest = next((name for name in ("resource", "scan", "experiment", "subject") if name in patterns), "project")
    wanted = Level["XnatObject"]((level or _BY_PATTERN.get(lowest, lowest)).lower())
    return _all(select(session, None, wanted, filters(is_regex, **patterns)), choice)
