"""Definitions of custom variables: what the protocols of a project say of the entries of ``fields``."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs

from .codec import BOOLEAN, DATE, DATETIME, DURATION, FLOAT, INTEGER, TEXT, TIME, Codec
from .documents import ItemNode, read_item
from .errors import DecodeError, InvalidValueError
from .item import Item
from .paths import segment

if TYPE_CHECKING:
    from .objects import XnatObject
    from .session import BaseSession

AnyCodec = Codec[Any]  # Any: variables of every type stand side by side in one group

# Data type of a definition, in lower case and without prefix -> codec; every other is read as text.
_CODECS: Final[dict[str, AnyCodec]] = {
    "boolean": BOOLEAN,
    "date": DATE,
    "datetime": DATETIME,
    "decimal": FLOAT,
    "double": FLOAT,
    "duration": DURATION,
    "float": FLOAT,
    "int": INTEGER,
    "integer": INTEGER,
    "time": TIME,
}
_PROJECT: Final = "xnat:projectData"
_KEY: Final = re.compile(r"fields/field\[name=([^\]]+)\]")


@attrs.frozen
class CustomVariableDef:
    """What a project says of one custom variable.

    Attributes:
        name: Its name, as the project spells it.
        group: The group of definitions that it belongs to, such as ``default``.
        datatype: ``string``, ``integer``, ``float``, ``boolean``, ``date``, ... as the project spells it.
        required: Whether it must have a value; XNAT's own forms enforce this, its REST API does not.
        options: The values that it may have, as texts; () when any will do.
        key: The name of its entry in ``fields``.
    """

    name: str
    group: str
    datatype: str = "string"
    required: bool = False
    options: tuple[str, ...] = ()
    key: str = ""

    @property
    def codec(self) -> AnyCodec:
        """How its values are read and written."""
        return _CODECS.get(self.datatype.rpartition(":")[2].lower(), TEXT)

    def value_of(self, text: str | None) -> Any:  # Any: the type is the project's choice
        """Returns the value that a text stands for, None for none.

        Raises:
            DecodeError: The text is of another type, as ``fields`` and other programs can write it.
        """
        try:
            return self.codec.decode(text)
        except ValueError:
            msg = f"custom variable {self.name!r} holds something that is no {self.codec.name}: read it with .fields"
            raise DecodeError(msg) from None

    def text_of(self, value: object) -> str:
        """Returns the text that stands for a value.

        Raises:
            InvalidValueError: The value is of another type or none of the possible ones; the text never repeats it.
        """
        if not self.codec.accepts(value):
            msg = f"custom variable {self.name!r} takes {self.codec.wanted}, not {type(value).__name__}"
            raise InvalidValueError(msg)
        if isinstance(value, str) and not value.strip():
            msg = f"custom variable {self.name!r} takes no blank text, which XNAT ignores; None removes the value"
            raise InvalidValueError(msg)
        if self.options and not any(self._equals(option, value) for option in self.options):
            msg = f"custom variable {self.name!r} takes one of {', '.join(map(repr, self.options))}"
            raise InvalidValueError(msg)
        return self.codec.encode(value)

    def require_removable(self) -> None:
        """Refuses to take away the value of a required variable.

        Raises:
            InvalidValueError: It is required.
        """
        if self.required:
            msg = f"custom variable {self.name!r} is required: its value can be changed, not removed"
            raise InvalidValueError(msg)

    def _equals(self, option: str, value: object) -> bool:
        try:
            return bool(self.codec.decode(option) == value)
        except ValueError:
            return False  # an option that is not of the variable's type


Groups = dict[str, dict[str, CustomVariableDef]]


class VariableDefinitions:
    """The definitions of the projects that were asked for, kept with the connection: one request a project.

    They are read from the project's document, whose ``studyProtocol`` lists them for all types. The route of a
    single protocol makes one when there is none (rest-data 18.2), which reading must not do.
    """

    def __init__(self, session: BaseSession) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._documents: dict[str, ItemNode] = {}
        self._groups: dict[tuple[str, str], Groups] = {}
        self._asked: set[str] = set()

    def groups(self, project: str, xsi_type: str) -> Groups:
        """Returns the groups of definitions that a project has for a data type, by name; {} when it has none.

        Raises:
            NotFoundError: There is no such project, or it may not be read.
        """
        with self._lock:
            found = self._groups.get((project, xsi_type))
            if found is None:
                found = self._groups[project, xsi_type] = self._read(self._document(project), xsi_type)
        return found

    def protocols(self, project: str) -> list[ItemNode]:
        """Returns the protocols of a project, as its document has them."""
        with self._lock:
            return self._document(project).children("studyProtocol")

    def offer(self, project: str, item: XnatObject) -> None:
        """Takes the project's document from an item or from what it lies in, when it was loaded there already."""
        found: object = item
        while isinstance(found, Item) and project not in self._asked:
            document = getattr(found, "__xnat_document__", None)
            if document is not None and found.xsi_type == _PROJECT and document.fields.get("ID") == project:
                with self._lock:
                    self._asked.add(project)
                    self._documents[project] = document
            found = getattr(found, "__xnat_parent__", None)

    def forget(self, project: str) -> None:
        """Forgets the definitions of a project; the next use asks the server again."""
        with self._lock:
            self._asked.add(project)
            self._documents.pop(project, None)
            for key in [key for key in self._groups if key[0] == project]:
                del self._groups[key]

    def _document(self, project: str) -> ItemNode:
        found = self._documents.get(project)
        if found is None:
            self._asked.add(project)
            path = f"/data/projects/{segment(project)}"
            found = self._documents[project] = read_item(self._session.get_json(path), path)
        return found

    def _read(self, document: ItemNode, xsi_type: str) -> Groups:
        found: Groups = {}
        for protocol in document.children("studyProtocol"):
            if self._session.registry.is_subtype(xsi_type, str(protocol.fields.get("data-type", ""))):
                for group in protocol.children("definitions/definition"):
                    name = str(group.fields.get("ID", ""))
                    found.setdefault(name, {}).update({each.name: each for each in _variables(group, name)})
        return found


def _variables(group: ItemNode, name: str) -> Iterator[CustomVariableDef]:
    """Yields the variables of a group; definitions that describe other fields of the type are passed over."""
    for node in group.children("fields/field"):
        texts = {key: str(value) for key, value in node.fields.items()}
        path, variable = texts.get("xmlPath", ""), texts.get("name", "")
        if not variable or (path and "fields/field" not in path):
            continue
        found = _KEY.search(path)
        options = (str(each.fields.get("possibleValue", "")) for each in node.children("possibleValues/possibleValue"))
        yield CustomVariableDef(
            name=variable,
            group=name,
            datatype=texts.get("datatype") or "string",
            required=bool(BOOLEAN.decode(texts.get("required"))),
            options=tuple(filter(None, options)),
            key=found[1] if found else variable.lower(),
        )
