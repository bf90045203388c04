"""Files and named values as one form, streamed: for values that shall stay out of the URL."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence

import attrs

OCTET_STREAM = "application/octet-stream"
_CRLF = "\r\n"


@attrs.frozen
class FilePart:
    """One file of a form.

    Attributes:
        name: Name of the field.
        content: The file's bytes, which can be iterated again.
        length: Bytes of the file.
        filename: Name that the server sees.
        media_type: Media type of the file.
    """

    name: str
    content: Iterable[bytes]
    length: int
    filename: str
    media_type: str = OCTET_STREAM


class MultipartBody:
    """The bytes of a ``multipart/form-data`` body; each iteration starts over.

    Attributes:
        content_type: Media type with its boundary.
        length: Bytes.
    """

    def __init__(self, values: Iterable[tuple[str, str]], files: Sequence[FilePart]) -> None:
        """Keep what is sent.

        Args:
            values: Names and values.
            files: The files, which come after the values.
        """
        boundary = secrets.token_hex(16)
        before = "".join(_part(boundary, f'name="{_quoted(name)}"', value) for name, value in values).encode()
        heads = [_head(boundary, file) for file in files]
        self._pieces: list[Iterable[bytes]] = [[before]] if before else []
        for head, file in zip(heads, files, strict=True):
            self._pieces += [[head], file.content, [_CRLF.encode()]]
        end = f"--{boundary}--{_CRLF}".encode()
        self._pieces.append([end])
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.length = len(before) + sum(map(len, heads)) + sum(file.length + 2 for file in files) + len(end)

    def __iter__(self) -> Iterator[bytes]:
        for pieces in self._pieces:
            yield from pieces


def _head(boundary: str, file: FilePart) -> bytes:
    disposition = f'name="{_quoted(file.name)}"; filename="{_quoted(file.filename)}"'
    return _part(boundary, disposition, "", file.media_type).removesuffix(_CRLF).encode()


def _part(boundary: str, disposition: str, value: str, media_type: str = "") -> str:
    typed = f"Content-Type: {media_type}{_CRLF}" if media_type else ""
    return f"--{boundary}{_CRLF}Content-Disposition: form-data; {disposition}{_CRLF}{typed}{_CRLF}{value}{_CRLF}"


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
