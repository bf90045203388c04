"""One connection, many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from xnat_emulator import Emulator
from xnat_sdk import XnatSession
from xnat_sdk.models import ProjectData, SubjectData

THREADS = 16


def test_threads_share_one_snapshot_and_one_document_for_each_object(empty: Emulator, session: XnatSession):
    project = ProjectData(parent=session, id="many")
    for number in range(12):
        SubjectData(parent=project, label=f"s{number}", initials="AB")
    subjects = project.subjects
    before = len(empty.requests)

    def read(_number: int) -> tuple[list[int], set[str | None]]:
        return [id(subject) for subject in subjects], {subject.initials for subject in subjects}

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(read, range(THREADS)))
    assert {frozenset(initials) for _, initials in found} == {frozenset({"AB"})}
    assert len({tuple(objects) for objects, _ in found}) == 1
    assert len(empty.requests) - before == 1 + 12


def test_an_iteration_keeps_its_snapshot_while_another_thread_refreshes(session: XnatSession):
    project = ProjectData(parent=session, id="moving")
    made = [SubjectData(parent=project, label=f"s{number}") for number in range(3)]
    subjects = project.subjects
    labels = []
    for subject in subjects:
        labels.append(subject.label)
        made[-1].delete(remove_files=False) if len(labels) == 1 else None
        subjects.refresh()
    assert labels == ["s0", "s1", "s2"]
    assert len(subjects) == 2
