"""A headless Chromium that opens every page of a folder at two widths and says where something sticks out."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
HARNESS = Path(__file__).with_name("measure.html")
SECONDS = 240.0
NO_INDEX = b'{"config": {"lang": ["en"], "separator": " ", "pipeline": []}, "docs": []}'


class Measured(NamedTuple):
    """One page at one width: by how many pixels it scrolls sideways, and the elements that stick out of their boxes."""

    page: str
    width: int
    over: int
    out: list[str]


def chromium() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Handler(SimpleHTTPRequestHandler):
    """Serves the site and the harness, and takes what the harness found."""

    protocol_version = "HTTP/1.1"  # one connection for many files

    def __init__(self, *args: Any, pages: list[str], found: SimpleQueue[bytes], **kwargs: Any) -> None:
        self.pages, self.found = pages, found
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        match self.path:
            case "/measure.html":
                self.answer(HARNESS.read_bytes(), "text/html")
            case "/pages.json":
                self.answer(json.dumps(self.pages).encode(), "application/json")
            case "/search/search_index.json":
                # Each page builds its search from the whole index, which takes longer than laying the page out.
                self.answer(NO_INDEX, "application/json")
            case _:
                super().do_GET()

    def do_POST(self) -> None:
        self.found.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(b"", "text/plain")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # the parent's name
        """Say nothing: a test reads what was found."""


class Server(ThreadingHTTPServer):
    """A server that a browser may open many connections to at once."""

    request_queue_size = 64
    daemon_threads = True  # a browser keeps connections open that it may need again


@contextmanager
def served(site: Path, pages: list[str], found: SimpleQueue[bytes]) -> Iterator[str]:
    """Yield the address of a server for the site."""
    handler = partial(Handler, directory=str(site), pages=pages, found=found)
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def measure(browser: str, site: Path, profile: Path, files: Sequence[Path]) -> list[Measured]:
    """Open pages of `site` at both widths and return what was measured."""
    pages = [f"/{page.relative_to(site).as_posix()}" for page in files]
    found: SimpleQueue[bytes] = SimpleQueue()
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--remote-debugging-port=0"]
    with served(site, pages, found) as address:
        command = [browser, *options, "--window-size=1400,1000", f"{address}/measure.html"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                rows = json.loads(found.get(timeout=SECONDS))
            finally:
                running.terminate()
    return [Measured(**row) for row in rows]
