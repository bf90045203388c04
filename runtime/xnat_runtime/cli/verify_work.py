"""What ``verify`` compares, and how it tells what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InvalidValueError, KeyNotFoundError
from ..transfers.archive_check import check_archive
from ..transfers.file_choice import Chosen, FileChoice
from ..transfers.verify import VerifyReport
from ..transfers.verify import verify as verify_files
from ..transfers.verify_server import ServerDifference, compare_with_server
from .bars import bars
from .changing import counted
from .download_items import choice_of, items_at
from .places import object_at
from .statuses import INCOMPLETE

if TYPE_CHECKING:
    from .context import Run

_COLUMNS: Final = ("status", "path", "reason")
# What is said of a folder, and is no fault of it.
_HARMLESS: Final = frozenset({"ok", "extra", "valid", "not_checked"})
_STOPPED: Final = "stopped. Nothing was changed"


def verify_folder(
    run: Run, words: Sequence[str], include: Sequence[str], exclude: Sequence[str], *, shows_valid: bool, workers: int
) -> None:
    """Compares a folder with its manifest, and with the server where paths follow."""
    folder, paths = Path(words[0]), words[1:]
    if (include or exclude) and not paths:
        msg = "--include and --exclude say what was downloaded of the paths behind FOLDER: name these, too"
        raise InvalidValueError(msg)
    items = _items(run, paths, choice_of(include, exclude), workers) if paths else []
    try:
        with bars(run, _STOPPED) as observer:
            report = verify_files(folder, workers=workers, progress=observer)
    except FileNotFoundError:
        msg = f"{folder} has no manifest.json: verify takes a folder that download or mirror wrote"
        raise KeyNotFoundError(msg) from None
    rows = _local(folder, report, shows_valid=shows_valid)
    if paths:
        rows += [_remote(folder, each) for each in compare_with_server(run.connection, folder, items, workers=workers)]
    _tell(run, rows, f"{counted(len(report.ok), 'file')} of {folder} as downloaded ({report.verified})")


def _items(run: Run, paths: Sequence[str], choice: FileChoice, workers: int) -> list[Chosen]:
    items, missed = items_at(run.connection, paths, choice, workers=workers)
    if missed:
        raise missed[0].error
    return items


def verify_archive(run: Run, words: Sequence[str], archive: Path, *, shows_valid: bool) -> None:
    """Compares projects and sessions with a folder of the server's archive."""
    rows: list[Mapping[str, object]] = []
    fine = 0
    with bars(run, _STOPPED) as observer:
        for path in words:
            item = object_at(run.connection, path)
            for found in check_archive(run.connection, item, archive, observer=observer):
                fine += found.finding == "valid"
                if found.finding != "valid" or shows_valid:
                    rows.append(
                        {"status": found.finding, "path": found.path, "uri": found.uri, "reason": found.reason}
                    )  # fmt: skip
    _tell(run, rows, f"{counted(fine, 'file')} as the server says")


def _local(folder: Path, report: VerifyReport, *, shows_valid: bool) -> list[Mapping[str, object]]:
    found = [(path, "missing", "it is not there") for path in report.missing]
    found += [(each.path, "changed", each.reason) for each in report.changed]
    found += [(path, "extra", "the manifest does not name it") for path in report.extra]
    found += [(path, "ok", report.verified) for path in report.ok if shows_valid]
    return [
        {"status": status, "path": str(folder / path), "uri": "", "reason": reason}
        for path, status, reason in sorted(found)
    ]


def _remote(folder: Path, found: ServerDifference) -> Mapping[str, object]:
    path = str(folder / found.path) if found.path else found.uri
    return {"status": found.change, "path": path, "uri": found.uri, "reason": found.reason}


def _tell(run: Run, rows: Sequence[Mapping[str, object]], fine: str) -> None:
    counts = Counter(str(row["status"]) for row in rows)
    if any(status not in _HARMLESS for status in counts):
        run.status = INCOMPLETE
    if rows or run.settings.format != "table":
        run.out.rows(rows, _COLUMNS, path="path")
    different = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()) if status != "ok")
    run.out.say(f"{fine}; {different or 'nothing differs'}")
