"""DICOM data sets read from the server, without the pixels unless they are wanted."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING

from .downloads import open_download
from .errors import DecodeError
from .redaction import public_path
from .transfers.attempts import persist
from .transfers.events import Events
from .transfers.retry import NEVER, RetryPolicy
from .transfers.stop import Stop
from .transport import MIB, Request, Response, Send

if TYPE_CHECKING:
    import pydicom

_STEP = 16_384

# Bytes that pydicom asks for where the next data element may begin, or the file end.
_ELEMENT_READS = frozenset({1, 8})

# What pydicom raises when bytes are not what a DICOM file holds.
_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, EOFError, RuntimeError, struct.error, zlib.error)


def read_dataset(
    send: Send, request: Request, *, read_pixel_data: bool = False, policy: RetryPolicy = NEVER
) -> pydicom.Dataset:
    """Return the DICOM data set of a file on the server.

    Without pixels, reading stops where they begin and the connection is closed, so that little more than the header
    travels (16 KiB steps; XNAT answers no ranges, rest-data 10.5.2).

    Args:
        send: Sends one request.
        request: The GET of the file.
        read_pixel_data: Whether to read the whole file.
        policy: How often and how patiently it is tried when the connection breaks.

    Raises:
        DecodeError: The file is no DICOM file, or it is damaged.
        LoginPageError: The server sent its login page.
        ResponseError: The server refused.
        TransportError: The connection broke.
    """

    def attempt() -> pydicom.Dataset:
        return _read(send, request, read_pixel_data=read_pixel_data)

    return persist(attempt, request.path, policy=policy, stop=Stop(), events=Events(None))


def _read(send: Send, request: Request, *, read_pixel_data: bool) -> pydicom.Dataset:
    # pydicom is imported only when DICOM is read; it leaves the kind of its path argument open.
    from pydicom import dcmread  # noqa: PLC0415 # pyright: ignore[reportUnknownVariableType]
    from pydicom.errors import BytesLengthException, InvalidDicomError  # noqa: PLC0415 - as above

    with open_download(send, request) as response:
        stream = _ArrivingFile(response, MIB if read_pixel_data else _STEP)
        try:
            dataset = dcmread(stream, stop_before_pixels=not read_pixel_data)
        except InvalidDicomError:
            msg = f"{public_path(request.path)} is no DICOM file: it lacks the DICM mark after 128 bytes."
            raise DecodeError(msg) from None
        except (*_DAMAGE, BytesLengthException):
            # Not chained: pydicom's messages may quote values of the header.
            raise _damaged(request) from None
    if stream.is_cut_off or not (dataset or dataset.file_meta):
        raise _damaged(request)
    dataset.buffer = None  # it would keep the answer, and could not be copied or pickled
    return dataset


def _damaged(request: Request) -> DecodeError:
    return DecodeError(f"{public_path(request.path)} cannot be read as DICOM: the file is damaged or cut off.")


class _ArrivingFile:
    """A file of which only what was asked for has been received; it keeps that, so that it can be read again.

    Attributes:
        is_cut_off: Whether a read got less than it asked for, other than at the place of a data element, where a file
            may end; going back takes it back, since a search for a delimiter asks for too much on purpose. pydicom
            itself takes a file that ends within a value without a word.
    """

    def __init__(self, response: Response, step: int) -> None:
        self._response = response
        self._step = step
        self._kept = bytearray()
        self._place = 0
        self.is_cut_off = False

    def read(self, size: int = -1, /) -> bytes:
        end = self._place + size if size >= 0 else None
        self._receive(end)
        piece = bytes(self._kept[self._place : end])
        self._place += len(piece)
        self.is_cut_off |= len(piece) < size and size not in _ELEMENT_READS
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence == os.SEEK_END:
            self._receive(None)
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: len(self._kept)}[whence]
        self._place = max(base + offset, 0)
        self.is_cut_off &= self._place >= len(self._kept)
        return self._place

    def tell(self) -> int:
        return self._place

    def _receive(self, end: int | None) -> None:
        while end is None or len(self._kept) < end:
            piece = self._response.read(self._step)
            if not piece:
                return
            self._kept += piece
