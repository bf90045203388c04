"""Print the names of a scan's files, all of them or those that match a regular expression.

User name and password come from XNAT_USER and XNAT_PASS, from a netrc file, or are asked for at a terminal.
Exit status: 0 when the scan was listed, 1 when that failed, 2 for arguments that cannot be used.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

import xnat_sdk as xnat
from xnat_sdk.models import FileData, ImageScanData


def find_scan(connection: xnat.XnatSession, project: str, subject: str, session: str, scan: str) -> ImageScanData:
    """Returns a scan by the IDs or labels on the way to it: one request for each level."""
    return connection.projects[project].subjects[subject].sessions[session].scans[scan]


def matching(files: Sequence[FileData], pattern: re.Pattern[str]) -> list[FileData]:
    """Returns the files whose names begin with what the pattern stands for."""
    return [file for file in files if pattern.match(file.name)]


def regular_expression(text: str) -> re.Pattern[str]:
    """Returns the compiled pattern; argparse shows what is wrong with one that cannot be used."""
    try:
        return re.compile(text)
    except re.error as error:
        msg = f"{text!r} is no regular expression: {error}"
        raise argparse.ArgumentTypeError(msg) from None


class Arguments(argparse.Namespace):
    """What the command line can say."""

    xnathost: str | None
    project: str
    subject: str
    session: str
    scan: str
    filter: re.Pattern[str]


def command_line() -> argparse.ArgumentParser:
    """Returns what reads the command line."""
    parser = argparse.ArgumentParser(description="Print the names of the files of one scan.")
    parser.add_argument("--xnathost", metavar="URL", help="address of the server; by default XNAT_HOST")
    parser.add_argument("--project", required=True, help="ID of the project")
    parser.add_argument("--subject", required=True, help="ID or label of the subject")
    parser.add_argument("--session", required=True, help="ID or label of the imaging session")
    parser.add_argument("--scan", required=True, help="ID or type of the scan")
    parser.add_argument("--filter", metavar="REGEX", type=regular_expression, default=".*", help="names to print")
    return parser


def main(line: Sequence[str] | None = None) -> int:
    """Does what the command line says and returns the exit status."""
    given = command_line().parse_args(line, namespace=Arguments())
    try:
        with xnat.connect(given.xnathost) as connection:
            scan = find_scan(connection, given.project, given.subject, given.session, given.scan)
            for file in matching(scan.files.values(), given.filter):
                print(file.name)
    except xnat.XnatError as error:
        print(f"list_scan_files: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
