"""How a pass says that a type cannot be generated."""

from __future__ import annotations

from ..errors import Level, Problem, Source
from ..ir import Class, Ir


def fail(ir: Ir, cls: Class, message: str, source: Source) -> None:
    """Notes that a data type cannot be generated; the rest still is. The first reason is kept."""
    if cls.qname is not None and cls.qname not in ir.failed:
        problem = Problem(Level.ERROR, f"the type is left out: {message}", source, cls.label)
        ir.failed[cls.qname] = problem
        ir.problems.append(problem)


def warn(ir: Ir, message: str, source: Source, qname: str = "") -> None:
    """Notes something that the user should know and that leaves the exit status 0."""
    ir.problems.append(Problem(Level.WARNING, message, source, qname))
