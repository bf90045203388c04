"""The plugins of a server (schema-and-search 5.2), and the error for one that it does not have."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import attrs

from .errors import KeyNotFoundError, NotFoundError, PluginMissingError, ResponseError, UnexpectedAnswerError

if TYPE_CHECKING:
    from .transport import JsonValue
    from .verbs import Verbs

PLUGINS: Final = "/xapi/plugins"


@attrs.frozen
class Plugin:
    """A plugin of a server.

    Attributes:
        id: Its ID, such as ``containers``.
        name: What it is called, "" when the server does not say.
        version: Its version, "" when the server does not say.
        description: What it does, "" when the server does not say.
        raw: All that the server says of it.
    """

    id: str
    name: str = ""
    version: str = ""
    description: str = attrs.field(default="", repr=False)
    raw: Mapping[str, JsonValue] = attrs.field(factory=dict[str, "JsonValue"], repr=False)


class Plugins(Mapping[str, Plugin]):
    """The plugins of a server by ID, as a snapshot taken at the first use: one request."""

    __slots__ = ("_found", "_session")

    def __init__(self, session: Verbs) -> None:
        self._session = session
        self._found: dict[str, Plugin] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[str, Plugin]:
        if self._found is None:
            self._found = _read(self._session.get_json(PLUGINS))
        return self._found

    def __getitem__(self, key: str) -> Plugin:
        found = self._load().get(key)
        if found is None:
            msg = f"the server has no plugin with the ID {key!r}; it has {', '.join(sorted(self._load())) or 'none'}"
            raise KeyNotFoundError(msg)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        state = "not loaded" if self._found is None else ", ".join(self._found) or "none"
        return f"<Plugins of {self._session!r}: {state}>"


def _read(answer: JsonValue) -> dict[str, Plugin]:
    if not isinstance(answer, dict):
        msg = "the answer is no list of plugins"
        raise UnexpectedAnswerError(msg, method="GET", url=PLUGINS)
    return {key: _plugin(key, value if isinstance(value, dict) else {}) for key, value in answer.items()}


def _plugin(key: str, raw: Mapping[str, JsonValue]) -> Plugin:
    def text(name: str) -> str:
        return str(raw.get(name) or "")

    return Plugin(text("id") or key, text("name"), text("version"), text("description"), raw)


@contextmanager
def require_plugin(session: Verbs, plugin_id: str, name: str) -> Generator[None, None, None]:
    """Tells a path that a plugin brings from an item that is not there: for ``with`` blocks around its requests.

    A request that works costs nothing more. Of one that ends with 404 the server's plugins are asked for, once, and
    where the plugin is among them the 404 stays what it is.

    Args:
        session: The connection.
        plugin_id: ID of the plugin, as ``GET /xapi/plugins`` has it.
        name: What people call it, for the message.

    Raises:
        PluginMissingError: The server does not have the plugin.
        NotFoundError: It has it, or does not tell its plugins.
    """
    try:
        yield
    except NotFoundError as refusal:
        found = _seen(session)
        if found is None or plugin_id in found:
            raise
        raise PluginMissingError(
            refusal.method, refusal.url, refusal.status, refusal.reason, plugin=plugin_id, name=name
        ) from None


def _seen(session: Verbs) -> Mapping[str, Plugin] | None:
    """Return the plugins of the server, None when it does not tell."""
    try:
        return _read(session.get_json(PLUGINS))
    except (ResponseError, UnexpectedAnswerError):
        return None
