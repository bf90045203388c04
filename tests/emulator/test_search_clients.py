"""Searches of clients written by others: the documents they send, byte by byte, and the clients themselves."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import xnat_emulator

from .conftest import ROOT, log_in
from .search_documents import fill

PEERS = Path(os.environ.get("XNAT_PEERS") or ROOT / ".venv-peers")
HERE = Path(__file__).parent / "peers"


def sent(searcher, name: str) -> list[dict[str, str]]:
    """Return the rows that a recorded document of a client finds, read from CSV as the clients do."""
    body = (HERE / "searches" / f"{name}.xml").read_bytes()
    answer = searcher.client.post("/data/search?format=csv", body=body)
    assert answer.status == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode())))


def test_xnatpys_default_fields_make_the_keys_its_objects_are_made_of(searcher):
    """It builds ``projects/{project}/subjects/{subject_id}/experiments/{session_id}`` from a row."""
    rows = sent(searcher, "xnatpy-default")
    assert len(rows) == 2  # LIKE on a schema path stands anywhere in the value: heavy and light
    assert set(rows[0]) == {"session_id", "project", "subject_id", "quarantine_status"}
    uri = "/data/projects/{project}/subjects/{subject_id}/experiments/{session_id}".format(**rows[0])
    assert searcher.client.fields(uri)["label"] in {"heavy", "light"}


def test_xnatpys_columns_over_schema_paths(searcher):
    """Key and values as a 2023 server answered to the same document."""
    rows = sent(searcher, "xnatpy-view")
    assert rows == [{"project": "SEARCHED", "xnat_col_mrsessiondatalabel": "heavy", "quarantine_status": "active"}]


def test_xnatpys_empty_condition(searcher):
    assert {"project": "SEARCHED", "quarantine_status": "active"} in sent(searcher, "xnatpy-everything")


def test_pyxnats_conditions(searcher):
    rows = sent(searcher, "pyxnat-nested")
    assert {row["subject_label"] for row in rows} == {"frobenius", "symmetric"}
    assert {"frobenius", "symmetric", "linear", "bare"} <= {
        row["subject_label"] for row in sent(searcher, "pyxnat-all")
    }


def run(client: str) -> dict[str, Any]:
    """Return what a client's searches found on a server of its own."""
    python = PEERS / client / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"no environment with {client}: {python} does not exist; XNAT_PEERS names the folder that holds it")
    with xnat_emulator.start() as server:
        fill(log_in(server), "SEARCHED")
        command = [str(python), str(HERE / f"search_{client}.py"), server.url, server.user, server.password]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        refused = [(record.path, record.status) for record in server.requests if record.status >= 400]
    assert done.returncode == 0, done.stderr
    assert set(refused) <= {("/data/version", 404)}
    return json.loads(done.stdout)


def test_xnatpy_searches():
    found = run("xnatpy")
    assert (found["all"], found["one"], found["none"]) == (["heavy", "light"], "heavy", None)
    assert (found["or"], found["and"], found["like"]) == (["heavy", "light"], ["heavy"], ["heavy"])
    assert (found["variable"], found["subjects"], found["projects"]) == (["light"], ["linear"], ["SEARCHED"])
    assert found["dict"] == [
        {
            "xnat_col_mrsessiondatalabel": "heavy",
            "scanner_csv": "TrioTim",
            "subject_label": "frobenius",
            "quarantine_status": "active",
        }
    ]
    assert found["json"]["ResultSet"]["totalRecords"] == "1"
    assert sorted(found["scans"]) == ["", "tse"]
    assert found["datatypes"]
    assert "xnat:mrSessionData/SCAN_COUNT_TYPE" in found["datafields"]


def test_pyxnat_searches():
    found = run("pyxnat")
    assert [row["subject_label"] for row in found["where"]] == ["frobenius", "frobenius", "symmetric", "linear"]
    assert {row["mr_scan_count_agg"] for row in found["nested"]} == {"T1(2), T2(1)", ""}
    assert found["subjects"] == [{"subject_label": "symmetric", "project": "SEARCHED"}]
    assert (found["all"], len(found["experiments"])) == (4, 1)
    assert (found["saved"], found["templates"], found["left"]) == ([["heavy_ones", "by weight"]], ["labelled"], [])
    assert len(found["results"]) == len(found["by_query"]) == 2
    assert found["query"]["users"] == ["admin"]
    assert found["query"]["constraints"][-1] == "AND"
    assert "xnat:mrSessionData" in found["datatypes"]
    assert len(found["fields"]) == 3
