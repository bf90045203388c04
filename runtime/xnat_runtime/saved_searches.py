"""Searches that a server keeps for accounts and for projects (schema-and-search 4.5, rest-data 15.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

import attrs

from .documents import read_table
from .errors import InvalidValueError, KeyNotFoundError, NotFoundError
from .paths import join, segment
from .search_document import NAMESPACE
from .search_tables import dicts_of, frame_of, typed_answer

if TYPE_CHECKING:
    import pandas as pd

    from .item import Item
    from .queries import Query
    from .transport import Response
    from .verbs import Verbs

_SAVED: Final = "/data/search/saved"
_XML: Final = {"Content-Type": "text/xml"}


@attrs.frozen
class SavedSearch:
    """A search that the server keeps.

    Attributes:
        id: Its ID.
        root: Data type of its rows, such as ``xnat:subjectData``.
        name: What people call it (``brief-description``), "" for none.
        description: What it is for, "" for none.
        project: ID of the project whose members see it, "" for a search of accounts.
        uri: Its path.
    """

    id: str
    root: str = ""
    name: str = ""
    description: str = attrs.field(default="", repr=False)
    project: str = ""
    uri: str = attrs.field(kw_only=True, repr=False)
    _session: Verbs = attrs.field(kw_only=True, alias="session", repr=False, eq=False)

    def document(self) -> str:
        """Returns the search document as XML, with the values of its conditions: one request.

        Raises:
            KeyNotFoundError: The search is gone.
            PermissionDeniedError: It belongs to somebody else.
        """
        return self._read(self.uri, "xml").text

    def tabulate_csv(self) -> str:
        """Returns the rows that it finds now as CSV, as the server writes it: one request.

        Raises:
            KeyNotFoundError: The search is gone.
            PermissionDeniedError: You may not read its data type.
        """
        return self._read(f"{self.uri}/results", "csv").text

    def tabulate_dict(self) -> list[dict[str, str]]:
        """Returns the rows of `tabulate_csv` as mappings of column to text."""
        return dicts_of(self.tabulate_csv())

    def tabulate_pandas(self) -> pd.DataFrame:
        """Returns the rows as a pandas DataFrame, text as text (extra ``pandas``)."""
        return frame_of(self.tabulate_csv())

    def tabulate_arrow(self) -> Any:  # Any: pyarrow comes without types
        """Returns the rows as a ``pyarrow.Table`` (extra ``arrow``), with the types that the answer tells: one request.

        Raises:
            UsageError: pyarrow is not installed.
            KeyNotFoundError: The search is gone.
            PermissionDeniedError: You may not read its data type.
        """
        from .typed_tables import arrow_of  # noqa: PLC0415  # only this method needs it

        return arrow_of(typed_answer(self._read(f"{self.uri}/results", "json").json()))

    def delete(self) -> None:
        """Removes the search, or takes you off it where others have it too: one request.

        Raises:
            PermissionDeniedError: It belongs to somebody else, or you may not edit its project.
        """
        self._session.delete(self.uri)

    def _read(self, uri: str, answer_format: str) -> Response:
        try:
            answer = self._session.get(uri, answer_format)
        except NotFoundError:
            raise _gone(self.id) from None
        # Servers answer an empty text for a search that is not there (rest-data 15.6), newer ones 404.
        if not answer.content.strip():
            raise _gone(self.id)
        return answer


class SavedSearches(Mapping[str, SavedSearch]):
    """Saved searches by ID, as a snapshot: one request at the first use.

    Those of a connection are your own; those of a project are for everybody who sees it.
    """

    __slots__ = ("_found", "_project", "_session")

    def __init__(self, session: Verbs, project: str = "") -> None:
        self._session = session
        self._project = project
        self._found: dict[str, SavedSearch] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def default(self, item_class: type[Item]) -> SavedSearch:
        """Returns the search that the server itself has for a type; nothing is asked before it is run.

        Args:
            item_class: A class of ``models``, such as ``MrSessionData``.
        """
        return self._named(f"@{item_class.xsi_type}", root=item_class.xsi_type)

    def save(
        self,
        search_id: str,
        query: Query[Any],  # Any: whatever the query finds
        *,
        name: str = "",
        description: str = "",
        users: Iterable[str] = (),
        groups: Iterable[str] = (),
    ) -> SavedSearch:
        """Keeps a query on the server, in place of a search of the same ID, and returns it: one request.

        Its conditions and columns are kept as the server decides them: ``startswith`` and ``contains``, which this
        package checks again by itself, become the server's LIKE.

        Args:
            search_id: ID for the search.
            query: What ``session.query`` gives.
            name: What people call it.
            description: What it is for.
            users: Logins of other accounts that may run it.
            groups: IDs of groups whose members may run it.

        Raises:
            InvalidValueError: The ID is blank, or the query is sorted or limited, which saved searches cannot be.
            PermissionDeniedError: The ID is taken by somebody else's search, or you may not edit the project.
        """
        if not search_id.strip() or search_id.startswith("@"):
            msg = "a saved search needs an ID of its own; those that begin with @ are the server's"
            raise InvalidValueError(msg)
        found = self._named(search_id, query.__xnat_root__, name, description)
        body = _document(query, found, users, groups)
        self._session.put(found.uri, data=body, headers=_XML)
        self._found = None
        return found

    def _named(self, search_id: str, root: str = "", name: str = "", description: str = "") -> SavedSearch:
        if self._project:
            uri = join("data", "projects", self._project, "searches", search_id)
        else:
            uri = f"{_SAVED}/{segment(search_id)}"
        return SavedSearch(search_id, root, name, description, self._project, uri=uri, session=self._session)

    def _load(self) -> dict[str, SavedSearch]:
        if self._found is None:
            query = {"includeTag": self._project} if self._project else {}
            rows = read_table(self._session.get_json(_SAVED, query), _SAVED)
            read = [self._row(row) for row in rows if not self._project or row.get("tag") == self._project]
            self._found = {search.id: search for search in read}
        return self._found

    def _row(self, row: Mapping[str, object]) -> SavedSearch:
        def text(name: str) -> str:
            return str(row.get(name) or "")

        found = self._named(text("id"), text("root_element_name"), text("brief_description"), text("description"))
        return attrs.evolve(found, project=text("tag"))

    def __getitem__(self, key: str) -> SavedSearch:
        found = self._load().get(key)
        if found is None:
            raise _gone(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        owner = f"project {self._project}" if self._project else repr(self._session)
        return f"<SavedSearches of {owner}>"


def _gone(search_id: str) -> KeyNotFoundError:
    return KeyNotFoundError(f"there is no saved search with the ID {search_id!r} that you may see")


def _document(
    query: Query[Any],  # Any: as in save()
    search: SavedSearch,
    users: Iterable[str],
    groups: Iterable[str],
) -> bytes:
    """Return the document of a query with what makes it a saved one, behind the rest as the schema orders it."""
    if query.__xnat_is_cut__:
        msg = "a saved search keeps conditions and columns: leave sort() and limit() out, and order its rows"
        raise InvalidValueError(msg)
    bundle = query.to_xml()
    bundle.set("ID", search.id)
    for attribute, text in (("brief-description", search.name), ("description", search.description)):
        if text:
            bundle.set(attribute, text)
    if search.project:
        bundle.set("tag", search.project)
    for login in users:
        allowed = ElementTree.SubElement(bundle, f"{{{NAMESPACE}}}allowed_user")
        ElementTree.SubElement(allowed, f"{{{NAMESPACE}}}login").text = login
    _groups(bundle, list(groups))
    text_of: bytes = ElementTree.tostring(bundle, encoding="utf-8", xml_declaration=True)
    return text_of


def _groups(bundle: ElementTree.Element, groups: list[str]) -> None:
    if groups:
        allowed = ElementTree.SubElement(bundle, f"{{{NAMESPACE}}}allowed_groups")
        for group in groups:
            ElementTree.SubElement(allowed, f"{{{NAMESPACE}}}groupID").text = group
