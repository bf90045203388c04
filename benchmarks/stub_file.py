"""A server that sends one large file and counts what of it crosses the network, and passes every other request on.

Usage: stub_file.py UPSTREAM BYTES ranges|whole. Every GET below ``files/`` is answered with a file of so many bytes,
with ``ranges`` the part of it that is asked for. ``GET /stub/moved`` tells how many bytes of it the other side has
confirmed (Linux' ``tcpi_bytes_acked``; what waits in this system's own buffers did not move) and in how many requests.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

import stub

MOVED = "/stub/moved"
BLOCK = bytes(1 << 16)
ASKED = re.compile(r"bytes=(\d+)-(\d*)")
FILE = re.compile(r"/files/[^/]+\Z")
ACKED_AT = 120  # where struct tcp_info has tcpi_bytes_acked


class Handler(stub.Handler):
    """Answers GETs of files, everything else as the upstream server does."""

    size = 0
    knows_ranges = False
    moved = 0
    requests = 0

    def respond(self) -> None:
        """Answer one request of any method."""
        path = urlsplit(self.path).path
        if path == MOVED:
            found = {"bytes": Handler.moved, "requests": Handler.requests}
            self.send(200, [("Content-Type", "application/json")], json.dumps(found).encode())
        elif self.command == "GET" and FILE.search(path):
            self.send_file()
        else:
            self.pass_on()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = respond  # noqa: N815  # the names that http.server looks for

    def send_file(self) -> None:
        """Send the file or the part that is asked for, and count what arrives."""
        asked = ASKED.match(self.headers.get("Range", "")) if self.knows_ranges else None
        first = int(asked[1]) if asked else 0
        last = min(int(asked[2] or self.size), self.size - 1) if asked else self.size - 1
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{self.size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        Handler.requests += 1
        before = acked(self.connection)
        Handler.moved += self.sent(last - first + 1, before)

    def sent(self, length: int, before: int) -> int:
        """Send so many bytes and return how many moved; those of an answer that was taken whole are all of them."""
        left = length
        try:
            while left:
                left -= self.connection.send(BLOCK[:left])
        except OSError:
            self.close_connection = True
            return acked(self.connection) - before
        return length


def acked(connection: socket.socket) -> int:
    """Return how many bytes of a connection the other side has confirmed."""
    return int(struct.unpack_from("Q", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), ACKED_AT)[0])


def main() -> None:
    """Serve until the process is ended."""
    stub.Handler.upstream = urlsplit(sys.argv[1]).netloc
    Handler.size, Handler.knows_ranges = int(sys.argv[2]), sys.argv[3] == "ranges"
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
