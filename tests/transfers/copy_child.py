"""A copy in a process of its own, to be killed in the middle of it, or to have its memory looked at.

Usage: copy_child.py SOURCE TARGET STATE [WARM]: with WARM, project WARM is copied before the memory is looked at.
"""

import sys
from pathlib import Path

from xnat_runtime.transfers.copy_project import ProjectCopy
from xnat_sdk import connect

source, target, state, *warm = sys.argv[1:]


def peak() -> int:
    """Most bytes that this process had so far.

    On Linux by the process's own book: getrusage() also counts what the parent had when it forked.
    """
    book = Path("/proc/self/status")
    if book.exists():
        return int(book.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


with connect(source, user="admin", password="admin") as here, connect(target, user="admin", password="admin") as there:
    for project in warm:
        ProjectCopy(here, project, there, project, state=Path(state)).run()
    before = peak()
    print("ready", flush=True)
    report = ProjectCopy(here, "P", there, "P", state=Path(state)).run()
    print(f"done {len(report.moved)} {len(report.skipped)} {peak() - before}", flush=True)
