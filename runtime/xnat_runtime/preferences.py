"""The preferences of a server's tools (schema-and-search 5.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from .errors import KeyNotFoundError, UnexpectedAnswerError
from .paths import segment

if TYPE_CHECKING:
    from .transport import JsonValue
    from .verbs import Verbs

_PREFERENCES: Final = "/xapi/prefs"


class Preferences(Mapping[str, Mapping[str, str]]):
    """Tool -> preference -> value as text, as a snapshot taken at the first use: one request, for administrators.

    Those of the site itself are the tool ``siteConfig``; ``session.site_config`` has them with their types.
    """

    __slots__ = ("_found", "_session")

    def __init__(self, session: Verbs) -> None:
        self._session = session
        self._found: dict[str, dict[str, str]] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[str, dict[str, str]]:
        if self._found is None:
            self._found = _read(self._session.get_json(_PREFERENCES))
        return self._found

    def __getitem__(self, tool: str) -> Mapping[str, str]:
        found = self._load()
        if tool not in found:
            msg = f"the server has no tool {tool!r}; it has {', '.join(sorted(found)) or 'none'}"
            raise KeyNotFoundError(msg)
        return found[tool]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def set(self, tool: str, name: str, value: str | float) -> None:
        """Changes a preference: one request.

        Args:
            tool: ID of the tool.
            name: The preference.
            value: A text, number or truth value.

        Raises:
            NotFoundError: There is no such tool or preference.
            PermissionDeniedError: You are no administrator.
        """
        text = value if isinstance(value, str) else json.dumps(value)
        # The server takes the body as it is, quotes included, and only when it is declared as JSON.
        headers = {"Content-Type": "application/json"}
        path = f"{_PREFERENCES}/props/{segment(tool)}/{segment(name)}"
        self._session.put(path, data=text, headers=headers)
        if self._found is not None:
            self._found.setdefault(tool, {})[name] = text

    def __repr__(self) -> str:
        # Values stay out: some are passwords of mail servers and the like.
        state = "not loaded" if self._found is None else ", ".join(sorted(self._found)) or "none"
        return f"<Preferences of {self._session!r}: {state}>"


def _read(answer: JsonValue) -> dict[str, dict[str, str]]:
    if not isinstance(answer, dict):
        msg = "the answer is no list of tools"
        raise UnexpectedAnswerError(msg, method="GET", url=_PREFERENCES)
    return {tool: _texts(values) for tool, values in answer.items() if isinstance(values, dict)}


def _texts(values: Mapping[str, JsonValue]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if value is not None
    }
