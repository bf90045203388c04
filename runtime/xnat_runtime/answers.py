"""Answers of the newer API, read as typed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from .records import Decoder
    from .transport import Response

T = TypeVar("T")


def decoded(answer: Response, decoder: Decoder[T]) -> T:
    """Returns what the JSON of an answer stands for.

    Raises:
        UnexpectedAnswerError: It is no JSON, or of another shape.
    """
    try:
        found = decoder.decode(answer.json())
    except ValueError:
        found = None  # the decoder's message repeats the value, which may be private
    if found is None:
        msg = "the answer is of another shape than this address gives"
        raise UnexpectedAnswerError(msg, method=answer.method, url=answer.url)
    return found
