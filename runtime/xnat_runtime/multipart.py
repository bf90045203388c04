"""A file and named values as one form, streamed: for values that shall stay out of the URL."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator

_CRLF = "\r\n"


class MultipartBody:
    """The bytes of a ``multipart/form-data`` body; each iteration starts over.

    Attributes:
        content_type: Media type with its boundary.
        length: Bytes.
    """

    def __init__(
        self, values: Iterable[tuple[str, str]], file: Iterable[bytes], length: int, filename: str, media_type: str
    ) -> None:
        """Keep what is sent.

        Args:
            values: Names and values.
            file: The file's bytes, which can be iterated again.
            length: Bytes of the file.
            filename: Name that the server sees.
            media_type: Media type of the file.
        """
        boundary = secrets.token_hex(16)
        parts = [_part(boundary, f'name="{_quoted(name)}"', value) for name, value in values]
        head = _part(boundary, f'name="file"; filename="{_quoted(filename)}"', "", media_type)
        self._before = "".join((*parts, head)).removesuffix(_CRLF).encode()
        self._file = file
        self._after = f"{_CRLF}--{boundary}--{_CRLF}".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.length = len(self._before) + length + len(self._after)

    def __iter__(self) -> Iterator[bytes]:
        yield self._before
        yield from self._file
        yield self._after


def _part(boundary: str, disposition: str, value: str, media_type: str = "") -> str:
    typed = f"Content-Type: {media_type}{_CRLF}" if media_type else ""
    return f"--{boundary}{_CRLF}Content-Disposition: form-data; {disposition}{_CRLF}{typed}{_CRLF}{value}{_CRLF}"


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
