"""What a project, a subject and an experiment do: the runtime bases of their data types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from .collaboration import CollaboratingProject
from .custom_fields import CustomFieldsObject
from .custom_variables import VariablesObject
from .downloadable import DownloadableObject
from .errors import InvalidValueError, UsageError
from .locate import parent_uri
from .mappable import Mappable
from .objects import XnatObject
from .paths import child, join, segment
from .project_settings import ProjectSettings
from .project_transfers import MovableProject
from .sharing import SharableObject
from .status import StatusObject
from .trees import SessionTree
from .users import SharedWithUsers

if TYPE_CHECKING:
    from .collections import Collection
    from .fields import Key
    from .listings import Listing
    from .variable_writes import ProjectVariables

Listed = TypeVar("Listed", bound=XnatObject)


class ProjectObject(
    MovableProject,
    ProjectSettings,
    CollaboratingProject,
    SharedWithUsers,
    SessionTree,
    VariablesObject,
    CustomFieldsObject,
):
    """Behaviour of ``xnat:projectData``."""

    __xnat_shown__ = "name"

    def __xnat_create__(self, parent: object) -> None:
        from .session import BaseSession  # noqa: PLC0415  # models are read without a connection

        self.__xnat_require__("ID")
        if not isinstance(parent, BaseSession):
            msg = f"{type(self).__name__}(parent=...) takes the connection, not {type(parent).__name__}"
            raise InvalidValueError(msg)
        self.__xnat_post__(parent, "/data/projects", {})
        self.__xnat_uri__ = child("/data/projects", str(self.__xnat_row__["ID"]))

    def __xnat_find_parent__(self) -> object:
        return self.session

    @property
    def variable_definitions(self) -> ProjectVariables:
        """The custom variables that the project defines for its subjects, sessions and itself; they can be changed."""
        from .variable_writes import ProjectVariables  # noqa: PLC0415  # few programs write definitions

        return ProjectVariables(self)

    def __xnat_variables_project__(self) -> str:
        return str(self.__xnat_value__("ID"))

    def __xnat_new_listing__(self, collection: Collection[Listed]) -> Listing[Listed]:
        from .project_tables import listing_of  # noqa: PLC0415  # listings import objects

        return listing_of(self, collection)


class LabelledObject(SharableObject, VariablesObject, CustomFieldsObject):
    """What subjects and experiments share: they have a label, belong to one project and can be shared into others."""

    if TYPE_CHECKING:
        # Generated classes declare it with its checks.
        label: Key[str]

    def __xnat_identity__(self) -> str:
        """Returns the ID, which is the same whatever project the item is seen through and however it is addressed."""
        return str(self.__xnat_row__.get("ID") or self.uri)

    def rename(self, label: str) -> None:
        """Gives the item another label, as assigning ``label`` does; files move along.

        Servers before 1.8.11 anonymise the files again, later ones where the site says so (rest-data 7.4). That can
        take long: the answer may take an hour, and when it is lost on the way the item is asked for until it has the
        label, for another hour.

        Raises:
            ConflictError: The label is taken.
            WaitTimeoutError: The answer was lost, and the label has not appeared in time.
        """
        self.label = label

    def share(
        self,
        project: ProjectObject | str,
        label: str | None = None,
        *,
        primary: bool = False,
        assessors: Iterable[LabelledObject | str] = (),
    ) -> None:
        """Shows the item in another project, too, or moves it there; see `SharableObject.share`.

        Args:
            project: The other project, or its ID.
            label: Label that the item has there; its own by default.
            primary: Whether the item shall belong to that project, and no longer to its own: two requests.
            assessors: Assessors of an imaging session that move with it, or their IDs; others stay where they are.

        Raises:
            ConflictError: The label is taken in that project, or the item belongs to it already.
            PermissionDeniedError: You may not create such items there or delete this one, or the site has no sharing.
            NotFoundError: There is no such project.
        """
        if not primary:
            super().share(project, label)
            return
        from .moving import move  # noqa: PLC0415  # few programs move items

        move(self, *self.__xnat_share_terms__(project, label), assessors)

    def __xnat_moved__(self, project: str, label: str) -> None:
        """Takes note of the project that the item belongs to now."""
        identity = str(self.__xnat_value__("ID"))
        if isinstance(self, SubjectObject):
            self.__xnat_uri__ = join("data", "projects", project, "subjects", identity)
            self.__xnat_parent__ = None
        elif self.uri.startswith("/data/projects/"):
            self.__xnat_uri__ = join("data", "experiments", identity)
        self.__xnat_listing__ = None
        self.__xnat_own_row__().update({"project": project, "label": label})
        self.__xnat_forget_shares__()

    def delete(self, *, remove_files: bool) -> None:
        """Deletes the item; refused when it is seen through a project that only shares it.

        One request, and one for the item's document when it was reached through a project and is not loaded yet.

        Args:
            remove_files: Whether the files go too (``removeFiles``, rest-data 8).

        Raises:
            UsageError: The item belongs to another project.
            NotFoundError: There is no such item.
            PermissionDeniedError: The server refuses.
        """
        seen = self.__xnat_seen_project__()
        # A row tells the project that the item is seen through, its document the one that owns it (rest-data 4.4).
        owner = str(self.__xnat_loaded__().fields.get("project", "")) if seen else ""
        if seen and owner and seen != owner:
            msg = (
                f"{type(self).__name__} {self.uri} belongs to project {owner} and is only shared into {seen}: deleting "
                f"it would remove it from {owner}. unshare({seen!r}) ends the sharing; {owner} is where to delete it."
            )
            raise UsageError(msg)
        super().delete(remove_files=remove_files)

    def __xnat_seen_project__(self) -> str:
        """Returns the ID of the project that the item was reached through, "" when there was none."""
        owner = self.__xnat_listing__.owner if self.__xnat_listing__ is not None else None
        for uri in (owner.uri if owner is not None else "", self.uri):
            if uri.startswith("/data/projects/"):
                return unquote(uri.split("/")[3])
        return ""


class SubjectObject(SessionTree, LabelledObject):
    """Behaviour of ``xnat:subjectData``."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return ProjectObject

    def __xnat_base__(self) -> str:
        """Names the project: ``/data/subjects/S`` has no experiments below it."""
        if not self.uri.startswith("/data/subjects/"):
            return self.uri
        return join("data", "projects", str(self.__xnat_value__("project")), "subjects", str(self.__xnat_value__("ID")))

    def __xnat_write_uri__(self) -> str:
        return self.__xnat_base__()

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        project = self.__xnat_owner_in__(parent)
        collection = f"{project.uri}/subjects"
        values = {"project": project.__xnat_value__("ID")}
        self.__xnat_row__["ID"] = identity = self.__xnat_post__(project.session, collection, values)
        self.__xnat_uri__ = child(collection, identity)


