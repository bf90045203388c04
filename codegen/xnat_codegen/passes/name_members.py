"""Pass: every member gets its Python name; clashes are decided by table or end the run."""

from __future__ import annotations

from collections.abc import Iterable

from .. import overrides
from ..errors import CodegenError, Source
from ..ir import Class, Collection, Ir, Member
from ..naming import FieldName, field_name
from .report import warn


def name_members(ir: Ir) -> None:
    """Names the members of all classes, base types before those derived from them.

    Raises:
        CodegenError: A name is taken by a member of the class, by an inherited one or by the API.
    """
    for cls in sorted(ir.all_classes(), key=_depth):
        taken = _inherited(cls)
        for collection in cls.collections:
            _take(collection.property, f"collection {collection.name}", collection, cls, taken)
        for member in cls.members:
            member.python_name = _name(member, cls, ir)
            _take(member.python_name, member.path, member, cls, taken)
    _report_unused(ir)


def _report_unused(ir: Ir) -> None:
    """Tells of a site's decisions that are about nothing, such as a path with a spelling mistake."""
    known = {*ir.namespaces, *(cls.label for cls in ir.all_classes())}
    known |= {f"{cls.label}/{member.path}" for cls in ir.all_classes() for member in cls.members}
    for name in sorted(ir.site_names - known):
        warn(ir, "--names decides its name, but the schemas have no such thing", Source(), name)


def _depth(cls: Class) -> int:
    return len(list(cls.lineage()))


def _inherited(cls: Class) -> dict[str, str]:
    """Taken names, each with what has it."""
    taken = dict.fromkeys(_reserved(cls), "the API")
    for ancestor in cls.lineage():
        if ancestor is not cls:
            taken.update(_names(ancestor, ancestor.members))
            taken.update({one.property: f"collection {one.name}" for one in ancestor.collections})
    return taken


def _reserved(cls: Class) -> frozenset[str]:
    if not cls.is_object:
        return overrides.RESERVED_STRUCTURE_NAMES
    more = {
        overrides.EXPERIMENT: overrides.RESERVED_EXPERIMENT_NAMES,
        overrides.RESOURCE: overrides.RESERVED_RESOURCE_NAMES,
    }
    own = (more.get(ancestor.label, frozenset[str]()) for ancestor in cls.lineage())
    return overrides.RESERVED_NAMES.union(*own)


def _names(cls: Class, members: Iterable[Member]) -> dict[str, str]:
    return {str(member.python_name): f"{cls.label}/{member.path}" for member in members}


def _name(member: Member, cls: Class, ir: Ir) -> FieldName:
    label = f"{cls.label}/{member.path}"
    decided = ir.field_names.get(label)
    return FieldName(decided) if decided else field_name(member.name, member.source, label)


def _take(name: str, path: str, what: Member | Collection, cls: Class, taken: dict[str, str]) -> None:
    if name in taken:
        message = f"would be called {name!r}, which is the name of {taken[name]}: name it in [fields] of --names FILE"
        raise CodegenError(message, what.source, f"{cls.label}/{path}")
    taken[name] = f"{cls.label}/{path}"
