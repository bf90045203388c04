"""Where containers run and images come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..paths import join
from ..transport import JsonValue
from .calls import as_json, objects, one_object, plugged
from .records import DockerHost, DockerHub, DockerImage

if TYPE_CHECKING:
    from ..session import BaseSession

_HOST, _HUBS = "/xapi/docker/server", "/xapi/docker/hubs"
_ANSWERS_ONLY = frozenset({"ping"})


class Docker:
    """The host of containers, hubs and images: ``connection.containers.docker``."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session

    def __repr__(self) -> str:
        return f"<Docker of {self._session!r}>"

    def host(self) -> DockerHost:
        """Returns where containers run, and whether it answers: one request.

        Raises:
            NotFoundError: Nobody has set one up.
        """
        return DockerHost(one_object(self._session, _HOST))

    def set_host(self, **changes: JsonValue) -> DockerHost:
        """Changes how the host is set up, and returns it: two requests.

        The server replaces everything, so what is there is read first.

        Args:
            changes: Names of the server with ``_`` for ``-``: ``host="tcp://..."``, ``swarm_mode=True``,
                ``path_translation_xnat_prefix="/data"``.

        Raises:
            PermissionDeniedError: You do not manage containers.
        """
        known = {name: value for name, value in self.host().data.items() if name not in _ANSWERS_ONLY}
        body: dict[str, JsonValue] = {**known, **{name.replace("_", "-"): value for name, value in changes.items()}}
        answer = self._session.post(_HOST, json=body).json()
        return DockerHost(answer if isinstance(answer, dict) else body)

    def hubs(self) -> tuple[DockerHub, ...]:
        """Returns where images come from: one request. Servers never tell the passwords."""
        return tuple(DockerHub(one) for one in objects(self._session, _HUBS))

    def add_hub(self, definition: Mapping[str, object], *, default: bool = False) -> DockerHub:
        """Adds a hub, and returns it: one request.

        Args:
            definition: ``name`` and ``url``, with ``username``, ``password``, ``email`` and ``token`` where it needs
                them; they travel in the body.
            default: Whether images come from there when no hub is named.

        Raises:
            PermissionDeniedError: You do not manage containers.
        """
        with plugged(self._session):
            query = {"default": "true"} if default else {}
            answer = self._session.post(_HUBS, json=as_json(definition), query=query).json()
        return DockerHub(answer if isinstance(answer, dict) else {})

    def delete_hub(self, hub: DockerHub | int) -> None:
        """Removes a hub: one request.

        Raises:
            ConflictError: It is the default one.
            PermissionDeniedError: You do not manage containers.
        """
        with plugged(self._session):
            self._session.delete(join("xapi", "docker", "hubs", str(hub if isinstance(hub, int) else hub.id)))

    def images(self) -> tuple[DockerImage, ...]:
        """Returns the images on the host: one request."""
        return tuple(DockerImage(one) for one in objects(self._session, "/xapi/docker/images"))

    def pull(self, image: str, *, save_commands: bool = True) -> None:
        """Fetches an image from the default hub: one request, which ends when the image is there.

        Args:
            image: Its name, such as ``xnat/dcm2niix:latest``; not an image ID.
            save_commands: Whether the commands in its label are added.

        Raises:
            BadRequestError: That is no name.
            PermissionDeniedError: You do not manage containers.
        """
        query = {"image": image, "save-commands": "true" if save_commands else "false"}
        with plugged(self._session):
            self._session.post("/xapi/docker/pull", query=query)
