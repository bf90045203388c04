"""How much of the catalogue is served: it cannot shrink, and what is missing has a reason."""

from __future__ import annotations

import json
import subprocess
import sys

from xnat_emulator import coverage
from xnat_emulator.coverage import Count, Pair, count, covered
from xnat_emulator.locate import find_schemas
from xnat_emulator.routes import find

# Recorded when the routes were written: raise them with every route, never lower them.
FLOOR_PATHS, FLOOR_PAIRS = 215, 541
FLOOR_XAPI_PATHS, FLOOR_XAPI_PAIRS = 122, 187


def test_classic_paths_do_not_get_fewer():
    found = count(pair for pair in covered() if pair.classic)
    assert (found.paths, found.pairs) == (216, 543)
    assert found.served_paths >= FLOOR_PATHS
    assert found.served_pairs >= FLOOR_PAIRS


def test_newer_paths_do_not_get_fewer():
    found = count(pair for pair in covered() if not pair.classic)
    assert found.paths >= 152
    assert found.pairs >= 219
    assert found.served_paths >= FLOOR_XAPI_PATHS
    assert found.served_pairs >= FLOOR_XAPI_PAIRS


def test_whatever_is_not_served_has_a_reason():
    assert [(pair.method, pair.path) for pair in covered() if not pair.served and not pair.reason] == []


def test_reasons_are_only_given_for_what_is_not_served():
    missing = {(pair.path, pair.method) for pair in covered() if not pair.served}
    assert coverage.reasons().keys() - missing == set()


def test_served_pairs_are_what_requests_find():
    """The report and the server agree on which route answers a path."""
    for pair in covered():
        path = pair.path.replace("{", "x").replace("}", "x")
        found = find(find_schemas(), path)
        assert found is not None, pair
        assert (not found.route.name and pair.method in found.route.methods) == pair.served, pair


def test_parts_that_are_left_out_have_a_reason_too():
    assert coverage.parts()
    assert all(coverage.parts().values())


def test_paths_and_pairs_are_counted_apart():
    pairs = [Pair("/data/a", "GET", "a", True), Pair("/data/a", "PUT", "b", False), Pair("/data/b", "GET", "c", True)]
    assert count(pairs) == Count(paths=2, served_paths=1, partly_served_paths=1, pairs=3, served_pairs=2)


def test_unserved_routes_answer_501_with_their_name(client):
    missing = [pair for pair in covered() if not pair.served]
    for pair in missing:
        answer = client.request(pair.method, pair.path.replace("{", "x").replace("}", "x"))
        assert answer.status == 501, pair
        assert pair.name in client.message(answer)


def test_command_prints_counts_and_reasons():
    done = subprocess.run(
        [sys.executable, "-m", "xnat_emulator", "coverage"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("/data: ")
    assert " of 216 paths with all their methods" in done.stdout
    assert " of 543 pairs of path and method" in done.stdout
    for pair in covered():
        assert pair.served or pair.path in done.stdout


def test_command_prints_json():
    command = [sys.executable, "-m", "xnat_emulator", "coverage", "--json"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert report["counts"]["/data"]["paths"] == 216
    assert len(report["pairs"]) == len(covered()) >= 543 + 219
    assert report["unserved_parts"] == coverage.parts()
    assert report["pairs"][0].keys() == {"path", "method", "name", "served", "reason"}
