"""A connection to an XNAT server: what is known of the server, objects by URI."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from .errors import XnatError
from .paths import Target
from .session_login import LoginSession
from .transport import Request, Timeouts
from .verbs import Query, pairs_of

if TYPE_CHECKING:
    from . import queries
    from .addresses import Addresses
    from .archive import ExperimentObject
    from .collections import Collection
    from .listings import Listing
    from .objects import XnatObject
    from .prearchive import Prearchive
    from .query import Constraint
    from .searchable import SearchRecord
    from .server_info import ServerInfo
    from .services import Services
    from .users import Users
    from .variable_definitions import VariableDefinitions

T = TypeVar("T", bound="XnatObject")
Found = TypeVar("Found", bound="XnatObject | SearchRecord")

_SMALL_TIMEOUT = Timeouts(connect=10.0, read=10.0)


class BaseSession(LoginSession):
    """A login on one server; generated packages add their root collections.

    Safe to use from threads. Use it in a ``with`` block, or call `close` when done: an open login counts against
    the server's limit of sessions for the account (rest-data 2.1.8).
    """

    # What is known of the server

    @cached_property
    def server_info(self) -> ServerInfo:
        """Version and build of the server; one request, the first time.

        Raises:
            UnexpectedAnswerError: The server does not say.
        """
        from .server_info import server_info  # noqa: PLC0415 - few need it

        return server_info(self)

    @property
    def server_version(self) -> str:
        """The server's version, such as ``1.8.9.1``; see `server_info`."""
        return self.server_info.version.text

    @property
    def xnat_version(self) -> str:
        """The server's version, under the name that xnatpy gives it; ``server_info.version`` compares."""
        return self.server_info.version.text

    @property
    def xnat_version_tuple(self) -> tuple[int, ...]:
        """The numbers of the server's version, all of them."""
        return self.server_info.version.numbers

    @property
    def xnat_build_info(self) -> dict[str, str]:
        """What the server says of its build, as texts; see `server_info`."""
        return dict(self.server_info.build_info)

    @property
    def xnat_uptime(self) -> dict[str, str]:
        """Days, hours, minutes and seconds since the server started, as texts; one request.

        ``xnat_runtime.server_info.as_duration`` makes a duration of it.
        """
        from .server_info import uptime  # noqa: PLC0415 - few need it

        return uptime(self)

    def check_version(self, version: str | tuple[int, ...]) -> bool:
        """Returns whether the server is of this version or newer; see `server_info`."""
        return self.server_info.version >= version

    # Addresses

    def url_for(self, uri: str | XnatObject, query: Query = (), scheme: str | None = None) -> str:
        """Returns the full URL of an object, or of a path on the server.

        Args:
            uri: The object, path or URL.
            query: Names and values to put behind the URL.
            scheme: Takes the place of ``http`` or ``https``, for programs that have URLs of their own.

        Raises:
            InvalidValueError: The scheme is none.
        """
        from .external import external_url  # noqa: PLC0415 - few need it

        target = self._resolve(uri if isinstance(uri, str) else uri.uri)
        return external_url(self.server + target.path, (*target.query, *pairs_of(query)), scheme)

    def _resolve(self, uri: str) -> Target:
        return self._addresses.resolve(uri)

    @cached_property
    def _addresses(self) -> Addresses:
        from .addresses import Addresses  # noqa: PLC0415 - as above

        return Addresses(self._server, self._given, self._site_url)

    def _site_url(self) -> str:
        try:
            answer = self.send(Request("GET", "/xapi/siteConfig/siteUrl", timeout=_SMALL_TIMEOUT))
        except XnatError:
            return ""
        return answer.text.strip().strip('"') if answer.ok else ""

    # Services

    @property
    def services(self) -> Services[ExperimentObject]:
        """What the server does beside keeping data: imports, header dumps, catalogs, tokens."""
        from .services import Services  # noqa: PLC0415 - few need it

        return Services(self)

    @property
    def service(self) -> Services[ExperimentObject]:
        """The same as `services`, as the tutorial of xnatpy writes it in one place."""
        return self.services

    @property
    def prearchive(self) -> Prearchive[ExperimentObject]:
        """The sessions that arrived and wait to be archived."""
        from .prearchive import Prearchive  # noqa: PLC0415 - few need it

        return Prearchive(self)

    # Accounts, definitions of custom variables

    @property
    def users(self) -> Users:
        """The accounts of the site by login; asking raises PermissionDeniedError where only administrators may."""
        from .users import Users  # noqa: PLC0415 - few need it

        return Users(self, "/data/users")

    @cached_property
    def variable_definitions(self) -> VariableDefinitions:
        """The definitions of custom variables that were read on this connection: one request a project."""
        from .variable_definitions import VariableDefinitions  # noqa: PLC0415 - few need it

        return VariableDefinitions(self)

    # Objects

    def create_object(self, uri: str) -> XnatObject:
        """Returns the object that a URI names, with its document loaded: one request.

        Args:
            uri: The path or full URL of a project, subject, experiment, assessor, scan, reconstruction or resource.

        Raises:
            NotFoundError: There is no such item.
            UnexpectedAnswerError: The URI names no item, or one of a type that the package does not know.
        """
        from .locate import object_at  # noqa: PLC0415  # objects import sessions

        return object_at(self, self._resolve(uri).path)

    def current_item(self) -> XnatObject:
        """Returns the item that XNAT launched this container or notebook on, loaded: one request.

        Raises:
            UsageError: XNAT_XSI_TYPE and XNAT_ITEM_ID are not set, or name no item.
            NotFoundError: The item is not there any more.
        """
        from .container import current_item  # noqa: PLC0415 - few need it

        return current_item(self)

    def query(self, item_class: type[Found], *constraints: Constraint) -> queries.Query[Found]:
        """Returns a search for the objects of a class; nothing is asked before a result is wanted.

        Args:
            item_class: A class of ``models``, such as ``SubjectData``.
            constraints: Conditions such as ``SubjectData.project == "sandbox"``; all of them must hold.

        Raises:
            InvalidValueError: No server can search this type, or a constraint is none.
        """
        from .classes import plain_class  # noqa: PLC0415  # few connections search
        from .queries import query  # noqa: PLC0415  # as above

        return query(self, plain_class(item_class), *constraints)

    def _listing(self, collection: Collection[T]) -> Listing[T]:
        from .listings import Listing  # noqa: PLC0415  # import connect() without the listings

        return Listing(self, collection)


__all__ = ["BaseSession", "Query"]
