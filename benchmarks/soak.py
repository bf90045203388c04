"""Use one server for a while from one process and fail when memory, file handles or threads keep growing; then harm it.

Usage: soak.py; SOAK_SECONDS says how long (120 unless set). Each round connects, browses, reads, edits, creates,
uploads, downloads, deletes and leaves. The campaigns after it are tests at full length: a server that is killed
fifty times, sixteen clients for thirty seconds, ten thousand malformed requests, two thousand transfers with every
fault, transfers that are killed at fifty moments, 2 GB and 5,000 imaging sessions on a slow site.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from serving import serving

from xnat_sdk import connect
from xnat_sdk.models import MrSessionData, SubjectData

ROOT = Path(__file__).resolve().parent.parent
CAMPAIGNS = {
    "emulator/test_kill.py": {"XNAT_KILLS": "50"},
    "emulator/test_load.py": {"XNAT_LOAD_SECONDS": "45"},
    "emulator/test_fuzz.py": {"XNAT_FUZZ_CASES": "10000"},
    "transfers/test_fault_campaign.py": {"XNAT_TRANSFERS": "2000"},
    "transfers/test_kill_transfers.py": {"XNAT_TRANSFER_KILLS": "50"},
    "transfers/test_slow_site.py": {"XNAT_SLOW_MB": "2048", "XNAT_SLOW_SESSIONS": "5000"},
}
"""Test file -> the settings that make it a campaign."""
WARM_UP_ROUNDS = 20
ALLOWED_GROWTH_MB = 8.0


class Held(NamedTuple):
    """What the process holds: resident memory in MB, open file handles, threads."""

    memory_mb: float
    handles: int
    threads: int


def held() -> Held:
    """Return what this process holds right now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    handles = len(list(Path("/proc/self/fd").iterdir()))
    return Held(pages * os.sysconf("SC_PAGESIZE") / 2**20, handles, threading.active_count())


def one_round(url: str, folder: Path) -> None:
    """Do a bit of everything, and leave the server as it was."""
    source = folder / "note.txt"
    source.write_text("soak\n" * 1000, encoding="utf-8")
    with connect(url, user="admin", password="admin") as session:
        project = session.projects["sandbox"]
        for imaging in project.sessions.of_type(MrSessionData):
            imaging.scans[0].download(folder / "scan.zip", overwrite=True)
        subject = SubjectData(parent=project, label="soak")
        with subject.edit():
            subject.initials = "SK"
        subject.create_resource("NOTES").upload(source)
        subject.delete(remove_files=True)


def run_campaigns() -> int:
    """Run every campaign and return how many failed."""
    failed = 0
    for name, settings in CAMPAIGNS.items():
        command = [sys.executable, "-m", "pytest", "-q", "-s", f"tests/{name}"]
        failed += subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=False).returncode != 0
    return failed


def main() -> int:
    """Return 0 when nothing grew and every campaign passed, else 1."""
    grew = use_one_server()
    return int(run_campaigns() > 0 or grew)


def use_one_server() -> bool:
    """Use a server for a while and tell whether something grew."""
    seconds = float(os.environ.get("SOAK_SECONDS", "120"))
    emulator = str(Path(sys.executable).parent / "xnat-emulator")
    with serving([emulator, "serve", "--demo", "--port", "0"]) as url, TemporaryDirectory() as folder:
        for _ in range(WARM_UP_ROUNDS):
            one_round(url, Path(folder))
        before, deadline, rounds = held(), time.monotonic() + seconds, 0
        while time.monotonic() < deadline:
            one_round(url, Path(folder))
            rounds += 1
        after = held()
    grown = after.memory_mb - before.memory_mb
    print(f"{rounds} rounds in {seconds:.0f} s: memory {grown:+.1f} MB, {before} -> {after}")
    return grown > ALLOWED_GROWTH_MB or after[1:] != before[1:]


if __name__ == "__main__":
    sys.exit(main())
