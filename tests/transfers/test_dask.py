"""A function run on every imaging session of a project by the processes of a Dask cluster, and by other executors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from transfers import on_workers

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_sdk import MappingError, MappingLevel

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("default")  # those of Dask itself


@pytest.fixture(scope="module")
def site() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True, password="not-to-be-pickled") as server:
        project = server.build.project("MANY")
        for number in range(6):
            subject = project.subject(f"S{number}")
            subject.mr_session(f"E{number}", scans=["T1"], slices=1 + number % 3)
        yield server


@pytest.fixture(scope="module")
def connection(site) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(site.url, site.user, site.password) as session:
        yield session


@pytest.fixture(scope="module")
def client(connection) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XNAT_TOKEN", connection.jsession)  # what the workers inherit
        local = distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None)
        with local as cluster, distributed.Client(cluster) as found:
            yield found


def logins(site: Emulator) -> int:
    return sum(r.path == "/data/services/auth" and r.method == "PUT" for r in site.requests)


def test_two_processes_give_what_one_gives_in_the_same_order(site, connection, client):
    project = connection.projects["MANY"]
    before = logins(site)
    here = project.map(on_workers.count, MappingLevel.EXPERIMENT)
    there = project.map(on_workers.count, MappingLevel.EXPERIMENT, executor=client.get_executor(pure=False))
    assert list(there) == list(here)
    assert [result[:2] for result in there.values()] == [result[:2] for result in here.values()]
    assert len({result[2] for result in there.values()} - {result[2] for result in here.values()}) == 2
    assert logins(site) == before  # the workers share one login


def test_failed_items_are_tried_again(connection, client, tmp_path):
    project = connection.projects["MANY"]
    found = project.map(
        on_workers.stumble,
        MappingLevel.EXPERIMENT,
        kwargs={"folder": str(tmp_path), "times": 2},
        executor=client.get_executor(pure=False, retries=2),
    )
    assert list(found.values()) == [f"E{number}" for number in range(6)]
    assert {path.read_text() for path in tmp_path.iterdir()} == {"..."}


def test_what_fails_for_good_is_told_and_a_rerun_does_only_that(connection, client, tmp_path):
    project, journal = connection.projects["sandbox"], tmp_path / "journal.jsonl"
    executor = client.get_executor(pure=False)
    with pytest.raises(MappingError, match=r"items failed.*test001_MR") as caught:
        project.map(on_workers.refuse, MappingLevel.EXPERIMENT, logfile=journal, executor=executor)
    (failed,) = caught.value.failures.values()
    assert isinstance(failed.error, LookupError)
    known = journal.read_text().count('"success": true')
    assert known == len(caught.value.results) > 0
    kwargs = {"folder": str(tmp_path), "times": 0}
    again = project.map(on_workers.stumble, MappingLevel.EXPERIMENT, kwargs=kwargs, logfile=journal, executor=executor)
    assert len(again) == known + 1
    lines = [json.loads(line) for line in journal.read_text().split("\n") if line]
    assert sum(line.get("success") is True for line in lines) == known + 1


def test_processes_of_the_standard_library_do_the_same(connection, monkeypatch):
    monkeypatch.setenv("XNAT_TOKEN", connection.jsession)
    project = connection.projects["MANY"]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        there = project.map(on_workers.count, MappingLevel.EXPERIMENT, executor=executor)
    assert [result[0] for result in there.values()] == [f"E{number}" for number in range(6)]


def test_workers_and_executor_exclude_each_other(connection, client):
    with pytest.raises(xnat_sdk.InvalidValueError, match="not both"):
        connection.projects["MANY"].map(
            on_workers.count, MappingLevel.EXPERIMENT, workers=2, executor=client.get_executor()
        )
