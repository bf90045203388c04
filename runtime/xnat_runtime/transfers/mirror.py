"""A folder that holds all files of a project and is brought up to date again and again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import attrs

from ..errors import DecodeError, TargetExistsError, UsageError, XnatError
from ..locks import alone
from ..paths import segment
from .digest import md5_of
from .download import JOURNAL, LINES, Download, mark_of
from .download_item import connection_of
from .manifest import Manifest, ManifestFile, existing_manifest, rewrite
from .manifest_items import describe_project
from .mirror_report import GoneFile, MirrorReport
from .mirror_sources import sources_of_item
from .mirror_tables import Inventory, MirrorItem, inventory_of
from .options import TransferOptions
from .placing import PREFIX, SUFFIX
from .plan import Source
from .report import FailedFile, TransferReport
from .stop import Stop
from .workers import work_through

if TYPE_CHECKING:
    from ..archive_item import ArchiveObject
    from .events import Observer

STATE: Final = ".xnat-mirror.json"
"""File in the target that says what the tables of the server said when the last run began."""

LOCK: Final = ".xnat-mirror.lock"
"""File in the target that a run holds as long as it goes on."""

_FORMAT: Final = "xnat-sdk mirror"
_LAYOUT: Final = "{subject}/{session}/{tree}"
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@attrs.frozen
class MirrorState:
    """What a run keeps for the next one; readable by its owner only.

    Attributes:
        server: The server's address.
        project: ID of the project.
        started: When the last run that came to its end began, by the server's clock.
        prints: Fingerprints of items by key, as the tables were when the run began that moved them.
        labels: Labels of those items.
    """

    server: str
    project: str
    started: str = ""
    prints: Mapping[str, str] = attrs.field(factory=dict[str, str])
    labels: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def write(self, folder: Path) -> None:
        """Write it into the target, at once or not at all."""
        temporary = folder / f"{PREFIX}{os.urandom(8).hex()}{SUFFIX}"
        text = json.dumps({"format": _FORMAT, **attrs.asdict(self)}, sort_keys=True)
        handle = os.open(temporary, _FLAGS, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode())
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(folder / STATE)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def read_state(folder: Path, server: str, project: str) -> MirrorState:
    """Return the state of a mirror, an empty one where there is none yet.

    Raises:
        UsageError: The folder is the mirror of another project or server.
        DecodeError: The file is no state of a mirror.
    """
    try:
        found: object = json.loads((folder / STATE).read_bytes())
        fields = cast("dict[str, object]", found)
        if fields.pop("format") != _FORMAT:
            raise ValueError
        state = MirrorState(
            str(fields["server"]), str(fields["project"]), str(fields["started"]),
            cast("dict[str, str]", fields["prints"]), cast("dict[str, str]", fields["labels"]),
        )  # fmt: skip
    except FileNotFoundError:
        return MirrorState(server, project)
    except (ValueError, KeyError, TypeError, AttributeError):
        msg = f"{folder / STATE} is no state of a mirror. Remove it to have every item looked at again."
        raise DecodeError(msg) from None
    if (state.server, state.project) != (server, project):
        msg = f"{folder} mirrors project {state.project} of {state.server}. Choose another folder."
        raise UsageError(msg)
    return state


class Mirror:
    """One run of a mirror."""

    def __init__(
        self,
        project: ArchiveObject,
        target: Path,
        *,
        check_all: bool = False,
        remove: bool = False,
        options: TransferOptions | None = None,
        observer: Observer | None = None,
    ) -> None:
        """Prepare; see `ProjectObject.mirror` for the arguments."""
        self._session = project.session
        self._project = str(project.__xnat_value__("ID"))
        self._target = target
        self._check_all = check_all
        self._remove = remove
        self._options = options or TransferOptions()
        self._observer = observer

    def run(self) -> MirrorReport:
        """Bring the folder up to date and return what came of it.

        Raises:
            TargetExistsError: Local files stand in the way or were changed, and failures are to be raised.
            UsageError: The folder holds another project or server, or another run is under way in it.
        """
        self._target.mkdir(parents=True, exist_ok=True)
        with alone(self._target / LOCK, "mirror"):
            return self._run(read_state(self._target, self._session.server, self._project))

    def look(self) -> MirrorReport:
        """Return what a run would visit and which items are gone; seven requests, and nothing is written or deleted.

        Files that are gone from items that are still there are known only when these are visited.

        Raises:
            UsageError: The folder holds another project or server.
        """
        before = read_state(self._target, self._session.server, self._project)
        known = existing_manifest(self._target, self._session.server)
        found = inventory_of(self._session, self._project)
        nothing = TransferReport(self._target, 0)
        current = {item.key for item in found.items}
        gone = self._gone(found, (), nothing, known, remove=False)
        wanted = tuple(item.label for item in found.items if self._is_wanted(item, before))
        return MirrorReport(
            nothing, before.started, found.started, wanted,
            tuple(label for key, label in before.labels.items() if key not in current), tuple(gone),
        )  # fmt: skip

    def _run(self, before: MirrorState) -> MirrorReport:
        server = self._session.server
        known = existing_manifest(self._target, server)
        found = inventory_of(self._session, self._project)
        wanted = [item for item in found.items if self._is_wanted(item, before)]
        sources, unread = self._sources(wanted)
        report = self._moved([each for some in sources.values() for each in some], known)
        report = attrs.evolve(report, failed=(*unread, *report.failed))
        failed = _failed_items(report, wanted, sources)
        gone = self._gone(
            found, [item for item in wanted if item.key not in failed], report, known, remove=self._remove
        )
        self._keep(found, before, failed, complete=not report.failed)
        self._rewrite(gone)
        self._describe([item for item in wanted if item.key not in failed])
        if not report.failed:
            self._tidy()
        if report.failed and self._options.failures == "raise":
            raise report.failed[0].error
        current = {item.key for item in found.items}
        return MirrorReport(
            report, before.started, found.started, tuple(item.label for item in wanted),
            tuple(label for key, label in before.labels.items() if key not in current), tuple(gone),
        )  # fmt: skip

    def _sources(self, wanted: Sequence[MirrorItem]) -> tuple[dict[str, list[Source]], list[FailedFile]]:
        """Return where the files of items come from, and the items that the server would not tell it of."""
        found: dict[str, list[Source]] = {}
        failed: list[FailedFile] = []
        workers, stop = self._options.workers, Stop()
        for done in work_through(wanted, partial(sources_of_item, self._session), workers=workers, stop=stop):
            if isinstance(done.error, XnatError):
                failed.append(FailedFile(done.unit.uri, str(done.error), done.error))
            elif done.error is not None:
                raise done.error
            found[done.unit.key] = done.result or []
        return {item.key: found[item.key] for item in wanted}, failed

    def _is_wanted(self, item: MirrorItem, before: MirrorState) -> bool:
        return self._check_all or not item.print or before.prints.get(item.key) != item.print

    def _moved(self, sources: Sequence[Source], known: Manifest | None) -> TransferReport:
        """Download what is missing, then what was changed on the server and by nobody here."""
        if not sources:
            return TransferReport(self._target, 0)
        report = self._download(sources, overwrite=False)
        files = {file.path: file for file in known.files} if known is not None else {}
        ours = [self._is_ours(each, files) for each in report.failed]
        stale = [each for each, is_ours in zip(report.failed, ours, strict=True) if is_ours]
        others = [each for each, is_ours in zip(report.failed, ours, strict=True) if not is_ours]
        # Where anything else stands in the way of an item, nothing of it is replaced.
        chosen = [each for each in sources if _is_any_of(stale, each) and not _is_any_of(others, each)]
        return _joined(report, self._download(chosen, overwrite=True), chosen) if chosen else report

    def _download(self, sources: Sequence[Source], *, overwrite: bool) -> TransferReport:
        options = attrs.evolve(self._options, failures="report")
        download = Download(
            connection_of(self._session), self._target, overwrite=overwrite, layout=_LAYOUT, options=options,
            observer=self._observer, manifest=True,
        )  # fmt: skip
        try:
            return download.run(sources, empty_ok=True)
        except XnatError as error:
            if len(sources) > 1:
                raise
            # A download of one item raises what the item could not be read for.
            return TransferReport(self._target, 0, failed=(FailedFile(sources[0].files, str(error), error),))

    def _is_ours(self, failed: FailedFile, files: Mapping[str, ManifestFile]) -> bool:
        """Return whether a file in the way is one that an earlier run wrote and nobody changed since."""
        path = Path(str(getattr(failed.error, "path", "")))
        return isinstance(failed.error, TargetExistsError) and self._is_untouched(path, files)

    def _is_untouched(self, path: Path, files: Mapping[str, ManifestFile]) -> bool:
        with suppress(ValueError, OSError):
            file = files.get(path.relative_to(self._target).as_posix())
            return file is not None and path.stat().st_size == file.size and file.md5 in {None, md5_of(path)}
        return False

    def _gone(
        self,
        found: Inventory,
        looked_at: Iterable[MirrorItem],
        report: TransferReport,
        known: Manifest | None,
        *,
        remove: bool,
    ) -> list[GoneFile]:
        """Return local files whose originals are gone: of items that are, and of those that were looked at."""
        if known is None:
            return []
        alive = {file.path for file in report.files}
        looked = {item.uri for item in looked_at}
        current = {item.uri for item in found.items}
        gone: list[GoneFile] = []
        for file in known.files:
            owner = file.session or _owner(file.uri)
            if owner and self._target / file.path not in alive and (owner in looked or owner not in current):
                gone.append(GoneFile(file.path, file.uri, remove and self._removed(file)))
        return gone

    def _removed(self, file: ManifestFile) -> bool:
        """Delete a local file whose original is gone, when nobody changed it."""
        path = self._target / file.path
        if not self._is_untouched(path, {file.path: file}):
            return False
        path.unlink()
        for folder in path.relative_to(self._target).parents:
            with suppress(OSError):
                if str(folder) != ".":
                    (self._target / folder).rmdir()
        return True

    def _keep(self, found: Inventory, before: MirrorState, failed: set[str], *, complete: bool) -> None:
        prints = {item.key: item.print for item in found.items if item.key not in failed and item.print}
        labels = {item.key: item.label for item in found.items if item.key.startswith("experiment ")}
        started = found.started if complete else before.started
        MirrorState(self._session.server, self._project, started, prints, labels).write(self._target)

    def _tidy(self) -> None:
        """Remove journals and unfinished files of runs that were killed: everything they were for has come."""
        journals = [path for path in self._target.glob(f"{JOURNAL}*{LINES}") if path.is_file()]
        marks = tuple(PREFIX + mark_of(path) for path in journals)
        for folder, _, names in os.walk(self._target) if marks else ():
            for name in names:
                if name.startswith(marks) and name.endswith(SUFFIX):
                    Path(folder, name).unlink(missing_ok=True)
        for path in journals:
            path.unlink(missing_ok=True)

    def _rewrite(self, gone: Iterable[GoneFile]) -> None:
        """Take files out of the manifest that were deleted here."""
        removed = {each.path for each in gone if each.is_removed}
        server = self._session.server

        def less(manifest: Manifest | None) -> Manifest:
            known = manifest or Manifest(server)
            return attrs.evolve(known, files=tuple(file for file in known.files if file.path not in removed))

        if removed:
            rewrite(self._target, server, less)

    def _describe(self, looked_at: Sequence[MirrorItem]) -> None:
        """Have the manifest tell what was looked at, so that it can be read offline."""
        if looked_at:
            identities = [item.key.partition(" ")[2] for item in looked_at if item.is_session]
            workers = self._options.workers
            describe_project(self._target, self._session, self._project, identities, workers=workers)


def _joined(first: TransferReport, again: TransferReport, chosen: Sequence[Source]) -> TransferReport:
    """Return what two downloads came to, the second one of items that the first met stale files of."""
    moved = {each.uri: each for each in (*first.moved, *again.moved)}
    skipped = {each.uri: each for each in (*first.skipped, *again.skipped) if each.uri not in moved}
    failed = [each for each in first.failed if not any(_is_of(each, source) for source in chosen)]
    return TransferReport(
        first.path, first.size + again.size, tuple(moved.values()), tuple(skipped.values()), (*failed, *again.failed)
    )


def _failed_items(
    report: TransferReport, wanted: Sequence[MirrorItem], sources: Mapping[str, Sequence[Source]]
) -> set[str]:
    """Return the keys of items of which something failed: they are visited again, and nothing of them is removed."""
    owners = [
        (each, {item.key for item in wanted if _is_of_item(each, item, sources[item.key])}) for each in report.failed
    ]
    if any(not keys for _, keys in owners):
        # A failure that nobody knows the item of may be of any.
        return {item.key for item in wanted}
    return {key for _, keys in owners for key in keys}


def _is_of_item(failed: FailedFile, item: MirrorItem, sources: Sequence[Source]) -> bool:
    return failed.name == item.uri or any(_is_of(failed, source) for source in sources)


def _is_any_of(failed: Iterable[FailedFile], source: Source) -> bool:
    return any(_is_of(each, source) for each in failed)


def _is_of(failed: FailedFile, source: Source) -> bool:
    """Return whether a failure is one of an item's files, or of the item itself."""
    return failed.name == source.files or failed.name.startswith(f"{source.root}/")


def _owner(uri: str) -> str:
    """Return the path of the experiment, subject or project that a file belongs to, by its own path."""
    parts = uri.split("/")
    for name in ("experiments", "subjects", "projects"):
        if name in parts[:-1]:
            at = parts.index(name)
            if name == "subjects":
                return "/".join(parts[: at + 2])
            return f"/data/{name}/{segment(parts[at + 1])}" if name == "experiments" else "/".join(parts[: at + 2])
    return ""
