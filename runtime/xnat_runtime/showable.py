"""What notebooks show as a table: `Showable`."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .html_tables import Table


class Showable(abc.ABC):
    """Something that notebooks show as a table, without the fields that may identify a patient."""

    __slots__ = ()

    @abc.abstractmethod
    def __xnat_table__(self, identifying: bool, limit: int) -> Table:
        """Returns the table.

        Args:
            identifying: Whether fields that may identify a patient are shown.
            limit: How many rows at most.
        """

    def _repr_html_(self) -> str:
        """Returns what notebooks show; never raises, since nobody has asked for more than a look."""
        from .notebook import rendered  # noqa: PLC0415 - only notebooks look

        return rendered(self)
