"""What every item of the archive below a project does: it is created below its parent, and holds resources."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .edits import creation_body
from .errors import ConflictError, InvalidValueError, UnexpectedAnswerError, UsageError
from .existing import existing
from .locate import parent_uri
from .objects import XnatObject
from .paths import child
from .unknown_fields import named_when_unknown

if TYPE_CHECKING:
    from .archive import ResourceObject
    from .documents import ItemNode
    from .folder_uploads import UploadMethod
    from .session import BaseSession


class ArchiveObject(XnatObject):
    """An item of the archive below a project: it is created below its parent and can hold resources."""

    def create_resource(
        self,
        label: str,
        format: str | None = None,
        data_dir: str | Path | None = None,
        method: UploadMethod = "auto",
        *,
        content: str | None = None,
        exist_ok: bool = False,
    ) -> ResourceObject:
        """Creates a resource (a folder of files) on this item, empty or with the files of a folder.

        Args:
            label: Its label, which must be new on this item.
            format: Format of its files, such as ``NIFTI``.
            data_dir: A folder whose files are uploaded; when that fails, the resource stays, without them.
            method: How they travel; see `ResourceObject.upload_dir`.
            content: What its files are, such as ``SEGMENTATION``.
            exist_ok: Whether a resource of this label may exist: it is returned as it is, after a second request.

        Raises:
            ConflictError: The label exists.
        """
        from .archive import ResourceObject  # noqa: PLC0415  # resources are archive objects too

        catalog = self.session.registry.load("xnat:resourceCatalog")
        if catalog is None or not issubclass(catalog, ResourceObject):
            msg = "this package was generated without xnat:resourceCatalog"
            raise UsageError(msg)
        values = {"label": label, "format": format, "content": content}
        made = catalog.__xnat_from_server__(self.session, "", {k: v for k, v in values.items() if v is not None}, self)
        made.__xnat_exist_ok__ = exist_ok
        made.__xnat_create__(self)
        if data_dir is not None:
            from .folder_uploads import upload_folder  # noqa: PLC0415  # transfers are imported when they happen

            upload_folder(self.session, made.uri, Path(data_dir), method=method, is_new=not exist_ok)
        return made

    def __xnat_require__(self, *paths: str) -> None:
        """Checks that a new item has what its address needs."""
        for path in paths:
            if not self.__xnat_row__.get(path):
                msg = f"{type(self).__name__}(...) needs {path.lower()}= to be created"
                raise InvalidValueError(msg)

    def __xnat_owner_in__(self, parent: object) -> XnatObject:
        """Returns the parent of a new item, once it is sure that such an item can lie there."""
        kind = self.__xnat_parent_kind__()
        if not isinstance(parent, kind) or not isinstance(parent, XnatObject):
            wanted = kind.__name__.removesuffix("Object")
            msg = f"{type(self).__name__}(parent=...) takes an object of kind {wanted}, not {type(parent).__name__}"
            raise InvalidValueError(msg)
        return parent

    def __xnat_post__(self, session: BaseSession, collection: str, values: dict[str, object]) -> str:
        """Creates the item with POST, which refuses a label that exists (rest-data 7.2); returns the new ID.

        With ``exist_ok``, a second request gives the item that exists; see `existing`.

        Raises:
            ConflictError: The ID or label exists.
            FieldNotOnServerError: The server does not know a field that was given; nothing was created.
        """
        from .transfers.lost_items import created  # noqa: PLC0415  # few programs create items

        self.__xnat_session__ = session
        try:
            body = creation_body(self)
            headers = {"Content-Type": "text/xml"}
            send = partial(session.post, collection, body, headers=headers)
            with named_when_unknown(self, list(self.__xnat_row__)):
                answer = created(self, session, collection, values, send)
        except ConflictError as conflict:
            self.__xnat_session__ = None
            if not self.__xnat_exist_ok__:
                raise
            return self.__xnat_adopt__(existing(self, session, collection, values, conflict), session)
        except BaseException:
            self.__xnat_session__ = None
            raise
        identity = answer.partition("?")[0].rpartition("/")[2]
        if not identity:
            msg = "the server created the item but did not name it"
            raise UnexpectedAnswerError(msg, method="POST", url=collection)
        self.__xnat_row__.update(values)
        return identity

    def __xnat_adopt__(self, document: ItemNode, session: BaseSession) -> str:
        """Makes this object the one that a document describes; returns its ID."""
        self.__xnat_session__, self.__xnat_document__ = session, document
        self.__xnat_row__ = dict(document.fields)
        return str(document.fields.get("ID", ""))

    def __xnat_create_below__(self, parent: object, collection: str) -> None:
        """Creates an item that its own ID identifies; the server answers that ID again, encoded or not."""
        self.__xnat_require__("ID")
        owner = self.__xnat_owner_in__(parent)
        uri = f"{owner.__xnat_base__()}/{collection}"
        self.__xnat_post__(owner.session, uri, {})
        self.__xnat_uri__ = child(uri, str(self.__xnat_row__["ID"]))

    def __xnat_find_parent__(self) -> object:
        above = parent_uri(self.__xnat_base__())
        return self.session.create_object(above) if above else super().__xnat_find_parent__()
