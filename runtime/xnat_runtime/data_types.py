"""The lists of data types that a server has (schema-and-search 1.2, 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from .errors import InvalidValueError, UnexpectedAnswerError

if TYPE_CHECKING:
    from .transport import JsonValue
    from .verbs import Verbs

DataTypeList: TypeAlias = Literal[
    "browseable", "browseableCreateable", "createable", "searchable", "searchableByDesc", "searchableByPluralDesc"
]
"""Which types a list has: those that menus show, that can be created, or that can be searched, in another order."""

_LISTS: Final = frozenset[str]((
    "browseable", "browseableCreateable", "createable", "searchable", "searchableByDesc", "searchableByPluralDesc",
))  # fmt: skip
_TYPES: Final = "/xapi/schemas/datatypes"
_DISPLAYS: Final = "/xapi/access/displays"


@attrs.frozen
class DataType:
    """A data type as the site shows it.

    Attributes:
        xsi_type: Its name in the schemas, such as ``xnat:mrSessionData``.
        singular: What the site calls one of it, "" when the server does not say.
        plural: What it calls several.
        description: What its schema says of it, "" for nothing.
        is_experiment: Whether it is an experiment.
        is_subject_assessor: Whether it is an experiment of a subject.
        is_image_assessor: Whether it is an assessor of an imaging session.
        is_image_session: Whether it is an imaging session.
        is_image_scan: Whether it is a scan.
        raw: All that the server says of it.
    """

    xsi_type: str
    singular: str = ""
    plural: str = ""
    description: str = attrs.field(default="", repr=False)
    is_experiment: bool = attrs.field(default=False, repr=False)
    is_subject_assessor: bool = attrs.field(default=False, repr=False)
    is_image_assessor: bool = attrs.field(default=False, repr=False)
    is_image_session: bool = attrs.field(default=False, repr=False)
    is_image_scan: bool = attrs.field(default=False, repr=False)
    raw: Mapping[str, JsonValue] = attrs.field(factory=dict[str, "JsonValue"], repr=False)


class DataTypes:
    """The data types of a server; each call is one request."""

    def __init__(self, session: Verbs) -> None:
        self._session = session

    def names(self) -> tuple[str, ...]:
        """Returns every type that the schemas of the server define, such as ``xnat:mrSessionData``."""
        return self._names(_TYPES)

    def searchable_names(self) -> tuple[str, ...]:
        """Returns the types that searches can be about."""
        return self._names(f"{_TYPES}/searchable")

    def _names(self, path: str) -> tuple[str, ...]:
        return tuple(str(name) for name in self._list(path))

    def shown(self, which: DataTypeList = "browseable") -> tuple[DataType, ...]:
        """Returns the types of one of the site's lists, in the order that it has there.

        What you see depends on what you may read. A type of a plugin that is set up on the site is among them.

        Args:
            which: The list; by default the types that menus show.

        Raises:
            InvalidValueError: There is no such list.
        """
        if which not in _LISTS:
            msg = f"there is no list {which!r} of data types; there are {', '.join(sorted(_LISTS))}"
            raise InvalidValueError(msg)
        return tuple(_data_type(row) for row in self._list(f"{_DISPLAYS}/{which}") if isinstance(row, dict))

    def _list(self, path: str) -> list[JsonValue]:
        found = self._session.get_json(path)
        if not isinstance(found, list):
            msg = "the answer is no list of data types"
            raise UnexpectedAnswerError(msg, method="GET", url=path)
        return found

    def __repr__(self) -> str:
        return f"<DataTypes of {self._session!r}>"


def _data_type(raw: Mapping[str, JsonValue]) -> DataType:
    def text(name: str) -> str:
        return str(raw.get(name) or "")

    def flag(name: str) -> bool:
        return str(raw.get(name)).lower() == "true"

    return DataType(
        text("elementName"),
        singular=text("singular"),
        plural=text("plural"),
        description=text("xsDescription"),
        is_experiment=flag("isExperiment"),
        is_subject_assessor=flag("isSubjectAssessor"),
        is_image_assessor=flag("isImageAssessor"),
        is_image_session=flag("isImageSession"),
        is_image_scan=flag("isImageScan"),
        raw=raw,
    )
