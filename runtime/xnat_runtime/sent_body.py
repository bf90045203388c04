"""The body of a request on its way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .errors import IncompleteTransferError, XnatError
from .redaction import public_path
from .transport import MIB, Request


class SentBody:
    """A request's body on its way out: pieces that add up to the announced length, or an error."""

    def __init__(self, request: Request) -> None:
        self.failure: BaseException | None = None
        self._request = request

    @property
    def content(self) -> bytes | Iterable[bytes]:
        """What is handed to the pool."""
        body = self._request.body
        return body if isinstance(body, bytes) else self._watched(_pieces(body or ()))

    def _watched(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        try:
            yield from _exactly(pieces, self._request)
        except (OSError, XnatError) as error:
            self.failure = error
            raise


def _pieces(body: Any) -> Iterable[bytes]:  # Any: a stream is known by having read(), as everywhere in Python
    return iter(lambda: body.read(MIB), b"") if hasattr(body, "read") else body


def _exactly(pieces: Iterable[bytes], request: Request) -> Iterator[bytes]:
    sent = 0
    for piece in pieces:
        sent += len(piece)
        if request.length is not None and sent > request.length:
            break
        yield piece
    if request.length is not None and sent != request.length:
        # Raised while the body is unfinished, so the server gets a broken request and no wrong file.
        more = "more" if sent > request.length else "less"
        msg = f"{public_path(request.path)}: the source gave {more} than the {request.length} bytes announced."
        raise IncompleteTransferError(msg, expected=request.length, received=sent)
