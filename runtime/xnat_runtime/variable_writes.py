"""Definitions of custom variables as a project has them, read and written: `project.variable_definitions`.

They lie in the project's protocols, one for each data type. A protocol is read whole, changed, and sent back whole,
since a server replaces it by what it is sent; other protocols of the project are not touched (rest-data 18.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, cast

import attrs

from .classes import plain_class
from .custom_variables import VariablesObject, VariableValue
from .documents import ItemNode
from .errors import InvalidValueError, UnexpectedAnswerError, UsageError
from .paths import segment
from .protocol_document import ProtocolDocument
from .variable_definitions import CustomVariableDef, Groups

VariableType: TypeAlias = Literal["string", "integer", "float", "boolean", "date"]
"""What the values of a custom variable can be."""

_TYPES: Final = ("string", "integer", "float", "boolean", "date")
# Names become part of paths such as fields/field[name=x].
_NAME: Final = re.compile(r"[^\[\]/=@&<>\"'\x00-\x1f]+")


class ProjectVariables:
    """The custom variables that a project defines.

    Writing reads the protocol of the data type anew, sends it back with the change, and reads the project again to
    see that the change is there: three requests. XNAT has no locks: of two programs that change the variables of one
    data type in the same moment, the later one undoes the work of the earlier one.
    """

    def __init__(self, project: VariablesObject) -> None:
        self._session = project.session
        self._project = project.__xnat_variables_project__()
        self._owner = project

    def __repr__(self) -> str:
        return f"<ProjectVariables of {self._project}>"

    def groups(self, item_class: type[VariablesObject]) -> Groups:
        """Returns what is defined for a data type, as ``groups["default"]["Notes"]``; one request a connection.

        Args:
            item_class: A class such as ``SubjectData``; definitions for the types that it extends are included.

        Raises:
            InvalidValueError: Objects of the class have no custom variables.
        """
        return self._session.variable_definitions.groups(self._project, _data_type(item_class))

    def define(
        self,
        item_class: type[VariablesObject],
        name: str,
        type: VariableType = "string",
        *,
        group: str,
        required: bool = False,
        possible_values: Sequence[VariableValue] = (),
    ) -> CustomVariableDef:
        """Defines a custom variable for the objects of a class; three requests.

        Args:
            item_class: The class, such as ``SubjectData`` or ``MrSessionData``: a concrete one.
            name: Name of the variable. Its values lie in ``fields`` under the name in lower case.
            type: ``string``, ``integer``, ``float``, ``boolean`` or ``date``.
            group: Group that the variable belongs to; made when there is none. XNAT knows a group by its name and data
                type on the whole site, so give a new one a name that no other project uses.
            required: Whether there must be a value.
            possible_values: The values that it may have; any will do when there are none here.

        Raises:
            UsageError: The project defines a variable of this name for the class already; see `update`.
            InvalidValueError: A name or value cannot be, or the class cannot have variables of its own.
            PermissionDeniedError: You may not edit the project.
            UnexpectedAnswerError: The server took the change, and does not show it.
        """
        plain = CustomVariableDef(name, group, type, required, key=name.lower())
        wanted = _checked(plain, possible_values)
        edit = self._edit(item_class)
        taken = next((each for each in edit.variables() if each.get("name", "").lower() == name.lower()), None)
        if taken is not None:
            msg = (
                f"project {self._project} defines a custom variable {taken.get('name')!r} for {item_class.__name__} "
                "already: update() changes it"
            )
            raise UsageError(msg)
        return self._write(edit, wanted)

    def update(
        self,
        item_class: type[VariablesObject],
        name: str,
        type: VariableType | None = None,
        *,
        group: str,
        required: bool | None = None,
        possible_values: Sequence[VariableValue] | None = None,
    ) -> CustomVariableDef:
        """Changes a definition; three requests. Values that objects have already are not looked at.

        What is not given stays as it is; a new type without possible values takes the old ones away.

        Raises:
            KeyNotFoundError: The group defines no such variable.
            InvalidValueError: A value is not of the variable's type.
        """
        edit = self._edit(item_class)
        edit.variable(name, group)
        found = self.groups(item_class)[group][name]
        if possible_values is None:
            possible_values = [found.value_of(option) for option in found.options] if type is None else ()
        kept = found.required if required is None else required
        plain = attrs.evolve(found, datatype=type or found.datatype, required=kept, options=())
        return self._write(edit, _checked(plain, possible_values))

    def remove(self, item_class: type[VariablesObject], name: str, *, group: str) -> None:
        """Removes a definition; three requests. Values that objects have stay in their ``fields``.

        A group that has lost its last variable goes, too; XNAT's own group ``default`` stays.

        Raises:
            KeyNotFoundError: The group defines no such variable.
        """
        edit = self._edit(item_class)
        edit.remove(name, group)
        if self._send(edit, name, group) is not None:
            raise self._unchanged(name)

    def _edit(self, item_class: type[VariablesObject]) -> ProtocolDocument:
        data_type = _concrete(item_class)
        definitions = self._session.variable_definitions
        definitions.forget(self._project)
        for node in definitions.protocols(self._project):
            if node.fields.get("data-type") == data_type:
                return ProtocolDocument(node, self._session.registry.namespaces["xnat"])
        name = f"{self._project}_{data_type.replace(':', '_')}"
        fields = {"ID": name, "name": plain_class(item_class).__name__, "data-type": data_type}
        return ProtocolDocument(ItemNode({"data_fields": dict(fields)}), self._session.registry.namespaces["xnat"])

    def _send(self, edit: ProtocolDocument, name: str, group: str) -> CustomVariableDef | None:
        """Sends a protocol and returns what the project then says of a variable, None when it defines none."""
        uri = f"/data/projects/{segment(self._project)}/protocols/{segment(edit.id)}"
        query, headers = {"dataType": edit.data_type}, {"Content-Type": "text/xml"}
        self._session.put(uri, edit.document(), query=query, headers=headers)
        definitions = self._session.variable_definitions
        definitions.forget(self._project)
        self._owner.__xnat_own_row__().pop("studyProtocol[]", None)
        self._owner.__xnat_document__ = None
        return definitions.groups(self._project, edit.data_type).get(group, {}).get(name)

    def _write(self, edit: ProtocolDocument, wanted: CustomVariableDef) -> CustomVariableDef:
        edit.put(wanted)
        found = self._send(edit, wanted.name, wanted.group)
        if found is None or _without_order(found) != _without_order(wanted):
            raise self._unchanged(wanted.name)
        return found

    def _unchanged(self, name: str) -> UnexpectedAnswerError:
        msg = f"project {self._project} does not show the change of custom variable {name!r} that its server took"
        return UnexpectedAnswerError(msg)


def _without_order(definition: CustomVariableDef) -> CustomVariableDef:
    """Returns a definition to compare: servers list possible values in an order of their own."""
    return attrs.evolve(definition, options=tuple(sorted(definition.options)))


def _data_type(item_class: type) -> str:
    plain = cast("object", plain_class(item_class))
    if not isinstance(plain, type) or not issubclass(plain, VariablesObject):
        msg = "custom variables belong to projects, subjects and experiments: give a class such as SubjectData"
        raise InvalidValueError(msg)
    return plain.xsi_type


def _concrete(item_class: type[VariablesObject]) -> str:
    data_type = _data_type(item_class)
    if plain_class(item_class).__xnat_element__ is None:
        msg = f"{data_type} is no type that objects have: define variables for a concrete one, such as MrSessionData"
        raise InvalidValueError(msg)
    return data_type


def _checked(plain: CustomVariableDef, possible_values: Sequence[VariableValue]) -> CustomVariableDef:
    """Returns a definition with its possible values, once it is sure that it can be sent.

    Raises:
        InvalidValueError: It cannot.
    """
    for what, text in (("custom variable", plain.name), ("group of custom variables", plain.group)):
        if not _NAME.fullmatch(text) or text != text.strip():
            msg = f"the name of a {what} is a text without [ ] / = @ & < > \" ' and without blanks at its ends"
            raise InvalidValueError(msg)
    if plain.datatype not in _TYPES:
        msg = f"custom variable {plain.name!r}: its type is one of {', '.join(_TYPES)}"
        raise InvalidValueError(msg)
    options = tuple(plain.text_of(value) for value in possible_values)
    if len(set(options)) < len(options):
        msg = f"custom variable {plain.name!r}: its possible values repeat"
        raise InvalidValueError(msg)
    return attrs.evolve(plain, options=options)
