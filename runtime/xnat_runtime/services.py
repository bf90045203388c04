"""The services of a server: imports, header dumps, catalogs, tokens (``/data/services``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Generic, Literal, NamedTuple, TypeVar, Unpack, cast, overload

from .archiving import path_of
from .errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from .archive import ExperimentObject
    from .archiving import ArchiveOverwrite
    from .dump import DicomDumpRow
    from .import_parameters import ImportParameters
    from .import_results import DirectArchiveSession, ImportMessage, ImportResult
    from .imports import ImportSource
    from .inbox import DicomBoxImportRequest
    from .objects import XnatObject
    from .prearchive_session import PrearchiveSession
    from .session import BaseSession
    from .transfers.events import Observer
    from .transfers.import_gradual import GradualDestination
    from .transfers.import_report import ImportReport
    from .transfers.options import TransferOptions
    from .transfers.upload_plan import Links

E_co = TypeVar("E_co", bound="ExperimentObject", covariant=True)

_REFRESH = "/data/services/refresh/catalog"
_IMPORT = "/data/services/import"


class TokenResult(NamedTuple):
    """An alias token, to be logged in with as user and password; ``session.tokens`` tells more of it.

    Attributes:
        alias: What is given as user name.
        secret: What is given as password; repr does not show it.
    """

    alias: str
    secret: str

    def __repr__(self) -> str:
        return f"<TokenResult {self.alias}>"


class Services(Generic[E_co]):
    """What the server does beside keeping data; imports give the experiment."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session

    # Imports

    @overload
    def import_(
        self,
        path: str | PathLike[str] | None = None,
        data: bytes | BinaryIO | None = None,
        *,
        src: str | None = None,
        destination: str | None = None,
        direct_archive: Literal[True],
        **parameters: Unpack[ImportParameters],
    ) -> PrearchiveSession[E_co] | DirectArchiveSession[E_co]: ...
    @overload
    def import_(
        self,
        path: str | PathLike[str] | None = None,
        data: bytes | BinaryIO | None = None,
        *,
        src: str | None = None,
        destination: str | None = None,
        direct_archive: Literal[False] = False,
        **parameters: Unpack[ImportParameters],
    ) -> E_co | PrearchiveSession[E_co]: ...
    def import_(
        self,
        path: str | PathLike[str] | None = None,
        data: bytes | BinaryIO | None = None,
        *,
        src: str | None = None,
        destination: str | None = None,
        direct_archive: bool = False,
        **parameters: Unpack[ImportParameters],
    ) -> ImportResult[E_co]:
        """Imports an archive of DICOM files, or one DICOM file, and returns what it became.

        One request for the upload, which streams from disk and is never repeated, and one for an experiment.

        Args:
            path: A zip, tar or tar.gz file, or one DICOM file.
            data: The same as bytes or a binary stream, in place of a path.
            src: A file in one's cache on the server, in place of a path: ``/user/cache/resources/R/files/study.zip``.
            destination: ``/archive`` or ``/prearchive``, or an address below them; without one, the project says.
            direct_archive: Whether files go to the archive without a stay in the prearchive (since XNAT 1.8.3); the
                session is ended with its ``archive()``.
            **parameters: Everything else; see `xnat_runtime.import_parameters.ImportParameters`.

        Returns:
            The experiment, when all is in the archive; the session in the prearchive, when it is there.

        Raises:
            ConflictError: The session exists, or does not fit the one that exists.
            BadRequestError: The server cannot read the upload.
            UnexpectedAnswerError: It became none, or several; `import_all` returns them.
            TransportError: There was no answer; the server may have imported it all the same.
        """
        from .imports import source_of  # noqa: PLC0415 - few need it

        return self._one(self._imported(source_of(path, data, src), destination, direct_archive, parameters))

    def import_all(
        self,
        path: str | PathLike[str] | None = None,
        data: bytes | BinaryIO | None = None,
        *,
        src: str | None = None,
        destination: str | None = None,
        direct_archive: bool = False,
        **parameters: Unpack[ImportParameters],
    ) -> list[ImportResult[E_co]]:
        """Imports like `import_` and returns all that the upload became: several studies become several sessions."""
        from .imports import source_of  # noqa: PLC0415 - few need it

        return self._imported(source_of(path, data, src), destination, direct_archive, parameters)

    @overload
    def import_dir(
        self,
        directory: str | PathLike[str],
        *,
        destination: str | None = None,
        direct_archive: Literal[True],
        verify: bool = True,
        **parameters: Unpack[ImportParameters],
    ) -> PrearchiveSession[E_co] | DirectArchiveSession[E_co]: ...
    @overload
    def import_dir(
        self,
        directory: str | PathLike[str],
        *,
        destination: str | None = None,
        direct_archive: Literal[False] = False,
        verify: bool = True,
        **parameters: Unpack[ImportParameters],
    ) -> E_co | PrearchiveSession[E_co]: ...
    def import_dir(
        self,
        directory: str | PathLike[str],
        *,
        destination: str | None = None,
        direct_archive: bool = False,
        verify: bool = True,
        **parameters: Unpack[ImportParameters],
    ) -> ImportResult[E_co]:
        """Imports the files of a folder and the folders in it; see `import_`.

        They travel as a tar archive that is made while it is sent: nothing is copied, neither to disk nor to memory.
        `import_gradual` sends them one by one, and continues where it was interrupted.

        Args:
            directory: The folder.
            destination: As for `import_`.
            direct_archive: As for `import_`.
            verify: Compare the objects of each series with those of the session: one more request for a session in
                the prearchive.
            **parameters: As for `import_`.

        Raises:
            InvalidValueError: It is no folder, or there are no files in it.
            IncompleteTransferError: A file changed its size while it was sent, or the session has fewer objects.
            UnexpectedAnswerError: It became none, or several; `import_dir_all` returns them.
        """
        return self._one(self._from_folder(Path(directory), destination, direct_archive, verify, parameters))

    def import_dir_all(
        self,
        directory: str | PathLike[str],
        *,
        destination: str | None = None,
        direct_archive: bool = False,
        verify: bool = True,
        **parameters: Unpack[ImportParameters],
    ) -> list[ImportResult[E_co]]:
        """Imports a folder like `import_dir` and returns all that it became: several studies become several sessions.

        Each study is compared with its session; where a site has changed the studies' UIDs, all of them together.
        """
        return self._from_folder(Path(directory), destination, direct_archive, verify, parameters)

    def _from_folder(
        self, folder: Path, destination: str | None, direct_archive: bool, verify: bool, parameters: ImportParameters
    ) -> list[ImportResult[E_co]]:
        from .tar_body import TarBody  # noqa: PLC0415 - few need it
        from .transfers.import_settled import require_counts  # noqa: PLC0415 - as above
        from .transfers.meter import metered  # noqa: PLC0415 - as above

        with metered(parameters.get("progress"), folder.name) as meter:
            found = self._imported(TarBody(folder, meter), destination, direct_archive, parameters)
        if verify and not direct_archive:
            require_counts(self._session, folder, found, parameters)
        return found

    def import_gradual(
        self,
        directory: str | PathLike[str],
        *,
        project: str | None = None,
        subject: str | None = None,
        experiment: str | None = None,
        destination: GradualDestination | None = None,
        overwrite: ArchiveOverwrite | None = None,
        rename: bool | None = None,
        prevent_anon: bool | None = None,
        source: str | None = None,
        direct_archive: bool = False,
        links: Links = "files",
        options: TransferOptions | None = None,
        state: str | PathLike[str] | None = None,
        progress: Observer | None = None,
    ) -> ImportReport[E_co]:
        """Imports the DICOM files of a folder one by one, several at a time, and returns what came of them.

        The slower way, for what is large or a network that breaks: an import that was interrupted continues where it
        stopped, and a file that cannot be taken does not keep the others out. Each series begins with one file; when
        the server takes none, the import ends there.

        Args:
            directory: The folder.
            project: ID of the project; the headers say it otherwise.
            subject: Label of the subject; made when there is none.
            experiment: Label of the session, for a folder of one study.
            destination: ``/archive`` or ``/prearchive``: sessions are ended, counted and brought there when all files
                were sent. Without one they stay as they are received, and the server goes on some minutes later.
            overwrite: What happens to a session that is in the archive; see `ArchiveOverwrite`.
            rename: Whether files get the names of the server's template; they keep theirs otherwise.
            prevent_anon: Whether sessions are kept from being anonymised.
            source: What brings the data.
            direct_archive: Whether files go to the archive without a stay in the prearchive (since XNAT 1.8.3), where
                the server can; with ``destination="/archive"`` the session is ended there too, and is counted then.
            links: What becomes of links: ``files`` follows those to files.
            options: Workers, retries, verification, and whether failures are raised.
            state: Folder that remembers what was sent until all is; the user's own for states by default.
            progress: Told of what happens (`xnat_runtime.transfers.events`).

        Raises:
            InvalidValueError: It is no folder, has no DICOM files, or several studies and one label.
            BadRequestError: The importer refused a file, and failures are raised; the others were tried.
            ConflictError: A session does not fit what is in the archive; it stays in the prearchive.
            IncompleteTransferError: A session has fewer objects of a series than the folder.
            TransportError: The server cannot be reached.
        """
        from .transfers.import_gradual import GradualPlan, import_gradual  # noqa: PLC0415 - few need it
        from .transfers.options import TransferOptions  # noqa: PLC0415 - as above

        said: ImportParameters = {"project": project, "subject": subject, "experiment": experiment, "source": source}
        said.update({"rename": rename, "prevent_anon": prevent_anon})
        kept = None if state is None else Path(state)
        chosen = options or TransferOptions()
        plan = GradualPlan(said, destination, overwrite, links, chosen, kept, progress, direct_archive)
        # cast: as in _imported().
        return cast("ImportReport[E_co]", import_gradual(self._session, Path(directory), plan))

    def import_dicom_inbox(
        self,
        path: str | PathLike[str],
        cleanup: bool = False,
        project: str | None = None,
        subject: str | None = None,
        experiment: str | None = None,
    ) -> DicomBoxImportRequest:
        """Has files imported that lie in the server's inbox already, and returns the request: ``wait()`` for it.

        Args:
            path: A folder or file on the server, below its inbox.
            cleanup: Whether they are deleted there afterwards.
            project: ID of the project.
            subject: Label of the subject.
            experiment: Label of the session.

        Raises:
            BadRequestError: There are no such files.
            ConflictError: The session exists.
        """
        from .inbox import DicomBoxImportRequest, inbox_query  # noqa: PLC0415 - few need it

        query = inbox_query(fspath(path), project, subject, experiment, cleanup=cleanup)
        answer = self._session.post(_IMPORT, query=query)
        return DicomBoxImportRequest(self._session, path_of(self._session, answer.text.strip()))

    def import_progress(self, transaction: str) -> list[ImportMessage]:
        """Returns how far the server is with an import that was given a ``transaction``, the oldest message first.

        Args:
            transaction: The ID that the import was given. One request.
        """
        from .import_results import messages  # noqa: PLC0415 - few need it

        return messages(self._session, transaction)

    def _imported(
        self, source: ImportSource, destination: str | None, direct_archive: bool, parameters: ImportParameters
    ) -> list[ImportResult[E_co]]:
        from .transfers.import_settled import settled_import  # noqa: PLC0415 - few need it

        found = settled_import(self._session, source, destination, parameters, direct_archive=direct_archive)
        # cast: the generated package says what class its imports have.
        return cast("list[ImportResult[E_co]]", found)

    def _one(self, found: Sequence[ImportResult[E_co]]) -> ImportResult[E_co]:
        if len(found) == 1:
            return found[0]
        if found:
            named = ", ".join(repr(each) for each in found)
            msg = f"the upload became {len(found)} sessions ({named}); import_all() returns them"
        else:
            msg = (
                "the server took the upload and made no session of it: it has no DICOM, or an import filter kept it out"
            )
        raise UnexpectedAnswerError(msg, method="POST", url=_IMPORT)

    # The others

    def dicom_dump(
        self, src: str | XnatObject, fields: Iterable[str] | None = None, *, summary: bool = False
    ) -> list[DicomDumpRow]:
        """Returns the header of a DICOM file as the server reads it; see `xnat_runtime.dump.dicom_dump`."""
        from .dump import dicom_dump  # noqa: PLC0415 - few need it

        return dicom_dump(self._session, src, fields, summary=summary)

    def refresh_catalog(
        self,
        resource: str | XnatObject | Iterable[str | XnatObject],
        checksum: bool = False,
        delete: bool = False,
        append: bool = False,
        populate_stats: bool = False,
    ) -> None:
        """Brings catalogs up to date with the files that lie in their folders: one request.

        Args:
            resource: A resource, or an item whose resources are all meant; several at once too.
            checksum: Whether digests that are missing are worked out.
            delete: Whether entries without a file are removed.
            append: Whether files without an entry get one.
            populate_stats: Whether number and size of the files are counted again.

        Raises:
            NotFoundError: There is no such item.
        """
        several = [resource] if isinstance(resource, str) or hasattr(resource, "uri") else resource
        flags = {"checksum": checksum, "delete": delete, "append": append, "populateStats": populate_stats}
        wanted = ",".join(name for name, is_set in flags.items() if is_set)
        chosen = cast("Iterable[str | XnatObject]", several)
        query = [("resource", self._archive_path(each)) for each in chosen]
        self._session.post(_REFRESH, query=[*query, *([("options", wanted)] if wanted else [])])

    def _archive_path(self, item: str | XnatObject) -> str:
        path = path_of(self._session, item if isinstance(item, str) else item.uri)
        return "/archive" + path.removeprefix("/data")

    def issue_token(self, user: str | None = None) -> TokenResult:
        """Returns a new alias token: one request; see ``session.tokens``.

        Args:
            user: Another account, for administrators.

        Raises:
            PermissionDeniedError: A guest asks, or somebody else than an administrator for another account.
        """
        token = self._session.tokens.issue(user)
        return TokenResult(token.alias, token.secret)

    def __repr__(self) -> str:
        return f"<Services of {self._session!r}>"
