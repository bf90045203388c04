"""A server that answers one search with many rows from memory and passes every other request on.

Usage: stub_search.py UPSTREAM ROWS. The embedded server at UPSTREAM answers the search once; its first row is repeated
with other IDs and labels. ``GET /stub/requests`` tells how many requests there were.
"""

from __future__ import annotations

import http.client
import json
import sys
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

import stub

COUNTER = "/stub/requests"


class Handler(stub.Handler):
    """Answers searches from memory, everything else as the upstream server does."""

    rows = 0
    answers: dict[bytes, bytes] = {}  # one server, one memory
    requests = 0

    def respond(self) -> None:
        """Answer one request of any method."""
        path = urlsplit(self.path).path
        if path == COUNTER:
            self.send(200, [("Content-Type", "application/json")], json.dumps(Handler.requests).encode())
            return
        Handler.requests += 1
        if self.command == "POST" and path == "/data/search":
            self.search()
        else:
            self.pass_on()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = respond  # noqa: N815  # the names that http.server looks for

    def search(self) -> None:
        """Answer a search; what it asks for is looked up upstream the first time."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if body not in self.answers:
            self.answers[body] = self.repeated(body)
        self.send(200, [("Content-Type", "application/json;charset=UTF-8")], self.answers[body])

    def repeated(self, body: bytes) -> bytes:
        """Return the upstream answer with its first row once for each of many subjects."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in stub.ONE_HOP}
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        connection.request("POST", self.path, body, headers)
        document = json.loads(connection.getresponse().read())
        connection.close()
        first = document["ResultSet"]["Result"][0]
        own = {key for key, value in first.items() if str(value).startswith("XNAT_S") or key.endswith("label")}
        document["ResultSet"]["Result"] = [
            first | {key: f"{first[key]}{number:06d}" for key in own} for number in range(self.rows)
        ]
        document["ResultSet"]["totalRecords"] = str(self.rows)
        return json.dumps(document).encode()


def main() -> None:
    """Serve until the process is ended."""
    Handler.upstream = urlsplit(sys.argv[1]).netloc
    Handler.rows = int(sys.argv[2])
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
