"""The ordered list of passes: what happens to the neutral model between reading and rendering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from ..ir import Ir
from .assign_elements import assign_elements
from .assign_modules import assign_modules
from .attach_collections import attach_collections
from .attach_displays import attach_displays
from .classify_classes import classify_classes
from .classify_members import classify_members
from .drop_failed import drop_failed
from .drop_objects import drop_objects
from .find_item_keys import find_item_keys
from .flatten_groups import flatten_groups
from .flatten_plain_text import flatten_plain_text
from .merge_extensions import merge_extensions
from .merge_repeated import merge_repeated
from .name_classes import name_classes
from .name_enumerations import name_enumerations
from .name_members import name_members
from .nest_anonymous import nest_anonymous
from .prune_wrappers import prune_wrappers
from .report_missing_types import report_missing_types
from .resolve_references import resolve_references
from .resolve_types import resolve_types
from .shape_maps import shape_maps

Pass: TypeAlias = Callable[[Ir], None]

PASSES: Final[tuple[Pass, ...]] = (
    flatten_groups,
    merge_repeated,
    resolve_references,
    resolve_types,
    merge_extensions,
    drop_failed,
    assign_elements,
    flatten_plain_text,
    prune_wrappers,
    nest_anonymous,
    report_missing_types,
    attach_collections,
    classify_classes,
    drop_objects,
    find_item_keys,
    classify_members,
    shape_maps,
    name_classes,
    name_members,
    name_enumerations,
    attach_displays,
    assign_modules,
)


def run_passes(ir: Ir) -> None:
    """Runs all passes in order; the model is filled in place."""
    for one in PASSES:
        one(ir)
