"""A file on the server as a file object that reads only what is asked for."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from .downloads import open_download
from .errors import IncompleteTransferError, ResponseError, TransferError, TransportError, UnexpectedAnswerError
from .transfers.attempts import persist
from .transfers.events import Events
from .transfers.retry import NEVER, RetryPolicy
from .transfers.stop import Stop
from .transport import MIB, Request, Response, Send

_PEEK_STEP: Final = 4_096
_PEEKED: Final = 16_384
_STEP: Final = 16_384
_LARGE_STEP: Final = 65_536
_FIRST_WINDOW: Final = 65_536
_LARGEST_WINDOW: Final = MIB
_KEPT: Final = 262_144
_FULL_RANGE: Final = re.compile(r"\Abytes (\d+)-(\d+)/(\d+)\Z")
_NO_SUCH_RANGE: Final = 416
_UNTOLD: Final = Events(None)


class RemoteFile(io.RawIOBase):
    """A file on the server, open for reading: seekable, and never more than 256 KiB of it in memory.

    Where the server honours ranges, a read asks for its own bytes; reads that follow each other ask for more, from 64
    KiB to 1 MiB a request. A stock server knows no ranges (rest-data 10.5.2) and sends the file from its start: the
    first answer is taken over a connection that lets little run ahead, so that closing early ends the transfer early;
    from 16 KiB on, reading on takes a second request over an ordinary one.

    Close it after use (a ``with`` block does): until then it holds a connection of the pool.
    """

    def __init__(self, send: Send, request: Request, *, size: int | None = None, policy: RetryPolicy = NEVER) -> None:
        """Take note of the file; nothing is asked before the first read.

        Args:
            send: Sends one request.
            request: The GET of the file.
            size: Bytes of the file, None when unknown.
            policy: How often and how patiently a read goes on after a break.
        """
        super().__init__()
        self._send = send
        self._request = request
        self._size = self._listed = size
        self._policy = policy
        self._version = ""
        self._response: Response | None = None
        self._knows_ranges: bool | None = None
        self._until: int | None = None
        self._window = 0
        self._peeks = False
        self._is_whole = False
        self._place = 0
        self._kept = bytearray()
        self._start = 0

    def __repr__(self) -> str:
        return f"<RemoteFile {self._request.path}{', closed' if self.closed else ''}>"

    def readable(self) -> bool:
        """Return True."""
        self._require_open()
        return True

    def seekable(self) -> bool:
        """Return True."""
        self._require_open()
        return True

    def tell(self) -> int:
        """Return the place of the next read, in bytes from the start."""
        self._require_open()
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place and return it; nothing travels until the next read.

        Raises:
            ValueError: The place is before the start, or the file is closed.
        """
        self._require_open()
        if whence not in {os.SEEK_SET, os.SEEK_CUR, os.SEEK_END}:
            msg = f"whence is 0, 1 or 2, not {whence}"
            raise ValueError(msg)
        base = 0 if whence == os.SEEK_SET else self._place if whence == os.SEEK_CUR else self._whole_size()
        if base + offset < 0:
            msg = f"there is no place {base + offset} in a file"
            raise ValueError(msg)
        self._place = base + offset
        return self._place

    # Any: the buffers that io takes have no name before Python 3.12.
    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, or as much of it as the file has left, and return the number of bytes.

        Raises:
            ResponseError: The server refused.
            TransportError: The connection broke, at the last attempt too; the next read asks again.
            TransferError: The file changed on the server since it was opened, or has another size than listed.
            ValueError: The file is closed.
        """
        self._require_open()
        with memoryview(buffer).cast("B") as view:
            done = 0
            while done < len(view):
                piece = self._piece(len(view) - done)
                if not piece:
                    break
                view[done : done + len(piece)] = piece
                done += len(piece)
                self._place += len(piece)
            return done

    def write(self, data: object, /) -> int:
        """Raise: XNAT writes whole files, which is what `ResourceObject.upload` does.

        Raises:
            UnsupportedOperation: Always.
        """
        del data
        msg = "a file of the server is open for reading; upload it again to change it"
        raise io.UnsupportedOperation(msg)

    def readall(self) -> bytes:
        """Return all bytes from the place on; one request, however many they are."""
        self._is_whole = True
        try:
            return super().readall() or b""
        finally:
            self._is_whole = False

    def close(self) -> None:
        """End the transfer and forget what is kept."""
        if not self.closed:
            self._drop()
        super().close()

    def _require_open(self) -> None:
        if self.closed:
            msg = "the file is closed"
            raise ValueError(msg)

    @property
    def _end(self) -> int:
        return self._start + len(self._kept)

    def _piece(self, most: int) -> bytes:
        """Return the next bytes, b"" at the end of the file."""
        if self._size is not None and self._place >= self._size and self._response is None:
            return b""
        if not self._start <= self._place <= self._end:
            self._go()
        while self._place >= self._end:
            if not self._received(most):
                return b""
        at = self._place - self._start
        return bytes(self._kept[at : at + most])

    def _go(self) -> None:
        """Bring the transfer near the place: by reading on, or by a new request."""
        if self._response is None or self._place < self._end:
            self._drop()
        elif self._until is not None:
            if self._place >= self._until:
                self._drop()
        elif self._knows_ranges and self._place - self._end > _KEPT:
            self._drop()

    def _received(self, most: int) -> bool:
        """Read the next step, over and over where the connection breaks; return whether there was one."""
        if self._policy.attempts == 1:
            return self._receive(most)
        return persist(
            lambda: self._receive(most), self._request.path, policy=self._policy, stop=Stop(), events=_UNTOLD
        )

    def _receive(self, most: int) -> bool:
        """Read the next step; return whether there was one."""
        if not self._is_arriving() and not self._open(most):
            return False
        assert self._response is not None  # noqa: S101  # for checkers: _open() has set it
        try:
            step = _PEEK_STEP if self._peeks else min(max(self._place + most - self._end, _STEP), _LARGE_STEP)
            piece = self._response.read(step)
        except TransportError:
            self._drop()
            raise
        if not piece:
            self._require_end()
            self._size = self._end
            return False
        self._kept += piece
        if len(self._kept) > _KEPT:
            cut = len(self._kept) - _KEPT
            del self._kept[:cut]
            self._start += cut
        return True

    def _is_arriving(self) -> bool:
        """Return whether the answer that is there has the next bytes, and they are to be taken from it."""
        if self._response is None:
            return False
        if self._until is not None and self._end >= self._until:
            return self._size is not None and self._end >= self._size
        # What lets little run ahead is slow: whoever reads on gets an ordinary connection.
        return not (self._peeks and self._until is None and self._end >= _PEEKED)

    def _open(self, most: int) -> bool:
        """Ask for the file from the place on; return whether the file goes that far."""
        begin = self._end if self._kept else self._place
        request = self._asked(begin, most)
        if self._response is not None:
            self._response.close()
            self._response = None
        try:
            response = open_download(self._send, request, accepted={200, 206})
        except ResponseError as error:
            if error.status != _NO_SUCH_RANGE:
                raise
            return False
        start = self._started(response, begin)
        self._require_same(response)
        self._response = response
        if start != self._end or not self._kept:
            self._kept.clear()
            self._start = start
        return True

    def _asked(self, begin: int, most: int) -> Request:
        """Return the request for the bytes from a place on: those of this read, more when reads follow each other."""
        follows = bool(self._kept) or self._response is not None
        self._window = min(max(2 * self._window, _FIRST_WINDOW), _LARGEST_WINDOW) if follows else 0
        self._peeks = self._knows_ranges is None and not self._is_whole and begin + most <= _PEEKED
        is_open = self._is_whole or self._knows_ranges is False
        self._until = None if is_open else begin + max(most, self._window)
        if self._until is not None and self._size is not None:
            self._until = max(min(self._until, self._size), begin + 1)
        if is_open and (not begin or self._knows_ranges is False):
            return attrs.evolve(self._request, peeks=self._peeks)
        told = f"bytes={begin}-" if self._until is None else f"bytes={begin}-{self._until - 1}"
        return attrs.evolve(self._request, headers={**self._request.headers, "Range": told}, peeks=self._peeks)

    def _started(self, response: Response, asked: int) -> int:
        """Return where the answer begins, and take note of the file's size and whether the server knows ranges."""
        told = _FULL_RANGE.match(response.headers.get("Content-Range", "")) if response.status == 206 else None
        if response.status == 206:
            if told is None or int(told[1]) != asked:
                response.close()
                msg = "the server sent another part of the file than was asked for"
                raise UnexpectedAnswerError(msg, method="GET", url=self._request.path)
            self._knows_ranges = True
            self._size = self._total(response, int(told[3]))
            self._until = int(told[2]) + 1
            return asked
        self._knows_ranges = "bytes" in response.headers.get("Accept-Ranges", "")
        self._until = None
        told_size = _length(response.headers)
        self._size = self._size if told_size is None else self._total(response, told_size)
        return 0

    def _total(self, response: Response, told: int) -> int:
        """Return the size that an answer tells, when it is that of the listing.

        Raises:
            IncompleteTransferError: It is another.
        """
        if self._listed not in {None, told}:
            response.close()
            msg = f"GET {self._request.path}: the server tells {told} bytes, its listing {self._listed}; list it again."
            raise IncompleteTransferError(msg, expected=self._listed, received=told)
        return told

    def _require_end(self) -> None:
        """Take the end of an answer for that of the file only where nobody has told that there is more.

        Raises:
            IncompleteTransferError: The answer ended early.
        """
        if self._size is not None and self._end < self._size:
            done = self._end
            self._drop()
            msg = f"GET {self._request.path}: the answer ended after {done} of {self._size} bytes."
            raise IncompleteTransferError(msg, expected=self._size, received=done)

    def _require_same(self, response: Response) -> None:
        """Let no bytes of one state of the file follow those of another, as far as the server tells them apart.

        Raises:
            TransferError: The file was replaced since it was opened.
        """
        version = response.headers.get("ETag", "") or response.headers.get("Last-Modified", "")
        before, self._version = self._version, version or self._version
        if before and version and before != version:
            response.close()
            msg = f"GET {self._request.path}: the file changed on the server while it was read; open it again."
            raise TransferError(msg)

    def _whole_size(self) -> int:
        while self._size is None and self._received(_STEP):
            pass
        return self._size or 0

    def _drop(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None
        self._kept.clear()
        self._start = 0


def _length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("Content-Length", "")
    is_plain = headers.get("Content-Encoding", "identity").lower() == "identity"
    return int(length) if length.isdecimal() and is_plain else None
