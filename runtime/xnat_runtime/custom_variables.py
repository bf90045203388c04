"""Custom variables as the projects define them: typed values in groups, checked before they are sent."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from .archive_item import ArchiveObject
from .codec import Duration
from .errors import KeyNotFoundError
from .variable_definitions import CustomVariableDef, Groups

if TYPE_CHECKING:
    from .lists import KeyedValues
    from .value_map import ValueMap

VariableValue: TypeAlias = (
    str | int | float | bool | datetime.date | datetime.time | datetime.datetime | Duration | None
)
"""A value of a custom variable; None when it is not set."""


class VariablesObject(ArchiveObject):
    """An item that can have custom variables: a project, subject or experiment."""

    if TYPE_CHECKING:
        # Generated classes declare it.
        fields: KeyedValues[str]

    @property
    def custom_variables(self) -> CustomVariableMap:
        """The custom variables that the item's project defines, by group: ``custom_variables["default"]["Notes"]``.

        Values have the type of their definition and are None when unset. The definitions cost one request a project
        and connection, the values one request an item (its document), or none where a listing has them for all its
        items, as in ``project.subjects.columns(SubjectData.fields)``; ``fields`` has the texts, unchecked.
        """
        return CustomVariableMap(self, self.fields)

    def __xnat_variables_project__(self) -> str:
        """Returns the ID of the project whose definitions hold."""
        return str(self.__xnat_value__("project") or "")


class CustomVariableMap(Mapping[str, "CustomVariableGroup"]):
    """The groups of custom variables of one item, by name."""

    __slots__ = ("_item", "_values")

    def __init__(self, item: VariablesObject, values: ValueMap[str]) -> None:
        self._item = item
        self._values = values

    def _groups(self) -> Groups:
        definitions, project = self._item.session.variable_definitions, self._item.__xnat_variables_project__()
        definitions.offer(project, self._item)
        return definitions.groups(project, self._item.xsi_type)

    def __getitem__(self, name: str) -> CustomVariableGroup:
        groups = self._groups()
        if name not in groups:
            msg = f"the project defines no group {name!r} of custom variables: it has {', '.join(groups) or 'none'}"
            raise KeyNotFoundError(msg)
        return CustomVariableGroup(name, groups[name], self._item, self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups())

    def __len__(self) -> int:
        return len(self._groups())

    def __contains__(self, name: object) -> bool:
        return name in self._groups()

    def refresh(self) -> None:
        """Forgets the definitions of the project, for all items of the connection; the next use asks again."""
        self._item.session.variable_definitions.forget(self._item.__xnat_variables_project__())

    def __repr__(self) -> str:
        return f"<CustomVariableMap groups: [{', '.join(self)}]>"


class CustomVariableGroup(Mapping[str, VariableValue]):
    """The custom variables of one group, by name; assigning sends at once, or with the item's edit().

    All variables that the project defines are there; those without a value read as None.
    """

    __slots__ = ("_definitions", "_item", "_values", "name")

    def __init__(
        self, name: str, definitions: dict[str, CustomVariableDef], item: VariablesObject, values: ValueMap[str]
    ) -> None:
        self.name = name
        self._definitions = definitions
        self._item = item
        self._values = values

    @property
    def definitions(self) -> Mapping[str, CustomVariableDef]:
        """What the project says of each variable."""
        return self._definitions

    def _definition(self, name: str) -> CustomVariableDef:
        found = self._definitions.get(name)
        if found is None:
            known = ", ".join(self._definitions) or "none"
            msg = f"group {self.name!r} defines no custom variable {name!r}: it has {known}; .fields takes any name"
            raise KeyNotFoundError(msg)
        return found

    def _key(self, definition: CustomVariableDef) -> str:
        """Returns the name of the entry, as it is stored: forms of XNAT write it in lower case, programs may not."""
        return self._values.stored_key(definition.key)

    def __getitem__(self, name: str) -> VariableValue:
        definition = self._definition(name)
        return cast("VariableValue", definition.value_of(self._values.find(definition.key)))

    def __setitem__(self, name: str, value: VariableValue) -> None:
        if value is None:
            del self[name]
            return
        definition = self._definition(name)
        text = definition.text_of(value)
        self._values[self._key(definition)] = text

    def __delitem__(self, name: str) -> None:
        """Removes the value; a variable that has none stays as it is, without a request."""
        definition = self._definition(name)
        definition.require_removable()
        key = self._key(definition)
        if key in self._values:
            del self._values[key]

    def update(self, values: Mapping[str, VariableValue]) -> None:
        """Sets several variables in one request; when one value is refused, none is sent.

        Raises:
            KeyNotFoundError: The group does not define one of them.
            InvalidValueError: A value has the wrong type or is none of the possible ones.
        """
        for name, value in values.items():
            definition = self._definition(name)
            if value is None:
                definition.require_removable()
            else:
                definition.text_of(value)
        if self._item.__xnat_batch__ is not None:
            self._assign(values)
            return
        with self._item.edit():
            self._assign(values)

    def _assign(self, values: Mapping[str, VariableValue]) -> None:
        for name, value in values.items():
            self[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)

    def __contains__(self, name: object) -> bool:
        return name in self._definitions

    def __repr__(self) -> str:
        shown = (f"{name} ({each.datatype}): {_shown(self[name])}" for name, each in self._definitions.items())
        return f"<CustomVariableGroup {self.name} {{{', '.join(shown)}}}>"


def _shown(value: VariableValue) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
