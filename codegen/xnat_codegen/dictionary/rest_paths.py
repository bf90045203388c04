"""The REST paths of items, from the listings that have them."""

from __future__ import annotations

from itertools import takewhile

from ..ir import Class, Collection, Ir

OWNER = "{owner}"


def item_paths(cls: Class, ir: Ir) -> tuple[str, ...]:
    """Returns the paths of an item of a type, as placeholders: ``/data/projects/{ID}``; none for a structure.

    What a type does not say itself, the nearest type that it extends does.
    """
    for one in cls.lineage():
        found = [collection for collection in ir.collections if collection.item is one]
        plain = [each.item_uri for each in found if each.item_uri.startswith("/")]
        below = [path for each in found for path in _below(each, ir)]
        if found:
            return tuple(dict.fromkeys(plain or below))
    return ()


def listing_path(collection: Collection, ir: Ir) -> str:
    """Returns the path of a listing."""
    if collection.owner is None:
        return collection.path
    paths = item_paths(collection.owner, ir)
    return f"{_named(paths[0], collection.owner)}{collection.path}" if len(paths) == 1 else f"…{collection.path}"


def _below(collection: Collection, ir: Ir) -> list[str]:
    """The paths of items that are known by their owner; what only a row of the listing tells is none."""
    if collection.owner is None or not collection.item_uri.startswith(OWNER):
        return []
    rest = collection.item_uri.removeprefix(OWNER)
    return [f"{_named(path, collection.owner)}{rest}" for path in item_paths(collection.owner, ir)]


def _named(path: str, owner: Class) -> str:
    """Gives the placeholder of an owner its name, for that of the item would be called alike."""
    return path.replace("{ID}", f"{{{str(owner.module).removesuffix('_data').removeprefix('image_')}}}")


def shortened(paths: tuple[str, ...]) -> str:
    """Returns several paths in short: what all of them end with."""
    if len(paths) < 2:
        return "".join(paths)
    steps = list(zip(*(reversed(path.split("/")) for path in paths), strict=False))
    same = list(takewhile(lambda step: len(set(step)) == 1, steps))
    return "/".join(["…", *(step[0] for step in reversed(same))])
