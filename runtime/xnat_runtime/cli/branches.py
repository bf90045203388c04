"""Items of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs


@attrs.define
class Branch:
    """An item of a tree.

    Attributes:
        kind: What it is, such as ``scan``.
        name: Its label or ID.
        title: What people also call it, such as the type of a scan; "" for nothing.
        uri: Its path; "" for the site.
        file_count: Number of files in it, None where nobody says.
        file_size: Size of these in bytes, None where nobody says.
        branches: What lies below it.
    """

    kind: str
    name: str
    title: str = ""
    uri: str = ""
    file_count: int | None = None
    file_size: int | None = None
    branches: list[Branch] = attrs.field(factory=list["Branch"])

    def add(self, branch: Branch) -> Branch:
        """Puts an item below and returns it."""
        self.branches.append(branch)
        return branch

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Branch]]:
        """Yields it and all that is below, each with its depth."""
        yield depth, self
        for each in self.branches:
            yield from each.walk(depth + 1)

    def as_dict(self) -> dict[str, Any]:  # Any: a tree in itself
        """Returns the tree as nested objects, as JSON has it."""
        return {
            "kind": self.kind, "name": self.name, "title": self.title or None, "uri": self.uri or None,
            "file_count": self.file_count, "file_size": self.file_size,
            "branches": [each.as_dict() for each in self.branches],
        }  # fmt: skip
