"""Which received sessions paths name: one listing for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from ..archiving import path_of
from ..errors import AmbiguousKeyError, InvalidValueError, KeyNotFoundError, NotFoundError

if TYPE_CHECKING:
    from ..archive import ExperimentObject
    from ..prearchive_session import PrearchiveSession
    from ..session import BaseSession

    Held = PrearchiveSession[ExperimentObject]

_PREFIX: Final = "/prearchive/projects/"
_SHORT, _LONG = 2, 3


class Received:
    """The received sessions of the projects that paths name, those that are being received included."""

    def __init__(self, session: BaseSession, paths: Sequence[str]) -> None:
        """Asks for the listing: one request, of one project or of all that the account may edit.

        Args:
            session: The connection.
            paths: Paths of the REST API, URLs, ``PROJECT/TIMESTAMP/FOLDER`` or ``PROJECT/NAME``.

        Raises:
            InvalidValueError: One of them is of another form.
        """
        self._named = {path: _words(session, path) for path in paths}
        projects = {words[0] for words in self._named.values()}
        self._found: list[Held] = []
        try:
            self._found = session.prearchive.sessions(
                projects.pop() if len(projects) == 1 else None, allow_receiving=True
            )
        except NotFoundError:
            return  # no such project: none of its sessions is found

    def find(self, path: str) -> Held:
        """Returns the session that one of the paths names.

        Raises:
            KeyNotFoundError: It does not wait (any more).
            AmbiguousKeyError: Several of this name wait.
        """
        project, *rest = self._named[path]
        found = [each for each in self._found if each.project == project and _fits(each, rest)]
        if not found:
            msg = f"no session {path!r} waits in the prearchive"
            raise KeyNotFoundError(msg)
        if len(found) > 1:
            msg = f"{path!r} is the name of several sessions: {', '.join(each.uri for each in found)}. Name one by path"
            raise AmbiguousKeyError(msg)
        return found[0]


def _fits(held: Held, words: Sequence[str]) -> bool:
    if len(words) == 1:
        return words[0] in {held.name, held.folder_name}
    return list(words) == [held.data["timestamp"], held.folder_name]


def _words(session: BaseSession, path: str) -> list[str]:
    text = path
    if path.startswith("/") or "://" in path:
        _, is_one, text = path_of(session, path).partition(_PREFIX)
        text = text if is_one else ""
    words = [unquote(word) if text is not path else word for word in text.strip("/").split("/")]
    if not _SHORT <= len(words) <= _LONG or not all(words) or (text is not path and len(words) != _LONG):
        msg = (
            f"{path!r} names no session of the prearchive: use PROJECT/NAME, or /data/prearchive/projects/"
            "PROJECT/TIMESTAMP/NAME as `prearchive list -q` prints it"
        )
        raise InvalidValueError(msg)
    return words
