"""Pass: the collections of the route catalogue join their owners and replace the members that they list."""

from __future__ import annotations

from .. import overrides
from ..errors import CodegenError
from ..ir import Class, Collection, Ir, Member
from ..model.route import CollectionEntry
from ..naming import constant_name, field_name, property_name

ROOT = "root"


def attach_collections(ir: Ir) -> None:
    """Builds the collections; one whose owner or item type has no schema is left out.

    Raises:
        CodegenError: A collection name is used twice, or aliases are named that do not exist.
    """
    names: set[str] = set()
    for entry in ir.collection_entries:
        constant = constant_name(entry.name, entry.source)
        if constant in names:
            raise CodegenError("the collection name is used twice", entry.source, entry.name)
        names.add(constant)
        collection = _collection(entry, constant, ir)
        if collection is not None:
            ir.collections.append(collection)
            _attach(collection)


def _collection(entry: CollectionEntry, constant: str, ir: Ir) -> Collection | None:
    owner = ir.by_label(entry.owner)
    item = ir.by_label(entry.item) or overrides.RUNTIME_TYPES.get(entry.item)
    if item is None or (owner is None and entry.owner != ROOT):
        return None
    return Collection(
        name=constant,
        property=property_name(entry.property, entry.source),
        owner=owner,
        item=item,
        path=entry.path,
        xsi_type=entry.xsi_type,
        key=entry.key,
        second_key=entry.second_key,
        columns=entry.columns,
        item_uri=entry.item_uri,
        aliases=_aliases(entry, ir),
        alias_name=constant_name(f"{entry.aliases}_aliases", entry.source) if entry.aliases else "",
        title=entry.title,
        source=entry.source,
    )


def _aliases(entry: CollectionEntry, ir: Ir) -> dict[str, str]:
    if entry.aliases and entry.aliases not in ir.aliases:
        raise CodegenError(f"there is no table [aliases.{entry.aliases}]", entry.source, entry.name)
    return dict(ir.aliases.get(entry.aliases, {}))


def _attach(collection: Collection) -> None:
    owner = collection.owner
    if owner is None:
        return
    owner.collections.append(collection)
    for member in list(owner.members):
        if _replaced_by(member, owner) == collection.property:
            owner.members.remove(member)
            if member.structure is not None:
                owner.nested.remove(member.structure)


def _replaced_by(member: Member, owner: Class) -> str:
    decided = overrides.REPLACED_MEMBERS.get((owner.label, member.path))
    return decided or (field_name(member.name, member.source) if member.repeats else "")
