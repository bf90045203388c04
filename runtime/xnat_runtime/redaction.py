"""What of a URL may be shown in messages and logs."""

from __future__ import annotations

import re

_ORIGIN = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_SESSION_ID = re.compile(r";[^/]*")
_TOKEN = re.compile(r"(?i)(/services/tokens/(?:validate|invalidate)/).+")


def public_path(url: str) -> str:
    """Return the path of a URL, fit for messages and logs.

    Left out are scheme, host, user, query, fragment, path parameters (``;jsessionid=``) and the token and secret of
    ``/data/services/tokens/validate/...`` (rest-data 2.8).

    Args:
        url: A full URL or a path.
    """
    path = re.split(r"[?#]", _ORIGIN.sub("", url), maxsplit=1)[0]
    return _TOKEN.sub(r"\1***", _SESSION_ID.sub("", path))
