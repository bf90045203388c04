"""Levels of the archive, each with the class of what is found there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from .errors import InvalidValueError

if TYPE_CHECKING:
    from .objects import XnatObject

T_co = TypeVar("T_co", bound="XnatObject", covariant=True)

PROJECT: Final = "project"
SUBJECT: Final = "subject"
EXPERIMENT: Final = "experiment"
SCAN: Final = "scan"
RESOURCE: Final = "resource"

NAMES: Final = (
    "project", "project_resource", "subject", "subject_resource", "experiment", "experiment_resource", "scan",
    "scan_resource",
)  # fmt: skip
"""The values of all levels, top down."""


class Level(Generic[T_co]):
    """A level of the archive; checkers take the class of its items from it.

    Attributes:
        value: Its name, such as ``scan_resource``.
    """

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        """Keep the name.

        Raises:
            InvalidValueError: There is no such level.
        """
        if value not in NAMES:
            msg = f"there is no level {value!r}; the levels are {', '.join(NAMES)}"
            raise InvalidValueError(msg)
        self.value: Final = value

    @property
    def holder(self) -> str:
        """The level of the objects whose resources are meant; its own for a level of objects."""
        return self.value.removesuffix("_resource")

    @property
    def is_of_resources(self) -> bool:
        """Whether resources lie there."""
        return self.value.endswith("_resource")

    def __eq__(self, other: object) -> bool:
        return self.value == (other.value if isinstance(other, Level) else other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"<Level {self.value}>"


def level_of(level: Level[T_co] | str) -> Level[T_co]:
    """Returns a level that was given itself or by its name.

    Raises:
        InvalidValueError: There is no such level.
    """
    return level if isinstance(level, Level) else Level(level)
