"""What the server has already of an upload, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal, TypeAlias

import attrs

from ..errors import ConflictError, InvalidValueError, TransferError
from ..paths import encode_path
from ..results import Verified
from .digest import md5_of
from .report import MovedFile
from .stop import Stop
from .upload_plan import LocalFile, told
from .upload_state import UploadState
from .upload_table import Kept, KeptFile, SentFile, compared
from .workers import work_through

IfExists: TypeAlias = Literal["error", "skip", "overwrite", "skip_if_same"]
"""What becomes of a file whose path is taken on the server: an error, nothing, it is replaced, or it may only be the
same."""

_WAYS: Final = frozenset({"error", "skip", "overwrite", "skip_if_same"})
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")


def way_of(if_exists: IfExists | None, *, overwrite: bool) -> IfExists:
    """Return what becomes of files that exist, from the two arguments that say it.

    Raises:
        InvalidValueError: There is no such way, or they contradict each other.
    """
    found: IfExists = if_exists or ("overwrite" if overwrite else "error")
    if found not in _WAYS:
        msg = f"if_exists= is one of {sorted(_WAYS)}, not {found!r}."
        raise InvalidValueError(msg)
    if overwrite and found != "overwrite":
        msg = f"overwrite=True and if_exists={found!r} contradict each other; pass one of them."
        raise InvalidValueError(msg)
    return found


@attrs.frozen
class Told:
    """The files of an upload, told apart.

    Attributes:
        present: Files that the server has already.
        missing: Files that travel.
    """

    present: tuple[MovedFile, ...]
    missing: tuple[LocalFile, ...]


@attrs.frozen
class Present:
    """Tells the files of an upload apart.

    Attributes:
        files: Path of the resource's files, encoded.
        before: What the resource holds.
        state: What earlier runs did.
        if_exists: What becomes of files that exist.
        workers: Threads that work out digests.
        stop: Ends it.
    """

    files: str
    before: Kept
    state: UploadState
    if_exists: IfExists
    workers: int
    stop: Stop

    def tell(self, files: Iterable[LocalFile]) -> Told:
        """Return which files the server has and which travel.

        Of an upload that was interrupted, files that have the right bytes are there already, whatever becomes of
        others.

        Raises:
            ConflictError: Files exist that may not be replaced; names them. Nothing was sent.
        """
        taken: list[LocalFile] = []
        missing: list[LocalFile] = []
        for file in files:
            (taken if file.name in self.before else missing).append(file)
        if self.if_exists == "skip":
            return Told(tuple(self._moved(file, None, "unverified") for file in taken), tuple(missing))
        compares = self.state.is_continued or self.if_exists == "skip_if_same"
        present = self._same(taken) if compares else ()
        same = {moved.name for moved in present}
        others = [file for file in taken if file.name not in same]
        if others and self.if_exists != "overwrite":
            raise self._conflict([file.name for file in others])
        return Told(present, tuple(sorted((*missing, *others), key=lambda file: file.name)))

    def _same(self, taken: Iterable[LocalFile]) -> tuple[MovedFile, ...]:
        found: list[MovedFile] = []
        for done in work_through(taken, self._compared, workers=self.workers, stop=self.stop):
            if done.error is not None:
                raise done.error
            if done.result is not None:
                found.append(done.result)
        return tuple(sorted(found, key=lambda moved: moved.name))

    def _compared(self, file: LocalFile) -> MovedFile | None:
        kept = self.before[file.name]
        if kept.size not in {None, file.size} or (kept.md5 is None and self.state.is_touched(file)):
            return None
        md5 = (self.state.md5_of(file) or md5_of(Path(file.path))) if kept.md5 else None
        verified = agreement(file.name, SentFile(file.size, md5), kept)
        return None if verified is None else self._moved(file, md5, verified)

    def _moved(self, file: LocalFile, md5: str | None, verified: Verified) -> MovedFile:
        return MovedFile(file.name, Path(file.path), file.size, md5, verified, f"{self.files}/{encoded(file.name)}")

    def _conflict(self, names: list[str]) -> ConflictError:
        return conflict_of(self.files, names, is_other=self.if_exists == "skip_if_same" or self.state.is_continued)


def conflict_of(files: str, names: Sequence[str], *, is_other: bool) -> ConflictError:
    """Return the error that says which names are taken; nothing was sent.

    Args:
        files: Path of the resource's files, encoded.
        names: Paths below the resource.
        is_other: Whether what is there is known to differ.
    """
    what = ", with other bytes" if is_other else ""
    text = (
        f"Nothing was sent, since these are in {files.removesuffix('/files')} already{what}: {told(names)}. Pass "
        "if_exists='overwrite' to replace them, 'skip' to leave them"
    )
    return ConflictError("PUT", files, HTTPStatus.OK, text, duplicates=names)


def agreement(name: str, sent: SentFile, kept: KeptFile) -> Verified | None:
    """Return what shows that the server has the bytes of a file, None when nothing does."""
    try:
        found = compared(name, sent, kept, None)
    except TransferError:
        return None
    # Where no checksums are kept, an empty file has no size in the table either.
    return None if found == "unverified" and sent.size else found


def encoded(name: str) -> str:
    """Return a path below a resource, encoded; most need nothing done."""
    return name if _PLAIN.issuperset(name) else encode_path(name)
