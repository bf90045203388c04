"""What a copy to another server has done: its journal, which is also the map from old IDs to new ones."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

from ..errors import ResponseError, XnatError
from .attempts import persist
from .events import Events
from .journal import Journal
from .reconcile import Write, is_lost
from .retry import RetryPolicy
from .stop import Stop

_BEGUN: Final = "begun "
_COMPLETE: Final = "complete"
_ITEMS: Final = ("project ", "subject ", "experiment ", "assessor ")


class CopyState:
    """The journal of one copy: lines of JSON, readable by their owner only, kept when the copy is complete.

    That an item is going to be made is written down before it is: after a kill the target is looked at for what was
    begun and not noted as made, so that each is made once.

    Attributes:
        path: The file.
        was_complete: Whether the copy came to its end before; then resources are looked at again for new files.
    """

    def __init__(self, folder: Path, job: Mapping[str, str], retry: RetryPolicy, stop: Stop, events: Events) -> None:
        """Open the journal of a copy, or begin it.

        Args:
            folder: Where states are kept.
            job: What identifies the copy: servers and projects.
            retry: How patiently writes are made.
            stop: Ends pauses.
            events: Told of further attempts.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = state_path(folder, job)
        self._retry, self._stop, self._events = retry, stop, events
        self._journal = Journal(self.path, job)
        # Nobody else has this journal open: what a run that was killed has left is nobody's.
        for left in Path(tempfile.gettempdir()).glob(f"{self.staging}*"):
            shutil.rmtree(left, ignore_errors=True)
        self.was_complete = _COMPLETE in self._journal

    @property
    def staging(self) -> str:
        """How the names of its temporary folders begin."""
        return f"xnat-{self.path.stem}-"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.close()

    def id_of(self, key: str) -> str:
        """Return the ID that an item has on the target, "" when it was not made yet."""
        return str(self._journal.about(key).get("id", ""))

    def is_ours(self, key: str) -> bool:
        """Return whether this copy made an item, or was about to."""
        begun = self._journal.about(_BEGUN + key)
        return bool(self.id_of(key)) or bool(begun.get("sent"))

    def once(self, key: str, send: Callable[[], str], look: Callable[[], str | None]) -> str:
        """Return the ID of an item that is made exactly once, however often and wherever the copy was interrupted.

        Args:
            key: Kind and old ID of the item.
            send: Makes it and returns its new ID.
            look: Returns its new ID when the target has it, else None.

        Raises:
            XnatError: It could not be made.
        """
        if known := self.id_of(key):
            return known
        found = look() if self.is_ours(key) else None
        if found is None:
            self._journal.done(_BEGUN + key, sent=True)
            found = self._made(key, send, look)
        self._journal.done(key, id=found)
        return found

    def _made(self, key: str, send: Callable[[], str], look: Callable[[], str | None]) -> str:
        write = Write(send, look)
        try:
            return persist(write, key, policy=self._retry, stop=self._stop, events=self._events)
        except XnatError as error:
            if isinstance(error, ResponseError) and not is_lost(error) and not write.is_lost:
                # The server refused: what stands there under this label some day is not ours.
                self._journal.done(_BEGUN + key, sent=False)
            raise

    def repeated(self, unit: str, send: Callable[[], object]) -> None:
        """Send what comes to the same when it is done twice, patiently.

        Args:
            unit: Its name, for events.
            send: Sends it.

        Raises:
            XnatError: It could not be done.
        """
        persist(send, unit, policy=self._retry, stop=self._stop, events=self._events)

    def is_done(self, key: str) -> bool:
        """Return whether the files of a resource are all there, by an earlier run that did not come to its end."""
        return not self.was_complete and key in self._journal

    def done(self, key: str) -> None:
        """Write down that the files of a resource are all there."""
        self._journal.done(key)

    def complete(self) -> None:
        """Write down that the copy came to its end."""
        self._journal.done(_COMPLETE)


def state_path(folder: Path, job: Mapping[str, str]) -> Path:
    """Return the path of a copy's journal."""
    digest = hashlib.sha256(json.dumps(dict(job), sort_keys=True).encode()).hexdigest()[:32]
    return folder / f"copy-{digest}.jsonl"


def read_ids(path: Path) -> dict[str, str]:
    """Return the new IDs by kind and old ID, such as ``subject XNAT_S00001``, from a journal; none without one."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found: dict[str, str] = {}
    for line in lines:
        try:
            entry: object = json.loads(line)
        except ValueError:
            continue  # the last line, which a crash cut off
        fields = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
        unit = str(fields.get("unit"))
        if "id" in fields and unit.startswith(_ITEMS):
            found[unit] = str(fields["id"])
    return found
