"""A site whose answers a test writes: it logs everybody in and says 404 to all that nobody wrote."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable

from ..runtime.conftest import OddServer, Reply, Seen

SESSION = "3940FAAC4CB8DD368A9A1575372ECBBA"
PASSWORD = "correct-horse-battery"
Scripted = Reply | Callable[[Seen], Reply]


class Site(OddServer):
    """Answers by method and path, whatever the query.

    Attributes:
        script: What is answered; a test adds to it.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(context)
        cookie = ("Set-Cookie", f"JSESSIONID={SESSION}; Path=/")
        self.script: dict[tuple[str, str], Scripted] = {
            ("PUT", "/data/services/auth"): Reply(200, SESSION.encode(), (cookie,)),
            ("GET", "/data/auth"): Reply(200, b"User 'reader' is logged in"),
            ("DELETE", "/data/JSESSION"): Reply(200),
        }
        self.answer(self._scripted)

    def table(self, path: str, *rows: dict[str, str]) -> None:
        """Answer a listing."""
        answer = {"ResultSet": {"Result": rows, "totalRecords": str(len(rows))}}
        self.script["GET", path] = Reply(200, json.dumps(answer).encode(), (("Content-Type", "application/json"),))

    def asked(self) -> list[str]:
        """Return methods and targets of the requests so far."""
        return [f"{seen.method} {seen.target}" for seen in self.seen]

    def _scripted(self, seen: Seen) -> Reply:
        answer = self.script.get((seen.method, seen.target.partition("?")[0]), Reply(404, b"no such thing"))
        return answer if isinstance(answer, Reply) else answer(seen)
