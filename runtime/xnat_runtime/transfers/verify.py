"""A downloaded folder compared with its manifest, without a server."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from ..errors import UnsafeNameError
from ..names import safe_parts
from ..results import Verified
from .digest import md5_of
from .events import Advanced, Events, Finished, Observer, Started
from .manifest import Manifest, ManifestFile, read_manifest
from .placing import PREFIX, SUFFIX
from .spelling import MANIFEST
from .stop import Stop
from .workers import DEFAULT_WORKERS, work_through


@attrs.frozen
class ChangedFile:
    """A file that is not what was downloaded.

    Attributes:
        path: Path below the folder.
        reason: What is different, in a few words.
    """

    path: str
    reason: str


@attrs.frozen(repr=False)
class VerifyReport:
    """A folder compared with its manifest; all paths are relative to it and sorted.

    Attributes:
        path: The folder.
        ok: Files that are as they were downloaded.
        missing: Files that are not there.
        changed: Files with other bytes.
        extra: Files that the manifest does not name.
        verified: What the files that are ok were compared with: "md5", or "size" when the manifest has not all digests.
    """

    path: Path
    ok: tuple[str, ...]
    missing: tuple[str, ...]
    changed: tuple[ChangedFile, ...]
    extra: tuple[str, ...]
    verified: Verified

    @property
    def is_ok(self) -> bool:
        """Whether every file of the manifest is there unchanged; files beside them do no harm."""
        return not self.missing and not self.changed

    def __repr__(self) -> str:
        counts = f"{len(self.ok):,} ok, {len(self.missing):,} missing, {len(self.changed):,} changed"
        return f"<VerifyReport {self.path}: {counts}, {len(self.extra):,} extra>"


def verify(
    path: str | os.PathLike[str], *, workers: int = DEFAULT_WORKERS, progress: Observer | None = None
) -> VerifyReport:
    """Compare a downloaded folder with its ``manifest.json``: sizes, and MD5s worked out by several threads.

    Nothing is asked of a server, and nothing is changed.

    Args:
        path: The folder, or its manifest.
        workers: Threads.
        progress: Told of what happens.

    Raises:
        FileNotFoundError: The folder has no manifest.
        DecodeError: The manifest cannot be read.
        UnsafeNameError: The manifest names a file outside the folder; somebody has changed it.
    """
    place = Path(path)
    folder = place if place.is_dir() else place.parent
    manifest = read_manifest(place)
    files = [(file, _below(folder, file.path)) for file in manifest.files]
    events = Events(progress)
    problems: dict[str, str] = {}
    for done in work_through(files, lambda each: _problem(*each, events), workers=workers, stop=Stop()):
        if done.error is not None:
            raise done.error
        problems[done.unit[0].path] = done.result or ""
    return _report(folder, manifest, problems)


def _below(folder: Path, path: str) -> Path:
    try:
        parts = safe_parts(path)
    except UnsafeNameError:
        msg = f"The manifest of {folder} names a file outside of it, or none: {path!r}."
        raise UnsafeNameError(msg, name=path) from None
    return folder.joinpath(*parts)


_MISSING: Final = "missing"


def _problem(file: ManifestFile, path: Path, events: Events) -> str:
    """Return what is wrong with a file, "" for nothing."""
    events(Started(file.path, file.size))
    problem = _difference(file, path)
    events(Advanced(file.path, file.size))
    events(Finished(file.path, "failed" if problem else "skipped", problem))
    return problem


def _difference(file: ManifestFile, path: Path) -> str:
    try:
        return _other_bytes(file, path)
    except (FileNotFoundError, NotADirectoryError):
        return _MISSING
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def _other_bytes(file: ManifestFile, path: Path) -> str:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        return "no file any more"
    if found.st_size != file.size:
        return f"{found.st_size:,} bytes, not {file.size:,}"
    if file.md5 is None or (digest := md5_of(path)) == file.md5:
        return ""
    return f"MD5 {digest}, not {file.md5}"


def _report(folder: Path, manifest: Manifest, problems: dict[str, str]) -> VerifyReport:
    ok = tuple(path for path in sorted(problems) if not problems[path])
    changed = [ChangedFile(path, reason) for path, reason in sorted(problems.items()) if reason not in {"", _MISSING}]
    has_all = all(file.md5 for file in manifest.files if not problems[file.path])
    return VerifyReport(
        path=folder,
        ok=ok,
        missing=tuple(path for path in sorted(problems) if problems[path] == _MISSING),
        changed=tuple(changed),
        extra=tuple(sorted(_extra(folder, manifest))),
        verified="unverified" if not ok else "md5" if has_all else "size",
    )


def _extra(folder: Path, manifest: Manifest) -> Iterator[str]:
    # File systems of macOS give names back with their accents apart.
    known = {_plain(file.path) for file in manifest.files} | {MANIFEST}
    for top, _, names in os.walk(folder):
        for name in names:
            path = (Path(top) / name).relative_to(folder).as_posix()
            if _plain(path) not in known and not _is_own(path):
                yield path


def _is_own(path: str) -> bool:
    """Return whether a file is one of ours beside the data, such as a journal; unfinished files are none of them."""
    return path.startswith(PREFIX) and "/" not in path and not path.endswith(SUFFIX)


def _plain(path: str) -> str:
    return unicodedata.normalize("NFC", path)
