"""Fields as a test gives them to a builder: checked against the data model, where REST would drop them in silence."""

from __future__ import annotations

from collections.abc import Mapping

from . import checks
from .datamodel.schema import DataModel
from .populate import PopulationLost, patch_of
from .store.patch import Patch

_OWN_ARGUMENTS = frozenset({"ID", "label", "project", "subject_ID"})


def schema_paths(
    model: DataModel, xsi_type: str, names: Mapping[str, str], fields: Mapping[str, str]
) -> dict[str, str]:
    """Return fields by their schema paths below a type.

    Args:
        model: The data model.
        xsi_type: Type of the object.
        names: Short name that REST takes -> its path from the root.
        fields: Path below the type or short name -> value.

    Raises:
        ValueError: A field is unknown, is given otherwise, or takes no such value.
        TypeError: A value is no text.
    """
    found: dict[str, str] = {}
    for name, text in fields.items():
        path = _below(model, xsi_type, names.get(name, "")) or name
        _check(model, xsi_type, name, path, text)
        found[path] = text
    return found


def _below(model: DataModel, xsi_type: str, path: str) -> str:
    """Return what follows the root of a path, empty where the root is no base of the type."""
    root, _, rest = path.partition("/")
    return rest if root in model and model.extends(xsi_type, root) else ""


def _check(model: DataModel, xsi_type: str, name: str, path: str, text: str) -> None:
    checks.kind(f"field {name!r}", text, str, "'text'")
    if path in _OWN_ARGUMENTS:
        raise ValueError(f"field {name!r} follows from how the object is made: leave it out")
    try:
        patch = patch_of(model, xsi_type, [(f"{xsi_type}/{path}", text)], new=True)
    except PopulationLost:
        raise ValueError(f"{xsi_type} has no field {name!r}: name a schema path below it, such as 'note'") from None
    if text and not _says_something(patch):
        raise ValueError(f"field {name!r} of {xsi_type} takes no value such as {text!r}")


def _says_something(patch: Patch) -> bool:
    inner = (child for children in patch.children.values() for child in children)
    return bool(patch.values) or patch.removed or any(map(_says_something, inner))
