"""``files=`` of the low-level verbs: files that travel as parts of a form."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO, TypeAlias, cast

from .bodies import UploadSource, opened
from .errors import InvalidValueError
from .multipart import OCTET_STREAM, FilePart, MultipartBody
from .payloads import Data, Payload
from .streams import is_stream

FileContent: TypeAlias = str | bytes | Path | BinaryIO
"""A text (sent as UTF-8), bytes, a path, or a binary stream read from where it stands."""
FileSpec: TypeAlias = FileContent | tuple[str, FileContent] | tuple[str, FileContent, str]
"""A file's content; with the name that the server sees; with its media type too."""
Files: TypeAlias = Mapping[str, FileSpec] | Iterable[tuple[str, FileSpec]]
"""Files by the name of their field, or as pairs, where a field has several."""


@contextmanager
def opened_form(data: Data, files: Files, headers: Mapping[str, str] | None) -> Generator[Payload, None, None]:
    """Yield the form that holds values and files, which are read while it is sent.

    Args:
        data: The values; None for none.
        files: The files.
        headers: Further headers.

    Raises:
        InvalidValueError: data is no mapping, a file is nothing that can be sent, or a Content-Type was given.
        OSError: A file cannot be read.
    """
    if data is not None and not isinstance(data, Mapping):
        msg = "With files= data= is a mapping of names to texts: both become one form."
        raise InvalidValueError(msg)
    if any(name.lower() == "content-type" for name in headers or ()):
        msg = "With files= the Content-Type is that of a form; give a file's own as (name, content, media type)."
        raise InvalidValueError(msg)
    # cast: isinstance cannot look into the mappings.
    pairs = cast("Mapping[str, FileSpec]", files).items() if isinstance(files, Mapping) else files
    with ExitStack() as open_files:
        parts = [_part(open_files, name, given) for name, given in pairs]
        form = MultipartBody(cast("Mapping[str, str]", data or {}).items(), parts)
        yield Payload(form, {**(headers or {}), "Content-Type": form.content_type}, form.length)


def _part(open_files: ExitStack, name: str, given: FileSpec) -> FilePart:
    content = given[1] if isinstance(given, tuple) else given
    filename = given[0] if isinstance(given, tuple) else _filename(given) or name
    media_type = given[2] if isinstance(given, tuple) and len(given) > 2 else OCTET_STREAM
    body = open_files.enter_context(opened(_source(name, content)))
    return FilePart(name, body, body.length, filename, media_type)


def _source(name: str, content: FileContent) -> UploadSource:
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, bytes | Path):
        return content
    given: object = content
    if not is_stream(given):
        msg = f"files= takes texts, bytes, paths and binary streams; {name!r} is {type(given).__name__}."
        raise InvalidValueError(msg)
    return content


def _filename(content: FileContent) -> str:
    """Return the name of a file or of a stream that was opened from one, "" for others."""
    found: object = content if isinstance(content, Path) else getattr(content, "name", "")
    return PurePath(found).name if isinstance(found, str | PurePath) else ""
