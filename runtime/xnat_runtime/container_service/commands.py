"""Commands of a server and their wrappers: reading, adding, changing, removing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import NotFoundError
from ..paths import join
from .calls import as_json, number_of, objects, one_object, plugged
from .records import AvailableCommand, Command

if TYPE_CHECKING:
    from ..session import BaseSession
    from .records import Wrapper

_COMMANDS = "/xapi/commands"


class Commands:
    """The commands of a server: ``connection.containers.commands``."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session

    def __repr__(self) -> str:
        return f"<Commands of {self._session!r}>"

    def list(self, name: str = "", *, version: str = "", image: str = "") -> tuple[Command, ...]:
        """Returns the commands: one request.

        Args:
            name: Only those of this name.
            version: Only those of this version; takes a name, too.
            image: Only those with this image.

        Raises:
            BadRequestError: A version came without a name.
            PluginMissingError: The server has no container service.
        """
        query = {"name": name, "version": version, "image": image}
        found = objects(self._session, _COMMANDS, {key: text for key, text in query.items() if text})
        return tuple(Command(one) for one in found)

    def get(self, number: int) -> Command:
        """Returns a command by its number: one request.

        Raises:
            NotFoundError: There is none of this number.
        """
        return Command(one_object(self._session, join("xapi", "commands", str(number))))

    def available(self, xsi_type: str, project: str = "") -> tuple[AvailableCommand, ...]:
        """Returns what may be launched on objects of a type: one request.

        Args:
            xsi_type: The type, such as ``xnat:mrSessionData``.
            project: In this project, by its ID; by default on the whole site.

        Raises:
            BadRequestError: The server does not know the type.
        """
        above = ("projects", project, "commands") if project else ("commands",)
        below = ("available",) if project else ("available", "site")
        found = objects(self._session, join("xapi", *above, *below), {"xsiType": xsi_type})
        return tuple(AvailableCommand(one) for one in found)

    def add(self, definition: Mapping[str, object]) -> Command:
        """Adds a command, and returns it as the server has it: two requests.

        Args:
            definition: The command as JSON, with its wrappers under ``xnat``, as in the label of an image.

        Raises:
            BadRequestError: It is incomplete, or there is one of this name, version and image.
            PermissionDeniedError: You do not manage containers.
        """
        with plugged(self._session):
            answer = self._session.post(_COMMANDS, json=as_json(definition))
        return self.get(number_of(answer.text, _COMMANDS))

    def replace(self, number: int, definition: Mapping[str, object]) -> None:
        """Replaces a command by another definition, wrappers and all: two requests.

        What the definition leaves out is gone: start from ``commands.get(number).data``. Wrappers keep what is set for
        them as long as they keep their ``id`` in the definition.

        Raises:
            NotFoundError: There is none of this number.
            BadRequestError: The definition is incomplete.
            PermissionDeniedError: You do not manage containers.
        """
        self.get(number)  # of an unknown one the server gives an internal error (peers 5.3)
        self._session.post(join("xapi", "commands", str(number)), json=as_json({**definition, "id": number}))

    def delete(self, number: int) -> None:
        """Removes a command with its wrappers: two requests.

        Raises:
            NotFoundError: There is none of this number.
            PermissionDeniedError: You do not manage containers.
        """
        self.get(number)  # the server takes any number
        self._session.delete(join("xapi", "commands", str(number)))

    def add_wrapper(self, command: Command | int, definition: Mapping[str, object]) -> Wrapper:
        """Adds a wrapper to a command, and returns it: two requests.

        Raises:
            NotFoundError: There is no such command.
            BadRequestError: It is incomplete.
            PermissionDeniedError: You do not manage containers.
        """
        number = command if isinstance(command, int) else command.id
        uri = join("xapi", "commands", str(number), "wrappers")
        with plugged(self._session):
            made = number_of(self._session.post(uri, json=as_json(definition)).text, uri)
        for wrapper in self.get(number).wrappers:
            if wrapper.id == made:
                return wrapper
        raise NotFoundError("GET", uri, 404, "the new wrapper is not in its command")
