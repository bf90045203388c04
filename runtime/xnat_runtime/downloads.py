"""Downloads: streamed, compared with what the server announced, renamed when complete."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Generator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

import attrs

from .errors import ConnectionFailedError, DigestMismatchError, IncompleteTransferError, UnexpectedStatusError
from .partial import PartialFile
from .results import TransferResult, Verified
from .transfers.digest import Digest
from .transfers.events import Observer
from .transfers.meter import Meter, metered
from .transfers.retry import NEVER, RetryPolicy
from .transport import MIB, Request, Response, Send, checked

_MD5 = re.compile(r"\A[0-9a-f]{32}\Z")
_HTML_NAME = re.compile(r"\.x?html?\Z", re.I)


def download_file(
    send: Send,
    request: Request,
    target: Path,
    *,
    md5: str | None = None,
    size: int | None = None,
    overwrite: bool = False,
    progress: Observer | None = None,
    policy: RetryPolicy = NEVER,
) -> TransferResult:
    """Write the answer's bytes to a file and return what it was compared with.

    The bytes go to a private temporary file beside the target, which is renamed when all have come and fit. After any
    failure there is no such temporary file, and the target is as it was.

    Args:
        send: Sends one request.
        request: The GET of the file.
        target: Path of the file; its folder must exist.
        md5: MD5 from the file listing, None or "" when the server keeps none.
        size: Bytes from the file listing, None when unknown.
        overwrite: Whether an existing file may be replaced.
        progress: Told of what happens (`xnat_runtime.transfers.events`).
        policy: How often and how patiently it is tried; what breaks off goes on where it stopped, if that can be.

    Raises:
        TargetExistsError: The target exists and `overwrite` is not set; nothing was asked of the server.
        IncompleteTransferError: The connection broke, or fewer or more bytes came than announced.
        DigestMismatchError: Another MD5 than the listing's.
        LoginPageError: The server sent its login page.
        ResponseError: The server refused.
    """
    from .transfers.continued import Continued  # noqa: PLC0415 - it imports this module

    with metered(progress, target.name) as meter, PartialFile(target, overwrite=overwrite) as partial:
        coming = Continued(
            send, request, md5=md5, size=size, policy=policy, meter=meter, restart=partial.restart
        )  # fmt: skip
        done = drained(coming.pieces(), partial.stream.write)
        partial.finish()
    return attrs.evolve(done, path=target)


def download_stream(
    send: Send,
    request: Request,
    target: BinaryIO,
    *,
    md5: str | None = None,
    size: int | None = None,
    progress: Observer | None = None,
    policy: RetryPolicy = NEVER,
) -> TransferResult:
    """Write the answer's bytes to a binary stream and return what they were compared with.

    Each byte is written once, whatever breaks on the way. What was written before a failure stays in the stream.
    Arguments and errors as in `download_file`.
    """
    from .transfers.continued import Continued  # noqa: PLC0415 - as in download_file()

    with metered(progress, last_name(request.path)) as meter:
        coming = Continued(send, request, md5=md5, size=size, policy=policy, meter=meter)
        return drained(coming.pieces(), target.write)


def download_pieces(
    send: Send,
    request: Request,
    *,
    md5: str | None = None,
    progress: Observer | None = None,
    policy: RetryPolicy = NEVER,
) -> Generator[bytes, None, None]:
    """Yield what an answer holds, piece by piece; arguments and errors as in `download_file`.

    Only who takes the last piece learns that the whole is as it was announced.
    """
    from .transfers.continued import Continued  # noqa: PLC0415 - as in download_file()

    with metered(progress, last_name(request.path)) as meter:
        yield from Continued(send, request, md5=md5, policy=policy, meter=meter).pieces()


def last_name(path: str) -> str:
    """Return the last part of an encoded path, decoded; it names the transfer for those who look on."""
    return unquote(path.rstrip("/").rpartition("/")[2])


def open_download(send: Send, request: Request, *, accepted: Container[int] = (200,)) -> Response:
    """Return a streaming answer that is a success and no login page; close it after use.

    Args:
        send: Sends one request.
        request: The GET.
        accepted: Statuses that are an answer with content; 206 belongs to a request for a range.

    Raises:
        ResponseError: The server refused, or answered without content (204).
        LoginPageError: The server sent its login page.
        IncompleteTransferError: The connection broke while the first bytes arrived.
    """
    response = send(request, stream=True)
    try:
        # An HTML file is data too: it is named or sent as a file, or (rest-data 10.5.1) shown by its extension.
        is_file = response.headers.get("Content-Disposition", "").lower().startswith("attachment")
        checked(response, html=is_file or _HTML_NAME.search(request.path) is not None)
        if response.status not in accepted:
            raise UnexpectedStatusError(response.method, response.url, response.status, "The answer has no content")
    except ConnectionFailedError as error:
        response.close()
        raise broken(response, 0, None) from error
    except BaseException:
        response.close()
        raise
    return response


def receive(
    response: Response,
    write: Callable[[bytes], object],
    *,
    md5: str | None = None,
    size: int | None = None,
    meter: Meter | None = None,
) -> TransferResult:
    """Read an answer to its end, hand each piece on, and return what the whole was compared with.

    Args:
        response: A streaming answer.
        write: Takes each piece, up to 1 MiB.
        md5: Expected MD5; anything but 32 hex digits counts as unknown.
        size: Expected bytes.
        meter: Told of the bytes.

    Raises:
        IncompleteTransferError: The connection broke, or the length differs from the one announced or expected.
        DigestMismatchError: The MD5 differs.
    """
    return drained(received(response, md5=md5, size=size, meter=meter), write)


def drained(pieces: Generator[bytes, None, TransferResult], write: Callable[[bytes], object]) -> TransferResult:
    """Hand on the pieces of a download and return what it returns."""
    with closing(pieces):
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                result: TransferResult = end.value
                return result
            write(piece)


def received(
    response: Response, *, md5: str | None = None, size: int | None = None, meter: Meter | None = None
) -> Generator[bytes, None, TransferResult]:
    """Yield the pieces of an answer, up to 1 MiB each, and return what the whole was compared with; see `receive`."""
    expected = Expected.of(response, md5, size)
    meter = meter or Meter(None, "")
    meter.start(expected.total)
    done = 0
    with Digest() as digest:
        try:
            for piece in response.iter_content(MIB):
                yield piece
                done += len(piece)
                if expected.md5:
                    digest.update(piece)
                meter.advance(len(piece))
        except ConnectionFailedError as error:
            raise broken(response, done, expected.total) from error
        actual = digest.hexdigest() if expected.md5 else None
    return TransferResult(None, done, actual, expected.compare(response, done, actual))


@attrs.frozen
class Expected:
    """What an answer is compared with.

    Attributes:
        announced: Bytes by the answer's own header, None when it tells none.
        listed: Bytes by the listing, None when unknown.
        md5: MD5 by the listing, None when unknown.
    """

    announced: int | None
    listed: int | None
    md5: str | None

    @staticmethod
    def knows(md5: str | None) -> bool:
        """Return whether a listing tells an MD5."""
        return _MD5.match((md5 or "").strip().lower()) is not None

    @classmethod
    def of(cls, response: Response, md5: str | None, size: int | None) -> Expected:
        """Return what an answer is compared with, beside what a listing tells."""
        length = response.headers.get("Content-Length", "")
        # The length of compressed bytes says nothing about what comes out of them.
        is_plain = response.headers.get("Content-Encoding", "identity").lower() == "identity"
        digest = (md5 or "").strip().lower()
        return cls(
            int(length) if length.isdecimal() and is_plain else None, size, digest if _MD5.match(digest) else None
        )

    @property
    def total(self) -> int | None:
        """Bytes that are to come, None when nobody tells."""
        return self.listed if self.announced is None else self.announced

    def compare(self, response: Response, done: int, actual: str | None) -> Verified:
        """Return what the bytes that came were compared with.

        Raises:
            IncompleteTransferError: Another length.
            DigestMismatchError: Another MD5.
        """
        where = f"{response.method} {response.url}"
        if self.announced not in {None, done}:
            told = f"{where}: received {_of(done, self.announced)}."
            raise IncompleteTransferError(told, expected=self.announced, received=done)
        if self.md5 and self.md5 != actual:
            told = f"{where}: the bytes have MD5 {actual}, the catalog says {self.md5}. Download again."
            raise DigestMismatchError(told, expected=self.md5, actual=actual or "")
        if self.md5:
            return "md5"
        if self.listed not in {None, done}:
            told = (
                f"{where}: received {done} bytes, the listing says {self.listed}. Download again; "
                "if it stays so, the catalog is out of date and needs a refresh."
            )
            raise IncompleteTransferError(told, expected=self.listed, received=done)
        return "unverified" if self.total is None else "size"


def broken(response: Response, done: int, total: int | None) -> IncompleteTransferError:
    """Return the error of an answer that broke off."""
    told = f"{response.method} {response.url}: the connection broke after {_of(done, total)}."
    return IncompleteTransferError(told, expected=total, received=done)


def _of(done: int, total: int | None) -> str:
    return f"{done} bytes" if total is None else f"{done} of {total} bytes"
