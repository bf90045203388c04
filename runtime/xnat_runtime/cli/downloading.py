"""``download``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import download_options as options
from .bars import bars
from .context import Run
from .declare import command

if TYPE_CHECKING:
    from ..transfers.report import TransferReport
    from .told import Missed

# Sessions of equal labels in two projects must not meet in one folder.
_BY_PATTERNS: Final = "{project}/{subject}/{tree}"


@command(
    examples=(
        "download sandbox/test001/test001_MR/2 --to data",
        "download sandbox/test001 --to data --include 'scan=T1*' --include resource=DICOM",
        "download --project sandbox --scan 'T1*' --to data",
        "download sandbox/test001/test001_MR --zip test001.zip",
    )
)
def download(  # noqa: PLR0917 - a parameter an option
    run: Run,
    paths: options.Paths = None,
    to: options.To = Path(),
    layout: options.Layout = None,
    zip_file: options.Zip = None,
    overwrite: options.Overwrite = False,
    include: options.Include = None,
    exclude: options.Exclude = None,
    project: options.Project = None,
    subject: options.Subject = None,
    experiment: options.Experiment = None,
    scan: options.Scan = None,
    resource: options.Resource = None,
    level: options.Level = None,
    regex: options.Regex = False,
    workers: options.Workers = 4,
    no_check: options.NoCheck = False,
    no_manifest: options.NoManifest = False,
) -> None:
    """Download items, by path or by patterns. Files that are there already, with the same bytes, stay."""
    from ..transfers.bulk import download_all  # noqa: PLC0415 - --help needs none
    from ..transfers.options import TransferOptions  # noqa: PLC0415 - as above
    from .download_items import choice_of, items_at, items_by  # noqa: PLC0415 - as above

    begun, choice = time.monotonic(), choice_of(include or [], exclude or [])
    levels = {"project": project, "subject": subject, "experiment": experiment, "scan": scan, "resource": resource}
    patterns = {name: pattern for name, pattern in levels.items() if pattern is not None}
    _require_one_way(paths, bool(patterns or level))
    if zip_file is not None:
        _as_zip(run, paths, zip_file, overwrite=overwrite, is_whole=choice.is_of_all and layout is None)
        return
    if paths:
        items, missed = items_at(run.connection, _given(run, paths), choice, workers=workers)
    else:
        items, missed = items_by(run.connection, patterns, level, choice, is_regex=regex), []
    with _recorded(run, to, overwrite=overwrite):
        with bars(run) as observer:
            report = download_all(
                run.connection, items, to, layout=layout or (None if paths else _BY_PATTERNS), overwrite=overwrite,
                manifest=not no_manifest, progress=observer,
                options=TransferOptions(workers=workers, verify=not no_check, failures="report"),
            )  # fmt: skip
        _tell(run, report, missed, begun)


def _require_one_way(paths: Sequence[str] | None, is_by_patterns: bool) -> None:
    if bool(paths) != is_by_patterns:
        return
    from ..errors import InvalidValueError  # noqa: PLC0415 - as above

    msg = "name what to download by path, or choose it by --project, --subject, --experiment, --scan and --resource"
    raise InvalidValueError(f"{msg}: one of the two")


def _given(run: Run, paths: Sequence[str]) -> list[str]:
    from .stdin import paths_from  # noqa: PLC0415 - as above

    return paths_from(run, paths)


def _recorded(run: Run, place: Path, *, overwrite: bool) -> AbstractContextManager[object]:
    """Records what replaces local files; all else is as it was."""
    from .records import recorded  # noqa: PLC0415 - as above

    return recorded(run, "download --overwrite", [str(place)]) if overwrite else nullcontext()


def _tell(run: Run, report: TransferReport, missed: Sequence[Missed], begun: float) -> None:
    from ..errors import KeyNotFoundError  # noqa: PLC0415 - as above
    from .told import Told  # noqa: PLC0415 - as above

    if not report.files and not report.failed:
        msg = "there is no file to download: what was named holds none, or none that fits the patterns"
        raise KeyNotFoundError(msg)
    Told(
        "downloaded", str(report.path), report.moved, report.skipped, (*missed, *report.failed), begun,
        more={"folder": str(report.path)},
    ).tell(run)  # fmt: skip


def _as_zip(run: Run, paths: Sequence[str] | None, target: Path, *, overwrite: bool, is_whole: bool) -> None:
    from ..downloadable import DownloadableObject  # noqa: PLC0415 - as above
    from ..errors import InvalidValueError  # noqa: PLC0415 - as above
    from ..sizes import size_text  # noqa: PLC0415 - as above
    from ..trees import SessionTree  # noqa: PLC0415 - as above
    from .places import object_at  # noqa: PLC0415 - as above

    given = _given(run, paths or [])
    if len(given) != 1 or not is_whole:
        msg = "--zip takes one item by its path, whole: leave out --layout, --include and --exclude"
        raise InvalidValueError(msg)
    begun, item = time.monotonic(), object_at(run.connection, given[0])
    if not isinstance(item, DownloadableObject | SessionTree):
        msg = f"{given[0]} has no files of its own"
        raise InvalidValueError(msg)
    with _recorded(run, target, overwrite=overwrite), bars(run) as observer:
        done = item.download(target, overwrite=overwrite, progress=observer)
    seconds = round(time.monotonic() - begun, 2)
    values = {"file": str(target), "bytes": done.size, "verified": done.verified, "seconds": seconds}
    run.out.record(values, f"{target}: {size_text(done.size)} in {seconds:,.1f} s", str(target))
