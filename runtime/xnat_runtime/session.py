"""A connection to an XNAT server: what is known of the server, objects by URI."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .collaboration import Collaboration
from .errors import XnatError
from .mappable import Mappable
from .paths import Target
from .showable import Showable
from .site_access import AccessSession
from .site_services import SiteServices
from .transport import Request, Timeouts
from .verbs import Query, pairs_of

if TYPE_CHECKING:
    from . import queries
    from .addresses import Addresses
    from .archive import ExperimentObject, ScanObject
    from .collections import Collection
    from .container_service.service import Containers
    from .custom_forms import CustomForm
    from .html_tables import Table
    from .levels import Level
    from .listings import Listing
    from .objects import XnatObject
    from .patterns import Search, Wanted
    from .prearchive import Prearchive
    from .query import Constraint
    from .searchable import SearchRecord
    from .server_info import ServerInfo
    from .services import Services
    from .unknown_types import UnknownTypes
    from .variable_definitions import VariableDefinitions

T = TypeVar("T", bound="XnatObject")
Found = TypeVar("Found", bound="XnatObject | SearchRecord")

_SMALL_TIMEOUT = Timeouts(connect=10.0, read=10.0)


class BaseSession(Showable, AccessSession, SiteServices, Collaboration, Mappable):
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

    @cached_property
    def unknown_types(self) -> UnknownTypes:
        """The server's data types that this package does not know; asked for when the first one turns up."""
        from .unknown_types import UnknownTypes  # noqa: PLC0415 - most servers have none

        return UnknownTypes(self)

    def class_for(self, xsi_type: str, declared: type[T]) -> type[T]:
        """Returns the class for an item of a data type, at least of the declared class.

        One that the package does not know reads as the nearest class that it does, with one warning.
        """
        if not xsi_type or xsi_type in self.registry.types:
            return self.registry.class_for(xsi_type, declared)
        return self.unknown_types.class_for(xsi_type, declared)

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
        from .external import archive_path, external_url  # noqa: PLC0415 - few need it

        target = self._resolve(uri) if isinstance(uri, str) else Target(archive_path(uri), ())
        return external_url(self.server + target.path, (*target.query, *pairs_of(query)), scheme)

    def _resolve(self, uri: str) -> Target:
        return self._addresses.resolve(uri)

    @cached_property
    def _addresses(self) -> Addresses:
        from .addresses import Addresses  # noqa: PLC0415 - as above

        return Addresses(self._server, self._given, self._site_url)

    def _site_url(self) -> str | None:
        """Returns the site's own URL, "" when the server does not tell, None when it did not answer this time."""
        try:
            answer = self.send(Request("GET", "/xapi/siteConfig/siteUrl", timeout=_SMALL_TIMEOUT))
        except XnatError:
            return None
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

    # Definitions of custom variables

    @cached_property
    def variable_definitions(self) -> VariableDefinitions:
        """The definitions of custom variables that were read on this connection: one request a project."""
        from .variable_definitions import VariableDefinitions  # noqa: PLC0415 - few need it

        return VariableDefinitions(self)

    def custom_forms(self, project: str = "") -> list[CustomForm]:
        """Returns the custom forms of the site, or those of a project by its ID: one request.

        Raises:
            UsageError: The server has none, as those before 1.8.
        """
        from .custom_forms import custom_forms  # noqa: PLC0415 - few need it

        return custom_forms(self, project)

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

    @property
    def containers(self) -> Containers:
        """The container service of the server, a plugin: commands, launches, jobs, hosts."""
        from .container_service.service import Containers  # noqa: PLC0415 - few need it

        return Containers(self)

    @property
    def scanners(self) -> list[str]:
        """The names of the scanners that sessions of the site name; one request."""
        from .documents import read_table  # noqa: PLC0415 - few need it

        uri = "/data/scanners"
        return [str(row.get("scanner") or "") for row in read_table(self.get_json(uri), uri)]

    @property
    def scan_types(self) -> list[dict[str, object]]:
        """The types of scans of the site with their series descriptions, by column; one request."""
        from .documents import read_table  # noqa: PLC0415 - few need it

        uri = "/data/scan_types"
        return read_table(self.get_json(uri), uri)

    @property
    def search(self) -> Search[ScanObject]:
        """Finds objects by patterns: ``session.search(project="sand*", scan="T1*")``; see `Search.__call__`."""
        from .patterns import Search  # noqa: PLC0415 - few need it

        return Search(self)

    def batch_download(  # noqa: PLR0917 - xnatpy's order
        self,
        target_directory: str | Path,
        project: Wanted = None,
        subject: Wanted = None,
        experiment: Wanted = None,
        scan: Wanted = None,
        resource: Wanted = None,
        use_regex: bool = False,
        level: Level[XnatObject] | str = "scan",
        *,
        overwrite: bool = False,
        logfile: str | Path | None = None,
        workers: int = 1,
    ) -> dict[str, int]:
        """Downloads all that patterns fit below a folder, and returns the number of files by URI.

        The tree is that of `download_dir` of each object. What holds no files counts 0.

        Args:
            target_directory: The folder; it is created when it does not exist.
            project: What is wanted, here and in the next ones; see `Search.__call__`.
            subject: Of the subject.
            experiment: Of the experiment.
            scan: Of the scan.
            resource: Of the resource.
            use_regex: Whether texts are regular expressions.
            level: Level of the objects that are downloaded.
            overwrite: Whether files that exist may be replaced.
            logfile: A journal; see `map`. What it has is not downloaded again.
            workers: How many downloads run at a time.

        Raises:
            MappingError: Some downloads failed, such as those whose files exist; the others are complete.
            InvalidValueError: A pattern is none, or there is no such level.
        """
        from .batch import batch_download  # noqa: PLC0415 - few need it
        from .levels import level_of  # noqa: PLC0415 - as above
        from .patterns import filters  # noqa: PLC0415 - as above

        wanted = filters(
            use_regex, project=project, subject=subject, experiment=experiment, scan=scan, resource=resource
        )
        folder = Path(target_directory)
        return batch_download(
            self, folder, level_of(level), wanted, overwrite=overwrite, logfile=logfile, workers=workers
        )

    def __xnat_table__(self, identifying: bool, limit: int) -> Table:
        """Returns what notebooks show."""
        from .notebook_objects import of_connection  # noqa: PLC0415 - only notebooks look

        return of_connection(self)

    def _listing(self, collection: Collection[T]) -> Listing[T]:
        from .listings import Listing  # noqa: PLC0415  # import connect() without the listings

        return Listing(self, collection)


__all__ = ["BaseSession", "Query"]
