"""Values of custom variables that are to be set: all of them checked before the first is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from ..errors import InvalidValueError, KeyNotFoundError, XnatError
from .changing import Change
from .members import Members, label_of, require_own
from .places import object_at
from .readings import variables_object, with_variables
from .stdin import STDIN, input_text

if TYPE_CHECKING:
    from ..custom_variables import VariablesObject
    from ..session import BaseSession
    from ..variable_definitions import CustomVariableDef
    from .changing import Row
    from .sheets import Line, Sheet

_TOLD: Final = 3


@attrs.define
class Assignment:
    """The new values of one item.

    Attributes:
        item: The item.
        changes: Key of each entry that differs, with its new text; None removes it.
        before: The texts that they replace, by key.
    """

    item: VariablesObject
    changes: dict[str, str | None] = attrs.field(factory=dict[str, "str | None"])
    before: dict[str, str] = attrs.field(factory=dict[str, str])

    @property
    def replaced(self) -> list[str]:
        """Keys whose text becomes another one."""
        return [key for key, text in self.changes.items() if text is not None and key in self.before]

    @property
    def removed(self) -> list[str]:
        """Keys whose text goes."""
        return [key for key, text in self.changes.items() if text is None]

    def change(self, *, show_values: bool) -> Change:
        """Returns the change: one request.

        Args:
            show_values: Whether its row has the values, old and new.
        """
        new = [key for key in self.changes if key not in self.before]
        kinds = {"new": new, "replaced": self.replaced, "removed": self.removed}
        row: dict[str, object] = {"label": label_of(self.item), "uri": self.item.uri}
        row |= {name: ", ".join(keys) for name, keys in kinds.items()}
        if show_values:
            row["values"] = "; ".join(self._told(key) for key in self.changes)
        return Change(self.item.uri, row, self._make)

    def _told(self, key: str) -> str:
        return f"{key}: {self.before.get(key, '')} -> {self.changes[key] or ''}"

    def _make(self) -> Row:
        with self.item.edit():
            for key, text in self.changes.items():
                if text is None:
                    del self.item.fields[key]
                else:
                    self.item.fields[key] = text
        return {}

    def note(self, key: str, text: str | None, definition: CustomVariableDef | None) -> None:
        """Notes a value, if it differs from what there is."""
        stored = self.item.fields.stored_key(key)
        before = self.item.fields.get(stored)
        if before is not None:
            self.before[stored] = before
        if text is not None and not _same(definition, before, text):
            self.changes[stored] = text
        elif text is None and before is not None:
            self.changes[stored] = None


def of_item(session: BaseSession, path: str, pairs: Sequence[str], *, undefined: bool) -> list[Assignment]:
    """Returns the new values of one item: one request, and one for the definitions of its project.

    Raises:
        InvalidValueError: A pair is none, or a value does not fit its variable.
        KeyNotFoundError: The project defines no such variable.
    """
    given = _pairs(pairs)
    item = variables_object(object_at(session, path), path)
    require_own(item)
    made, known = Assignment(item), _Definitions(session, undefined=undefined)
    for name, text in given.items():
        definition = known.find(item, name)
        made.note(definition.key if definition else name, _fitting(definition, name, text), definition)
    return [made]


def _pairs(pairs: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, mark, text = pair.partition("=")
        if not mark or not name.strip():
            msg = "a value is given as NAME=VALUE, such as weight=70"
            raise InvalidValueError(msg)
        if name.strip().lower() in map(str.lower, found):
            msg = f"{name.strip()} is given twice"
            raise InvalidValueError(msg)
        found[name.strip()] = text
    if list(found.values()).count(STDIN) > 1:
        msg = "standard input can be read once: give one NAME=-"
        raise InvalidValueError(msg)
    return {name: input_text().rstrip("\r\n") if text == STDIN else text for name, text in found.items()}


def of_sheet(session: BaseSession, path: str, sheet: Sheet, *, clear_empty: bool, undefined: bool) -> list[Assignment]:
    """Returns the new values of the items of a listing: one request, and one for the definitions of each project.

    Args:
        session: The connection.
        path: The listing.
        sheet: A table with the ID, the label or the path of an item in its first column.
        clear_empty: Whether an empty cell removes a value.
        undefined: Whether other variables than the defined ones may be set.

    Raises:
        InvalidValueError: Cells do not fit, or items are named twice; the message names lines and columns, no values.
        KeyNotFoundError: There is no such item, or no such variable.
    """
    if len(sheet.columns) == 1:
        msg = f"{sheet.name} has one column: the first names the items, each further one a custom variable"
        raise InvalidValueError(msg)
    reader = _Reader(sheet, Members(with_variables(session, path), path), _Definitions(session, undefined=undefined))
    made = [reader.assignment(line, clear_empty=clear_empty) for line in sheet.lines]
    reader.require_clear()
    return [each for each in made if each is not None]


@attrs.define
class _Reader:
    """Reads the lines of a table, and gathers what is wrong with them."""

    sheet: Sheet
    members: Members[VariablesObject]
    definitions: _Definitions
    problems: list[tuple[str, XnatError]] = attrs.field(factory=list[tuple[str, XnatError]])
    seen: dict[str, int] = attrs.field(factory=dict[str, int])

    def assignment(self, line: Line, *, clear_empty: bool) -> Assignment | None:
        """Returns the new values of one line, None when its item is not known."""
        by, *variables = self.sheet.columns
        try:
            item = self.members.find(line.cells[by])
            require_own(item)
            self._require_new(item, line)
        except XnatError as error:
            self.problems.append((f"line {line.number}", error))
            return None
        made = Assignment(item)
        for name in variables:
            if line.cells[name] or clear_empty:
                self._note(made, line, name)
        return made

    def _note(self, made: Assignment, line: Line, name: str) -> None:
        try:
            definition = self.definitions.find(made.item, name)
            text = _fitting(definition, name, line.cells[name])
            made.note(definition.key if definition else name, text, definition)
        except XnatError as error:
            self.problems.append((f"line {line.number}, column {name}", error))

    def _require_new(self, item: VariablesObject, line: Line) -> None:
        first = self.seen.setdefault(item.uri, line.number)
        if first != line.number:
            msg = f"line {first} is about the same item"
            raise InvalidValueError(msg)

    def require_clear(self) -> None:
        """Refuses the whole table when something is wrong with a line of it.

        Raises:
            XnatError: The kind of the first problem; the message tells several.
        """
        if not self.problems:
            return
        told = "; ".join(f"{place}: {error}" for place, error in self.problems[:_TOLD])
        more = f"; and {len(self.problems) - _TOLD} more" if len(self.problems) > _TOLD else ""
        msg = f"{self.sheet.name}: nothing was sent: {told}{more}"
        is_unknown = all(isinstance(error, KeyNotFoundError) for _, error in self.problems)
        raise (KeyNotFoundError if is_unknown else InvalidValueError)(msg)


class _Definitions:
    """What projects define, by name of a variable whatever its case."""

    def __init__(self, session: BaseSession, *, undefined: bool) -> None:
        self._session = session
        self._undefined = undefined
        self._known: dict[tuple[str, str], Mapping[str, CustomVariableDef]] = {}

    def find(self, item: VariablesObject, name: str) -> CustomVariableDef | None:
        """Returns the definition of a variable; None when there is none and none is needed.

        Raises:
            KeyNotFoundError: The project defines no such variable.
        """
        project = item.__xnat_variables_project__()
        place = (project, item.xsi_type)
        if place not in self._known:
            groups = self._session.variable_definitions.groups(*place)
            self._known[place] = {each.name.lower(): each for group in groups.values() for each in group.values()}
        found = self._known[place].get(name.lower())
        if found is None and not self._undefined:
            names = ", ".join(each.name for each in self._known[place].values()) or "none"
            msg = (
                f"project {project} defines no custom variable {name!r} for {item.xsi_type} (it has {names}); "
                "--undefined takes any name"
            )
            raise KeyNotFoundError(msg)
        return found


def _fitting(definition: CustomVariableDef | None, name: str, text: str) -> str | None:
    """Returns a text as XNAT stores it, None for no value.

    Raises:
        InvalidValueError: It does not fit the variable; the message does not repeat it.
    """
    if not text.strip():
        if definition is not None:
            definition.require_removable()
        return None
    if definition is None:
        return text
    try:
        value = definition.codec.decode(text)
    except ValueError:
        msg = f"custom variable {name!r} takes {definition.codec.name}"
        raise InvalidValueError(msg) from None
    return definition.text_of(value)


def _same(definition: CustomVariableDef | None, before: str | None, text: str) -> bool:
    if definition is None or before is None:
        return before == text
    try:
        return bool(definition.codec.decode(before) == definition.codec.decode(text))
    except ValueError:
        return False
