"""What connections, projects and imaging sessions have for working together; each part is a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from .archive_item import ArchiveObject

if TYPE_CHECKING:
    from .custom_forms import CustomForm
    from .dicomweb import DicomWeb
    from .event_service import EventService
    from .imaging import ImageSessionObject
    from .item import Item
    from .roi_collections import RoiCollections
    from .saved_searches import SavedSearches
    from .session import BaseSession
    from .workflows import Workflows
    from .xsync import ProjectSync


class Collaboration:
    """What a connection has."""

    @property
    def saved_searches(self) -> SavedSearches:
        """Your own saved searches by ID; a fresh snapshot, nothing is asked before it is used."""
        from .saved_searches import SavedSearches  # noqa: PLC0415 - few need it

        return SavedSearches(self.__xnat_own__())

    @property
    def workflows(self) -> Workflows:
        """The records of what ran on items of the site."""
        from .workflows import Workflows  # noqa: PLC0415 - as above

        return Workflows(self.__xnat_own__())

    @property
    def events(self) -> EventService:
        """The event service of the site: actions that are taken when something happens; for administrators."""
        from .event_service import EventService  # noqa: PLC0415 - as above

        return EventService(self.__xnat_own__())

    @property
    def dicomweb(self) -> DicomWeb:
        """Address and login for DICOMweb clients, for the whole site (plugin)."""
        from .dicomweb import DicomWeb  # noqa: PLC0415 - as above

        return DicomWeb(self.__xnat_own__())

    def create_custom_form(
        self,
        item_class: type[Item],
        title: str,
        components: Iterable[Mapping[str, object]],
        *,
        projects: Iterable[str] = (),
        order: int = 0,
    ) -> CustomForm:
        """Makes a custom form, which items show at once, and returns it: two requests.

        Args:
            item_class: The class of ``models`` that it is for, such as ``SubjectData``.
            title: What people call it.
            components: What it asks, as the form.io library has it: objects with ``type``, ``key``, ``label``, ...
            projects: IDs of the projects that it is for; the whole site by default.
            order: Where it stands among others, the smallest number first.

        Raises:
            UsageError: The server has no custom forms, as those before 1.8.
            InvalidValueError: The title is blank or has angle brackets, or there are no components.
            PermissionDeniedError: You may not manage forms.
        """
        from .custom_forms import create_custom_form  # noqa: PLC0415 - few need it

        return create_custom_form(self.__xnat_own__(), item_class, title, components, projects, order)

    def __xnat_own__(self) -> BaseSession:
        return cast("BaseSession", self)


class CollaboratingProject(ArchiveObject):
    """What a project has."""

    @property
    def saved_searches(self) -> SavedSearches:
        """The saved searches that everybody who sees the project has, by ID; a fresh snapshot."""
        from .saved_searches import SavedSearches  # noqa: PLC0415 - few need it

        return SavedSearches(self.session, str(self.__xnat_value__("ID")))

    @property
    def workflows(self) -> Workflows:
        """The records of what ran on items of the project."""
        from .workflows import Workflows  # noqa: PLC0415 - as above

        return Workflows(self.session, str(self.__xnat_value__("ID")))

    @property
    def events(self) -> EventService:
        """Actions that are taken when something happens in the project; for its owners."""
        from .event_service import EventService  # noqa: PLC0415 - as above

        return EventService(self.session, str(self.__xnat_value__("ID")))

    @property
    def dicomweb(self) -> DicomWeb:
        """Address and login for DICOMweb clients, for the studies of the project (plugin)."""
        from .dicomweb import DicomWeb  # noqa: PLC0415 - as above

        return DicomWeb(self.session, str(self.__xnat_value__("ID")))

    @property
    def xsync(self) -> ProjectSync:
        """The synchronization of the project with one of another server (plugin)."""
        from .xsync import ProjectSync  # noqa: PLC0415 - as above

        return ProjectSync(self.session, str(self.__xnat_value__("ID")))


class CollaboratingSession(ArchiveObject):
    """What an imaging session has."""

    @property
    def roi_collections(self) -> RoiCollections:
        """The ROI collections of the session by label (plugin); a fresh snapshot."""
        from .roi_collections import RoiCollections  # noqa: PLC0415 - few need it

        return RoiCollections(cast("ImageSessionObject", self))
