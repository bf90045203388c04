"""The clock around a transfer, and what a program says of it on its last line.

Everything that a program needs is imported and connected before the clock starts.
"""

import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def peak_mb() -> float:
    """Return the most memory that the process has held since the last reset."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def measured(target: Path, size: int) -> Iterator[None]:
    """Measure a block that fills a folder with so many bytes of files; the folder is removed afterwards.

    Prints the seconds, the memory before the block, and what the block added to it at its peak.
    """
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here on
    before = peak_mb()
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    added = peak_mb() - before
    files = [path for path in target.rglob("*") if path.is_file()]
    found = sum(path.stat().st_size for path in files)
    shutil.rmtree(target)
    if found != size:
        raise SystemExit(f"{found} bytes are there, not {size}")
    print(json.dumps({"seconds": seconds, "connected_mb": before, "added_mb": added, "files": len(files)}))


@contextmanager
def sending() -> Iterator[None]:
    """Measure a block that uploads; prints the seconds, the memory before it and what it added."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = peak_mb()
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "connected_mb": before, "added_mb": peak_mb() - before}))


def reset(url: str) -> None:
    """Let the server forget what was uploaded."""
    with urllib.request.urlopen(f"{url}/stub/reset") as reply:
        reply.read()
