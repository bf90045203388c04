"""Custom fields: the JSON object that newer servers keep beside an item's fields, with the answers to its forms.

The routes are those of schema-and-search 5.8; servers before 1.8 have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

from .archive_item import ArchiveObject
from .codec import JsonValue
from .errors import InvalidValueError, KeyNotFoundError, NotFoundError, UnexpectedAnswerError, UsageError
from .paths import segment

if TYPE_CHECKING:
    from .session import BaseSession

_ROOT: Final = "/xapi/custom-fields"
FORMS: Final = "/xapi/customforms"
"""Where a server lists its forms."""


class CustomFieldsObject(ArchiveObject):
    """A project, subject, experiment or scan: it can have custom fields."""

    @property
    def custom_fields(self) -> CustomFields:
        """The custom fields of the item: ``custom_fields["form's UUID"]["key"]``, or values of programs' own.

        Each call gives a fresh snapshot; nothing is asked before it is used.
        """
        return CustomFields(self.session, self.__xnat_fields_uri__())

    def __xnat_fields_uri__(self) -> str:
        """Returns the path of the item's custom fields."""
        return f"{_ROOT}{self.__xnat_base__().removeprefix('/data')}/fields"


class CustomFields(Mapping[str, JsonValue]):
    """The custom fields of an item by name, as a snapshot: one request at the first use.

    The answers to a custom form are one object under the form's UUID. Assigning sends the one field in one request;
    `update` sends several in one. A value that was read is not watched: assign it again after changing it.

    Raises:
        UsageError: The server has no custom fields, as those before 1.8.
        NotFoundError: There is no such item.
    """

    __slots__ = ("_found", "_session", "uri")

    def __init__(self, session: BaseSession, uri: str) -> None:
        self._session = session
        self.uri = uri
        self._found: dict[str, JsonValue] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[str, JsonValue]:
        found = self._found
        if found is None:
            found = self._found = _object(_asked(self._session, self.uri), self.uri)
        return found

    def _now(self) -> dict[str, JsonValue]:
        """Returns the fields as the server has them, when the reply of a change was lost; the snapshot stays."""
        return _object(self._session.get_json(self.uri), self.uri)

    def __getitem__(self, name: str) -> JsonValue:
        found = self._load()
        if name not in found:
            msg = f"there is no custom field {name!r} in {self.uri}: it has {', '.join(found) or 'none'}"
            raise KeyNotFoundError(msg)
        return found[name]

    def __setitem__(self, name: str, value: JsonValue) -> None:
        self._send({name: value})

    def __delitem__(self, name: str) -> None:
        """Removes a field: one request, and one that reads the fields where they are not known yet."""
        from .transfers.reconcile import done_once  # noqa: PLC0415  # few programs write custom fields

        self[name]
        done_once(lambda: self._session.delete(f"{self.uri}/{segment(name)}"), lambda: name not in self._now())
        self._load().pop(name, None)

    def update(self, values: Mapping[str, JsonValue]) -> None:
        """Sets several fields in one request; the others stay."""
        if values:
            self._send(dict(values))

    def _send(self, values: dict[str, JsonValue]) -> None:
        if not all(name.strip() for name in values):
            msg = "a custom field needs a name"
            raise InvalidValueError(msg)
        from .transfers.reconcile import settled  # noqa: PLC0415  # as in __delitem__()

        def send() -> dict[str, JsonValue]:
            return _object(self._session.put(self.uri, json=cast("JsonValue", values)).json(), self.uri)

        def look() -> dict[str, JsonValue] | None:
            found = self._now()
            return found if all(name in found and found[name] == values[name] for name in values) else None

        try:
            self._found = settled(send, look)
        except NotFoundError:
            _require_forms(self._session)
            raise

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        names = "not loaded" if self._found is None else f"[{', '.join(self._found)}]"
        return f"<CustomFields {names} at {self.uri}>"


def _asked(session: BaseSession, uri: str) -> JsonValue:
    try:
        return session.get_json(uri)
    except NotFoundError:
        _require_forms(session)
        raise


def _object(answer: JsonValue, uri: str) -> dict[str, JsonValue]:
    if not isinstance(answer, dict):
        msg = "the answer is no JSON object of custom fields"
        raise UnexpectedAnswerError(msg, url=uri)
    return answer


def _require_forms(session: BaseSession) -> None:
    """Tells a server without custom fields from an item that is not there: one request, after a 404.

    Raises:
        UsageError: The server has none.
    """
    if session.get(FORMS, accepted_status=range(100, 600)).status == 404:
        raise unknown_here()


def unknown_here() -> UsageError:
    """Returns what is wrong where a server knows neither."""
    msg = (
        "this server has no custom fields and forms, which came with XNAT 1.8: use .fields, or custom_variables where "
        "its projects define some"
    )
    return UsageError(msg)
