"""Listings as tables: rows as mappings, JSON, CSV or a DataFrame."""

from __future__ import annotations

import abc
import csv
import io
import json
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import pandas as pd


class Tables(abc.ABC):
    """What has rows and can be written as a table."""

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
        """Returns the rows as a pandas DataFrame (extra ``pandas``)."""
        from .extras import require  # noqa: PLC0415  # only this method needs it

        pandas = require("pandas", extra="pandas")
        return cast("pd.DataFrame", pandas.DataFrame(self.tabulate_dict()))
