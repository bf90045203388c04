"""Downloads and uploads of a connection by path: files, archives and streams."""

from __future__ import annotations

from collections.abc import Generator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias
from urllib.parse import unquote

import attrs

from .errors import InvalidValueError
from .streams import is_stream
from .transport import Request, Response, Send, TimeoutSpec, as_timeouts
from .verbs import Query, Verbs, pairs_of

if TYPE_CHECKING:
    from .results import TransferResult
    from .transfers.events import Observer
    from .transfers.options import TransferOptions
    from .transfers.upload_present import IfExists

Source: TypeAlias = str | PathLike[str] | bytes | BinaryIO
"""What is uploaded: a path, the bytes themselves, or a binary stream read from where it stands."""


class TransferVerbs(Verbs):
    """Moves files between this machine and any path of the server; objects have handier methods."""

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
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Writes what a path answers to a file and returns its size and what it was compared with.

        The file gets its name when all bytes have come and fit; after a failure there is none. What breaks off is
        tried again, from where it stopped on a server that knows ranges and tells whether the file is still the same.

        Args:
            uri: A path or a full URL of this server.
            target: Path of the file; its folder must exist.
            format: Value of the query parameter ``format``; ``zip`` is better asked for by `download_zip`.
            verbose: Whether to tell on stderr how far it is.
            query: Query parameters beside those of the URI.
            timeout: Seconds, or (connect, read) seconds, in place of the connection's.
            expected_md5_digest: MD5 that the bytes must have, as hex digits.
            overwrite: Whether an existing file may be replaced.
            options: How often it is tried when the connection breaks (`TransferOptions.retry`).
            progress: Told of what happens (`xnat_runtime.transfers.events`).

        Raises:
            TargetExistsError: The file exists and `overwrite` is not set; nothing was asked of the server.
            IncompleteTransferError: The connection broke, or fewer or more bytes came than announced.
            DigestMismatchError: Another MD5.
            ResponseError: The server refused, or sent its login page.
        """
        from .downloads import download_file  # noqa: PLC0415 - connect() without the transfers
        from .transfers.options import retries  # noqa: PLC0415 - as above
        from .verbose import shown  # noqa: PLC0415 - as above

        request = self._request("GET", uri, format=format, query=query, timeout=timeout)
        path = Path(target)
        with shown(verbose, progress, path.name) as told:
            return download_file(
                self.send, request, path, md5=expected_md5_digest, overwrite=overwrite, progress=told,
                policy=retries(options),
            )  # fmt: skip

    def download_zip(
        self,
        uri: str,
        target: str | PathLike[str],
        verbose: bool = False,
        *,
        query: Query = (),
        timeout: TimeoutSpec | None = None,
        overwrite: bool = False,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Writes the zip archive of a path (``format=zip``) to a file and returns its size.

        The archive's table of contents must be there, which comes last: one that is cut off or damaged is asked for
        again, and is an error then.

        Raises:
            TargetExistsError: The file exists and `overwrite` is not set; nothing was asked of the server.
            CorruptArchiveError: The archive is cut off or no zip.
            ResponseError: The server refused, or sent its login page.
        """
        from .archives import download_zip  # noqa: PLC0415 - as above
        from .transfers.persistent import tried  # noqa: PLC0415 - as above
        from .verbose import shown  # noqa: PLC0415 - as above

        request = self._request("GET", uri, format="zip", query=query, timeout=timeout)
        with shown(verbose, progress, Path(target).name) as told:
            return tried(
                Path(target).name, told,
                lambda: download_zip(self.send, request, Path(target), overwrite=overwrite, progress=told),
                options,
            )  # fmt: skip

    def download_stream(
        self,
        uri: str,
        target_stream: BinaryIO,
        format: str | None = None,
        verbose: bool = False,
        *,
        query: Query = (),
        timeout: TimeoutSpec | None = None,
        expected_md5_digest: str | None = None,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Writes what a path answers to a binary stream and returns its size; see `download`.

        Each byte is written once: after a break the rest follows, when what came before is still the same. What was
        written before a failure stays in the stream.
        """
        from .downloads import download_stream  # noqa: PLC0415 - as above
        from .transfers.options import retries  # noqa: PLC0415 - as above
        from .verbose import shown  # noqa: PLC0415 - as above

        request = self._request("GET", uri, format=format, query=query, timeout=timeout)
        with shown(verbose, progress, _last_name(request.path)) as told:
            return download_stream(
                self.send, request, target_stream, md5=expected_md5_digest, progress=told, policy=retries(options)
            )

    def download_generator(
        self,
        uri: str,
        format: str | None = None,
        *,
        query: Query = (),
        timeout: TimeoutSpec | None = None,
        expected_md5_digest: str | None = None,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> Generator[bytes, None, None]:
        """Yields what a path answers in pieces of up to 1 MiB; asked for when the first one is taken.

        Whether all bytes came, and the right ones, is known when the last piece was taken: only then may what was made
        of them be believed. Errors as in `download`.
        """
        from .downloads import download_pieces  # noqa: PLC0415 - as above
        from .transfers.options import retries  # noqa: PLC0415 - as above

        request = self._request("GET", uri, format=format, query=query, timeout=timeout)
        return download_pieces(self.send, request, md5=expected_md5_digest, progress=progress, policy=retries(options))

    def upload(
        self,
        uri: str,
        file_: Source,
        *,
        query: Query = (),
        content_type: str = "application/octet-stream",
        overwrite: bool = False,
        if_exists: IfExists | None = None,
        timeout: TimeoutSpec | None = None,
        verbose: bool = False,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Sends a file to a path of the server (``.../resources/LABEL/files/NAME``) and returns its size.

        At such a path it is compared with the resource's table then, which is a second request.

        Args:
            uri: A path or a full URL of this server.
            file_: A path (text is a path, always), the bytes themselves, or a binary stream.
            query: Further parameters: format, content, tags.
            content_type: Media type of the body.
            overwrite: Whether a file of that name may be replaced; the same as ``if_exists="overwrite"``.
            if_exists: What becomes of a file of that path; see `FolderObject.upload_dir`. At paths where there is no
                table to look at, it is ``error`` or ``overwrite``.
            timeout: Seconds, or (connect, read) seconds, in place of the connection's.
            verbose: Whether to tell on stderr how far it is.
            progress: Told of what happens (`xnat_runtime.transfers.events`).

        Raises:
            ConflictError: The file exists already and `overwrite` is not set.
            InvalidValueError: The path is a folder, or the stream one of text.
            OSError: The file cannot be read.
            ResponseError: The server refused.
        """
        from .single_uploads import upload_at  # noqa: PLC0415 - as above
        from .verbose import shown  # noqa: PLC0415 - as above

        target = self._resolve(uri)
        with shown(verbose, progress, _last_name(target.path)) as told:
            return upload_at(
                self._send_within(timeout),
                self.get_json,
                target.path,
                _as_source(file_),
                overwrite=overwrite,
                if_exists=if_exists,
                query=(*target.query, *pairs_of(query)),
                content_type=content_type,
                progress=told,
            )

    def upload_file(
        self,
        uri: str,
        path: str | PathLike[str],
        *,
        query: Query = (),
        content_type: str = "application/octet-stream",
        overwrite: bool = False,
        if_exists: IfExists | None = None,
        timeout: TimeoutSpec | None = None,
        verbose: bool = False,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Sends a file of this machine to a path of the server; see `upload`."""
        return self.upload(
            uri, Path(path), query=query, content_type=content_type, overwrite=overwrite, if_exists=if_exists,
            timeout=timeout, verbose=verbose, progress=progress,
        )  # fmt: skip

    def upload_string(
        self,
        uri: str,
        data: str | bytes,
        *,
        query: Query = (),
        content_type: str = "application/octet-stream",
        overwrite: bool = False,
        if_exists: IfExists | None = None,
        timeout: TimeoutSpec | None = None,
        verbose: bool = False,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Sends a text, encoded as UTF-8, or bytes to a path of the server; see `upload`."""
        content = data.encode() if isinstance(data, str) else data
        return self.upload(
            uri, content, query=query, content_type=content_type, overwrite=overwrite, if_exists=if_exists,
            timeout=timeout, verbose=verbose, progress=progress,
        )  # fmt: skip

    def upload_stream(
        self,
        uri: str,
        stream: BinaryIO,
        *,
        query: Query = (),
        content_type: str = "application/octet-stream",
        overwrite: bool = False,
        if_exists: IfExists | None = None,
        timeout: TimeoutSpec | None = None,
        verbose: bool = False,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Sends the rest of a binary stream to a path of the server; see `upload`."""
        return self.upload(
            uri, stream, query=query, content_type=content_type, overwrite=overwrite, if_exists=if_exists,
            timeout=timeout, verbose=verbose, progress=progress,
        )  # fmt: skip

    def _send_within(self, timeout: TimeoutSpec | None) -> Send:
        timeouts = as_timeouts(timeout)

        def send(request: Request, *, stream: bool = False) -> Response:
            return self.send(attrs.evolve(request, timeout=timeouts), stream=stream)

        return self.send if timeouts is None else send


def _last_name(path: str) -> str:
    return unquote(path.rstrip("/").rpartition("/")[2])


def _as_source(file_: Source) -> Path | bytes | BinaryIO:
    if isinstance(file_, bytes):
        return file_
    if isinstance(file_, str | PathLike):
        return Path(file_)
    given: object = file_
    if not is_stream(given):
        msg = f"upload() takes a path, bytes or a binary stream, not {type(given).__name__}."
        raise InvalidValueError(msg)
    return file_
