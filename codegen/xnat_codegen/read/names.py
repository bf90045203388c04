"""Reads a site's own decisions about names: ``--names FILE``, a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import attrs

from ..errors import CodegenError, Source
from ..naming import ClassName, FieldName, PythonName

TABLES = {"fields": FieldName, "classes": ClassName, "prefixes": PythonName}


@attrs.frozen
class NameDecisions:
    """Names that are decided by hand.

    Attributes:
        fields: Type and path of a member, ``xnat:resource/URI`` -> its Python name.
        classes: Data type -> its class name.
        prefixes: Namespace -> the prefix that stands for it in types and class names.
    """

    fields: Mapping[str, str] = attrs.field(factory=dict[str, str])
    classes: Mapping[str, str] = attrs.field(factory=dict[str, str])
    prefixes: Mapping[str, str] = attrs.field(factory=dict[str, str])


def read_names(path: Path) -> NameDecisions:
    """Returns the decisions of a file with the tables ``[fields]``, ``[classes]`` and ``[prefixes]``.

    Raises:
        CodegenError: The file cannot be read, is no TOML, or holds something that is no name.
    """
    source = Source(str(path))
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CodegenError(f"cannot be read as TOML: {error}", source) from None
    unknown = sorted(document.keys() - TABLES.keys())
    if unknown:
        raise CodegenError(f"unknown table {unknown[0]!r}; there are [fields], [classes] and [prefixes]", source)
    return NameDecisions(**{key: _table(document.get(key, {}), kind, source) for key, kind in TABLES.items()})


def _table(value: object, kind: type[PythonName], source: Source) -> dict[str, str]:
    if not isinstance(value, dict):
        raise CodegenError("[fields], [classes] and [prefixes] must be tables", source)
    table = cast("dict[str, object]", value)
    for key, name in table.items():
        try:
            kind(str(name))
        except ValueError:
            raise CodegenError(f"{name!r} is no Python identifier", source, key) from None
    return {key: str(name) for key, name in table.items()}
