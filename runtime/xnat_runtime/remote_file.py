"""A file on the server as a file object that reads only what is asked for."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from .downloads import open_download
from .errors import ResponseError, TransportError, UnexpectedAnswerError
from .transport import Request, Response, Send

_STEP: Final = 16_384
_KEPT: Final = 262_144
_FULL_RANGE: Final = re.compile(r"\Abytes (\d+)-\d+/(\d+)\Z")
_NO_SUCH_RANGE: Final = 416


class RemoteFile(io.RawIOBase):
    """A file on the server, open for reading: seekable, and never more than 256 KiB of it in memory.

    Bytes travel in steps of 16 KiB as they are read, so closing early ends the transfer early. Going back further than
    what is kept, or far ahead, asks the server for a range; a stock server knows none (rest-data 10.5.2) and sends the
    file from its start again, of which the part before is thrown away as it arrives.

    Close it after use (a ``with`` block does): until then it holds a connection of the pool.
    """

    def __init__(self, send: Send, request: Request, *, size: int | None = None) -> None:
        """Take note of the file; nothing is asked before the first read.

        Args:
            send: Sends one request.
            request: The GET of the file.
            size: Bytes of the file, None when unknown.
        """
        super().__init__()
        self._send = send
        self._request = request
        self._size = size
        self._response: Response | None = None
        self._knows_ranges = False
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
            TransportError: The connection broke; the next read asks again.
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
            if not self._receive():
                return b""
        at = self._place - self._start
        return bytes(self._kept[at : at + most])

    def _go(self) -> None:
        """Bring the transfer near the place: by reading on, or by a new request."""
        is_near = self._response is not None and 0 <= self._place - self._end <= _KEPT
        is_ahead = self._response is not None and self._place >= self._end
        if not (is_near or (is_ahead and not self._knows_ranges)):
            self._drop()

    def _receive(self) -> bool:
        """Read the next step; return whether there was one."""
        if self._response is None and not self._open():
            return False
        assert self._response is not None  # noqa: S101  # for checkers: _open() has set it
        try:
            piece = self._response.read(_STEP)
        except TransportError:
            self._drop()
            raise
        if not piece:
            self._size = self._end
            return False
        self._kept += piece
        if len(self._kept) > _KEPT:
            cut = len(self._kept) - _KEPT
            del self._kept[:cut]
            self._start += cut
        return True

    def _open(self) -> bool:
        """Ask for the file from the place on; return whether the file goes that far."""
        begin = self._end if self._kept else self._place
        headers = {**self._request.headers, "Range": f"bytes={begin}-"} if begin else self._request.headers
        try:
            response = open_download(self._send, attrs.evolve(self._request, headers=headers), accepted={200, 206})
        except ResponseError as error:
            if error.status != _NO_SUCH_RANGE:
                raise
            return False
        start = self._started(response, begin)
        if start != self._end or not self._kept:
            self._kept.clear()
            self._start = start
        self._response = response
        return True

    def _started(self, response: Response, asked: int) -> int:
        """Return where the answer begins, and take note of the file's size and whether the server knows ranges."""
        told = _FULL_RANGE.match(response.headers.get("Content-Range", "")) if response.status == 206 else None
        if response.status == 206:
            self._knows_ranges = True
            if told is None or int(told[1]) != asked:
                response.close()
                msg = "the server sent another part of the file than was asked for"
                raise UnexpectedAnswerError(msg, method="GET", url=self._request.path)
            self._size = int(told[2])
            return asked
        self._knows_ranges = "bytes" in response.headers.get("Accept-Ranges", "")
        told_size = _length(response.headers)
        self._size = self._size if told_size is None else told_size
        return 0

    def _whole_size(self) -> int:
        if self._size is None and self._response is None:
            self._open()
        while self._size is None and self._receive():
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
