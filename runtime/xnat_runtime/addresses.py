"""Every address of the server connected to: the given one, the one it redirects to, the one it is set up with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from .errors import ForeignUrlError, InvalidValueError
from .paths import Server, Target, resolve, server


class Addresses:
    """Turns URIs into places on the server.

    A site may be reached under another address than the one it is set up with (``siteUrl``), such as ``localhost``
    behind a tunnel; then its own full URIs name that one. Requests go to the connected address always.
    """

    def __init__(self, own: Server, given: Server, ask_site_url: Callable[[], str | None]) -> None:
        """Keep the addresses that are known.

        Args:
            own: Where requests go.
            given: What the user connected to.
            ask_site_url: Asks the server for its configured address, "" when it does not say, None when there was no
                answer; called when a URI fits none of the others, until there is an answer.
        """
        self._known = (own,) if own == given else (own, given)
        self._ask = ask_site_url
        self._lock = threading.Lock()
        self._site: Server | None = None
        self._asked = False

    def resolve(self, uri: str) -> Target:
        """Return the place on the server that a URI names.

        Raises:
            ForeignUrlError: The URI belongs to another server.
            InvalidValueError: It is no URI.
        """
        try:
            return resolve(self._known[0], uri)
        except ForeignUrlError as error:
            for other in self._others():
                try:
                    return resolve(other, uri)
                except ForeignUrlError:
                    continue
            raise error from None

    def _others(self) -> Iterator[Server]:
        yield from self._known[1:]
        site = self._site_address()
        if site is not None:
            yield site

    def _site_address(self) -> Server | None:
        with self._lock:
            if not self._asked:
                told = self._ask()
                self._site, self._asked = _parsed(told or ""), told is not None
            return self._site


def _parsed(url: str) -> Server | None:
    try:
        return server(url) if url else None
    except InvalidValueError:
        return None
