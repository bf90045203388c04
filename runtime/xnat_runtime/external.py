"""Full URLs of items, for browsers and other programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from .errors import InvalidValueError

_SCHEME: Final = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*\Z")


def external_url(url: str, pairs: Sequence[tuple[str, str]], scheme: str | None) -> str:
    """Returns a full URL with a query and another scheme.

    Args:
        url: A full URL without query.
        pairs: Names and values of the query.
        scheme: Takes the place of ``https``; None keeps it.

    Raises:
        InvalidValueError: The scheme is none.
    """
    if scheme is not None:
        if not _SCHEME.match(scheme):
            msg = f"{scheme!r} is no scheme of a URL, such as https: letters, digits, '+', '-' and '.' only"
            raise InvalidValueError(msg)
        url = f"{scheme}://{url.partition('://')[2]}"
    return f"{url}?{urlencode(pairs)}" if pairs else url
