"""What is told of one item."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import attrs

from ..collections import plain_path
from ..fields import ScalarField
from ..identifying import declared
from ..notebook_objects import known_values
from ..notebook_rows import is_hidden_key, is_shown, rank, text, title_of
from ..variable_columns import LIST

if TYPE_CHECKING:
    from ..item import Item
    from ..objects import XnatObject

_MARK: Final = "(hidden)"
_ENTRY: Final = re.compile(rf"{LIST}\[name=(?P<name>[^\]]*)\]/\w+")
# What a document calls the lists of what lies below an item, beside their own names.
_BELOW: Final = {
    "experiments/experiment": "experiments", "scans/scan": "scans", "assessors/assessor": "assessors",
    "reconstructions/reconstructedImage": "reconstructions", "resources/resource": "resources", "file": "resources",
    "out/file": "out_resources", "in/file": "in_resources",
}  # fmt: skip


@attrs.frozen
class Facts:
    """What is told of one item.

    Attributes:
        title: Its class, label and ID.
        uri: Its path.
        xsi_type: Its data type.
        fields: Values by Python name.
        hidden: Python names of the values that may identify a patient; of custom variables with ``fields.`` before.
        variables: Custom variables by name.
        hidden_variables: Those that are hidden, as they are shown.
        below: How many items of each kind lie below.
    """

    title: str
    uri: str
    xsi_type: str
    fields: dict[str, object]
    hidden: list[str]
    variables: dict[str, object]
    hidden_variables: dict[str, object]
    below: dict[str, object]

    @property
    def marks(self) -> dict[str, object]:
        """The hidden fields, as they are shown."""
        return {name: _MARK for name in self.hidden if not name.startswith("fields.")}

    def as_dict(self) -> dict[str, object]:
        """Returns it as JSON has it."""
        return {
            "uri": self.uri, "xsi_type": self.xsi_type, "fields": self.fields, "custom_variables": self.variables,
            "below": self.below, "hidden": self.hidden,
        }  # fmt: skip


def facts_of(item: XnatObject, *, identifying: bool) -> Facts:
    """Returns what is told of an item that is loaded; nothing is asked for it.

    Args:
        item: The item.
        identifying: Whether values that may identify a patient are told.
    """
    kind, known = type(item), dict(known_values(item))
    order = {member.path.partition("/")[0]: at for at, member in enumerate(kind.__xnat_members__().values())}
    keys = [key for key, value in known.items() if is_shown(key) and text(value)]
    keys.sort(key=lambda key: (rank(key), order.get(re.split(r"[/\[]", key)[0], len(order))))
    made = Facts(_title(item), item.uri, kind.xsi_type, {}, [], {}, {}, _below(item))
    for key in keys:
        entry = _ENTRY.fullmatch(key)
        name = entry["name"] if entry else title_of(kind, key).removesuffix(".value")
        if not identifying and is_hidden_key(kind, key):
            made.hidden.append(f"fields.{name}" if entry else name)
            made.hidden_variables.update({name: _MARK} if entry else {})
        elif entry:
            made.variables[name] = known[key]
        else:
            made.fields[name] = _value(kind, key, known[key])
    return made


def _value(kind: type[Item], key: str, raw: object) -> object:
    """Returns a value as the type that the schema gives it; as it came where it is none."""
    found = declared(kind, plain_path(key))
    member = found[-1] if found else None
    if not isinstance(member, ScalarField):
        return raw
    try:
        return cast("ScalarField[object]", member).codec.decode(raw)
    except ValueError:
        return raw


def _title(item: XnatObject) -> str:
    row = item.__xnat_row__
    label, identity = text(row.get(item.__xnat_shown__)), text(row.get("ID"))
    names = f"{label} ({identity})" if label and identity and label != identity else label or identity
    return f"{type(item).__name__} {names}".rstrip()


def _below(item: XnatObject) -> dict[str, object]:
    document = item.__xnat_document__
    if document is None:
        return {}
    return {_BELOW[path]: len(document.children(path)) for path in document.paths() if path in _BELOW}
