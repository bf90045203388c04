"""What a program says of itself on its last line."""

import json
import time
from pathlib import Path


def report(start: float, subjects: int) -> None:
    """Print seconds since `start` (of time.perf_counter), subjects seen, and the process' peak memory in MB."""
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_kb = int(status.partition("VmHWM:")[2].split()[0])
    print(json.dumps({"seconds": seconds, "subjects": subjects, "peak_mb": peak_kb / 1024}))
