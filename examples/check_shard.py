"""Counts the files of every imaging session of a project, divided between the jobs of a batch scheduler.

    python examples/check_shard.py sessions.jsonl --list PROJECT     once, to write the worklist
    python examples/check_shard.py sessions.jsonl --shard 2/8        in each job of an array
    python examples/check_shard.py sessions.jsonl --shard 2/8        again: only what is missing or failed

The server and the login come from the environment or the netrc file of whoever runs it; see docs/clusters.md.
"""

from __future__ import annotations

import argparse
import sys

from xnat_sdk import MappingError, connect
from xnat_sdk.models import ImageSessionData
from xnat_sdk.transfers import parse_shard, run_shard, write_worklist


def count_files(imaging: ImageSessionData) -> int:
    """Return the number of files of all scans."""
    return sum(len(scan.files) for scan in imaging.scans)


def main() -> int:
    """Write a worklist or work on a shard of one; 0 when all of it is done."""
    parser = argparse.ArgumentParser(description="Count the files of imaging sessions, shard by shard.")
    parser.add_argument("worklist")
    parser.add_argument("--list", metavar="PROJECT")
    parser.add_argument("--shard", default="1/1", metavar="I/N")
    chosen = parser.parse_args()
    with connect() as connection:
        if chosen.list:
            print(write_worklist(connection.projects[str(chosen.list)].sessions, chosen.worklist), "imaging sessions")
            return 0
        try:
            results = run_shard(connection, chosen.worklist, parse_shard(chosen.shard), count_files, ImageSessionData)
        except MappingError as error:
            print(error, file=sys.stderr)
            return 1
        for uri, files in results.items():
            print(uri, files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
