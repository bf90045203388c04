"""Pass: every data type gets its module; its structures live beside it."""

from __future__ import annotations

from ..errors import CodegenError
from ..ir import Class, Ir
from ..naming import ClassName, ModuleName, module_name

MAX_LENGTH = 200
"""Bytes of a module's name that every file system takes, suffix and temporary names included."""


def assign_modules(ir: Ir) -> None:
    """Names the modules after the data types.

    Raises:
        CodegenError: Two types get one module, a name is too long, or modules would import each other in a circle.
    """
    taken: dict[ModuleName, Class] = {}
    for cls in sorted(ir.classes.values(), key=lambda one: one.label):
        if cls.python_name is not None:
            module = _module(cls, cls.python_name, taken)
            for one in cls.tree():
                one.module = module
    _check_circles(ir)


def _module(cls: Class, name: ClassName, taken: dict[ModuleName, Class]) -> ModuleName:
    module = module_name(name)
    fix = "name it in [classes] of --names FILE"
    if len(module.encode()) > MAX_LENGTH:
        raise CodegenError(f"the name is too long for the file of its module: {fix}", cls.source, cls.label)
    first = taken.setdefault(module, cls)
    if first is not cls:
        raise CodegenError(f"would be in module {module}, as {first.label} is: {fix}", cls.source, cls.label)
    return module


def _check_circles(ir: Ir) -> None:
    """Base classes are imported when a module loads, so no module may need itself that way."""
    done: set[ModuleName | None] = set()
    for cls in sorted(ir.classes.values(), key=lambda one: one.label):
        _visit(cls, (), done)


def _visit(cls: Class, above: tuple[Class, ...], done: set[ModuleName | None]) -> None:
    if cls in above:
        names = " -> ".join(one.label for one in (*above, cls))
        raise CodegenError(f"types and their anonymous structures extend each other: {names}", cls.source, cls.label)
    if cls.module in done:
        return
    for one in cls.tree():
        if one.base is not None and one.base.module != cls.module:
            _visit(one.base, (*above, cls), done)
    done.add(cls.module)
