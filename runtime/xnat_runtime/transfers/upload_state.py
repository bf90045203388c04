"""Where an upload of a folder remembers what is done: beside the user's other state, never among the files."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .journal import Journal
from .upload_plan import LocalFile

_NAME: Final = "xnat-sdk"
_LOG: Final = logging.getLogger("xnat_runtime.transfers")


def state_folder() -> Path:
    """Return the folder for states of this user: ``$XDG_STATE_HOME/xnat-sdk``, else ``~/.local/state/xnat-sdk``."""
    base = os.environ.get("XDG_STATE_HOME", "")
    above = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "state"
    return above / _NAME


class UploadState:
    """What was done of one upload by earlier runs and is by this one.

    The journal is made when the first byte is going to be sent, and removed when everything is there. An upload whose
    state cannot be written goes on without one.

    Attributes:
        is_continued: Whether an earlier run of this upload did not come to its end.
    """

    def __init__(self, folder: Path, job: Mapping[str, str]) -> None:
        """Look for an earlier run.

        Args:
            folder: Where states are kept.
            job: What identifies the upload: server, resource and folder.

        Raises:
            UsageError: A file of the right name is no journal.
        """
        self._folder = folder
        self._job = dict(job)
        text = json.dumps(self._job, sort_keys=True).encode()
        self._path = folder / f"upload-{hashlib.sha256(text).hexdigest()[:32]}.jsonl"
        self._journal: Journal | None = None
        self.is_continued = self._path.is_file()
        if self.is_continued:
            self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._journal is not None:
            self._journal.close()

    def begin(self) -> None:
        """Write down that the upload has begun."""
        if self._journal is None:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                _LOG.warning("No state of the upload is kept: %s", error)
            else:
                self._open()

    def done(self, file: LocalFile, md5: str | None) -> None:
        """Write down that a file has arrived."""
        if self._journal is not None:
            self._journal.done(file.name, size=file.size, md5=md5, mtime_ns=file.mtime_ns)

    def md5_of(self, file: LocalFile) -> str | None:
        """Return the MD5 of a file that an earlier run sent and that was not touched since, else None."""
        if self._journal is None:
            return None
        noted = self._journal.about(file.name)
        if (noted.get("size"), noted.get("mtime_ns")) != (file.size, file.mtime_ns):
            return None
        return str(noted["md5"]) if noted.get("md5") else None

    def is_touched(self, file: LocalFile) -> bool:
        """Return whether a file that an earlier run sent was changed since, though it may hold the same bytes."""
        if self._journal is None:
            return False
        noted = self._journal.about(file.name)
        return bool(noted) and (noted.get("size"), noted.get("mtime_ns")) != (file.size, file.mtime_ns)

    def finish(self) -> None:
        """Forget the upload: it is complete."""
        if self._journal is not None:
            self._journal.finish()
            self._journal = None
            with suppress(OSError):
                self._folder.rmdir()

    def forget_if_new(self) -> None:
        """Forget an upload of which nothing was done, unless an earlier run may have done something."""
        if not self.is_continued:
            self.finish()

    def _open(self) -> None:
        try:
            self._journal = Journal(self._path, self._job)
        except OSError as error:
            _LOG.warning("No state of the upload is kept: %s", error)
