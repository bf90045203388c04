"""A server that knows the calls of ``fetch`` and answers as a test wants."""

from __future__ import annotations

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .factories import complex_type, document

PASSWORD = "s3cret-word"
SESSION = "0123456789ABCDEF"
GOOD = document(complex_type("t")).encode()


class Site(ThreadingHTTPServer):
    """A server that knows the schema calls; tests change its answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.names: object = ["xnat", "pipeline/workflow"]
        self.others: dict[str, object] = {}
        self.schemas: dict[str, bytes] = {"xnat": GOOD, "pipeline/workflow": GOOD}
        self.pages: dict[str, bytes] = {}
        self.needs_login = False
        self.redirect = ""
        self.seen: list[tuple[str, str, str]] = []
        self.authorizations: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    @property
    def site(self) -> Site:
        assert isinstance(self.server, Site)
        return self.server

    def do_GET(self) -> None:
        self.note()
        accepted = {"Basic " + base64.b64encode(f"{me}:{PASSWORD}".encode()).decode() for me in ("me", "ldap/me")}
        if self.site.redirect:
            self.send_response(302)
            self.send_header("Location", self.site.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.site.needs_login and not self.is_known(accepted):
            self.answer(401, b"<html>no</html>")
        elif self.path in self.site.pages:
            self.answer(200, self.site.pages[self.path])
        elif self.path == "/xapi/schemas":
            self.answer(200, json.dumps(self.site.names).encode())
        elif self.path in self.site.others:
            self.answer(200, json.dumps(self.site.others[self.path]).encode())
        else:
            text = self.site.schemas.get(self.path.removeprefix("/xapi/schemas/"))
            self.answer(404 if text is None else 200, text or b"")

    def do_DELETE(self) -> None:
        self.note()
        self.answer(200, b"")

    def is_known(self, accepted: set[str]) -> bool:
        cookie = self.headers.get("Cookie", "")
        return self.headers.get("Authorization") in accepted or f"JSESSIONID={SESSION}" in cookie

    def note(self) -> None:
        self.site.authorizations.append(self.headers.get("Authorization"))
        self.site.seen.append((self.command, self.path, self.headers.get("Cookie", "")))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Set-Cookie", "JSESSIONID=ABC; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        del format, args
