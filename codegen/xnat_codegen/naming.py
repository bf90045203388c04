"""The only place where a name of the schemas becomes a Python name.

The rules are those that users of existing scripts know (schema-and-search 2.7).
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import Final, Self, TypeVar

from .errors import CodegenError, Source

HOME_PREFIX: Final = "xnat"
"""Types of this namespace carry no prefix in their class name."""


class PythonName(str):
    """A text that is known to be a Python identifier and no keyword."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Checks the text.

        Raises:
            ValueError: The text is no identifier, or is a keyword.
        """
        if not text.isidentifier() or keyword.iskeyword(text):
            raise ValueError(f"{text!r} is no Python identifier")
        return super().__new__(cls, text)


class ClassName(PythonName):
    """The name of a generated class or type alias."""

    __slots__ = ()


class FieldName(PythonName):
    """The name of a generated field or property."""

    __slots__ = ()


class ModuleName(PythonName):
    """The name of a generated module."""

    __slots__ = ()


NameT = TypeVar("NameT", bound=PythonName)


def class_name(prefix: str, local: str, source: Source) -> ClassName:
    """Returns the class name of a type: ``wrk:workflowData`` becomes ``WrkWorkflowData``."""
    text = f"{prefix}_{local}".removeprefix(f"{HOME_PREFIX}_")
    fix = ": name it in [classes] of --names FILE"
    return _checked(ClassName, _capitalized(text), f"{prefix}:{local}", source, fix=fix)


def nested_name(owner: ClassName, member: str, source: Source) -> ClassName:
    """Returns the name of what belongs to one member of a class: ``MrScanDataParameters``."""
    return _checked(ClassName, owner + _capitalized(member), f"{owner}/{member}", source)


def field_name(member: str, source: Source, label: str = "") -> FieldName:
    """Returns the property name of a member: ``subject_ID`` becomes ``subject_id``, ``in`` becomes ``in_``.

    Args:
        member: The name in the schema.
        source: Where it stands.
        label: What messages call it, when not by its name alone.

    Raises:
        CodegenError: The name cannot become a Python identifier.
    """
    text = re.sub(r"\W", "_", member)
    text = re.sub(r"([A-Z]+)", r"_\1", text).lower()
    text = re.sub(r"_+", "_", text).removeprefix("_")
    # A constructor's first parameter is called self; no keyword argument can have that name.
    name = "self_" if text == "self" else _no_keyword(text)
    return _checked(FieldName, name, label or member, source, fix=": name it in [fields] of --names FILE")


def argument_name(text: str, source: Source, label: str = "") -> FieldName:
    """Returns the name of a value of the REST API: ``lastModified`` becomes ``last_modified``, ``ID`` becomes ``id``.

    Args:
        text: The server's name.
        source: Where it stands.
        label: What messages call it, when not by its name alone.

    Raises:
        CodegenError: The name cannot become a Python identifier.
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", re.sub(r"\W", "_", text)).lower()
    name = re.sub(r"_+", "_", spaced).strip("_")
    return _checked(FieldName, "self_" if name == "self" else _no_keyword(name), label or text, source)


def module_name(name: ClassName) -> ModuleName:
    """Returns the module of a class: ``MrScanData`` becomes ``mr_scan_data``."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", name).lower()
    text = _no_keyword(re.sub(r"_+", "_", text))
    # A class and its module are both attributes of the package.
    return ModuleName(f"{text}_" if text == name else text)


def constant_name(name: str, source: Source) -> FieldName:
    """Returns the constant of a route or collection: ``project_subjects`` becomes ``PROJECT_SUBJECTS``."""
    return _checked(FieldName, name.upper(), name, source)


def property_name(name: str, source: Source) -> FieldName:
    """Returns a name that the route catalogue gives in Python's own form, checked."""
    return _checked(FieldName, name, name, source)


def _capitalized(text: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", text))


def _no_keyword(text: str) -> str:
    return f"{text}_" if keyword.iskeyword(text) else text


def _checked(kind: type[NameT], text: str, wire_name: str, source: Source, *, fix: str = "") -> NameT:
    try:
        # Python reads identifiers in this form; names that are looked up as text must have it too.
        return kind(unicodedata.normalize("NFKC", text))
    except ValueError:
        message = f"the name cannot become a Python identifier (tried {text!r}){fix}"
        raise CodegenError(message, source, wire_name) from None
