"""From the parameters of a request to a patch (rest-data 7.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .call import first_values
from .datamodel import values, xmlpath
from .datamodel.schema import DataModel, Slot
from .datamodel.xmlpath import Located, PathError, Step
from .store.patch import Patch, concrete


def type_of_request(model: DataModel, pairs: Iterable[tuple[str, str]]) -> str | None:
    """Return the type a request names: ``ELEMENT_0`` or ``xsiType``, else the type of its first schema path."""
    named = first_values(pairs)
    for key in ("ELEMENT_0", "xsiType"):
        if key in named:
            return named[key]
    paths = (key.partition("/")[0] for key in named if xmlpath.is_path(key))
    return next((name for name in paths if name in model), None)


class PopulationLost(ValueError):  # noqa: N818 - says what happened
    """A parameter of a new item names a field that its type does not have, and with it all of them are lost."""


def patch_of(
    model: DataModel,
    type_name: str,
    pairs: Iterable[tuple[str, str]],
    aliases: Mapping[str, str] | None = None,
    *,
    new: bool = False,
) -> Patch:
    """Return the patch that request parameters describe.

    Blank values change nothing; ``NULL`` clears. A path of an unrelated type is skipped. A path that the type does
    not have ends the work: parameters after it are lost, as the server logs the error and goes on (rest-data 7.1.6).
    Of a repeated name the first value counts (rest-data 1.7).

    Raises:
        PopulationLost: The item is new, and a path names a field that the type does not have.
    """
    patch = Patch()
    for key, text in first_values(pairs).items():
        if not text:
            continue
        path = key if xmlpath.is_path(key) else (aliases or {}).get(key, "")
        if not path:
            continue
        try:
            parsed = xmlpath.parse(path)
            if _related(model, type_name, parsed.root):
                assign(model, type_name, patch, parsed.steps, text)
        except PathError as error:
            if new:
                raise PopulationLost(str(error)) from None
            break
    return patch


def _related(model: DataModel, type_name: str, root: str) -> bool:
    return root in model and (model.extends(type_name, root) or model.extends(root, type_name))


def assign(model: DataModel, type_name: str, patch: Patch, steps: tuple[Step, ...], text: str) -> None:
    """Put one value into a patch; a value that does not fit its field is left out (rest-data 7.1.6).

    Raises:
        PathError: The type has no such path.
    """
    found = xmlpath.locate(model, type_name, steps)
    if found.slot is not None:
        _assign_child(model, patch, found, found.slot, text)
    elif found.field is not None:
        try:
            value = None if text == values.CLEAR else values.convert(text, found.field)
        except values.ValueRefused:
            return
        patch.values[found.field.path] = value


def _assign_child(model: DataModel, patch: Patch, found: Located, slot: Slot, text: str) -> None:
    wanted = found.step.xsi_type
    if wanted is not None and not model.fits(wanted, slot.target):
        raise PathError(f"{wanted} cannot stand at {slot.path}")
    child = _child(patch, slot, found.step)
    type_name = concrete(slot, child)
    if found.step.key is not None:
        name, value = found.step.key
        assign(model, type_name, child, (Step(name),), value)
    if found.rest:
        assign(model, type_name, child, found.rest, text)
    elif text == values.CLEAR:
        child.removed = True
    else:
        assign(model, type_name, child, (Step(_text_field(model, type_name, slot)),), text)


def _text_field(model: DataModel, type_name: str, slot: Slot) -> str:
    """Return the field that holds the text of a child: named like the element, or like its named type."""
    element = slot.path.rpartition("/")[2]
    fields = model.type(type_name).fields
    return element if element in fields else model.type(type_name).local_name


def _child(patch: Patch, slot: Slot, step: Step) -> Patch:
    """Return the child patch that a step selects, a new one when no parameter selected it before."""
    wanted = patch.children.setdefault(slot.path, [])
    for child in wanted:
        same_key = step.key is None or child.text(step.key[0]) == step.key[1]
        if child.position == step.index and same_key and step.xsi_type in {None, child.xsi_type}:
            return child
    child = Patch(xsi_type=step.xsi_type, position=step.index, selected=step.key)
    wanted.append(child)
    return child
