"""A process of its own that moves something until it is interrupted: ``interrupted.py URL CASE FOLDER``.

It exits with 130 when Ctrl+C ended it, and prints what else happened.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from xnat_emulator.build import dicom_files
from xnat_runtime.documents import read_table
from xnat_runtime.transfers.download import Connection, Download, scan_folders_of
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.plan import Source
from xnat_sdk import RetryPolicy, XnatSession, connect

PATIENT = RetryPolicy(attempts=50, base=50.0, cap=50.0, budget=10_000.0, patience=100.0)
SESSION = "test001_MR"


def download(session: XnatSession, target: Path, strategy: str) -> None:
    """Download the scans of an imaging session."""
    imaging = session.projects["sandbox"].sessions[SESSION]
    scans = f"{imaging.uri}/scans"
    source = Source(
        f"{scans}/ALL/files",
        imaging.label,
        imaging.uri,
        lambda: scan_folders_of(read_table(session.get_json(scans), scans)),
    )
    connection = Connection(session.send, session.get_json, session.server)
    options = TransferOptions(strategy=strategy, retry=PATIENT)  # type: ignore[arg-type]  # the caller's argument
    Download(connection, target, options=options).run([source])


def one_file(session: XnatSession, target: Path) -> None:
    """Download one file."""
    target.mkdir(exist_ok=True)
    session.projects["sandbox"].sessions[SESSION].scans["2"].files[0].download(target / "one.dcm")


def by_path(session: XnatSession, target: Path) -> None:
    """Download one file by its path."""
    target.mkdir(exist_ok=True)
    scan = session.projects["sandbox"].sessions[SESSION].scans["2"]
    session.download(scan.files[0].uri, target / "one.dcm", options=TransferOptions(retry=PATIENT))


def opened(session: XnatSession, _: Path) -> None:
    """Read one file in place."""
    with session.projects["sandbox"].sessions[SESSION].scans["2"].files[0].open() as remote:
        remote.read()


def zipped(session: XnatSession, target: Path) -> None:
    """Download an archive, which stays one."""
    target.mkdir(exist_ok=True)
    session.projects["sandbox"].subjects["test001"].download(target / "all.zip")


def mirror(session: XnatSession, target: Path) -> None:
    """Mirror a project."""
    session.projects["sandbox"].mirror(target, options=TransferOptions(retry=PATIENT))


def imported(session: XnatSession, folder: Path, *, is_gradual: bool) -> None:
    """Import a study beside the target."""
    study = folder.parent / "study"
    study.mkdir(exist_ok=True)
    for file in dicom_files("MR", project="sandbox", subject="I", session=folder.parent.name, scans=1, slices=6):
        (study / file.name).write_bytes(file.data)
    said = {"project": "sandbox", "subject": "I", "experiment": re.sub(r"\W", "", folder.parent.name)}
    if is_gradual:
        options = TransferOptions(retry=PATIENT)
        session.services.import_gradual(study, **said, options=options, state=folder.parent / "state")
    else:
        session.services.import_dir(study, **said)


def copied(session: XnatSession, folder: Path) -> None:
    """Copy the project on its server."""
    label = re.sub(r"\W", "", folder.parent.name)
    options = TransferOptions(retry=PATIENT)
    source = session.projects["sandbox"]
    source.copy_to(session, label, name=label, options=options, state=folder.parent / "state")


def upload(session: XnatSession, folder: Path, method: str) -> None:
    """Upload the folder beside the target."""
    subject = session.projects["sandbox"].subjects["test001"]
    label = "UP_" + re.sub(r"\W", "", folder.parent.name)
    resource = subject.resources.get(label) or subject.create_resource(label)
    options = TransferOptions(retry=PATIENT)
    resource.upload_dir(folder.parent / "source", method=method, options=options, state=folder.parent / "state")  # type: ignore[arg-type]


CASES: dict[str, Callable[[XnatSession, Path], object]] = {
    "one file": one_file,
    "archive": lambda session, target: download(session, target, "archive"),
    "files": lambda session, target: download(session, target, "files"),
    "by path": by_path,
    "open": opened,
    "zip": zipped,
    "mirror": mirror,
    "import": lambda session, target: imported(session, target, is_gradual=False),
    "import file by file": lambda session, target: imported(session, target, is_gradual=True),
    "copy": copied,
    "listing": lambda session, _: session.get_json("/data/scanners"),
    "upload files": lambda session, target: upload(session, target, "per_file"),
    "upload tar": lambda session, target: upload(session, target, "tar"),
}


def main(url: str, case: str, folder: str) -> int:
    """Return the exit code."""
    try:
        with connect(url, user="admin", password="admin", retry=PATIENT, keepalive=False) as session:
            CASES[case](session, Path(folder))
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