class ExperimentObject(DownloadableObject, StatusObject, LabelledObject, Mappable):
    """Behaviour of ``xnat:experimentData`` and all that extends it."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return SubjectObject

    def __xnat_base__(self) -> str:
        """Names no project: ``/data/projects/P/experiments/E`` has no scans, assessors or files (rest-data 1.3)."""
        is_short = self.uri.startswith("/data/projects/") and self.uri.split("/")[4:5] == ["experiments"]
        return child("/data/experiments", str(self.__xnat_value__("ID"))) if is_short else self.uri

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        subject = self.__xnat_owner_in__(parent)
        # Of a subject that is seen through a project that shares it: the new item belongs to that project.
        seen = subject.__xnat_seen_project__() if isinstance(subject, LabelledObject) else ""
        project = seen or subject.__xnat_value__("project")
        values = {"project": project, "subject_ID": subject.__xnat_value__("ID")}
        identity = self.__xnat_post__(subject.session, f"{subject.__xnat_base__()}/experiments", values)
        self.__xnat_row__["ID"] = identity
        self.__xnat_uri__ = child("/data/experiments", identity)

    def __xnat_write_uri__(self) -> str:
        """Writes name the project, since ``/data/experiments/ID`` does not merge typed values (rest-data 7.3)."""
        # Below .../assessors/ an item cannot be renamed (rest-data 7.3).
        if self.uri.startswith("/data/projects/") and "/assessors/" not in self.uri:
            return self.uri
        project, identity = (str(self.__xnat_value__(path) or "") for path in ("project", "ID"))
        return f"/data/projects/{segment(project)}/experiments/{segment(identity)}"

    def __xnat_find_parent__(self) -> object:
        above = parent_uri(self.uri)
        if not above.endswith("/experiments") and "/subjects/" in above:
            return self.session.create_object(above)
        project, subject = (str(self.__xnat_value__(path) or "") for path in ("project", "subject_ID"))
        return self.session.create_object(f"/data/projects/{segment(project)}/subjects/{segment(subject)}")
