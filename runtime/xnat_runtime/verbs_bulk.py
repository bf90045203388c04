"""`download` of a connection: one path to a file, or many objects to a folder."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath
from typing import TYPE_CHECKING, cast, overload

from .errors import InvalidValueError
from .transport import TimeoutSpec
from .verbs import Query
from .verbs_transfer import TransferVerbs

if TYPE_CHECKING:
    from .objects import XnatObject
    from .results import TransferResult
    from .session import BaseSession
    from .transfers.events import Observer
    from .transfers.layouts import Layout
    from .transfers.options import TransferOptions
    from .transfers.report import TransferReport


class BulkVerbs(TransferVerbs):
    """Adds to the transfers of single paths those of many objects."""

    @overload
    def download(
        self,
        uri: str,
        target: str | PathLike[str],
        format: str | None = None,
        verbose: bool = False,
        *,
        query: Query = (),
        timeout: TimeoutSpec | None = None,
        expected_md5_digest: str | None = None,
        overwrite: bool = False,
        progress: Observer | None = None,
        options: TransferOptions | None = None,
    ) -> TransferResult: ...

    @overload
    def download(
        self,
        uri: Iterable[XnatObject],
        target: str | PathLike[str],
        *,
        verbose: bool = False,
        overwrite: bool = False,
        progress: Observer | None = None,
        layout: Layout | str | None = None,
        manifest: bool = True,
        options: TransferOptions | None = None,
    ) -> TransferReport: ...

    def download(
        self,
        uri: str | Iterable[XnatObject],
        target: str | PathLike[str],
        format: str | None = None,
        verbose: bool = False,
        *,
        query: Query = (),
        timeout: TimeoutSpec | None = None,
        expected_md5_digest: str | None = None,
        overwrite: bool = False,
        progress: Observer | None = None,
        layout: Layout | str | None = None,
        manifest: bool = True,
        options: TransferOptions | None = None,
    ) -> TransferResult | TransferReport:
        """Writes what a path answers to a file, or the files of many objects below a folder.

        A file gets its name when all bytes have come and fit; after a failure there is none. Of many objects, those
        that stand there with the right bytes are skipped, so that a download that was interrupted goes on when it is
        called again; objects without files are left out.

        Args:
            uri: A path or a full URL of this server; or a query, a listing or another iterable of objects.
            target: Path of the file, whose folder must exist; for objects the folder, which is created.
            format: Of a path: value of the query parameter ``format``; ``zip`` is better asked for by `download_zip`.
            verbose: Whether to tell on stderr how far it is.
            query: Of a path: query parameters beside those of the URI.
            timeout: Of a path: seconds, or (connect, read) seconds, in place of the connection's.
            expected_md5_digest: Of a path: MD5 that the bytes must have, as hex digits.
            overwrite: Whether existing files with other bytes may be replaced.
            progress: Told of what happens (`xnat_runtime.transfers.events`).
            layout: Of objects: how the files are arranged, such as ``{project}/{subject}/{tree}``; None for the
                server's tree, which begins with the label of each imaging session.
            manifest: Of objects: whether ``manifest.json`` is written.
            options: How it is done; of a path, how often it is tried when the connection breaks.

        Raises:
            TargetExistsError: A file exists and `overwrite` is not set; of a single path nothing was asked.
            IncompleteTransferError: The connection broke, or fewer or more bytes came than announced.
            DigestMismatchError: Another MD5.
            UnsafeNameError: A name of the server would leave the folder, or two items would meet in one file.
            InvalidValueError: What is given is no object with files.
            ResponseError: The server refused, or sent its login page.
        """
        if isinstance(uri, str):
            return super().download(
                uri, target, format, verbose, query=query, timeout=timeout, expected_md5_digest=expected_md5_digest,
                overwrite=overwrite, progress=progress, options=options,
            )  # fmt: skip
        if format is not None or query or timeout is not None or expected_md5_digest is not None:
            msg = "format=, query=, timeout= and expected_md5_digest= belong to the download of a single path."
            raise InvalidValueError(msg)
        from .transfers.bulk import download_all  # noqa: PLC0415 - connect() without the transfers

        # cast: objects belong to whole connections, which this is a part of.
        return download_all(
            cast("BaseSession", self), uri, fspath(target), layout=layout, overwrite=overwrite, manifest=manifest,
            options=options, progress=progress, verbose=verbose,
        )  # fmt: skip
