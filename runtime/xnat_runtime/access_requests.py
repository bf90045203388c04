"""Invitations to projects, which XNAT calls project access requests (rest-data 9.5)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

import attrs

from .codec import BOOLEAN, DATETIME, INTEGER, TEXT
from .documents import read_table
from .errors import KeyNotFoundError
from .paths import join
from .records import Record, given, maybe

if TYPE_CHECKING:
    from .site_access import AccessSession
    from .transport import JsonValue


@attrs.frozen
class AccessRequest:
    """An invitation to work in a project.

    Attributes:
        id: Its number.
        project: ID of the project.
        level: What it offers: ``member``, ``sandbox_member`` or a group's title, as it was sent.
        email: Address that it was sent to; "" in the list of your own.
        sender: Login of who sent it.
        created: When it was sent, None when the server does not say.
        approved: Whether it was accepted; None while it is open.
        decided: When it was accepted or declined; None while it is open.
    """

    id: int
    project: str
    level: str
    email: str = attrs.field(default="", repr=False)
    sender: str = ""
    created: datetime.datetime | None = None
    approved: bool | None = None
    decided: datetime.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody accepted or declined it yet."""
        return self.approved is None and self.decided is None


class AccessRequests(Mapping[int, AccessRequest]):
    """Invitations to projects by number, as a snapshot taken at the first use: one request."""

    __slots__ = ("_found", "_session", "uri")

    def __init__(self, session: AccessSession, uri: str) -> None:
        self._session = session
        self._found: dict[int, AccessRequest] | None = None
        self.uri = uri

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[int, AccessRequest]:
        found = self._found
        if found is None:
            rows = read_table(self._session.get_json(self.uri), self.uri)
            found = self._found = {one.id: one for one in map(_request, rows)}
        return found

    def __getitem__(self, key: int) -> AccessRequest:
        found = self._load()
        if key not in found:
            msg = f"there is no invitation of this number in {self.uri}"
            raise KeyNotFoundError(msg)
        return found[key]

    def __iter__(self) -> Iterator[int]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        state = "not loaded" if self._found is None else f"{len(self._found)} invitations"
        return f"<{type(self).__name__} at {self.uri}, {state}>"


class OwnAccessRequests(AccessRequests):
    """The invitations that were sent to your address and wait for your answer: ``connection.access_requests``."""

    __slots__ = ()

    def __init__(self, session: AccessSession) -> None:
        super().__init__(session, "/data/pars")

    def accept(self, request: AccessRequest | int) -> None:
        """Makes you a member of the project, in the group that the invitation names: two requests.

        Raises:
            KeyNotFoundError: No such invitation waits for you.
        """
        self._answer(request, "accept")

    def decline(self, request: AccessRequest | int) -> None:
        """Turns an invitation down: two requests.

        Raises:
            KeyNotFoundError: No such invitation waits for you.
        """
        self._answer(request, "decline")

    def _answer(self, request: AccessRequest | int, answer: str) -> None:
        # Whoever answers becomes the member (PARResource of XNAT's web application): an owner who answers what was sent
        # to somebody else would use it up, so that only your own are answered.
        self.refresh()
        one = self[request if isinstance(request, int) else request.id]
        self._session.put(join("data", "pars", str(one.id)), query={answer: "true"})
        self.refresh()


class _Row(Record):
    id = given("par_id", INTEGER)
    project = given("proj_id", TEXT)
    level = maybe("level", TEXT)
    email = maybe("email", TEXT)
    sender = maybe("login", TEXT)
    created = maybe("create_date", DATETIME)
    approved = maybe("approved", BOOLEAN)
    decided = maybe("approval_date", DATETIME)


def _request(values: Mapping[str, object]) -> AccessRequest:
    row = _Row(cast("Mapping[str, JsonValue]", values))  # cast: rows are JSON objects
    return AccessRequest(
        id=row.id,
        project=row.project,
        level=row.level or "",
        email=row.email or "",
        sender=row.sender or "",
        created=row.created,
        approved=row.approved,
        decided=row.decided,
    )
