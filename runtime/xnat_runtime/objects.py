"""The base class of everything that has a REST path of its own: `XnatObject`."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final, Self, TypeVar, cast

from .documents import ItemNode, read_item
from .edits import ChangeSet, commit
from .errors import InvalidValueError, ReadOnlyFieldError, UsageError
from .item import Item
from .paths import child, segment
from .showable import Showable

if TYPE_CHECKING:
    from .collections import Collection
    from .html_tables import Table
    from .item_data import ItemData
    from .listings import Listing
    from .queries import Query
    from .query import Constraint
    from .session import BaseSession
    from .snapshots import RowSource
    from .structures import XnatStructure
    from .verbs import Query as UrlQuery

T = TypeVar("T", bound="XnatObject")

# Threads that read one object load its document once; many locks, so that they seldom wait for another object's.
_LOADING: Final = tuple(threading.Lock() for _ in range(61))


class XnatObject(Showable, Item):
    """A project, subject, experiment, scan, resource or file: what a server addresses by a URI.

    Reading a field that the listing row holds costs no request; the first other field loads the whole item
    document, once. Two objects are equal when they are the same item of the same connection.
    """

    __slots__ = (
        "__weakref__",
        "__xnat_batch__",
        "__xnat_document__",
        "__xnat_exist_ok__",
        "__xnat_listing__",
        "__xnat_listings__",
        "__xnat_parent__",
        "__xnat_session__",
        "__xnat_shared__",
        "__xnat_uri__",
    )

    __xnat_takes_parent__: ClassVar[bool] = False
    """Whether the class, or one that it extends, declares its parent and can so be created."""
    __xnat_shown__: ClassVar[str] = "label"
    """The value of the row that repr shows beside the ID."""
    __xnat_is_loadable__: ClassVar[bool] = True
    """Whether there is a document beside the row."""
    __xnat_session__: BaseSession | None
    __xnat_uri__: str
    __xnat_parent__: object
    __xnat_listing__: RowSource | None
    __xnat_listings__: dict[object, tuple[int, object]]
    """The collections that were asked for, with the changes that this connection had made by then."""
    __xnat_document__: ItemNode | None
    __xnat_batch__: ChangeSet | None
    __xnat_exist_ok__: bool
    """Whether a constructor may give the item that exists already."""
    __xnat_shared__: bool
    """Whether the row is the listing's own, which changes must leave as the server sent it."""

    def __attrs_pre_init__(self) -> None:
        self.__xnat_row__ = {}
        self.__xnat_session__ = None
        self.__xnat_uri__ = ""
        self.__xnat_parent__ = None
        self.__xnat_listing__ = None
        self.__xnat_document__ = None
        self.__xnat_batch__ = None
        self.__xnat_exist_ok__ = False
        self.__xnat_shared__ = False

    def __attrs_post_init__(self) -> None:
        parent = self.__xnat_parent__
        if parent is None:
            raise InvalidValueError(self.__xnat_orphan__())
        try:
            self.__xnat_create__(parent)
        finally:
            self.__xnat_batch__ = None

    @classmethod
    def __xnat_orphan__(cls) -> str:
        """Returns why an object cannot be made without a parent, and what to do."""
        if cls.__xnat_takes_parent__:
            return f"{cls.__name__}(...) creates an item on the server: name its parent with parent="
        return f"{cls.__name__}(...) cannot be created: use a type with a parent, such as MrSessionData below a subject"

    @classmethod
    def __xnat_from_server__(
        cls,
        session: BaseSession,
        uri: str,
        row: dict[str, object],
        parent: object,
        listing: RowSource | None = None,
    ) -> Self:
        """Returns the object of a listing row or a document; ``__init__`` is bypassed, nothing is asked."""
        made = cls.__new__(cls)
        made.__xnat_row__ = row
        made.__xnat_session__ = session
        made.__xnat_uri__ = uri
        made.__xnat_parent__ = parent
        made.__xnat_listing__ = listing
        made.__xnat_document__ = None
        made.__xnat_batch__ = None
        made.__xnat_shared__ = listing is not None
        return made

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        """Returns the class that the item's parent has."""
        return XnatObject

    def __xnat_base__(self) -> str:
        """Returns the path that the item's collections lie below."""
        return self.uri

    def __xnat_own_row__(self) -> dict[str, object]:
        """Returns the row to change: a copy of its own, when the row is still the listing's."""
        if self.__xnat_shared__:
            self.__xnat_row__ = dict(self.__xnat_row__)
            self.__xnat_shared__ = False
        return self.__xnat_row__

    @classmethod
    def __xnat_prepare_rows__(cls, rows: list[dict[str, object]]) -> None:
        """Adds to listing rows what can be derived from them."""

    if not TYPE_CHECKING:
        # Generated classes declare `parent` with the type it has there.
        @property
        def parent(self) -> object:
            """The object that this one belongs to."""
            if self.__xnat_parent__ is None and self.__xnat_session__ is not None:
                self.__xnat_parent__ = self.__xnat_find_parent__()
            return self.__xnat_parent__

        @parent.setter
        def parent(self, value: object) -> None:
            if self.__xnat_session__ is not None:
                msg = f"{type(self).__name__}.parent is fixed once the item is on the server"
                raise ReadOnlyFieldError(msg)
            self.__xnat_parent__ = value

    @classmethod
    def query(cls, *constraints: Constraint) -> Query[Self]:
        """Returns a search for objects of this class; on ``session.classes``, whose classes know their connection.

        Raises:
            UsageError: The class was imported; use ``session.query(...)``.
        """
        from .searchable import unbound  # noqa: PLC0415  # searches import objects

        del constraints
        raise unbound(cls)

    @property
    def session(self) -> BaseSession:
        """The connection that the object came from.

        Raises:
            UsageError: The object is not on a server (its creation failed).
        """
        if self.__xnat_session__ is None:
            msg = f"this {type(self).__name__} is not on a server"
            raise UsageError(msg)
        return self.__xnat_session__

    @property
    def uri(self) -> str:
        """The path of the item on the server, percent-encoded, such as ``/data/projects/sandbox``."""
        if not self.__xnat_uri__ and self.__xnat_listing__ is not None:
            self.__xnat_uri__ = self.__xnat_listing__.uri_of(self.__xnat_row__)
        return self.__xnat_uri__

    @property
    def data(self) -> ItemData:
        """Everything that the server sent of the item, by schema path, as texts and numbers came.

        For fields that the class does not have, such as those of a plugin's type: ``reading.data["volume"]``. A list
        gives its entries, each a mapping too: ``reading.data.entries("lesions/lesion")[0]["lobe"]``. Reading what
        the listing did not tell loads the document, once; an empty field is no key.
        """
        from .item_data import ItemData  # noqa: PLC0415 - few need it

        return ItemData(self)

    def external_uri(self, query: UrlQuery = (), scheme: str | None = None) -> str:
        """Returns the full URL of the item, without credentials; see `BaseSession.url_for`."""
        return self.session.url_for(self, query, scheme)

    def refresh(self) -> None:
        """Loads the item document again; values and listings read before are forgotten. One request."""
        document = self.__xnat_load__()
        self.__xnat_listings__ = {}
        self.__xnat_row__, self.__xnat_shared__ = dict(document.fields), False
        self.__xnat_document__ = document

    @contextmanager
    def edit(self) -> Generator[Self, None, None]:
        """Collects assignments and sends them in one request when the block ends.

        When the block raises, or the server refuses, nothing is kept: the fields read as before.
        A new ``label`` has a request of its own, which goes first, since a rename ignores every other value
        (rest-data 7.4); it stays when the server then refuses the rest.

        Raises:
            UsageError: The object is being edited already.
            ResponseError: The server refused the change.
        """
        if self.__xnat_batch__ is not None:
            msg = "this object is being edited already: leave the outer edit() block first"
            raise UsageError(msg)
        # Lists are read again from the document after a refusal, since their entries change in place.
        before = {path: value for path, value in self.__xnat_row__.items() if not path.endswith("[]")}
        batch = self.__xnat_batch__ = ChangeSet()
        try:
            yield self
            self.__xnat_commit__(batch)
        except BaseException:
            self.__xnat_restore__(before, batch)
            raise
        finally:
            self.__xnat_batch__ = None

    def __xnat_restore__(self, before: dict[str, object], batch: ChangeSet) -> None:
        """Puts back the values from before an edit, those of a document that the edit loaded included."""
        row, document = self.__xnat_row__, self.__xnat_document__
        if "label" in row and "label" not in batch.values:
            before["label"] = row["label"]  # not assigned, or renamed already
        self.__xnat_row__ = before if document is None else {**document.fields, **before}
        self.__xnat_shared__ = False

    def delete(self, *, remove_files: bool) -> None:
        """Deletes the item.

        Args:
            remove_files: Whether the files go too (``removeFiles``, rest-data 8).

        Raises:
            NotFoundError: There is no such item.
            PermissionDeniedError: The server refuses.
        """
        from .transfers.lost_items import deleted  # noqa: PLC0415  # few programs delete items

        deleted(self.session, self.__xnat_write_uri__(), {"removeFiles": "true" if remove_files else "false"})

    def __xnat_load__(self) -> ItemNode:
        return read_item(self.session.get_json(self.uri), self.uri)

    def __xnat_loaded__(self) -> ItemNode:
        """Returns the item document, loaded at the first call; the listing row's values stay as they are."""
        document = self.__xnat_document__
        if document is None:
            with _LOADING[hash(self.uri) % len(_LOADING)]:
                document = self.__xnat_document__
                if document is None:
                    document = self.__xnat_load__()
                    # The row goes first: another thread that sees the document finds its values there.
                    self.__xnat_row__, self.__xnat_shared__ = {**document.fields, **self.__xnat_row__}, False
                    self.__xnat_document__ = document
        return document

    def __xnat_fetch__(self, path: str) -> object:
        if self.__xnat_session__ is not None:
            self.__xnat_loaded__()
        return self.__xnat_row__.get(path)

    def __xnat_children__(self, path: str) -> Sequence[ItemNode]:
        return () if self.__xnat_session__ is None else self.__xnat_loaded__().children(path)

    def __xnat_list_slot__(self, path: str) -> tuple[dict[str, object], str]:
        return self.__xnat_own_row__(), f"{path}[]"

    def __xnat_assign__(self, path: str, value: object) -> None:
        if self.__xnat_session__ is None:
            self.__xnat_row__[path] = value
            return
        self.__xnat_guard__(path)
        if self.__xnat_batch__ is None:
            self.__xnat_commit__(ChangeSet({path: value}))
        else:
            self.__xnat_batch__.values[path] = value
        self.__xnat_own_row__()[path] = value

    def __xnat_change__(self, changes: ChangeSet) -> None:
        if self.__xnat_batch__ is None:
            self.__xnat_commit__(changes)
        else:
            self.__xnat_batch__.merge(changes)

    def __xnat_assign_structure__(self, path: str, structure: XnatStructure) -> None:
        changes = structure.__xnat_changes__(path)
        if self.__xnat_session__ is None:
            self.__xnat_row__.update(changes.values)
            self.__xnat_batch__ = self.__xnat_batch__ or ChangeSet()
            self.__xnat_batch__.merge(ChangeSet(entries=changes.entries, additions=changes.additions))
            return
        self.__xnat_change__(changes)
        self.__xnat_own_row__().update(changes.values)

    def __xnat_commit__(self, changes: ChangeSet) -> None:
        commit(self, changes)

    def __xnat_guard__(self, path: str) -> None:
        """Refuses what the server would not change (identity fields)."""
        if path == "ID":
            msg = f"{type(self).__name__}.id is fixed when the item is created"
            raise ReadOnlyFieldError(msg)

    def __xnat_write_uri__(self) -> str:
        """Returns the path that takes PUT and DELETE, when it differs from the one that is read."""
        return self.uri

    def __xnat_relabelled__(self, label: str) -> None:
        """Takes note of a rename that the server has done."""
        self.__xnat_own_row__()["label"] = label
        base, _, name = self.uri.rpartition("/")
        if name != segment(str(self.__xnat_value__("ID") or "-")):
            self.__xnat_uri__ = child(base, label)  # it was addressed by its label

    def __xnat_find_parent__(self) -> object:
        msg = f"{type(self).__name__} {self.uri} does not say what it belongs to"
        raise UsageError(msg)

    def __xnat_create__(self, parent: object) -> None:
        msg = f"{type(self).__name__} cannot be created this way"
        raise InvalidValueError(msg)

    def _listing(self, collection: Collection[T]) -> Listing[T]:
        """Returns a collection below this item; nothing is asked before it is used.

        It is the same one until the item is refreshed or this connection changes something, so that
        ``project.subjects`` can be written again and again and is asked for once.
        """
        changes, kept = self.session.__xnat_changes__, getattr(self, "__xnat_listings__", {})
        known = kept.get(collection)
        if known is None or known[0] != changes:
            known = changes, self.__xnat_new_listing__(collection)
            self.__xnat_listings__ = {**kept, collection: known}
        # cast: each collection is kept beside its own listing, which no dict can say.
        return cast("Listing[T]", known[1])

    def __xnat_new_listing__(self, collection: Collection[T]) -> Listing[T]:
        from .listings import Listing  # noqa: PLC0415  # listings import objects

        return Listing(self.session, collection, owner=self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, XnatObject):
            return NotImplemented
        is_there = self.__xnat_session__ is not None and self.__xnat_session__ is other.__xnat_session__
        return self is other or (is_there and self.__xnat_identity__() == other.__xnat_identity__() != "")

    def __hash__(self) -> int:
        return hash((id(self.__xnat_session__), self.__xnat_identity__()))

    def __xnat_identity__(self) -> str:
        """Returns what tells the item from all others of the server, without a request."""
        return self.uri

    def __reduce__(self) -> tuple[object, ...]:
        from .transfers.carried import reduced  # noqa: PLC0415 - few programs pickle

        return reduced(self)

    def __xnat_table__(self, identifying: bool, limit: int) -> Table:
        """Returns what notebooks show."""
        from .notebook_objects import of_object  # noqa: PLC0415 - only notebooks look

        return of_object(self, identifying)

    def __repr__(self) -> str:
        row = self.__xnat_row__
        label, identity = (str(row.get(name) or "") for name in (self.__xnat_shown__, "ID"))
        names = f"{label} ({identity})" if label and identity else label or identity
        loaded = "loaded" if self.__xnat_document__ is not None else f"{len(row)} values"
        return f"<{type(self).__name__} {names or self.uri or 'not on a server'} [{loaded}]>"
