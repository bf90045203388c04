"""Tables with a type for each column, for Arrow and pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from .codec import BOOLEAN, DATE, DATETIME, FLOAT, INTEGER, TEXT, TIME, Codec
from .collections import plain_path
from .extras import require
from .fields import ScalarField

if TYPE_CHECKING:
    import pandas as pd

    from .objects import XnatObject
    from .query import QueryField

AnyCodec = Codec[Any]  # Any: columns of every type stand side by side
Cells = list[Any]  # Any: as above

# Columns that are no fields of the schemas: when the server stored the item (rest-data 4.4).
_BOOKKEEPING: Final[Mapping[str, AnyCodec]] = {"insert_date": DATETIME}
# Types that searches tell of their columns, as display documents name them (schema-and-search 4.6).
_TOLD: Final[Mapping[str, AnyCodec]] = {
    "boolean": BOOLEAN,
    "date": DATE,
    "datetime": DATETIME,
    "decimal": FLOAT,
    "double": FLOAT,
    "float": FLOAT,
    "integer": INTEGER,
    "time": TIME,
    "timestamp": DATETIME,
}


@attrs.frozen(eq=False)
class TypedRows:
    """Rows, and what is known of their columns.

    Attributes:
        names: The columns in order.
        rows: Cells by column, as the server sent them.
        codecs: Codecs of columns; one that is not here is text.
    """

    names: Sequence[str]
    rows: Sequence[Mapping[str, object]]
    codecs: Mapping[str, AnyCodec]

    def columns(self) -> Iterator[tuple[str, AnyCodec, Cells]]:
        """Yields name, codec and decoded cells of each column, made when it is asked for; None for empty cells.

        A column with a cell that is not of its type is text.
        """
        for name in self.names:
            codec = self.codecs.get(name, TEXT)
            cells = self._decoded(name, codec)
            yield (name, codec, cells) if cells is not None else (name, TEXT, self.texts(name))

    def texts(self, name: str) -> Cells:
        """Returns the cells of a column as texts."""
        return [TEXT.decode(row.get(name)) for row in self.rows]

    def _decoded(self, name: str, codec: AnyCodec) -> Cells | None:
        """Returns the cells of a column, None when one of them is not of its type."""
        try:
            cells = [codec.decode(row.get(name)) for row in self.rows]
        except ValueError:
            return None
        if codec is INTEGER and any(cell is not None and not -_LIMIT <= cell < _LIMIT for cell in cells):
            return None
        # Durations and JSON stay as XNAT writes them: no column of a table holds either.
        return cells if codec in _PLAIN else [None if cell is None else codec.encode(cell) for cell in cells]


_LIMIT: Final = 1 << 63
_PLAIN: Final = (BOOLEAN, DATE, DATETIME, FLOAT, INTEGER, TEXT, TIME)


def names_in(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """Returns the columns that rows have, in the order in which they appear."""
    return list(dict.fromkeys(key for row in rows for key in row))


def codecs_of(kind: type[XnatObject], asked: Iterable[QueryField[Any]]) -> dict[str, AnyCodec]:  # Any: as in AnyCodec
    """Returns the codecs of the columns of a listing.

    Args:
        kind: The class that all items have at least.
        asked: Fields that were asked for besides.
    """
    members = kind.__xnat_members__().values()
    scalars: list[ScalarField[Any]] = [  # Any: as in AnyCodec
        member for member in members if isinstance(member, ScalarField)
    ]
    own = {plain_path(member.path): member.codec for member in scalars}
    return {**_BOOKKEEPING, **own, **{plain_path(field.path): field.codec for field in asked}}


def codecs_told(columns: Iterable[Mapping[str, object]]) -> dict[str, AnyCodec]:
    """Returns the codecs of the columns of a search, as far as its answer tells what they are."""
    told = ((str(column.get("key")), _TOLD.get(str(column.get("type")).lower())) for column in columns)
    return {**_BOOKKEEPING, **{key: codec for key, codec in told if codec is not None}}


def arrow_of(table: TypedRows) -> Any:  # Any: pyarrow comes without types
    """Returns rows as a ``pyarrow.Table``, built a column at a time.

    Raises:
        UsageError: pyarrow is not installed.
    """
    pyarrow = require("pyarrow", extra="arrow")
    types = {
        BOOLEAN: pyarrow.bool_(),
        DATE: pyarrow.date32(),
        DATETIME: pyarrow.timestamp("us"),
        FLOAT: pyarrow.float64(),
        INTEGER: pyarrow.int64(),
        TIME: pyarrow.time64("us"),
    }
    made: dict[str, Any] = {}  # Any: as above
    for name, codec, cells in table.columns():
        made[name] = pyarrow.array(cells, type=types.get(codec, pyarrow.string()))
    return pyarrow.table(made)


def frame_of(table: TypedRows) -> pd.DataFrame:
    """Returns rows as a DataFrame: numbers and truth values as such, all else as text, empty cells as missing.

    Dates stay text, as they do for whoever reads CSV with pandas.

    Raises:
        UsageError: pandas is not installed.
    """
    pandas = require("pandas", extra="pandas")
    types = {BOOLEAN: "boolean", FLOAT: "float64", INTEGER: "Int64"}
    made: dict[str, Any] = {}  # Any: series of every type
    for name, codec, cells in table.columns():
        kept = cells if codec in types or codec is TEXT else table.texts(name)
        made[name] = pandas.Series(kept, dtype=types.get(codec))
    return cast("pd.DataFrame", pandas.DataFrame(made, columns=list(table.names)))
