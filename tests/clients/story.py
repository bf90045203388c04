"""What every client does, step by step, and the names it uses.

Read by the tests and by each client's scenario, which its own interpreter runs: the standard library only.
"""

import json
import sys
from pathlib import Path

STEPS = (
    "log_in",
    "create_project",
    "create_subject",
    "create_session",
    "create_scan",
    "write_fields",
    "custom_variables",
    "upload_files",
    "upload_directory",
    "read_back",
    "download_file",
    "download_scan",
    "share",
    "search",
    "import_to_archive",
    "import_to_prearchive",
    "archive",
    "delete",
    "users",
)

PROJECT, OTHER = "study", "other"
SUBJECT, SESSION, SCAN = "S1", "S1_MR", "1"
GONE = "GONE"
ARCHIVED, ARCHIVED_SESSION = "S2", "S2_MR"
PREARCHIVED, PREARCHIVED_SESSION = "S3", "S3_MR"
READER = "reader"
UID_ROOT = "1.2.826.0.1.3680043.8.498.77"
ARCHIVED_STUDY = f"{UID_ROOT}.1"

NOTE = "seen, checked"
DATE = "2024-05-01"
SERIES = "T1 MPRAGE"
VARIABLES = {"rating": "good", "visit_code": "V 1"}

FILES = {"a.txt": "alpha\n", "b c.txt": "beta\n"}
"""Files of the scan's resource NIFTI."""

FOLDER = {"qc.csv": "scan,snr\n1,40\n", "inner/report.txt": "fine\n"}
"""Files of the session's resource QC."""


class Scenario:
    """Runs the steps of one client and prints what each of them found, as JSON.

    ``methods`` maps the name of a step to a function that takes nothing and returns what the client saw;
    ``left_out`` maps the steps that this client cannot do to the reason, ``detours`` those where its own call fails
    for a reason of its own, so that the step takes another way.
    """

    def __init__(self, methods, left_out=None, detours=None):
        self.methods = methods
        self.left_out = left_out or {}
        self.detours = detours or {}

    def run(self):
        """Run every step in the order of the story; the first failure ends it with a traceback."""
        named = {*self.methods, *self.left_out}
        if named != set(STEPS):
            raise SystemExit(f"steps neither done nor left out, or unknown: {sorted(named ^ set(STEPS))}")
        results = {}
        for step in STEPS:
            if step in self.methods:
                print(f"step {step}", file=sys.stderr, flush=True)
                results[step] = self.methods[step]()
        print(json.dumps({"results": results, "left_out": self.left_out, "detours": self.detours}))


def arguments():
    """Return URL, login, password, the folder with inputs and an empty folder to work in."""
    url, user, password, inputs, work = sys.argv[1:6]
    return url, user, password, Path(inputs), Path(work)


def tree(folder):
    """Return path -> text of every file below a folder."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}
