"""Start a server program that announces itself with ``ready URL``, and stop it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def serving(command: Sequence[str]) -> Iterator[str]:
    """Yield the URL from the program's first line; the program is ended on leaving."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            word, _, url = server.stdout.readline().strip().partition(" ")
            if word != "ready":
                raise SystemExit(f"{' '.join(command)} did not start")
            yield url
        finally:
            server.terminate()
