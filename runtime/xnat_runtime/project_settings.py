"""How a project treats what arrives: its anonymization script, and where sessions go from the prearchive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .archive_item import ArchiveObject
from .errors import InvalidValueError, UnexpectedAnswerError
from .paths import segment

if TYPE_CHECKING:
    from .anonymization import ProjectAnonymization

PrearchiveRouting: TypeAlias = Literal["manual", "auto-archive", "auto-archive-overwrite"]
"""Sessions that arrive wait in the prearchive; are archived by themselves; and replace files that exist."""

# dicom-import 72.
_CODES: Final[dict[PrearchiveRouting, int]] = {"manual": 0, "auto-archive": 4, "auto-archive-overwrite": 5}


class ProjectSettings(ArchiveObject):
    """How a project treats what arrives."""

    @property
    def anonymization(self) -> ProjectAnonymization:
        """The project's anonymization script; nothing is asked before it is used."""
        from .anonymization import ProjectAnonymization  # noqa: PLC0415  # few programs look at scripts

        return ProjectAnonymization(self.session, segment(str(self.__xnat_value__("ID"))))

    @property
    def prearchive_routing(self) -> PrearchiveRouting:
        """Where sessions go that arrive for the project; one request. Assigning changes it.

        ``manual`` leaves them in the prearchive, ``auto-archive`` archives them and merges them with what is there,
        ``auto-archive-overwrite`` replaces files, too (dicom-import 72, 74).

        Raises:
            UnexpectedAnswerError: The project has a code that stands for none of them, since servers take any number.
            PermissionDeniedError: On assigning: you may not edit the project.
            InvalidValueError: On assigning: there is no such routing.
        """
        uri = f"{self.__xnat_base__()}/prearchive_code"
        found = self.session.get(uri).text.strip()
        for routing, code in _CODES.items():
            if found == str(code):
                return routing
        msg = f"the project's code stands for no routing; assigning one of {', '.join(_CODES)} mends it"
        raise UnexpectedAnswerError(msg, method="GET", url=uri)

    @prearchive_routing.setter
    def prearchive_routing(self, routing: PrearchiveRouting) -> None:
        if routing not in _CODES:
            msg = f"routing is one of {', '.join(_CODES)}"
            raise InvalidValueError(msg)
        self.session.put(f"{self.__xnat_base__()}/prearchive_code/{_CODES[routing]}")
