"""A server that takes uploads and forgets them, and passes every other request on.

Usage: stub_uploads.py UPSTREAM TABLE MILLISECONDS. What is PUT below a resource's files is read and thrown away: no
disk plays a part. The resource's table is empty until then; afterwards it is the one in the file TABLE, a list of name,
size and MD5. ``GET /stub/reset`` empties it again. Every request is held back for some milliseconds.
"""

from __future__ import annotations

import json
import re
import sys
import time
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import stub

FILES = re.compile(r"/resources/[^/]+/files(/|\Z)")
RESET = "/stub/reset"
BLOCK = 1 << 20


class Handler(stub.Handler):
    """Answers uploads and tables, everything else as the upstream server does."""

    rows: list[tuple[str, int, str]] = []
    seconds = 0.0
    is_full = False

    def respond(self) -> None:
        """Answer one request of any method."""
        time.sleep(self.seconds)
        path = urlsplit(self.path).path
        if path == RESET:
            Handler.is_full = False
            self.send(200, [], b"")
        elif FILES.search(path) and self.command in {"PUT", "POST"}:
            self.throw_away()
            Handler.is_full = True
            self.send(200, [("Content-Type", "text/plain")], b"")
        elif FILES.search(path) and self.command in {"GET", "HEAD"}:
            self.send(200, [("Content-Type", "application/json")], self.table(path.rstrip("/")))
        else:
            self.pass_on()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = respond  # noqa: N815  # the names that http.server looks for

    def throw_away(self) -> None:
        """Read the body to its end, with or without a length."""
        buffer = memoryview(bytearray(BLOCK))
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            left -= self.rfile.readinto1(buffer[: min(left, BLOCK)])  # type: ignore[attr-defined]  # of the buffer that it is

    def table(self, path: str) -> bytes:
        """Return the table of the resource's files."""
        rows = [
            {"Name": name, "Size": str(size), "digest": md5, "collection": "UP", "URI": f"{path}/{name}"}
            for name, size, md5 in (self.rows if Handler.is_full else ())
        ]
        return json.dumps({"ResultSet": {"Result": rows, "title": "Files"}}).encode()


def main() -> None:
    """Serve until the process is ended."""
    stub.Handler.upstream = urlsplit(sys.argv[1]).netloc
    Handler.rows = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    Handler.seconds = int(sys.argv[3]) / 1000
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
