"""The DICOM receivers of a site (schema-and-search 5.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypedDict, Unpack, cast

import attrs

from .errors import AmbiguousKeyError, InvalidValueError, KeyNotFoundError, UnexpectedAnswerError, UsageError

if TYPE_CHECKING:
    from .transport import JsonValue
    from .verbs import Verbs

_RECEIVERS: Final = "/xapi/dicomscp"
# An AE title, PS3.5 6.2: 16 characters at most, no backslash and no control character, not blanks alone.
_TITLE: Final = re.compile(r"(?=.*[^ ])[ -\[\]-~]{1,16}")
_PORTS: Final = range(1, 65_536)


class ReceiverOptions(TypedDict, total=False):
    """What can be set of a receiver beside its title and port.

    Attributes:
        identifier: How it finds project, subject and session; one of `DicomReceivers.identifiers`.
        file_namer: How it names files; "" for the site's way.
        enabled: Whether it takes connections.
        custom_processing: Whether the site's own steps are done with what arrives.
        direct_archive: Whether sessions go past the prearchive.
        anonymization_enabled: Whether the scripts of site and project are applied.
        whitelist_enabled: Whether only the callers of the list below are heard.
        whitelist: Titles or addresses of callers.
        routing_expressions_enabled: Whether the three expressions below are used.
        project_routing_expression: How the project is found in the headers (dicom-import 4).
        subject_routing_expression: How the subject is.
        session_routing_expression: How the session is.
    """

    identifier: str
    file_namer: str
    enabled: bool
    custom_processing: bool
    direct_archive: bool
    anonymization_enabled: bool
    whitelist_enabled: bool
    whitelist: list[str]
    routing_expressions_enabled: bool
    project_routing_expression: str
    subject_routing_expression: str
    session_routing_expression: str


class ReceiverChanges(ReceiverOptions, total=False):
    """What can be changed of a receiver: see `ReceiverOptions`, and these.

    Attributes:
        ae_title: Its application entity title, 16 characters at most.
        port: Its port, 1 to 65535.
    """

    ae_title: str
    port: int


# Python name -> the server's, of what can be written. Its own answers hold more, which it may refuse to read.
_WIRE: Final[Mapping[str, str]] = {
    "ae_title": "aeTitle",
    "port": "port",
    "identifier": "identifier",
    "file_namer": "fileNamer",
    "enabled": "enabled",
    "custom_processing": "customProcessing",
    "direct_archive": "directArchive",
    "anonymization_enabled": "anonymizationEnabled",
    "whitelist_enabled": "whitelistEnabled",
    "whitelist": "whitelist",
    "routing_expressions_enabled": "routingExpressionsEnabled",
    "project_routing_expression": "projectRoutingExpression",
    "subject_routing_expression": "subjectRoutingExpression",
    "session_routing_expression": "sessionRoutingExpression",
}


@attrs.frozen
class DicomReceiver:
    """A DICOM receiver, as it was when it was read.

    Attributes:
        id: Its number.
        ae_title: Its application entity title.
        port: Its port.
        identifier: How it finds project, subject and session, "" when the server does not say.
        enabled: Whether it takes connections.
        direct_archive: Whether sessions go past the prearchive.
        anonymization_enabled: Whether scripts are applied; None before XNAT had this switch.
        raw: All that the server says of it; see `ReceiverChanges` for the meaning.
    """

    id: int
    ae_title: str
    port: int
    identifier: str = attrs.field(default="", repr=False)
    enabled: bool = True
    direct_archive: bool = attrs.field(default=False, repr=False)
    anonymization_enabled: bool | None = attrs.field(default=None, repr=False)
    raw: Mapping[str, JsonValue] = attrs.field(factory=dict[str, "JsonValue"], repr=False)

    @property
    def label(self) -> str:
        """Title and port, such as ``XNAT:8104``."""
        return f"{self.ae_title}:{self.port}"


class DicomReceivers:
    """The receivers, as a snapshot taken at the first use: one request. Changes are for administrators.

    A key is an ID, a title (``XNAT``), or title and port (``XNAT:8104``). Iterating yields the receivers.
    """

    __slots__ = ("_found", "_session")

    def __init__(self, session: Verbs) -> None:
        self._session = session
        self._found: dict[int, DicomReceiver] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def _load(self) -> dict[int, DicomReceiver]:
        if self._found is None:
            answer = self._session.get_json(_RECEIVERS)
            if not isinstance(answer, list):
                msg = "the answer is no list of receivers"
                raise UnexpectedAnswerError(msg, method="GET", url=_RECEIVERS)
            found = (_receiver(row, _RECEIVERS) for row in answer)
            self._found = {receiver.id: receiver for receiver in found}
        return self._found

    def __getitem__(self, key: int | str) -> DicomReceiver:
        fitting = self._fitting(key)
        if len(fitting) == 1:
            return fitting[0]
        labels = [one.label for one in fitting or self._load().values()]
        if fitting:
            msg = f"several receivers have the title {key!r}: {', '.join(labels)}"
            raise AmbiguousKeyError(msg, candidates=[str(one.id) for one in fitting])
        msg = f"no receiver has the ID, title or title and port {key!r}; there are {', '.join(labels) or 'none'}"
        raise KeyNotFoundError(msg)

    def _fitting(self, key: object) -> list[DicomReceiver]:
        return [one for one in self._load().values() if key in {one.id, one.ae_title, one.label}]

    def __contains__(self, key: object) -> bool:
        return bool(self._fitting(key))

    def __iter__(self) -> Iterator[DicomReceiver]:
        return iter(self._load().values())

    def __len__(self) -> int:
        return len(self._load())

    def identifiers(self) -> dict[str, str]:
        """Returns the ways to find project, subject and session: name -> what it is, the default first; one request."""
        path = f"{_RECEIVERS}/identifiers"
        found = self._session.get_json(path)
        if not isinstance(found, dict):
            msg = "the answer is no list of identifiers"
            raise UnexpectedAnswerError(msg, method="GET", url=path)
        return {name: str(title) for name, title in found.items()}

    def create(self, ae_title: str, port: int, **options: Unpack[ReceiverOptions]) -> DicomReceiver:
        """Sets up a receiver, and returns it: one request, two without ``identifier=``, since the server wants one.

        Args:
            ae_title: Its application entity title.
            port: Its port.
            **options: See `ReceiverOptions`.

        Raises:
            InvalidValueError: The title or port is none.
            ConflictError: An enabled receiver has this title and port.
            PermissionDeniedError: You are no administrator.
        """
        wanted: ReceiverChanges = {**options, "ae_title": ae_title, "port": port}
        _check(wanted)
        if not wanted.get("identifier"):
            wanted["identifier"] = next(iter(self.identifiers()), "")
        answer = self._session.post(_RECEIVERS, json=_wire(wanted)).json()
        self.refresh()
        return _receiver(answer, _RECEIVERS)

    def change(self, receiver: DicomReceiver | int, **options: Unpack[ReceiverChanges]) -> DicomReceiver:
        """Changes some things of a receiver, and returns it: two requests.

        Some servers set what a request does not name to its default, so the receiver is read and sent whole.

        Args:
            receiver: The receiver, or its ID.
            **options: See `ReceiverChanges`; what is not given stays.

        Raises:
            NotFoundError: There is no such receiver.
            InvalidValueError: The title or port is none.
            PermissionDeniedError: You are no administrator.
        """
        _check(options)
        path = _path(receiver)
        current = _receiver(self._session.get_json(path), path)
        kept = {name: current.raw[name] for name in _WIRE.values() if name in current.raw}
        answer = self._session.put(path, json={**kept, **_wire(options)}).json()
        self.refresh()
        return _receiver(answer, path)

    def enable(self, receiver: DicomReceiver | int) -> None:
        """Lets a receiver take connections: one request.

        Raises:
            NotFoundError: There is no such receiver.
            ConflictError: An enabled receiver has the same title and port.
            PermissionDeniedError: You are no administrator.
        """
        self._switch(receiver, "true")

    def disable(self, receiver: DicomReceiver | int) -> None:
        """Lets a receiver take no more connections: one request.

        Raises:
            NotFoundError: There is no such receiver.
            PermissionDeniedError: You are no administrator.
        """
        self._switch(receiver, "false")

    def _switch(self, receiver: DicomReceiver | int, flag: str) -> None:
        self._session.put(f"{_path(receiver)}/enabled/{flag}")
        self.refresh()

    def delete(self, receiver: DicomReceiver | int) -> None:
        """Stops a receiver and removes it: one request. Data that it received stays.

        Raises:
            NotFoundError: There is no such receiver.
            PermissionDeniedError: You are no administrator.
        """
        self._session.delete(_path(receiver))
        self.refresh()

    def __repr__(self) -> str:
        state = "not loaded" if self._found is None else ", ".join(one.label for one in self._found.values()) or "none"
        return f"<DicomReceivers of {self._session!r}: {state}>"


def _path(receiver: DicomReceiver | int) -> str:
    return f"{_RECEIVERS}/{receiver if isinstance(receiver, int) else receiver.id}"


def _check(options: ReceiverChanges) -> None:
    unknown = sorted(options.keys() - _WIRE.keys())
    if unknown:
        msg = f"a receiver has no {', '.join(unknown)}; it has {', '.join(_WIRE)}"
        raise UsageError(msg)
    if "ae_title" in options and not _TITLE.fullmatch(options["ae_title"]):
        msg = "an AE title has 1 to 16 characters of ASCII, no backslash, and not blanks alone"
        raise InvalidValueError(msg)
    if "port" in options and options["port"] not in _PORTS:
        msg = "a port is a number from 1 to 65535"
        raise InvalidValueError(msg)


def _wire(options: ReceiverChanges) -> dict[str, JsonValue]:
    # cast: the values of ReceiverChanges are all JSON, which a TypedDict does not tell.
    return {_WIRE[name]: cast("JsonValue", value) for name, value in options.items()}


def _receiver(raw: JsonValue, path: str) -> DicomReceiver:
    number, port = (raw.get("id"), raw.get("port")) if isinstance(raw, dict) else (None, None)
    if not isinstance(raw, dict) or not isinstance(number, int) or not isinstance(port, int):
        msg = "the answer is no receiver with ID and port"
        raise UnexpectedAnswerError(msg, method="GET", url=path)
    scripts = raw.get("anonymizationEnabled")
    return DicomReceiver(
        number,
        str(raw.get("aeTitle") or ""),
        port,
        identifier=str(raw.get("identifier") or ""),
        enabled=raw.get("enabled") is not False,
        direct_archive=raw.get("directArchive") is True,
        anonymization_enabled=scripts if isinstance(scripts, bool) else None,
        raw=raw,
    )
