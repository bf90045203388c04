"""Saved searches of accounts and of projects (schema-and-search 4.5, rest-data 15.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..address import project
from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..permissions import is_administrator, may, require
from ..search import engine
from ..search.defaults import project_search, site_search
from ..search.document import SearchDocument, read
from ..search.engine import Found
from ..search.writing import write
from ..store.items import Item
from ..store.searches import SavedSearch
from .replies import table_reply
from .searches import asked_sort, found_reply, keep, read_search, require_type

_COLUMNS = (
    "root_element_name",
    "sort_by_element_name",
    "sort_by_field_id",
    "layered_sequence",
    "allow_diff_columns",
    "secure",
    "id",
    "description",
    "brief_description",
    "tag",
)


def list_searches(call: Call) -> Reply:
    """``GET /data/search/saved``: the caller's searches, with ``includeTag`` those of projects too.

    Administrators see those of another login with ``user=``, and all with ``all=true``.
    """
    return table_reply(
        call, Table(_COLUMNS, [_row(saved) for saved in call.archive.searches.all() if _shown(call, saved)])
    )


def _shown(call: Call, saved: SavedSearch) -> bool:
    if is_administrator(call) and call.flag("all"):
        return True
    asked = call.parameter("user") if is_administrator(call) else None
    if _belongs(call, saved, asked or call.login):
        return True
    tag = call.parameter("includeTag")
    if not tag or not saved.tag or tag == "false":
        return False
    return tag in {"true", saved.tag} and _reads_project(call, saved.tag)


def _belongs(call: Call, saved: SavedSearch, login: str) -> bool:
    """Tell whether a search is for a login: it is named in it, or one of its groups is."""
    if login in saved.users:
        return True
    groups = read(saved.document.encode()).groups
    return bool(groups) and bool({group.id for group in call.archive.groups.of_user(login)} & set(groups))


def _reads_project(call: Call, identifier: str) -> bool:
    found = call.archive.items.by_id("project", identifier)
    return found is not None and may(call, "read", found)


def _row(saved: SavedSearch) -> dict[str, Cell]:
    document = read(saved.document.encode())
    owner, field = document.sort or ("", "")
    return {
        "root_element_name": document.root,
        "sort_by_element_name": owner or None,
        "sort_by_field_id": field or None,
        "layered_sequence": document.layered_sequence or None,
        "allow_diff_columns": int(document.allow_diff_columns),
        "secure": int(document.secure),
        "id": saved.id,
        "description": document.description or None,
        "brief_description": document.brief_description or None,
        "tag": saved.tag or None,
    }


def show_search(call: Call) -> Reply:
    """``GET /data/search/saved/{ID}``: its XML, empty for one that does not exist; ``{ID}/results`` runs it.

    ``@<type>`` is the default search of a type, in the display version ``dv``.

    Raises:
        StatusError: 400 for ``@`` of an unknown type, 403 for a search of somebody else.
    """
    identifier = call.segment("SEARCH_ID") or ""
    document = _default(call, identifier) if identifier.startswith("@") else _saved_document(call, identifier)
    return _document_reply(call, document)


def _document_reply(call: Call, document: SearchDocument | None) -> Reply:
    if document is None:
        return text_reply("")
    if call.remainder[:1] == ("results",):
        return _results(call, document)
    return text_reply(write(document, call.model, call.base_url), media_type="text/xml")


def _default(call: Call, identifier: str) -> SearchDocument:
    name = identifier.removeprefix("@")
    _require_known(call, name)
    return site_search(call, name, call.parameter("dv") or "listing")


def _require_known(call: Call, name: str) -> None:
    if name not in call.model.bases:
        raise StatusError(400, f"Unknown data type {name}")


def _saved_document(call: Call, identifier: str) -> SearchDocument | None:
    saved = call.archive.searches.get(identifier)
    if saved is None:
        return None
    allowed = _belongs(call, saved, call.login) or is_administrator(call)
    if not allowed and not (saved.tag and _reads_project(call, saved.tag)):
        raise StatusError(403)
    return _document(saved)


def _document(saved: SavedSearch) -> SearchDocument:
    return replace(read(saved.document.encode()), id=saved.id, users=saved.users)


def _results(call: Call, document: SearchDocument) -> Reply:
    """Run a search; what the caller stored of it is sent instead, unless ``refresh`` drops it.

    Who a search names may run it, also where its type is not readable for him.
    """
    searches = call.archive.searches
    require_type(call, document.root, named=call.login in document.users)
    if call.flag("refresh"):
        searches.forget(call.login, document.id)
    view = None if document.id.startswith("@") else searches.view_of(call.login, document.id)
    if view is None and call.flag("cache"):
        view = keep(call, document, repr((document, asked_sort(call))))
    if view is not None:
        return found_reply(call, view.root, Found(view.columns, view.facts, view.rows))
    return found_reply(call, document.root, engine.run(call, document, asked_sort(call)))


def put_search(call: Call) -> Reply:
    """``PUT /data/search/saved/{ID}``: stores the document for the caller; ``saveAs=true`` stores a copy.

    A copy has an ID of its own and is for the caller alone.

    Raises:
        StatusError: 422 for a body that is no search, 403 for a search of somebody else and for the tag of a project
            that the caller may not edit.
    """
    document = read_search(call)
    _require_tag(call, document.tag)
    if call.flag("saveAs"):
        identifier = call.archive.searches.new_id()
        _save(call, replace(document, id=identifier, users=(call.login,), groups=()))
        return text_reply("")
    return _store(call, replace(document, id=call.segment("SEARCH_ID") or ""), _is_own)


def _require_tag(call: Call, tag: str) -> None:
    """Refuse a search for everybody in a project from who may not edit the project."""
    found = call.archive.items.by_id("project", tag) if tag else None
    if found is not None:
        require(call, "edit", found)


def _is_own(call: Call, saved: SavedSearch) -> bool:
    return call.login in saved.users or is_administrator(call)


def _store(call: Call, document: SearchDocument, allowed: Callable[[Call, SavedSearch], bool]) -> Reply:
    earlier = call.archive.searches.get(document.id)
    if earlier is not None and not allowed(call, earlier):
        raise StatusError(403)
    users = document.users
    if earlier is None and call.login not in users:
        users = (*users, call.login)
    _save(call, replace(document, users=users or (() if earlier is None else earlier.users)))
    return text_reply("")


def _save(call: Call, document: SearchDocument) -> None:
    xml = write(document, call.model, call.base_url)
    call.archive.searches.save(SavedSearch(document.id, document.root, document.tag, xml, document.users))


def delete_search(call: Call) -> Reply:
    """``DELETE /data/search/saved/{ID}``: takes the caller off it, and removes it when nobody is left.

    A search that does not exist answers 200 as well (a client author's claim about 1.9.2).

    Raises:
        StatusError: 403 for a search of somebody else.
    """
    saved = call.archive.searches.get(call.segment("SEARCH_ID") or "")
    if saved is None:
        return text_reply("")
    if not _is_own(call, saved):
        raise StatusError(403)
    others = tuple(login for login in saved.users if login != call.login)
    if others and call.login in saved.users:
        _save(call, replace(_document(saved), users=others))
    else:
        call.archive.searches.remove(saved.id)
    return text_reply("")


def show_project_search(call: Call) -> Reply:
    """``GET /data/projects/P/searches/{ID}``: a search of a project; ``@<type>`` is its default search of a type."""
    owner, identifier = project(call), call.segment("SEARCH_ID") or ""
    if identifier.startswith("@"):
        name = identifier.removeprefix("@")
        _require_known(call, name)
        return _document_reply(call, project_search(call, owner.id, name))
    saved = _of_project(call, owner, identifier)
    return _document_reply(call, None if saved is None else _document(saved))


def _of_project(call: Call, owner: Item, identifier: str) -> SavedSearch | None:
    saved = call.archive.searches.get(identifier)
    return saved if saved is not None and saved.tag == owner.id else None


def put_project_search(call: Call) -> Reply:
    """``PUT /data/projects/P/searches/{ID}``: stores a search for everybody who sees the project.

    Raises:
        StatusError: 422 for a body that is no search, 403 for who may not edit the project.
    """
    owner = project(call)
    require(call, "edit", owner)
    document = replace(read_search(call), id=call.segment("SEARCH_ID") or "", tag=owner.id)
    return _store(call, document, lambda _, saved: saved.tag == owner.id)


def delete_project_search(call: Call) -> Reply:
    """``DELETE /data/projects/P/searches/{ID}``.

    Raises:
        StatusError: 403 for who may not edit the project.
    """
    owner = project(call)
    require(call, "edit", owner)
    saved = _of_project(call, owner, call.segment("SEARCH_ID") or "")
    if saved is not None:
        call.archive.searches.remove(saved.id)
    return text_reply("")
