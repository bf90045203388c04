"""The part of pandas that xnatpy's tables and these steps use, since its environment has no pandas."""

import csv
import sys
from types import ModuleType


class Frame:
    """A table of texts."""

    def __init__(self, rows):
        self.columns, *self._rows = rows

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, name):
        position = self.columns.index(name)
        return [row[position] for row in self._rows]


def stand_in():
    """Make ``import pandas`` find it, where there is no other."""
    module = ModuleType("pandas")
    module.read_csv = lambda stream: Frame(list(csv.reader(stream)))
    sys.modules.setdefault("pandas", module)
