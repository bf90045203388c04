"""A server that answers one long listing from memory and passes every other request on.

Usage: stub.py UPSTREAM ROWS. The time of a database plays no part in the listing; login, schemas and all else are
answered by the embedded server at UPSTREAM.
"""

from __future__ import annotations

import http.client
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LISTINGS = {f"{prefix}/projects/sandbox/subjects" for prefix in ("/data", "/data/archive")}
# Connection-level headers belong to one hop.
ONE_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "host", "date", "server"}


def listing(rows: int) -> bytes:
    """Return the subject listing of a project with `rows` subjects, as a server sends it."""
    subjects = [
        {
            "insert_date": "2026-01-31 12:30:15.0",
            "project": "sandbox",
            "ID": f"XNAT_S{number:06d}",
            "label": f"subject-{number:06d}",
            "insert_user": "admin",
            "URI": f"/data/subjects/XNAT_S{number:06d}",
        }
        for number in range(rows)
    ]
    return json.dumps({"ResultSet": {"Result": subjects, "totalRecords": str(rows)}}).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers from memory or asks upstream."""

    protocol_version = "HTTP/1.1"
    upstream = ""
    answer = b""

    def respond(self) -> None:
        """Answer one request of any method."""
        if self.command == "GET" and urlsplit(self.path).path.rstrip("/") in LISTINGS:
            self.send(200, [("Content-Type", "application/json;charset=UTF-8")], self.answer)
        else:
            self.pass_on()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = respond  # noqa: N815  # the names that http.server looks for

    def pass_on(self) -> None:
        """Send the request to the upstream server and its answer back."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ONE_HOP}
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            connection.request(self.command, self.path, body, headers)
            reply = connection.getresponse()
            kept = [(name, value) for name, value in reply.getheaders() if name.lower() not in ONE_HOP]
            self.send(reply.status, kept, reply.read())
        finally:
            connection.close()

    def send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Write a whole answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def main() -> None:
    """Serve until the process is ended."""
    Handler.upstream = urlsplit(sys.argv[1]).netloc
    Handler.answer = listing(int(sys.argv[2]))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
