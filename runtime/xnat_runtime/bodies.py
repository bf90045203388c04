"""What is uploaded: a file, bytes or a stream, with its length, and readable more than once."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

from .errors import InvalidValueError
from .transfers.events import Observer
from .transfers.meter import Meter, metered
from .transport import MIB

UploadSource: TypeAlias = Path | bytes | BinaryIO
"""A path, the content itself, or a binary stream read from where it stands."""

_SPOOL_BYTES = 8 * MIB


class UploadBody:
    """The bytes of an upload; each iteration starts over, so that a request can be sent again after a new login.

    Attributes:
        length: Bytes.
    """

    def __init__(self, stream: BinaryIO, start: int, length: int, meter: Meter) -> None:
        self.length = length
        self._stream = stream
        self._start = start
        self._meter = meter

    def __iter__(self) -> Iterator[bytes]:
        self._stream.seek(self._start)
        self._meter.start(self.length)
        while piece := self._stream.read(MIB):
            yield piece
            self._meter.advance(len(piece))


@contextmanager
def opened(
    source: UploadSource, progress: Observer | None = None, *, unit: str = ""
) -> Generator[UploadBody, None, None]:
    """Yield the body that a source gives.

    XNAT takes no upload without a length (rest-data 10.4.2): a stream that cannot tell its own is copied first, in
    memory up to 8 MiB and beyond that in a private temporary file.

    Args:
        source: A path, bytes, or a binary stream; a stream is left open, and read from its present position.
        progress: Told of what happens (`xnat_runtime.transfers.events`).
        unit: Its name for the events.

    Raises:
        InvalidValueError: The stream is one of text, or the path names a folder.
        OSError: The file cannot be read.
    """
    with metered(progress, unit) as meter, _stream_of(source) as stream:
        start = stream.tell()
        length = stream.seek(0, os.SEEK_END) - start
        yield UploadBody(stream, start, max(length, 0), meter)


@contextmanager
def _stream_of(source: UploadSource) -> Generator[BinaryIO, None, None]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, Path):
        with _opened_file(source) as stream:
            yield stream
    elif _is_seekable(source):
        yield source
    else:
        with _spooled(source) as stream:
            yield stream


def _opened_file(path: Path) -> BinaryIO:
    if path.is_dir():
        msg = f"{path} is a folder; upload its files."
        raise InvalidValueError(msg)
    return path.open("rb")


def _is_seekable(stream: BinaryIO) -> bool:
    if isinstance(cast("object", stream), io.TextIOBase):
        msg = "A text stream cannot be uploaded; open the file in binary mode, or encode the text."
        raise InvalidValueError(msg)
    try:
        return stream.seekable()
    except AttributeError:
        return False


@contextmanager
def _spooled(source: BinaryIO) -> Generator[BinaryIO, None, None]:
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as copy:
        while piece := source.read(MIB):
            copy.write(piece)
        copy.seek(0)
        # cast: the standard library declares it as IO[bytes], which BinaryIO is but for its name.
        yield cast("BinaryIO", copy)
