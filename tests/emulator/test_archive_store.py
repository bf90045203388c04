"""What an archive folder holds after kills, and how its parts fit (no HTTP)."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from xnat_emulator.datamodel import xsd
from xnat_emulator.locate import find_schemas
from xnat_emulator.store.archive import Archive
from xnat_emulator.store.files import FileFacts
from xnat_emulator.store.items import Item
from xnat_emulator.store.patch import Patch

EMULATOR = Path(__file__).resolve().parents[2] / "emulator"


@pytest.fixture
def archive(tmp_path):
    opened = Archive(tmp_path, xsd.load(find_schemas()))
    yield opened
    opened.close()


def make_resource(archive, change):
    project = archive.create("project", "xnat:projectData", Patch(values={"ID": "P"}), change)
    item = Item("resource", archive.new_node("xnat:resourceCatalog"))
    archive.attach(item, project, "resources/resource")
    return archive.update(item, Patch(values={"label": "R"}), change)


def blob_files(folder):
    return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()}


def test_contents_that_nothing_names_go_when_the_archive_is_opened(archive, tmp_path):
    with archive.transaction():
        change = archive.change("admin")
        resource = make_resource(archive, change)
        kept = archive.files.blobs.add(io.BytesIO(b"kept"))
        archive.files.put(resource.row, "a.txt", kept, FileFacts(), change)
    lost = archive.files.blobs.add(io.BytesIO(b"lost"))
    (archive.files.blobs.path(lost.name).parent / ".half.part").write_bytes(b"ha")
    archive.close()
    Archive(tmp_path, archive.model).close()
    assert blob_files(tmp_path) == {kept.name}


def test_failed_change_keeps_no_history(archive):
    with archive.transaction():
        change = archive.change("admin")
        resource = make_resource(archive, change)

    def fail():
        archive.update(resource, Patch(values={"label": "S"}), change)
        raise RuntimeError

    with pytest.raises(RuntimeError), archive.transaction():
        fail()
    assert archive.items.history.of(resource.row) == []


def test_rows_of_deleted_objects_are_not_used_again(archive):
    with archive.transaction():
        change = archive.change("admin")
        first = archive.create("subject", "xnat:subjectData", Patch(values={"ID": "A", "project": "P"}), change)
        archive.delete(first, change)
        second = archive.create("subject", "xnat:subjectData", Patch(values={"ID": "B", "project": "P"}), change)
    assert second.row > first.row


def test_archive_without_states_gets_them(archive, tmp_path):
    with archive.transaction():
        archive.create("subject", "xnat:subjectData", Patch(values={"ID": "A"}), archive.change("admin"))
    archive.close()
    connection = sqlite3.connect(tmp_path / "archive.db")
    connection.execute("ALTER TABLE items DROP COLUMN status")
    connection.commit()
    connection.close()
    again = Archive(tmp_path, archive.model)
    try:
        assert [item.status for item in again.items.all("subject")] == ["active"]
    finally:
        again.close()


_WRITER = """
import sys
from pathlib import Path
from xnat_emulator.datamodel import xsd
from xnat_emulator.locate import find_schemas
from xnat_emulator.store.archive import Archive
from xnat_emulator.store.patch import Patch

archive = Archive(Path(sys.argv[1]), xsd.load(find_schemas()))
number = 0
while True:
    number += 1
    with archive.transaction():
        change = archive.change("admin")
        values = {"ID": f"S{number}", "project": "P", "label": f"s{number}"}
        subject = archive.create("subject", "xnat:subjectData", Patch(values=values), change)
        archive.update(subject, Patch(values={"group": f"g{number}"}), change)
    print(number, flush=True)
"""


def test_acknowledged_writes_survive_a_kill(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(EMULATOR)}
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(50)][-1]
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in process.stdout if line.endswith("\n"))])
    archive = Archive(tmp_path, xsd.load(find_schemas()))
    try:
        stored = archive.items.all("subject")
        assert len(stored) >= acknowledged
        assert all(item.node.text("group") == f"g{item.id[1:]}" for item in stored)
        assert all(len(archive.items.history.of(item.row)) == 1 for item in stored)
    finally:
        archive.close()
