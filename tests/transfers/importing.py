"""What tests of imports share: one import with the usual labels, and what came of it."""

from __future__ import annotations

from pathlib import Path

from xnat_emulator import Emulator
from xnat_runtime.transfers.import_report import ImportReport
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import RetryPolicy
from xnat_sdk import XnatSession
from xnat_sdk.models import ExperimentData, MrSessionData

QUICK = RetryPolicy(attempts=6, base=0.0)
IMPORT = "/data/services/import"


def send(
    session: XnatSession, folder: Path, *, workers: int = 4, verify: bool = True, report: bool = False, **said: object
) -> ImportReport[ExperimentData]:
    options = TransferOptions(
        workers=workers, retry=QUICK, verify=verify, failures="report" if report else "raise"
    )  # fmt: skip
    given = {"project": "P", "experiment": "E", **said}
    return session.services.import_gradual(folder, options=options, state=folder.parent / "state", **given)  # type: ignore[arg-type]


def sent(server: Emulator) -> int:
    return sum(one.path == IMPORT for one in server.requests)


def state_files(folder: Path) -> list[Path]:
    return sorted((folder.parent / "state").glob("*"))


def numbers(made: object) -> dict[str, int]:
    assert isinstance(made, MrSessionData)
    return {scan.id: len(scan.files) for scan in made.scans}
