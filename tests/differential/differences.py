"""Where the SDK answers otherwise than xnatpy, or asks more often, and why: nothing else may differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SCAN = "<server>/data/experiments/XNAT_E00001/scans/2"
_SCAN_BY_PATH = "<server>/data/projects/sandbox/subjects/XNAT_S00001/experiments/XNAT_E00001/scans/2"
_ARCHIVE = "<server>/data/archive/projects/sandbox"
_FILE = "2.25.304760400436097889806897466999305678233-2-1-oyhkf9.dcm"


@dataclass(frozen=True)
class Difference:
    """What both clients tell of one step."""

    ours: Any
    theirs: Any
    reason: str


@dataclass(frozen=True)
class More:
    """How often both clients ask at a step where the SDK asks more often."""

    ours: int
    theirs: int
    reason: str


def _addresses(scan: str) -> list[str]:
    subject = f"{_ARCHIVE}/subjects/XNAT_S00001"
    above = [_ARCHIVE, subject, f"{subject}/experiments/XNAT_E00001"]
    return [*above, scan, f"{scan}/resources/13", f"{scan}/resources/3/files/{_FILE}"]


_SILENT = (
    "xnatpy does not look at the list of files that were there already, which XNAT sends with 200 (rest-data 10.4)"
)

RESULTS = {
    "netrc_that_others_can_read": Difference(
        "Exception", "accepted", "xnatpy promises the error and never checks (peers 3.1)"
    ),
    "upload_what_is_there_already": Difference("XNATError", "accepted", _SILENT),
    "upload_a_file_again": Difference("XNATError", "accepted", _SILENT),
    "demographics": Difference(
        ["date 1980-01-31", "male", "right", 16, None, None],
        ["date 1980-01-31", "male", "right", 16, None, "SearchField <SearchField xnat:demographicData/weight/units>"],
        "xnatpy decorates the wrong names, so that ses gives a search field (peers 3.1)",
    ),
    "external_uri_of_every_level": Difference(
        _addresses(_SCAN),
        _addresses(_SCAN_BY_PATH),
        "below experiments xnatpy's address depends on how one got there; both name the same item: see the next step",
    ),
    "url_for": Difference(f"{_SCAN}?format=xml", f"{_SCAN_BY_PATH}?format=xml", "as external_uri_of_every_level"),
    "write_a_field_with_signs_of_xml": Difference(
        "a < b & c",
        "a &lt; b &amp; c",
        "xnatpy sends values in the URL, where XNAT escapes them for XML and keeps them so (rest-data 1.6)",
    ),
    "scans_by_query": Difference(
        [["2", "T1"]] * 4,
        [],
        "xnatpy makes no objects of other types than projects, subjects and experiments (peers 1.11)",
    ),
    "first_of_none": Difference(
        ["accepted", "accepted"], ["IndexError", "IndexError"], "xnatpy's first() and last() fail (peers 3.1)"
    ),
    "upload_an_empty_file": Difference(
        ["empty.txt", "full.txt"], ["full.txt"], "xnatpy drops empty files without a word (peers 3.1)"
    ),
    "upload_with_an_unknown_method": Difference(
        "Exception", "accepted", "xnatpy logs a warning and uploads nothing (peers 3.1)"
    ),
    "levels_of_access": Difference(
        {"admin": "owner", "reader": "member"},
        {"admin": "Owners", "reader": "Members"},
        "the SDK has the words that set_access() takes, xnatpy the title of the group; both have user.group",
    ),
    "take_access_away_by_login": Difference(
        None,
        {"failed": "AttributeError: 'str' object has no attribute 'access_level'"},
        "xnatpy drops the account that it found (peers 3.1)",
    ),
    "users_of_a_project_afterwards": Difference(["admin"], ["admin", "reader"], "as take_access_away_by_login"),
    "open_a_file_that_is_gone": Difference(
        "XNATError", "accepted", "xnatpy reads the page that says 404 as the file (peers 3.1)"
    ),
}

_COMPARED = (
    "the SDK compares what came with sizes and digests of the file table; verify=False asks for the archive alone"
)
_VERIFIED = (
    "after each upload the SDK compares size and digest in the file table, verify=False leaves it out; xnatpy never "
    "looks whether the server kept what it was sent"
)

REQUESTS = {
    "take_access_away_by_login": More(2, 1, "xnatpy fails after the first one"),
    "download_dir_of_a_subject": More(3, 2, _COMPARED),
    "download_dir_of_a_scan": More(2, 1, _COMPARED),
    "download_dir_of_a_resource": More(2, 1, _COMPARED),
    "download_dir_of_a_project_resource": More(2, 1, _COMPARED),
    "upload_a_path": More(2, 1, _VERIFIED),
    "upload_bytes": More(2, 1, _VERIFIED),
    "upload_a_stream": More(2, 1, _VERIFIED),
    "upload_over_it": More(3, 2, _VERIFIED),
    "upload_a_file": More(4, 2, _VERIFIED),
    "upload_data": More(6, 3, _VERIFIED),
    "replace_a_file": More(2, 1, _VERIFIED),
    "upload_an_empty_file": More(
        6, 5, f"{_VERIFIED}; before a folder travels it asks what is there, so that a conflict sends nothing"
    ),
}
