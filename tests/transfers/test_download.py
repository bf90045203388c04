"""Downloads of many files on the embedded server: what travels, what is skipped, what is left after a failure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.documents import read_table
from xnat_runtime.errors import TargetExistsError
from xnat_runtime.transfers.download import Connection, Download, scan_folders_of
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.plan import Source
from xnat_runtime.transfers.retry import RetryPolicy

QUICK = RetryPolicy(attempts=4, base=0.0)


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture
def connection(demo: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    demo.faults.clear()
    with xnat_sdk.connect(demo.url, demo.user, demo.password) as session:
        yield session


@pytest.fixture
def source(connection: xnat_sdk.XnatSession) -> Source:
    imaging = connection.projects["sandbox"].sessions["test001_MR"]
    scans = f"{imaging.uri}/scans"
    return Source(
        f"{scans}/ALL/files",
        imaging.label,
        imaging.uri,
        lambda: scan_folders_of(read_table(connection.get_json(scans), scans)),
    )


def asked(connection: xnat_sdk.XnatSession) -> Connection:
    return Connection(connection.send, connection.get_json, connection.server)


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.md5(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def whole(connection: xnat_sdk.XnatSession, source: Source, tmp_path: Path) -> dict[str, str]:
    Download(asked(connection), tmp_path / "whole").run([source])
    return tree(tmp_path / "whole")


def test_an_archive_and_single_files_give_the_same_tree(
    demo: Emulator, connection: xnat_sdk.XnatSession, source: Source, tmp_path: Path
):
    before = len(demo.requests)
    report = Download(asked(connection), tmp_path / "a").run([source])
    assert len(demo.requests) - before == 2
    options = TransferOptions(strategy="files")
    by_file = Download(asked(connection), tmp_path / "b", options=options).run([source])
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert len(tree(tmp_path / "a")) == len(report.moved) == len(by_file.moved) == 38
    assert report.verified == by_file.verified == "md5"


def test_a_second_run_moves_nothing(connection: xnat_sdk.XnatSession, source: Source, tmp_path: Path):
    Download(asked(connection), tmp_path).run([source])
    again = Download(asked(connection), tmp_path).run([source])
    assert (len(again.moved), len(again.skipped), again.size) == (0, 38, 0)


def test_only_what_is_missing_travels(
    connection: xnat_sdk.XnatSession, source: Source, whole: dict[str, str], tmp_path: Path
):
    victim = next((tmp_path / "whole").rglob("*.dcm"))
    size = victim.stat().st_size
    victim.unlink()
    report = Download(asked(connection), tmp_path / "whole").run([source])
    assert ([moved.path for moved in report.moved], report.size) == ([victim], size)
    assert tree(tmp_path / "whole") == whole


def test_other_bytes_are_not_replaced_unless_asked(
    connection: xnat_sdk.XnatSession, source: Source, whole: dict[str, str], tmp_path: Path
):
    victim = next((tmp_path / "whole").rglob("*.dcm"))
    victim.write_bytes(b"mine")
    with pytest.raises(TargetExistsError, match="other bytes"):
        Download(asked(connection), tmp_path / "whole").run([source])
    assert victim.read_bytes() == b"mine"
    Download(asked(connection), tmp_path / "whole", overwrite=True).run([source])
    assert tree(tmp_path / "whole") == whole


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_a_broken_connection_is_made_up_for(
    demo: Emulator,
    connection: xnat_sdk.XnatSession,
    source: Source,
    whole: dict[str, str],
    tmp_path: Path,
    strategy: str,
):
    demo.faults.add(Fault(faults.Drop(after=20_000), path="/data/experiments/*/files*", nth=2, count=2))
    options = TransferOptions(strategy=strategy, retry=QUICK)  # type: ignore[arg-type]
    report = Download(asked(connection), tmp_path / "again", options=options).run([source])
    assert tree(tmp_path / "again") == whole
    assert len({moved.name for moved in report.files}) == 38
