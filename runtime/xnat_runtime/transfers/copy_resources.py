"""Which resources an item of the source has, with their files, and where each goes on the target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote
from xml.sax.saxutils import unescape

import attrs

from ..documents import read_table
from ..paths import segment
from ..transport import JsonValue
from .plan import Listed, listed

if TYPE_CHECKING:
    from ..session import BaseSession

_ENTITIES: Final = {"&quot;": '"', "&apos;": "'"}


@attrs.frozen
class CopiedFile:
    """One file of a resource.

    Attributes:
        row: What the source's table says of it.
        about: Format, content and tags of its own, as an upload takes them.
        told: The row of the table itself.
    """

    row: Listed
    about: tuple[tuple[str, str], ...]
    told: dict[str, JsonValue]


@attrs.frozen
class CopiedResource:
    """One resource.

    Attributes:
        uri: Its path on the source, which names it in journals.
        label: Its label, its ID where it has none.
        owner: ID of the scan, assessor or reconstruction that holds it; "" for the item itself.
        category: ``resources``, ``scans``, ``assessors`` or ``reconstructions``.
        about: Format, content, tags and description, as a new resource takes them.
        files: Its files.
        side: ``in`` or ``out`` for assessors and reconstructions.
    """

    uri: str
    label: str
    owner: str
    category: str
    about: tuple[tuple[str, str], ...]
    files: tuple[CopiedFile, ...]
    side: str = "out"

    def described(self, said: Mapping[tuple[str, str], str]) -> CopiedResource:
        """Return it with what the document of its item says of it.

        Args:
            said: Descriptions by the ID of the holder, "" for the item itself, and label.
        """
        text = said.get((self.owner, self.label), "")
        return attrs.evolve(self, about=(*self.about, ("description", _sendable(text)))) if text else self

    @property
    def identity(self) -> str:
        """Its ID on the source."""
        return unquote(self.uri.rpartition("/")[2])

    @property
    def size(self) -> int:
        """Bytes of its files, as far as the table tells."""
        return sum(file.row.size or 0 for file in self.files)

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return f"{self.category}/{self.owner}/{self.label}" if self.owner else self.label

    def target(self, item: str, ids: Mapping[str, str]) -> str:
        """Return its path on the target.

        Args:
            item: Path of the item there.
            ids: New IDs of assessors by old ones.
        """
        if self.category in {"", "resources"} or not self.owner:
            return f"{item}/resources/{segment(self.label)}"
        owner = ids.get(self.owner, self.owner)
        side = "" if self.category == "scans" else f"/{self.side}"
        return f"{item}/{self.category}/{segment(owner)}{side}/resources/{segment(self.label)}"


def resources_of(session: BaseSession, uri: str, *, nested: bool) -> list[CopiedResource]:
    """Return the resources of an item, with their files: two requests, one where there are none.

    Args:
        session: The connection.
        uri: Path of the item.
        nested: Whether those of its scans, assessors and reconstructions belong to it.
    """
    query = {"all": "true"} if nested else {}
    table = read_table(session.get_json(f"{uri}/resources", query=query), uri)
    if not table:
        return []
    answer = session.get_json(f"{uri}/files", query=query)
    files = _files_by_resource(answer, f"{uri}/files")
    return [_resource(uri, row, files.get(_text(row, "xnat_abstractresource_id"), [])) for row in table]


def _files_by_resource(answer: JsonValue, where: str) -> dict[str, list[CopiedFile]]:
    found: dict[str, list[CopiedFile]] = {}
    for row, listing in zip(read_table(answer, where), listed(answer, where), strict=True):
        names = (("format", "file_format"), ("content", "file_content"), ("tags", "file_tags"))
        about = tuple((name, _said(row, column)) for name, column in names if _said(row, column))
        told: dict[str, JsonValue] = {name: str(value or "") for name, value in row.items()}
        found.setdefault(_text(row, "cat_ID"), []).append(CopiedFile(listing, about, told))
    return found


def _resource(uri: str, row: Mapping[str, object], files: list[CopiedFile]) -> CopiedResource:
    identity, category = _text(row, "xnat_abstractresource_id"), _text(row, "category")
    about = tuple((name, _said(row, name)) for name in ("format", "content", "tags") if _said(row, name))
    owner = "" if category == "resources" else _text(row, "cat_id")
    where = f"{uri}/resources/{segment(identity)}"
    side = "in" if any("/in/resources/" in file.row.uri for file in files) else "out"
    return CopiedResource(
        where, _text(row, "label") or identity, owner, category, about, tuple(_plain(files, about)), side
    )


def _plain(files: Iterable[CopiedFile], about: tuple[tuple[str, str], ...]) -> list[CopiedFile]:
    """Return files without what they have from their resource."""
    return [attrs.evolve(file, about=tuple(pair for pair in file.about if pair not in about)) for file in files]


def _said(row: Mapping[str, object], name: str) -> str:
    return _sendable(_text(row, name))


def _sendable(text: str) -> str:
    """Return a text as it has to be sent: servers escape what a query says, and store it so (rest-data 1.6)."""
    return unescape(text, _ENTITIES)


def _text(row: Mapping[str, object], name: str) -> str:
    return str(row.get(name) or "").strip()
