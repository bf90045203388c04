"""Downloads of all imaging sessions of a subject or project, one archive after the other."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .archive_item import ArchiveObject
from .documents import read_table
from .errors import ResponseError, UnsafeNameError
from .mappable import Mappable
from .mounted_object import MountedObject
from .names import safe_parts
from .paths import child
from .transport import Request

if TYPE_CHECKING:
    from .results import TransferResult
    from .transfers.events import Observer
    from .transfers.layouts import Layout
    from .transfers.options import TransferOptions
    from .transfers.report import TransferReport

# What the server answers when nothing is selected (rest-data 10.5.3).
_NO_FILES: Final = frozenset({204, 404})


class SessionTree(MountedObject, Mappable):
    """What projects and subjects share: imaging sessions below them, which are downloaded together."""

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
    ) -> TransferReport:
        """Writes the files of the scans of all imaging sessions below a folder: one request, and two for each session.

        A subject's stand in ``<subject>/<session>/scans/<id>-<type>/resources/<label>/files/...``, a project's below
        a folder with the project's name. Sessions whose scans hold no files are left out; several travel at once.
        Files that stand there with the right bytes are skipped, so that an interrupted download goes on where it
        stopped.

        Args:
            target: The folder; it is created when it does not exist.
            layout: How the files are arranged: ``xnat`` (the default), ``flat``, or a template such as
                ``{subject}/{session}/{scan}-{type}/{file}``; see `xnat_runtime.transfers.layouts.Layout`.
            overwrite: Whether files with other bytes may be replaced.
            manifest: Whether ``manifest.json`` is written, which tells what the folder holds and checks it later.
            options: Workers, retries, strategy and limits; see `xnat_runtime.transfers.options.TransferOptions`.
            progress: Told of what happens (`xnat_runtime.transfers.events`).
            verbose: Whether to tell on stderr how far it is.

        Raises:
            TargetExistsError: A file with other bytes is there and ``overwrite`` is not set.
            UnsafeNameError: A name of the server would leave the folder.
            TransferError: Files did not arrive as announced, after all attempts; what came stays.
        """
        from .transfers.download_item import download_into  # noqa: PLC0415  # transfers are imported when they happen

        return download_into(
            self, target, layout=layout, overwrite=overwrite, manifest=manifest, options=options,
            progress=progress, verbose=verbose, empty_ok=True,
        )  # fmt: skip

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Observer | None = None, verbose: bool = False
    ) -> TransferResult:
        """Writes the files of the scans of all imaging sessions to one zip file, in the tree of `download_dir`.

        The server has no such archive: those of the sessions are put together here, one after the other. One that
        breaks off or is damaged is asked for again.

        Raises:
            TargetExistsError: The target exists and ``overwrite`` is not set.
            TransferError: An archive did not arrive whole; nothing is left at the target.
        """
        from .archives import append_zip  # noqa: PLC0415  # as in download_dir()
        from .partial import PartialFile  # noqa: PLC0415  # as above
        from .results import TransferResult  # noqa: PLC0415  # as above
        from .transfers.persistent import persistently  # noqa: PLC0415  # as above
        from .verbose import shown  # noqa: PLC0415  # as above

        path, size = Path(target), 0
        with shown(verbose, progress, path.name) as told, PartialFile(path, overwrite=overwrite) as unfinished:
            with zipfile.ZipFile(unfinished.stream, "w", zipfile.ZIP_DEFLATED) as archive:
                for place, request in _sessions(self):
                    copy = partial(
                        append_zip, self.session.send, request, archive, place=place, folder=path.parent, progress=told
                    )
                    try:
                        size += persistently(self.session, request.path, told, copy)
                    except ResponseError as error:
                        if error.status not in _NO_FILES:
                            raise
            length = unfinished.stream.tell()
            unfinished.finish()
        return TransferResult(path, length, None, "unverified")


def _sessions(owner: ArchiveObject) -> Iterator[tuple[tuple[str, ...], Request]]:
    """Yields the folder that a session's tree stands in, and the request of its archive; one request."""
    uri = f"{owner.__xnat_base__()}/experiments"
    columns = "ID,label,subject_ID,subject_label"
    query = {"format": "json", "xsiType": "xnat:imageSessionData", "columns": columns}
    above = _project_folder(owner)
    for row in read_table(owner.session.get_json(uri, query), uri):
        subject = str(row.get("subject_label") or row.get("subject_ID") or "")
        path = f"{child('/data/experiments', str(row['ID']))}/scans/ALL/files"
        yield (*above, *_folder(subject)), Request("GET", path, (("format", "zip"),))


def _project_folder(owner: ArchiveObject) -> tuple[str, ...]:
    """Returns the folder of a project: its name, its ID when the name is no name of a folder."""
    if "/subjects/" in owner.uri:
        return ()
    identity, name = (str(owner.__xnat_value__(path) or "") for path in ("ID", "name"))
    try:
        return _folder(name)
    except UnsafeNameError:
        return _folder(identity)


def _folder(name: str) -> tuple[str, ...]:
    if "/" in name:
        msg = f"The server sent a label that is no name of a folder: {name!r}."
        raise UnsafeNameError(msg, name=name)
    return safe_parts(name)
