"""Pass: every data type learns its first global element."""

from __future__ import annotations

from ..ir import Ir


def assign_elements(ir: Ir) -> None:
    """Sets ``element``: of two global names for one type, the one declared first counts."""
    for name, type_name in ir.elements.items():
        cls = ir.classes.get(type_name)
        if cls is not None and cls.element is None:
            cls.element = name.local
