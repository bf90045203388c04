"""Downloads of all imaging sessions of a subject or project, one archive after the other."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .archive_item import ArchiveObject
from .documents import read_table
from .errors import ResponseError, UnsafeNameError
from .mappable import Mappable
from .names import safe_parts
from .paths import child
from .transport import Request

if TYPE_CHECKING:
    from .progress import Progress
    from .results import DirectoryResult, ExtractedFile, TransferResult

# What the server answers when nothing is selected (rest-data 10.5.3).
_NO_FILES: Final = frozenset({204, 404})


class SessionTree(ArchiveObject, Mappable):
    """What projects and subjects share: imaging sessions below them, which are downloaded together."""

    def download_dir(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None, verbose: bool = False
    ) -> DirectoryResult:
        """Writes the files of the scans of all imaging sessions below a folder: one request, and one for each session.

        A subject's stand in ``<subject>/<session>/scans/<id>-<type>/resources/<label>/files/...``, a project's below
        a folder with the project's name. Sessions whose scans hold no files are left out.

        Args:
            target: The folder; it is created when it does not exist.
            overwrite: Whether existing files may be replaced.
            progress: Called with the bytes so far; all bytes are unknown.
            verbose: Whether to show on stderr how far it is.

        Raises:
            TargetExistsError: A file exists and ``overwrite`` is not set.
            UnsafeNameError: A label or a name of the archive would leave the folder.
            TransferError: An archive did not arrive whole; files that are written stay.
        """
        from .archives import download_dir  # noqa: PLC0415  # transfers are imported when they happen
        from .results import DirectoryResult  # noqa: PLC0415  # as above
        from .verbose import shown  # noqa: PLC0415  # as above

        files: list[ExtractedFile] = []
        size, folder = 0, Path(target)
        with shown(verbose, progress, folder.name) as told:
            for place, request in _sessions(self):
                try:
                    done = download_dir(
                        self.session.send, request, folder.joinpath(*place), overwrite=overwrite,
                        progress=_further(told, size),
                    )  # fmt: skip
                except ResponseError as error:
                    if error.status not in _NO_FILES:
                        raise
                    continue
                size += done.size
                files.extend(done.files)
        return DirectoryResult(folder, size, tuple(files))

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None, verbose: bool = False
    ) -> TransferResult:
        """Writes the files of the scans of all imaging sessions to one zip file, in the tree of `download_dir`.

        The server has no such archive: those of the sessions are put together here, one after the other.

        Raises:
            TargetExistsError: The target exists and ``overwrite`` is not set.
            TransferError: An archive did not arrive whole; nothing is left at the target.
        """
        from .archives import append_zip  # noqa: PLC0415  # as in download_dir()
        from .partial import PartialFile  # noqa: PLC0415  # as above
        from .results import TransferResult  # noqa: PLC0415  # as above
        from .verbose import shown  # noqa: PLC0415  # as above

        path, size = Path(target), 0
        with shown(verbose, progress, path.name) as told, PartialFile(path, overwrite=overwrite) as partial:
            with zipfile.ZipFile(partial.stream, "w", zipfile.ZIP_DEFLATED) as archive:
                for place, request in _sessions(self):
                    try:
                        size += append_zip(
                            self.session.send, request, archive, place=place, folder=path.parent,
                            progress=_further(told, size),
                        )  # fmt: skip
                    except ResponseError as error:
                        if error.status not in _NO_FILES:
                            raise
            length = partial.stream.tell()
            partial.finish()
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


def _further(progress: Progress | None, before: int) -> Progress | None:
    """Returns what is called with the bytes of one archive and tells those before it too."""
    if progress is None:
        return None

    def report(done: int, total: int | None, /) -> None:
        del total
        progress(before + done, None)

    return report
