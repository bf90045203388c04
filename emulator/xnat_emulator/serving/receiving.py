"""Receiving bodies: one block is stored while the next one comes in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ..store.blobs import CHUNK, Draft

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_MANY = 100_000
_LONG = 1 << 24


async def receive_body(chunks: AsyncIterator[bytes], target: BinaryIO) -> None:
    """Write a body into an empty file, as it arrives, and go back to the file's start."""
    loop = asyncio.get_running_loop()
    waiting, storing = bytearray(), None
    try:
        async for chunk in chunks:
            waiting += chunk
            if len(waiting) < CHUNK:
                continue
            if storing is not None:
                await storing
            storing = loop.run_in_executor(None, target.write, bytes(waiting))
            waiting.clear()
    finally:
        if storing is not None:
            await storing
    target.write(waiting)
    target.seek(0)


class FormParser(MultiPartParser):
    """Reads a multipart body whose files become drafts, and refuses one without an end.

    Args:
        headers: Headers of the request.
        chunks: The body as it arrives.
        new_draft: Makes an empty draft.
    """

    def __init__(self, headers: Headers, chunks: AsyncIterator[bytes], new_draft: Callable[[], Draft]) -> None:
        whole = self._whole(chunks)
        super().__init__(headers, whole, max_files=_MANY, max_fields=_MANY, max_part_size=_LONG)
        self._new_draft = new_draft
        self._ended = False

    def on_headers_finished(self) -> None:
        """Give a part that is a file a draft in the place of the parser's temporary file."""
        super().on_headers_finished()
        part = self._current_part
        if part.file is not None:
            part.file.file.close()
            draft = self._new_draft()
            # The parser closes what this list holds when the body cannot be read to its end.
            self._files_to_close_on_error[-1] = cast("SpooledTemporaryFile[bytes]", draft)
            part.file = UploadFile(draft.as_file, size=0, filename=part.file.filename)

    def on_end(self) -> None:
        """Remember that the last boundary came."""
        self._ended = True

    async def _whole(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        async for chunk in chunks:
            yield chunk
        if not self._ended:
            raise MultiPartException("The body ends before its last boundary")
