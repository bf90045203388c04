"""Which objects an interrupted import has sent, and to which sessions."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from .dicom_files import Instance
from .journal import Journal

_LOG: Final = logging.getLogger("xnat_runtime.transfers")


class GradualState:
    """The journal of an import; it is made with the first object and removed when the import is complete.

    Names of files and addresses of sessions are in it, no values of headers. An import whose journal cannot be written
    goes on without.
    """

    def __init__(self, folder: Path, job: Mapping[str, str]) -> None:
        """Look for an earlier run.

        Args:
            folder: Where states are kept.
            job: What identifies the import: server, folder, project and labels.

        Raises:
            UsageError: A file of the right name is no journal.
        """
        text = json.dumps(dict(job), sort_keys=True).encode()
        self._path = folder / f"import-{hashlib.sha256(text).hexdigest()[:32]}.jsonl"
        # Labels of subjects do not go into it: the name of the file tells imports apart.
        self._job = {"server": job.get("server", ""), "service": "import"}
        self._journal: Journal | None = None
        if self._path.is_file():
            self._open()

    def begin(self) -> None:
        """Write down that objects are going to be sent."""
        if self._journal is None:
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                _LOG.warning("No state of the import is kept: %s", error)
            else:
                self._open()

    def done(self, instance: Instance, address: str) -> None:
        """Write down that an object was sent; any thread."""
        if self._journal is not None:
            file = instance.file
            self._journal.done(file.name, size=file.size, mtime_ns=file.mtime_ns, uri=address)

    def sent(self, instances: Iterable[Instance], is_there: Callable[[str, str], bool]) -> dict[str, str]:
        """Return the objects that were sent before and not touched since, name -> address of the session.

        Args:
            instances: The objects.
            is_there: Whether the server still has a session of an address and study; asked once for each.
        """
        if self._journal is None:
            return {}
        places: dict[str, bool] = {"": True}
        found: dict[str, str] = {}
        for one in instances:
            noted = self._journal.about(one.name)
            if (noted.get("size"), noted.get("mtime_ns")) == (one.file.size, one.file.mtime_ns):
                address = str(noted.get("uri") or "")
                if address not in places:
                    places[address] = is_there(address, one.study)
                if places[address]:
                    found[one.name] = address
        return found

    def close(self) -> None:
        """Close the journal and keep it."""
        if self._journal is not None:
            self._journal.close()

    def finish(self) -> None:
        """Forget the import: it is complete."""
        if self._journal is not None:
            self._journal.finish()
            self._journal = None
            with suppress(OSError):
                os.rmdir(self._path.parent)  # noqa: PTH106 - only when it is empty

    def _open(self) -> None:
        try:
            self._journal = Journal(self._path, self._job)
        except OSError as error:
            _LOG.warning("No state of the import is kept: %s", error)
