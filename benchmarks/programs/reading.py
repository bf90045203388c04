"""What a program that reads a part of a file says on its last line."""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

TAKEN_SECONDS = 0.2


def moved(url: str) -> dict[str, int]:
    """Return how many bytes of the file have moved so far, and in how many requests."""
    with urllib.request.urlopen(f"{url}/stub/moved") as reply:
        found: dict[str, int] = json.load(reply)
        return found


@contextmanager
def counted(url: str) -> Iterator[None]:
    """Count a block that reads a file; prints the bytes that moved, the requests and the seconds."""
    before = moved(url)
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    # The server sees a connection that is closed early when it sends on.
    after, last = moved(url), before
    while after != last or after == before:
        time.sleep(TAKEN_SECONDS)
        last, after = after, moved(url)
    print(json.dumps({key: after[key] - before[key] for key in after} | {"seconds": seconds}))
