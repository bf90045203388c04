"""Listings as tables: rows as mappings, JSON, CSV or a DataFrame."""

from __future__ import annotations

import abc
import csv
import io
import json
from typing import TYPE_CHECKING, Any

from .collections import Collection, plain_path

if TYPE_CHECKING:
    import pandas as pd

    from .objects import XnatObject
    from .query import QueryField
    from .typed_tables import TypedRows


class Tables(abc.ABC):
    """What has rows and can be written as a table."""

    _collection: Collection[Any]  # Any: of items of every class

    @property
    @abc.abstractmethod
    def __xnat_kind__(self) -> type[XnatObject]:
        """The class that all items have at least."""

    @abc.abstractmethod
    def _fields(self) -> list[QueryField[Any]]:  # Any: of every type
        """Returns the fields that are asked for besides the usual columns."""

    @abc.abstractmethod
    def rows(self) -> list[dict[str, object]]:
        """Returns the rows by column."""

    def tabulate_dict(self) -> list[dict[str, str]]:
        """Returns the rows with every cell as text, "" for an empty one."""
        return [{key: "" if value is None else str(value) for key, value in row.items()} for row in self.rows()]

    def tabulate_json(self) -> str:
        """Returns the rows as a JSON array."""
        return json.dumps(self.tabulate_dict())

    def tabulate_csv(self) -> str:
        """Returns the rows as CSV with a header line."""
        table = self.tabulate_dict()
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, list(dict.fromkeys(key for row in table for key in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        return buffer.getvalue()

    def tabulate_pandas(self) -> pd.DataFrame:
        """Returns the rows as a pandas DataFrame (extra ``pandas``).

        Columns that the schemas declare as numbers or truth values are such, all others text; empty cells are missing.

        Raises:
            UsageError: pandas is not installed.
        """
        from .typed_tables import frame_of  # noqa: PLC0415  # only this method needs it

        return frame_of(self._typed())

    def tabulate_arrow(self) -> Any:  # Any: pyarrow comes without types
        """Returns the rows as a ``pyarrow.Table`` (extra ``arrow``).

        Columns have the types that the schemas declare: int64, float64, bool, date32, time64, timestamp; all others are
        strings, and so is a column with a cell that is not of its type. Empty cells are null.

        Raises:
            UsageError: pyarrow is not installed.
        """
        from .typed_tables import arrow_of  # noqa: PLC0415  # only this method needs it

        return arrow_of(self._typed())

    def _typed(self) -> TypedRows:
        """Returns the rows with what is known of their columns, which an empty table has, too."""
        from .typed_tables import TypedRows, codecs_of, names_in  # noqa: PLC0415  # as above

        fields, rows = self._fields(), self.rows()
        known = [*self._collection.columns, *(plain_path(field.path) for field in fields)]
        return TypedRows(names_in(rows) or known, rows, codecs_of(self.__xnat_kind__, fields))
