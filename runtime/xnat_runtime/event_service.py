"""The event service: actions that the server takes when something happens (schema-and-search 5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from .codec import BOOLEAN, INTEGER, TEXT
from .errors import InvalidValueError, UnexpectedAnswerError, UnexpectedStatusError, UsageError
from .paths import segment
from .records import ListOf, MapOf, Record, RecordOf, given, maybe

if TYPE_CHECKING:
    from .transport import JsonValue
    from .verbs import Verbs

_OFF: Final = 405


class EventType(Record):
    """A kind of event.

    Attributes:
        type: What subscriptions call it: the name of a Java class.
        name: What people call it.
        description: What it is.
        statuses: What can have happened, such as ``CREATED``.
        scopes: ``SITE`` and ``PROJECT``: where subscriptions to it can be made.
    """

    __slots__ = ()
    type = given("type", TEXT)
    name = maybe("display-name", TEXT)
    description = maybe("description", TEXT)
    statuses = maybe("statuses", ListOf(TEXT))
    scopes = maybe("event-scope", ListOf(TEXT))


class EventAction(Record):
    """What the server can do when an event happens.

    Attributes:
        key: What subscriptions call it: its provider and its ID, with a colon between.
        name: What people call it.
        description: What it does.
    """

    __slots__ = ()
    key = given("action-key", TEXT)
    name = maybe("display-name", TEXT)
    description = maybe("description", TEXT)


class EventFilter(Record):
    """Which events a subscription is for.

    Attributes:
        event_type: The `EventType`.
        status: What must have happened, such as ``CREATED``.
        projects: IDs of the projects; none of them means all.
        payload_filter: A JSONPath expression that what it happened to must fit.
    """

    __slots__ = ()
    event_type = given("event-type", TEXT)
    status = maybe("status", TEXT)
    projects = maybe("project-ids", ListOf(TEXT))
    payload_filter = maybe("payload-filter", TEXT)


class EventSubscription(Record):
    """A subscription: an action for events.

    Attributes:
        id: Its number.
        name: What people call it.
        active: Whether the action is taken.
        action_key: The `EventAction`.
        attributes: What the action is given.
        event_filter: Which events it is for.
        act_as_event_user: Whether the action is taken as the account that made the event, else as the owner.
        owner: Login of who made it.
        valid: Whether the server can use it; ``validation_message`` says why not.
        created: When it was made, as the server writes it, in UTC.
    """

    __slots__ = ()
    id = given("id", INTEGER)
    name = maybe("name", TEXT)
    active = maybe("active", BOOLEAN)
    action_key = maybe("action-key", TEXT)
    attributes = maybe("attributes", MapOf(TEXT))
    event_filter = maybe("event-filter", RecordOf(lambda: EventFilter))
    act_as_event_user = maybe("act-as-event-user", BOOLEAN)
    owner = maybe("subscription-owner", TEXT)
    valid = maybe("valid", BOOLEAN)
    validation_message = maybe("validation-message", TEXT)
    created = maybe("created", TEXT)

    def __repr__(self) -> str:
        return f"<EventSubscription {self.data.get('id')} {self.data.get('name')!r}>"


class EventService:
    """Subscriptions to events of a site, or of a project.

    Those of the site are for administrators, those of a project for its owners.
    """

    def __init__(self, session: Verbs, project: str = "") -> None:
        self._session = session
        self._project = project
        self._base = f"/xapi/projects/{segment(project)}/events" if project else "/xapi/events"

    # The service itself

    @property
    def enabled(self) -> bool:
        """Whether the service is on, as it is not on a new site; one request, for administrators.

        Assigning switches it, for the whole site.
        """
        uri = "/xapi/events/prefs"
        answer = self._session.get_json(uri)
        if not isinstance(answer, dict):
            msg = "the answer is no object of preferences"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return answer.get("enabled") is True

    @enabled.setter
    def enabled(self, on: bool) -> None:
        self._session.put("/xapi/events/prefs", json={"enabled": on})

    def types(self) -> list[EventType]:
        """Returns the kinds of events: one request."""
        return [EventType(row) for row in self._rows("/xapi/events/events")]

    def actions(self) -> list[EventAction]:
        """Returns what the server can do: one request."""
        return [EventAction(row) for row in self._rows(f"{self._base}/actions")]

    # Subscriptions

    def subscriptions(self) -> list[EventSubscription]:
        """Returns the subscriptions; those of a project with the site's, which are for every project: one request."""
        return [EventSubscription(row) for row in self._rows(f"{self._base}/subscriptions")]

    def get(self, subscription: int) -> EventSubscription:
        """Returns a subscription by its number: one request.

        Raises:
            NotFoundError: There is none.
        """
        uri = self._uri(subscription)
        answer = self._session.get_json(uri)
        if not isinstance(answer, dict):
            msg = "the answer is no subscription"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return EventSubscription(answer)

    def subscribe(
        self,
        name: str,
        event_type: EventType | str,
        action: EventAction | str,
        *,
        status: str = "",
        projects: Iterable[str] = (),
        payload_filter: str = "",
        attributes: Mapping[str, str] | None = None,
        act_as_event_user: bool = False,
        active: bool = True,
    ) -> EventSubscription:
        """Has an action taken for events from now on, and returns the subscription: two requests.

        Args:
            name: What people call it; no other subscription has it.
            event_type: The kind of event.
            action: What is done.
            status: What must have happened, such as ``CREATED``; anything by default.
            projects: IDs of the projects that it is for; all of them by default, and the own one for a project.
            payload_filter: A JSONPath expression that what it happened to must fit.
            attributes: What the action is given.
            act_as_event_user: Whether the action is taken as the account that made the event; only for the site's.
            active: Whether it begins at once.

        Raises:
            UsageError: The event service is switched off; see `enabled`.
            UnexpectedStatusError: The server cannot use it (424); its reason says why, such as a name that is taken.
            PermissionDeniedError: You are no administrator, or no owner of the project.
        """
        chosen = [self._project] if self._project else list(projects)
        said: dict[str, JsonValue] = {
            "name": name,
            "active": active,
            "action-key": action if isinstance(action, str) else action.key,
            "attributes": dict(attributes or {}),
            "event-filter": _filter(event_type, status, chosen, payload_filter),
        }
        if not self._project:
            said["act-as-event-user"] = act_as_event_user
        return self.get(self._create(said))

    def _create(self, said: dict[str, JsonValue]) -> int:
        uri = f"{self._base}/subscription"
        try:
            answer = self._session.post(uri, json=said).text.strip()
        except UnexpectedStatusError as refusal:
            if refusal.status != _OFF:
                raise
            msg = "The event service of this server is switched off; an administrator's events.enabled = True helps."
            raise UsageError(msg) from None
        # The text is the name and the number with a colon between; names may have colons too.
        number = answer.rpartition(":")[2]
        if not number.isdecimal():
            msg = "the server did not say the number of the subscription"
            raise UnexpectedAnswerError(msg, method="POST", url=uri)
        return int(number)

    def update(
        self,
        subscription: EventSubscription | int,
        *,
        name: str | None = None,
        attributes: Mapping[str, str] | None = None,
        action: EventAction | str | None = None,
    ) -> EventSubscription:
        """Changes what is given of a subscription and returns it as it is then: two requests.

        Args:
            subscription: The subscription or its number.
            name: Its new name.
            attributes: What the action is given from now on, all of it.
            action: What is done from now on.
        """
        said: dict[str, JsonValue] = {}
        if name is not None:
            said["name"] = name
        if attributes is not None:
            said["attributes"] = dict(attributes)
        if action is not None:
            said["action-key"] = action if isinstance(action, str) else action.key
        if not said:
            msg = "update() takes at least one thing to change"
            raise InvalidValueError(msg)
        self._session.put(self._uri(subscription), json=said)
        return self.get(_number(subscription))

    def activate(self, subscription: EventSubscription | int) -> None:
        """Has the action taken from now on: one request."""
        self._session.post(f"{self._uri(subscription)}/activate")

    def deactivate(self, subscription: EventSubscription | int) -> None:
        """Has the action not taken any more: one request. The subscription stays."""
        self._session.post(f"{self._uri(subscription)}/deactivate")

    def delete(self, subscription: EventSubscription | int) -> None:
        """Removes a subscription: one request.

        Raises:
            NotFoundError: There is none.
        """
        self._session.delete(self._uri(subscription))

    def delivered_count(self, subscription: EventSubscription | int) -> int:
        """Returns how often the action of a subscription was taken: one request."""
        uri = f"{self._base}/delivered/count"
        answer = self._session.get_json(uri, {"subscription-id": str(_number(subscription))})
        if not isinstance(answer, int):
            msg = "the answer is no number"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return answer

    def _uri(self, subscription: EventSubscription | int) -> str:
        return f"{self._base}/subscription/{_number(subscription)}"

    def _rows(self, uri: str) -> list[dict[str, JsonValue]]:
        answer = self._session.get_json(uri)
        if not isinstance(answer, list):
            msg = "the answer is no list"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return [row for row in answer if isinstance(row, dict)]

    def __repr__(self) -> str:
        owner = f"project {self._project}" if self._project else repr(self._session)
        return f"<EventService of {owner}>"


def _number(subscription: EventSubscription | int) -> int:
    return subscription if isinstance(subscription, int) else subscription.id


def _filter(event_type: EventType | str, status: str, projects: list[str], payload_filter: str) -> JsonValue:
    said: dict[str, JsonValue] = {
        "event-type": event_type if isinstance(event_type, str) else event_type.type,
        "project-ids": cast("list[JsonValue]", projects),
    }
    if status:
        said["status"] = status
    if payload_filter:
        said["payload-filter"] = payload_filter
    return said
