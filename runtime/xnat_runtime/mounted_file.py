"""Files that are read from a mounted archive in place of the server."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from .errors import DigestMismatchError, IncompleteTransferError, TargetExistsError
from .mounted import opener_of
from .remote_file import RemoteFile
from .transfers.mount import from_disk
from .transport import Request, Send

if TYPE_CHECKING:
    from .files import FileData

R = TypeVar("R")


class MountedFile(RemoteFile):
    """A file of the mounted archive; nothing of it travels."""

    def __init__(self, send: Send, request: Request, local: BinaryIO, *, size: int) -> None:
        """Read from an open file.

        Args:
            send: Sends one request; not used.
            request: The GET that would ask the server.
            local: The file.
            size: Its bytes.
        """
        super().__init__(send, request, size=size)
        self._local = local

    # Any: as in RemoteFile.
    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, or as much of it as the file has left, and return the number of bytes."""
        self._local.seek(self.tell())
        with memoryview(buffer).cast("B") as view:
            piece = self._local.read(len(view))
            view[: len(piece)] = piece
        self.seek(len(piece), os.SEEK_CUR)
        return len(piece)

    def close(self) -> None:
        """Close the file."""
        # The base class may be closed while an object goes away that was never ready.
        local: BinaryIO | None = getattr(self, "_local", None)
        if local is not None:
            local.close()
        super().close()


def open_mounted(file: FileData) -> MountedFile | None:
    """Return a file of the mounted archive, open for reading; None when it has to travel."""
    found, size = opener_of(file), file.__xnat_known_size__()
    stream = found[0].opened(found[1], size) if found and size is not None else None
    if stream is None or size is None:
        return None
    return MountedFile(file.session.send, Request("GET", file.uri), stream, size=size)


def sending(file: FileData) -> Send:
    """Return what answers requests for a file: the mounted archive once, where it has the file, then the server."""
    found, size = opener_of(file), file.__xnat_known_size__()
    if found is None or size is None:
        return file.session.send
    return from_disk(file.session.send, *found, size)


def taken(file: FileData, take: Callable[[Send], R]) -> R:
    """Return what came of a file, from the mounted archive where that has the right bytes, else from the server.

    Args:
        file: The file.
        take: Asks for the file, compares it, and leaves nothing after a failure.
    """
    send = sending(file)
    try:
        return take(send)
    except (DigestMismatchError, IncompleteTransferError, OSError) as error:
        # A disk that cannot be read is not the server's word; what this library refuses itself stays refused.
        if send == file.session.send or isinstance(error, TargetExistsError):
            raise
    return take(file.session.send)
