"""The bytes of one file in order, each handed on once, over as many requests as it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Final

import attrs

from ..downloads import Expected, broken, open_download
from ..errors import (
    ConnectionFailedError,
    DigestMismatchError,
    IncompleteTransferError,
    ResponseError,
    TransferError,
    UnexpectedAnswerError,
    XnatError,
)
from ..results import TransferResult
from ..transport import MIB, Request, Response, Send
from .attempts import wanted_pause
from .digest import Digest
from .file_download import version_of
from .meter import Meter
from .retry import RetryPolicy, is_passing
from .stop import Stop

_FULL_RANGE: Final = re.compile(r"\Abytes (\d+)-(\d+)/(\d+)\Z")
_NO_SUCH_RANGE: Final = 416


class Continued:
    """A file that is received; what breaks off goes on behind the bytes that came.

    The rest is asked for where the server honours ranges and tells by ETag or date whether the file is the same. Other
    servers send all of it again: then the bytes go back to their beginning (`restart`), or, where that cannot be, those
    that came are compared by MD5 and left out. So a file that changes meanwhile is never put together of two.
    """

    def __init__(
        self,
        send: Send,
        request: Request,
        *,
        md5: str | None = None,
        size: int | None = None,
        policy: RetryPolicy,
        meter: Meter,
        restart: Callable[[], None] | None = None,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            send: Sends one request.
            request: The GET of the file.
            md5: MD5 by the listing, None or "" when unknown.
            size: Bytes by the listing, None when unknown.
            policy: How often and how patiently it is tried.
            meter: Told of the bytes.
            restart: Takes back all that was handed on; None when that cannot be.
        """
        self._send = send
        self._request = request
        self._md5, self._size = md5, size
        self._policy = policy
        self._meter = meter
        self._restart = restart
        self._hashes = restart is None or Expected.knows(md5)
        self._done = 0
        self._digest = Digest()
        self._version = ""
        self._wrong: tuple[str, int] | None = None
        self._is_hopeless = False

    def pieces(self) -> Generator[bytes, None, TransferResult]:
        """Yield the bytes, up to 1 MiB at a time, and return what the whole was compared with.

        Raises:
            IncompleteTransferError: The connection broke, or another length came than announced, at the last attempt.
            DigestMismatchError: Another MD5 than the listing's.
            TransferError: The file changed on the server while it was received, and what was handed on is of the old.
            ResponseError: The server refused.
        """
        failures, waited, stop = 0, 0.0, Stop()
        with self._digest:
            while True:
                try:
                    return (yield from self._attempt())
                except XnatError as error:
                    failures += 1
                    pause = self._pause(error, failures, waited)
                    if pause is None:
                        raise
                    self._meter.retry(failures, pause, str(error))
                stop.sleep(pause)
                waited += pause

    def _pause(self, error: XnatError, failures: int, waited: float) -> float | None:
        if self._is_hopeless or not (is_passing(error) or isinstance(error, UnexpectedAnswerError)):
            return None
        return self._policy.pause(failures, waited, wanted_pause(error))

    def _attempt(self) -> Generator[bytes, None, TransferResult]:
        with self._opened() as response:
            expected = Expected.of(response, self._md5, self._size)
            if response.status == 206:
                expected = attrs.evolve(expected, announced=self._whole_of(response))
            self._meter.start(expected.total)
            if response.status != 206 and self._done:
                self._begin_again(response)
            self._version = version_of(response)
            self._meter.advance(self._done)
            try:
                for piece in response.iter_content(MIB):
                    self._take(piece)
                    yield piece
            except ConnectionFailedError as error:
                raise broken(response, self._done, expected.total) from error
            return self._compared(response, expected)

    def _take(self, piece: bytes) -> None:
        if self._hashes:
            self._digest.update(piece)
        self._done += len(piece)
        self._meter.advance(len(piece))

    def _opened(self) -> Response:
        if not self._done or not self._version:
            return open_download(self._send, self._request)
        wanted = {"Range": f"bytes={self._done}-", "If-Range": self._version}
        request = attrs.evolve(self._request, headers={**self._request.headers, **wanted})
        try:
            return open_download(self._send, request, accepted={200, 206})
        except ResponseError as error:
            if error.status != _NO_SUCH_RANGE:
                raise
        return open_download(self._send, self._request)

    def _whole_of(self, response: Response) -> int:
        """Return the size of the file that an answer is the rest of.

        Raises:
            UnexpectedAnswerError: It is another part.
        """
        told = _FULL_RANGE.match(response.headers.get("Content-Range", ""))
        if told is None or int(told[1]) != self._done or int(told[2]) + 1 != int(told[3]):
            self._version = ""
            msg = "the server sent another part of the file than was asked for"
            raise UnexpectedAnswerError(msg, method="GET", url=self._request.path)
        return int(told[3])

    def _begin_again(self, response: Response) -> None:
        """Get ready for all bytes once more: take back what was handed on, or read over the same bytes.

        Raises:
            TransferError: They are not the same, and cannot be taken back.
        """
        if self._restart is not None:
            self._restart()
            self._forget()
            return
        over, seen = 0, Digest()
        with seen:
            while over < self._done and (piece := response.read(min(MIB, self._done - over))):
                seen.update(piece)
                over += len(piece)
            is_same = over == self._done and seen.hexdigest() == self._digest.so_far()
        if not is_same:
            self._is_hopeless = over == self._done
            raise self._changed() if self._is_hopeless else broken(response, over, self._done)

    def _changed(self) -> TransferError:
        told = f"{self._request.method} {self._request.path}: the file changed on the server while it was received."
        return TransferError(f"{told} Throw away what came of it, and download it again.")

    def _forget(self) -> None:
        self._digest.__exit__(None, None, None)
        self._done, self._digest, self._version = 0, Digest(), ""

    def _compared(self, response: Response, expected: Expected) -> TransferResult:
        actual = self._digest.hexdigest() if expected.md5 else None
        try:
            return TransferResult(None, self._done, actual, expected.compare(response, self._done, actual))
        except (DigestMismatchError, IncompleteTransferError):
            # The same wrong bytes twice are what the server has.
            before, self._wrong = self._wrong, (actual or "", self._done)
            self._is_hopeless = self._restart is None or before == self._wrong
            if self._restart is not None:
                self._restart()
                self._forget()
            raise
