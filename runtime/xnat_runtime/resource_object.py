"""What a resource does: a folder of files on the server."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from .documents import ItemNode
from .downloadable import DownloadableObject
from .edits import ESCAPED, ChangeSet
from .errors import ConflictError, InvalidValueError, ReadOnlyFieldError
from .existing import require_type
from .folder_resource import FolderObject
from .locate import resource_row
from .objects import XnatObject
from .paths import child, encode_path
from .transport import JsonValue

if TYPE_CHECKING:
    from .fields import Key
    from .files import FileData
    from .listings import Listing
    from .results import TransferResult
    from .transfers.events import Observer
    from .transfers.layouts import Layout
    from .transfers.options import TransferOptions
    from .transfers.report import TransferReport
    from .transfers.upload_present import IfExists

Listed = TypeVar("Listed", bound=XnatObject)


class ResourceObject(DownloadableObject, FolderObject):
    """Behaviour of ``xnat:abstractResource`` and all that extends it: a folder of files."""

    if TYPE_CHECKING:
        # As in LabelledObject: create_resource() returns this class.
        label: Key[str]

    @property
    def id(self) -> str:
        """The number that the server gave the resource; one request where the row does not tell it."""
        return str(self.__xnat_value__("xnat_abstractresource_id") or "")

    @property
    @abc.abstractmethod
    def files(self) -> Listing[FileData]:
        """The files of the resource."""

    def download_dir(
        self,
        target: str | Path,
        *,
        layout: Layout | str | None = None,
        overwrite: bool = False,
        manifest: bool = False,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
        verbose: bool = False,
        flatten_dirs: bool = False,
    ) -> TransferReport:
        """Writes the resource's files below a folder; see `DownloadableObject.download_dir`.

        Args:
            target: The folder; it is created when it does not exist.
            layout: How the files are arranged: ``xnat`` (the default), ``flat``, or a template such as
                ``{subject}/{session}/{scan}-{type}/{file}``; see `xnat_runtime.transfers.layouts.Layout`.
            overwrite: Whether files with other bytes may be replaced.
            manifest: Whether ``manifest.json`` is written, which tells what the folder holds and checks it later.
            options: Workers, retries, strategy and limits; see `xnat_runtime.transfers.options.TransferOptions`.
            progress: Told of what happens (`xnat_runtime.transfers.events`).
            verbose: Whether to tell on stderr how far it is.
            flatten_dirs: Whether the files stand in the folder itself, with only the folders that they have in the
                resource, which is the layout ``{file}``; nothing else in the folder is touched.
        """
        from .transfers.download_item import download_into  # noqa: PLC0415  # transfers are imported when they happen

        used = layout or ("{file}" if flatten_dirs else None)
        return download_into(
            self, target, layout=used, overwrite=overwrite, manifest=manifest, options=options,
            progress=progress, verbose=verbose,
        )  # fmt: skip

    def refresh_catalog(
        self, checksum: bool = False, delete: bool = False, append: bool = False, populate_stats: bool = False
    ) -> None:
        """Brings the resource's catalog up to date with its folder: one request; see `Services.refresh_catalog`."""
        self.session.services.refresh_catalog(
            self, checksum=checksum, delete=delete, append=append, populate_stats=populate_stats
        )

    def upload(
        self,
        source: str | Path,
        remote_path: str | None = None,
        *,
        overwrite: bool = False,
        if_exists: IfExists | None = None,
        extract: bool = False,
        file_content: str | None = None,
        file_format: str | None = None,
        file_tags: str | None = None,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Uploads a file and compares it with the resource's table, which is a second request.

        Args:
            source: The file.
            remote_path: Path below the resource; the file's name by default.
            overwrite: Whether a file of that path may be replaced; the same as ``if_exists="overwrite"``.
            if_exists: What becomes of a file of that path; see `upload_dir`.
            extract: Whether the server shall unpack the file, an archive (rest-data 10.4.7); nothing is compared then.
            file_content: What the file is, such as ``T1``.
            file_format: Its format, such as ``NIFTI``.
            file_tags: Its tags, joined by commas.
            options: Retries, and whether anything is compared.
            progress: Told of what happens (`xnat_runtime.transfers.events`).

        Raises:
            ConflictError: The path exists and may not be replaced.
            FileNotFoundError: There is no such file here.
            TransferError: The file changed while it was sent, or the server has not what was sent.
        """
        from .single_uploads import upload_into  # noqa: PLC0415  # transfers are imported when they happen

        path = Path(source)
        uri, query = self.__xnat_file_uri__(remote_path or path.name), _facts(file_content, file_format, file_tags)
        return upload_into(
            self.session, uri, path, overwrite=overwrite, if_exists=if_exists, extract=extract, query=query,
            options=options, progress=progress,
        )  # fmt: skip

    def upload_data(
        self,
        data: bytes | str | BinaryIO,
        remote_path: str,
        *,
        overwrite: bool = False,
        if_exists: IfExists | None = None,
        extract: bool = False,
        file_content: str | None = None,
        file_format: str | None = None,
        file_tags: str | None = None,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Uploads bytes, a text (as UTF-8) or a binary stream as one file; see `upload`."""
        from .single_uploads import upload_into  # noqa: PLC0415  # as in upload()

        uri, query = self.__xnat_file_uri__(remote_path), _facts(file_content, file_format, file_tags)
        return upload_into(
            self.session, uri, data.encode() if isinstance(data, str) else data, overwrite=overwrite,
            if_exists=if_exists, extract=extract, query=query, options=options, progress=progress,
        )  # fmt: skip

    def __xnat_file_uri__(self, path: str) -> str:
        if not path.strip("/ "):
            msg = "an upload needs the path that the file shall have in the resource, such as reports/a.pdf"
            raise InvalidValueError(msg)
        return f"{self.uri}/files/{encode_path(path.strip('/'))}"

    def __xnat_load__(self) -> ItemNode:
        row = resource_row(self.session, self.uri)
        return ItemNode({"data_fields": cast("JsonValue", row)})

    def __xnat_create__(self, parent: object) -> None:
        """PUT, since a POST on the collection does not check the label (rest-data 7.2)."""
        from .transfers.lost_items import made_resource  # noqa: PLC0415  # few programs create items

        self.__xnat_require__("label")
        owner = self.__xnat_owner_in__(parent)
        row = self.__xnat_row__
        label = str(row["label"])
        query = {name: str(row[name]) for name in ("format", "content", "description") if row.get(name)}
        _require_kept(label, query)
        uri = child(f"{owner.__xnat_base__()}/resources", label)
        try:
            made_resource(owner.session, uri, query)
        except ConflictError:
            if not self.__xnat_exist_ok__:
                raise
            row = resource_row(owner.session, uri)
            require_type(self, str(row.get("element_name") or self.xsi_type), uri)
            self.__xnat_row__ = row
        self.__xnat_session__ = owner.session
        self.__xnat_uri__ = uri

    def __xnat_commit__(self, changes: ChangeSet) -> None:
        msg = f"{type(self).__name__} is described when it is created; XNAT has no call that edits it afterwards"
        raise ReadOnlyFieldError(msg)


def _facts(content: str | None, file_format: str | None, tags: str | None) -> list[tuple[str, str]]:
    """Returns what is told of a file that is uploaded (rest-data 10.4.9)."""
    facts = {"content": content, "format": file_format, "tags": tags}
    return [(name, text) for name, text in facts.items() if text is not None]


def _require_kept(label: str, facts: Mapping[str, str]) -> None:
    """Refuses what a server would store otherwise: all of it travels in the URL (rest-data 1.6, 10.1)."""
    if set(label) & set("/\\"):
        msg = f"a resource's label cannot hold / or \\ (rest-data 10.1): {label!r}"
        raise InvalidValueError(msg)
    for name, text in (("label", label), *facts.items()):
        if ESCAPED.search(text):
            msg = f"a resource's {name} cannot hold & < > \" or ', which XNAT would store as &amp; and so on"
            raise InvalidValueError(msg)
