"""The fault of imports that meet: parallel ones into one new imaging session (peers 5.2.2)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .. import checks
from ..call import Call, Reply, first_values
from ..errors import status_page
from .effect import Effect

TRANSIENT = "Session processing in progress: concurrent modification is discouraged"
"""Clears when the other import is done; worded as a client's author reports it of 1.9 (a claim, peers 5.2.2)."""

PERMANENT = "Session already exists, retry with overwrite enabled"
"""Does not clear by waiting (dicom-import 78)."""


@dataclass
class _Running:
    """The imports that run, the ones that are refused, and how many were."""

    targets: dict[str, int] = field(default_factory=dict[str, int])
    refused: dict[int, str] = field(default_factory=dict[int, str])
    total: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class ImportRace(Effect):
    """Refuses imports into a new imaging session with 400 while another one into it is running.

    Attributes:
        answer: A refusal that waiting clears (``transient``), one that it does not (``permanent``), or both in turn
            (``mixed``, beginning with a transient one).
    """

    method: ClassVar[str] = "POST"
    path: ClassVar[str] = "*/services/import"
    answer: Literal["transient", "permanent", "mixed"] = "transient"
    _state: _Running = field(default_factory=_Running, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checks.one_of("answer of ImportRace", self.answer, ("transient", "permanent", "mixed"))

    def fresh(self) -> ImportRace:
        """Return an effect that knows of no import."""
        return ImportRace(self.answer)

    def arrives(self, call: Call) -> None:
        """Find out whether the session is being made by another import."""
        target = _target(call)
        with self._state.lock:
            if target in self._state.targets:
                self._state.refused[id(call)] = self._next()
            elif not _exists(call):
                self._state.targets[target] = id(call)

    def _next(self) -> str:
        self._state.total += 1
        permanent = self.answer == "permanent" or (self.answer == "mixed" and self._state.total % 2 == 0)
        return PERMANENT if permanent else TRANSIENT

    def instead(self, call: Call) -> Reply | None:
        """Refuse what came while the other was running."""
        text = self._state.refused.get(id(call))
        return None if text is None else Reply(400, status_page(400, text).encode(), "text/html")

    def leaves(self, call: Call) -> None:
        """Make room for the next import."""
        with self._state.lock:
            self._state.refused.pop(id(call), None)
            running = self._state.targets
            for target in [target for target, owner in running.items() if owner == id(call)]:
                del running[target]


def _named(call: Call) -> tuple[str, str]:
    """Return project and session label as the parameters give them."""
    given = first_values(call.query)
    project = given.get("project") or given.get("PROJECT_ID") or ""
    return project, given.get("session") or given.get("EXPT_LABEL") or ""


def _target(call: Call) -> str:
    project, session = _named(call)
    return f"{project}/{session}" if project or session else first_values(call.query).get("dest", "")


def _exists(call: Call) -> bool:
    project, session = _named(call)
    return bool(session) and call.archive.items.by_label("experiment", project, session) is not None
