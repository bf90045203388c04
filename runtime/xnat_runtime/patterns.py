"""Objects found by patterns over the levels of the archive: one request a level, however many objects there are."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast, overload

import attrs

from .errors import InvalidValueError
from .levels import EXPERIMENT, PROJECT, RESOURCE, SCAN, SUBJECT, Level, level_of

if TYPE_CHECKING:
    from .objects import XnatObject
    from .session import BaseSession

S_co = TypeVar("S_co", bound="XnatObject", covariant=True)
T = TypeVar("T", bound="XnatObject")

# Any: each level has another class, and callers name the classes of their own package.
Condition: TypeAlias = Callable[[Any], bool]
"""Takes an object of a level and returns whether it, and what lies below it, is wanted."""
Wanted: TypeAlias = "str | re.Pattern[str] | Condition | None"
"""A pattern for the name of an object, a condition, or None for all."""


@attrs.frozen
class FilterFunctions:
    """Conditions that objects of each level must fulfil; a level without one takes all.

    Attributes:
        project: Of the project.
        subject: Of the subject.
        experiment: Of the experiment.
        scan: Of the scan.
        resource: Of the resource.
    """

    project: Condition | None = None
    subject: Condition | None = None
    experiment: Condition | None = None
    scan: Condition | None = None
    resource: Condition | None = None


@attrs.frozen
class Filters:
    """What is wanted, by level: conditions on objects, and tests of names, which cost no object.

    Attributes:
        conditions: Conditions by level.
        names: Tests of names by level.
    """

    conditions: dict[str, Condition] = attrs.field(factory=dict[str, Condition])
    names: dict[str, Callable[[str], object]] = attrs.field(factory=dict[str, Callable[[str], object]])

    def has(self, level: str) -> bool:
        """Returns whether something is wanted of this level."""
        return level in self.conditions or level in self.names


def filters_of(functions: FilterFunctions | None) -> Filters:
    """Returns the conditions of a `FilterFunctions`."""
    found = attrs.asdict(functions) if functions is not None else {}
    return Filters({level: condition for level, condition in found.items() if condition is not None})


def filters(use_regex: bool, **wanted: Wanted) -> Filters:
    """Returns patterns and conditions, told apart.

    Args:
        use_regex: Whether texts are regular expressions that the whole name must match; else they are shell patterns.
        wanted: What is wanted, by level.

    Raises:
        InvalidValueError: A text is no regular expression, or something is neither pattern nor condition.
    """
    made = Filters()
    for level, one in wanted.items():
        if isinstance(one, str):
            made.names[level] = _compiled(level, one if use_regex else fnmatch.translate(one)).fullmatch
        elif isinstance(one, re.Pattern):
            made.names[level] = one.fullmatch
        elif callable(one):
            made.conditions[level] = one
        elif cast("object", one) is not None:
            msg = f"{level}= takes a pattern or a function, not {type(one).__name__}"
            raise InvalidValueError(msg)
    return made


def _compiled(level: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        msg = f"{level}= is no regular expression: {error}"
        raise InvalidValueError(msg) from None


class Search(Generic[S_co]):
    """Finds objects of a level by the names of what they lie in; called as ``session.search(...)``."""

    def __init__(self, session: BaseSession) -> None:
        """Keep the connection."""
        self._session = session

    def __repr__(self) -> str:
        return f"<Search of {self._session!r}>"

    @overload
    def __call__(
        self,
        project: Wanted = None,
        subject: Wanted = None,
        experiment: Wanted = None,
        scan: Wanted = None,
        resource: Wanted = None,
        use_regex: bool = False,
    ) -> list[S_co]: ...
    @overload
    def __call__(
        self,
        project: Wanted = None,
        subject: Wanted = None,
        experiment: Wanted = None,
        scan: Wanted = None,
        resource: Wanted = None,
        use_regex: bool = False,
        *,
        level: Level[T],
    ) -> list[T]: ...
    @overload
    def __call__(
        self,
        project: Wanted = None,
        subject: Wanted = None,
        experiment: Wanted = None,
        scan: Wanted = None,
        resource: Wanted = None,
        use_regex: bool = False,
        *,
        level: str,
    ) -> list[XnatObject]: ...
    def __call__(  # noqa: PLR0917  # xnatpy's order
        self,
        project: Wanted = None,
        subject: Wanted = None,
        experiment: Wanted = None,
        scan: Wanted = None,
        resource: Wanted = None,
        use_regex: bool = False,
        *,
        level: Level[XnatObject] | str = SCAN,
    ) -> list[Any]:  # Any: the overloads say which class
        """Returns the objects of a level that lie in matching objects and match themselves.

        At most two requests: one for the projects when they are filtered, one for all objects of the level. Conditions
        get objects that know their ID, label and project; other fields that they read cost a request an object.

        Args:
            project: Pattern for the ID or the name of the project, such as ``sand*``; or a function that takes the
                project and returns whether it is wanted; or a compiled regular expression.
            subject: The same for the label or ID of the subject.
            experiment: The same for the label or ID of the experiment.
            scan: The same for the type of the scan.
            resource: The same for the label of the resource, on the levels of resources.
            use_regex: Whether texts are regular expressions, which must match the whole name.
            level: Level of the objects to find, such as ``MappingLevel.SUBJECT``, or its name.

        Raises:
            InvalidValueError: A pattern is none, or there is no such level.
        """
        wanted = filters(
            use_regex, **{PROJECT: project, SUBJECT: subject, EXPERIMENT: experiment, SCAN: scan, RESOURCE: resource}
        )
        from .selecting import select  # noqa: PLC0415  # few connections search

        return select(self._session, None, level_of(level), wanted)
