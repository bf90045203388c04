"""What ``upload`` does: finds the files, finds or makes the resource, and sends."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import unquote

import attrs

from ..archive_item import ArchiveObject
from ..errors import InvalidValueError, NotFoundError
from ..folder_uploads import UploadMethod, upload_to
from ..locate import resource_row
from ..paths import encode_path
from ..single_uploads import upload_into
from ..sizes import size_text
from ..transfers.events import Observer
from ..transfers.options import TransferOptions
from ..transfers.report import MovedFile, OmittedFile, TransferReport
from ..transfers.upload_plan import Links, LocalFile, planned, require_kept
from ..transfers.upload_present import IfExists
from .bars import bars
from .places import Place, item_at, place_of
from .records import recorded
from .told import Told

if TYPE_CHECKING:
    from ..transfers.upload import Upload
    from .context import Run

_WAYS: Final[Mapping[str, IfExists]] = {
    "error": "error", "skip": "skip", "skip-if-same": "skip_if_same", "overwrite": "overwrite"
}  # fmt: skip
_METHODS: Final[Mapping[str, UploadMethod]] = {
    "auto": "auto", "tar": "tar", "tgz": "tgz", "zip": "zip", "per-file": "per_file"
}  # fmt: skip


@attrs.frozen
class Work:
    """What is typed.

    Attributes:
        sources: Files and folders.
        target: Path of the resource.
        if_exists: What becomes of files whose names are taken.
        method: How they travel.
        links: Which links are followed.
        workers: Connections at a time.
        names: Names of the files there, comma between them.
        facts: What the server is told of the files: content, format, tags.
        is_extracted: Whether the server unpacks them.
    """

    sources: tuple[str, ...]
    target: str
    if_exists: Literal["error", "skip", "skip-if-same", "overwrite"]
    method: Literal["auto", "tar", "tgz", "zip", "per-file"]
    links: Links
    workers: int
    names: str | None
    facts: Mapping[str, str]
    is_extracted: bool


def carry_out(run: Run, work: Work) -> None:
    """Uploads, or shows with ``--dry-run`` what would be uploaded.

    Raises:
        ConflictError: Files are there that may not be replaced; nothing was sent.
        InvalidValueError: There is nothing to send, or the path names no resource.
    """
    files, omitted = found_files(work)
    place = place_of(run.connection, work.target)
    if place.kind != "resource":
        msg = f"{work.target} is no resource: name one, such as project/subject/session/resources/RESULTS"
        raise InvalidValueError(msg)
    prefix = f"{place.file.strip('/')}/" if place.file else ""
    files = [attrs.evolve(file, name=prefix + file.name) for file in files]
    if run.settings.dry_run:
        _show(run, work, place, files)
        return
    with recorded(run, "upload", [place.uri]):
        _upload(run, work, place, files, omitted)


def found_files(work: Work) -> tuple[list[LocalFile], list[OmittedFile]]:
    """Returns the files that are sent, with their names, and what is left out.

    Raises:
        InvalidValueError: There are none, two have one name, or no server keeps a name.
    """
    files: list[LocalFile] = []
    omitted: list[OmittedFile] = []
    for source in work.sources:
        path = Path(source)
        if path.is_dir():
            below, beside = planned(path, work.links)
            files += below
            omitted += beside
        else:
            files.append(_file(path))
    if work.names is not None:
        files = _renamed(work, files)
    if not files:
        msg = "name what to send, and behind it the resource: FILE... project/subject/session/resources/LABEL"
        raise InvalidValueError(msg)
    _require_apart(files)
    return files, omitted


def _file(path: Path) -> LocalFile:
    try:
        found = path.stat()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise InvalidValueError(msg) from None
    return LocalFile(path.name, os.fspath(path), found.st_size, found.st_mtime_ns)


def _renamed(work: Work, files: Sequence[LocalFile]) -> list[LocalFile]:
    names = [name.strip() for name in (work.names or "").split(",")]
    if len(names) != len(work.sources) or any(Path(source).is_dir() for source in work.sources) or not all(names):
        msg = f"--names has {len(names)} names for {len(work.sources)} files or folders: it names each of several files"
        raise InvalidValueError(msg)
    return [attrs.evolve(file, name=name) for file, name in zip(files, names, strict=True)]


def _require_apart(files: Sequence[LocalFile]) -> None:
    known: dict[str, str] = {}
    for file in files:
        other = known.setdefault(file.name, file.path)
        if other != file.path:
            msg = f"{other} and {file.path} would get one name, {file.name}: send them apart, or use --names"
            raise InvalidValueError(msg)
    require_kept(known)


def _upload(run: Run, work: Work, place: Place, files: Sequence[LocalFile], omitted: Sequence[OmittedFile]) -> None:
    begun, is_new = time.monotonic(), _is_made(run, place, work.facts)
    notes = [f"{place.uri} was made"] if is_new else []
    notes += [f"left out: {each.name} {each.reason}" for each in omitted]
    more = {"resource": place.uri, "made": is_new, "omitted": [attrs.asdict(each) for each in omitted]}
    with bars(run) as observer:
        if work.is_extracted:
            moved = [_extracted(run, work, place, file, observer) for file in files]
            done = TransferReport(Path(), sum(each.size for each in moved), tuple(moved))
        else:
            done = _prepared(run, work, place, observer, is_new=is_new).run_files(files, omitted)
    Told("uploaded", place.uri, done.moved, done.skipped, done.failed, begun, more, notes, "uri").tell(run)


def _is_made(run: Run, place: Place, facts: Mapping[str, str]) -> bool:
    """Makes the resource when it is missing, and returns whether that was so: one request, or two."""
    try:
        resource_row(run.connection, place.uri)
    except NotFoundError:
        owner, _, label = place.uri.rpartition("/resources/")
        item = item_at(run.connection, owner)
        if not isinstance(item, ArchiveObject):
            raise
        item.create_resource(unquote(label), facts.get("format"), content=facts.get("content"), exist_ok=True)
        return True
    return False


def _prepared(run: Run, work: Work, place: Place, observer: Observer | None, *, is_new: bool) -> Upload:
    return upload_to(
        run.connection, place.uri, method=_METHODS[work.method], if_exists=_WAYS[work.if_exists], links=work.links,
        options=TransferOptions(workers=work.workers, failures="report"), progress=observer, is_new=is_new,
        query=tuple(work.facts.items()),
    )  # fmt: skip


def _extracted(run: Run, work: Work, place: Place, file: LocalFile, observer: Observer | None) -> MovedFile:
    """Sends an archive that the server unpacks; nothing is compared then."""
    uri = f"{place.uri}/files/{encode_path(file.name)}"
    done = upload_into(
        run.connection, uri, Path(file.path), overwrite=False, if_exists=_WAYS[work.if_exists], extract=True,
        query=tuple(work.facts.items()), options=None, progress=observer,
    )  # fmt: skip
    return MovedFile(file.name, file.path, done.size, done.md5, done.verified, uri)


def _show(run: Run, work: Work, place: Place, files: Sequence[LocalFile]) -> None:
    """Tells what would be sent: one request for the resource's table."""
    if work.is_extracted:
        missing, present = list(files), []
    else:
        told = _prepared(run, work, place, None, is_new=False).told(files)
        missing, present = list(told.missing), [each.name for each in told.present]
    rows = [{"action": "upload", "size": file.size, "name": file.name, "path": file.path} for file in missing]
    rows += [
        {"action": "leave", "size": file.size, "name": file.name, "path": file.path}
        for file in files if file.name in set(present)
    ]  # fmt: skip
    run.out.rows(rows, ("action", "size", "name"), path="path")
    total = size_text(sum(file.size for file in missing))
    run.out.say(f"{len(missing):,} of {len(files):,} files would go to {place.uri} ({total}); nothing was sent")
