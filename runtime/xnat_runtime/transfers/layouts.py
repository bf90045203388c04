"""How the files of a download are arranged on this side: the server's tree, all in one folder, or a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Final, TypeAlias

import attrs

from ..errors import InvalidValueError, UnsafeNameError
from .origin import Origin as Origin  # noqa: PLC0414  # who names a layout names this too
from .places import NameOf
from .plan import scan_folder
from .spelling import parts_of, spelled

_FIELDS: Final = {
    "project": "ID of the project",
    "subject": "label of the subject",
    "session": "label of the session or other experiment",
    "scan": "ID of the scan",
    "type": "type of the scan",
    "resource": "label of the resource",
    "file": "path of the file below its resource, folders included",
    "name": "name of the file alone",
    "tree": "path in the server's own archive",
}
_OF_FILES: Final = frozenset({"file", "name", "tree"})
_WITH_FOLDERS: Final = frozenset({"file", "tree"})
_NAMED: Final = {"xnat": "{tree}", "flat": "{name}"}

_IN_RESOURCE: Final = re.compile(
    r"(?:\A|/)(?:scans/(?P<scan>[^/]+)/)?(?:(?:in|out)/)?resources/(?P<resource>[^/]+)/files/(?P<file>.+)\Z", re.S
)


_Part: TypeAlias = tuple[tuple[str, str], ...]
"""One folder, or the file: texts, each with the field behind it, "" for none."""


@attrs.frozen(repr=False)
class Layout:
    """A template for the paths of downloaded files, such as ``{subject}/{session}/{scan}-{type}/{file}``.

    The fields are ``project``, ``subject``, ``session``, ``scan``, ``type``, ``resource``, ``file`` (path below the
    resource), ``name`` (name alone) and ``tree`` (path in the server's own archive); ``{{`` and ``}}`` are braces. The
    last part must name the file. Characters that a file name cannot hold everywhere are escaped, such as ``%2F`` for a
    slash in a scan's type; files that would get the same path are refused, neither is written over the other.

    Attributes:
        template: The template; ``xnat`` for the server's tree, ``flat`` for all files in one folder.
        missing: What stands where an item has no such value: a session's own resource has no scan.
    """

    template: str
    missing: str = attrs.field(default="none", kw_only=True)
    _parts: tuple[_Part, ...] = attrs.field(init=False, eq=False, default=())

    def __attrs_post_init__(self) -> None:
        parts = _split(_pieces(_NAMED.get(self.template, self.template)))
        _require_sound(self.template, parts, self.missing)
        object.__setattr__(self, "_parts", parts)

    def __repr__(self) -> str:
        return f"<Layout {self.template}>"

    @property
    def fields(self) -> frozenset[str]:
        """Fields that the template uses."""
        return frozenset(field for part in self._parts for _, field in part if field)

    @property
    def is_tree(self) -> bool:
        """Whether it is the server's own tree."""
        return _NAMED.get(self.template, self.template) == _NAMED["xnat"]

    def name_of(self, origin: Origin) -> NameOf:
        """Return what gives a file its parts below the target, from its name in the server's archive.

        Files that travel alone have the same names, so that both ways lead to the same paths.

        Args:
            origin: Where the files come from.
        """
        scans = {scan_folder(scan, kind): scan for scan, kind in origin.types.items()}

        def parts(name: str) -> tuple[str, ...]:
            return self._filled(_values(name, origin, scans))

        return _as_it_is if self.is_tree else parts

    def _filled(self, values: Mapping[str, str]) -> tuple[str, ...]:
        found: list[str] = []
        for part in self._parts:
            found.extend(_filled(part, values, self.missing))
        return tuple(found)


def as_layout(layout: Layout | str | None) -> Layout:
    """Return a layout that was given itself or as its template; None stands for the server's tree.

    Raises:
        InvalidValueError: The template cannot be used.
    """
    return layout if isinstance(layout, Layout) else Layout("xnat" if layout is None else layout)


def _as_it_is(name: str) -> str:
    return name


def _pieces(template: str) -> list[tuple[str, str]]:
    """Return texts and the fields behind them."""
    try:
        found = [(text, name, bool(spec or conversion)) for text, name, spec, conversion in Formatter().parse(template)]
    except ValueError as error:
        msg = f"The layout {template!r} cannot be read: {error}. Braces that are meant as such are doubled."
        raise InvalidValueError(msg) from None
    for _, name, is_formatted in found:
        if name is not None and (name not in _FIELDS or is_formatted):
            known = ", ".join(f"{{{field}}} ({what})" for field, what in _FIELDS.items())
            what = "formats" if name in _FIELDS else "has no field"
            msg = f"The layout {template!r} {what} {{{name}}}. Its fields are {known}; they take no format."
            raise InvalidValueError(msg)
    return [(text, name or "") for text, name, _ in found]


def _split(pieces: list[tuple[str, str]]) -> tuple[_Part, ...]:
    """Return the pieces of each folder, and of the file."""
    parts: list[list[tuple[str, str]]] = [[]]
    for text, field in pieces:
        *folders, rest = text.split("/")
        for folder in folders:
            parts[-1].append((folder, ""))
            parts.append([])
        parts[-1].append((rest, field))
    return tuple(tuple(part) for part in parts)


def _require_sound(template: str, parts: tuple[_Part, ...], missing: str) -> None:
    """Refuse templates that no file could be written by."""
    if not any(field in _OF_FILES for _, field in parts[-1]):
        msg = f"The layout {template!r} must name the file in its last part: {{file}}, {{name}} or {{tree}}."
        raise InvalidValueError(msg)
    sample = "/".join("".join(text + ("xx" if field else "") for text, field in part) for part in parts)
    try:
        parts_of(sample)
        spelled((missing,))
        spelled(tuple(sample.split("/")))
    except UnsafeNameError:
        msg = (
            f"The layout {template!r} (missing={missing!r}) would leave the folder, or has an empty part: it is "
            "relative to the target, with slashes between folders."
        )
        raise InvalidValueError(msg) from None


def _filled(part: _Part, values: Mapping[str, str], missing: str) -> list[str]:
    """Return the part with its values; slashes of files begin new parts, those of other values do not."""
    found = [""]
    for text, field in part:
        found[-1] += text
        value = (values.get(field) or missing) if field else ""
        first, *rest = value.split("/") if field in _WITH_FOLDERS else [value]
        found[-1] += first
        found.extend(rest)
    return found


def _values(name: str, origin: Origin, scans: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a file's fields, from its name in the archive (rest-data 10.6)."""
    found = _IN_RESOURCE.search(name)
    scan, kind = _scan(found["scan"] if found else "", origin.types, scans)
    file = found["file"] if found else name.partition("/")[2] or name
    return {
        "project": origin.project,
        "subject": origin.subject,
        "session": origin.session,
        "scan": scan,
        "type": kind,
        "resource": found["resource"] if found else "",
        "file": file,
        "name": file.rpartition("/")[2],
        "tree": name,
    }


def _scan(folder: str | None, types: Mapping[str, str], scans: Mapping[str, str]) -> tuple[str, str]:
    """Return the ID and type of the scan whose folder in the archive this is."""
    if not folder:
        return "", ""
    if folder in scans:
        return scans[folder], types[scans[folder]]
    # Not in the table: it came after the table was read.
    scan, _, kind = folder.partition("-")
    return scan, kind
