"""Wrappers: finding them, enabling them, what is configured for their inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from ..errors import AmbiguousKeyError, InvalidValueError, KeyNotFoundError
from ..paths import join
from ..transport import JsonValue
from .calls import as_json, one_object, plugged
from .commands import Commands
from .records import Enablement, Wrapper

if TYPE_CHECKING:
    from ..session import BaseSession

WrapperLike: TypeAlias = Wrapper | int | str
"""A wrapper, its number, or its name."""


class Wrappers:
    """The wrappers of a server: ``connection.containers.wrappers``."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session

    def __repr__(self) -> str:
        return f"<Wrappers of {self._session!r}>"

    def list(self) -> tuple[Wrapper, ...]:
        """Returns the wrappers of all commands: one request."""
        return tuple(wrapper for command in Commands(self._session).list() for wrapper in command.wrappers)

    def find(self, wrapper: WrapperLike) -> Wrapper:
        """Returns a wrapper by its number or name: one request, none for a wrapper.

        Raises:
            KeyNotFoundError: There is none.
            AmbiguousKeyError: Several commands have one of this name; take its number.
        """
        if isinstance(wrapper, Wrapper):
            return wrapper
        known = self.list()
        found = [one for one in known if wrapper in (one.id, one.name)]
        if not found:
            names = ", ".join(sorted({one.name for one in known})) or "none"
            msg = f"the server has no wrapper {wrapper!r}; it has {names}"
            raise KeyNotFoundError(msg)
        if len(found) > 1:
            numbers = [str(one.id) for one in found]
            msg = f"{len(found)} commands have a wrapper {wrapper!r}: take one of the numbers {', '.join(numbers)}"
            raise AmbiguousKeyError(msg, candidates=numbers)
        return found[0]

    def delete(self, wrapper: WrapperLike) -> None:
        """Removes a wrapper from its command: one request, one more for a name.

        Raises:
            NotFoundError: There is none of this number.
            PermissionDeniedError: You do not manage containers.
        """
        with plugged(self._session):
            self._session.delete(join("xapi", "wrappers", str(self._number(wrapper))))

    # Where it may be used

    def is_enabled(self, wrapper: WrapperLike, project: str = "") -> bool:
        """Returns whether a wrapper may be used on the site, or in a project by its ID: one request.

        In a project it may be used where both the site and the project have it enabled.
        """
        uri = self._uri(wrapper, project, "enabled")
        if project:
            found = Enablement(one_object(self._session, uri))
            return found.for_site and found.for_project
        with plugged(self._session):
            return self._session.get_json(uri) is True

    def enable(self, wrapper: WrapperLike, project: str = "") -> None:
        """Lets a wrapper be used on the site, or in a project by its ID: one request.

        Raises:
            PermissionDeniedError: You do not manage containers, or do not own the project.
        """
        self._put(wrapper, project, "enabled")

    def disable(self, wrapper: WrapperLike, project: str = "") -> None:
        """Forbids a wrapper on the site, or in a project by its ID: one request; see `enable`."""
        self._put(wrapper, project, "disabled")

    def _put(self, wrapper: WrapperLike, project: str, what: str) -> None:
        with plugged(self._session):
            self._session.put(self._uri(wrapper, project, what))

    # What is configured

    def configuration(self, wrapper: WrapperLike, project: str = "") -> dict[str, JsonValue]:
        """Returns ``inputs`` and ``outputs`` with what is set for each, on the site or in a project: one request.

        Raises:
            PermissionDeniedError: You do not manage containers, or may not edit the project.
        """
        return one_object(self._session, self._uri(wrapper, project, "config"))

    def configure(
        self, wrapper: WrapperLike, configuration: Mapping[str, object], project: str = "", *, enable: bool
    ) -> None:
        """Replaces what is configured: one request.

        Args:
            wrapper: The wrapper.
            configuration: As `configuration` gives it; what it leaves out is as the command says.
            project: In this project, by its ID; by default on the site.
            enable: Whether the wrapper is enabled there from now on. The server changes that with every
                configuration, so it must be said.

        Raises:
            InvalidValueError: It holds something else than ``inputs`` and ``outputs``.
            PermissionDeniedError: You do not manage containers, or do not own the project.
        """
        unknown = sorted(configuration.keys() - {"inputs", "outputs"})
        if unknown:
            msg = f"a configuration holds inputs and outputs, not {', '.join(unknown)}"
            raise InvalidValueError(msg)
        query = {"enable": "true" if enable else "false"}
        with plugged(self._session):
            self._session.post(self._uri(wrapper, project, "config"), json=as_json(configuration), query=query)

    def reset_configuration(self, wrapper: WrapperLike, project: str = "") -> None:
        """Removes what is configured on the site or in a project: one request."""
        with plugged(self._session):
            self._session.delete(self._uri(wrapper, project, "config"))

    def _number(self, wrapper: WrapperLike) -> int:
        return wrapper if isinstance(wrapper, int) else self.find(wrapper).id

    def _uri(self, wrapper: WrapperLike, project: str, what: str) -> str:
        above = ("projects", project) if project else ()
        return join("xapi", *above, "wrappers", str(self._number(wrapper)), what)
