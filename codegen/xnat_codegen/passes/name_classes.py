"""Pass: every class gets its Python name."""

from __future__ import annotations

from .. import overrides
from ..errors import CodegenError, Source
from ..ir import Class, Ir
from ..naming import ClassName, class_name, nested_name


def name_classes(ir: Ir) -> None:
    """Names data types by prefix and name, structures by their owner and member.

    Raises:
        CodegenError: Two classes get one name and no table entry decides.
    """
    taken = {name: label for label, (_, name) in overrides.RUNTIME_TYPES.items()}
    for cls in ir.all_classes():
        name = cls.python_name = _name(cls, ir)
        first = taken.setdefault(name, cls.label)
        if first != cls.label:
            raise clash(name, first, cls.label, cls.source)


def _name(cls: Class, ir: Ir) -> ClassName:
    if cls.label in ir.class_names:
        return ClassName(ir.class_names[cls.label])
    if cls.qname is not None:
        return class_name(ir.namespaces[cls.qname.namespace], cls.qname.local, cls.source)
    owner = cls.owner
    if owner is None or owner.python_name is None:
        raise CodegenError("an anonymous structure without owner", cls.source, cls.label)
    member = next(member for member in owner.members if member.target is cls)
    return nested_name(owner.python_name, member.name, member.source)


def clash(name: str, first: str, second: str, source: Source) -> CodegenError:
    """Returns the error for two things that get one name."""
    message = f"would be called {name}, which is the name of {first}: name it in [classes] of --names FILE"
    return CodegenError(message, source, second)
