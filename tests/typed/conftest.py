"""A transport that answers from a script, and a connection over it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from xnat_runtime.transport import Request, Response


class ScriptedTransport:
    """Answers by method and path; keeps every request."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: dict[tuple[str, str], list[tuple[int, bytes]]] = {}

    def answer(self, method: str, path: str, body: object = b"", status: int = 200) -> None:
        """Adds an answer; the last one for a path is given again and again."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.setdefault((method, path), []).append((status, content))

    def table(self, path: str, rows: list[dict[str, object]]) -> None:
        """Answers a listing."""
        self.answer("GET", path, {"ResultSet": {"Result": rows, "totalRecords": str(len(rows))}})

    def item(self, path: str, xsi_type: str, fields: dict[str, object], **children: list[dict[str, object]]) -> None:
        """Answers an item document; children by path with ``__`` for slashes."""
        groups = [{"field": name.replace("__", "/"), "items": items} for name, items in children.items()]
        meta = {"isHistory": False, "xsi:type": xsi_type}
        self.answer("GET", path, {"items": [{"children": groups, "meta": meta, "data_fields": fields}]})

    def send(self, request: Request, *, stream: bool = False) -> Response:
        del stream
        self.requests.append(request)
        queue = self.answers.get((request.method, request.path))
        if not queue:
            return Response(method=request.method, url=request.path, status=404, headers={}, body=b"no such thing")
        status, body = queue.pop(0) if len(queue) > 1 else queue[0]
        return Response(method=request.method, url=request.path, status=status, headers={}, body=body)

    def close(self) -> None:
        """Nothing is open."""

    def sent(self) -> list[str]:
        """Returns what was asked, as method, path and query."""
        return [f"{r.method} {r.path}{'?' if r.query else ''}{urlencode(r.query)}" for r in self.requests]

    def bodies(self) -> list[str]:
        """Returns the bodies that were sent."""
        return [request.body.decode() for request in self.requests if isinstance(request.body, bytes)]


def child(xsi_type: str, **fields: object) -> dict[str, object]:
    """Returns an entry of a document's children."""
    return {"meta": {"isHistory": False, "xsi:type": xsi_type}, "data_fields": fields, "children": []}


@pytest.fixture
def entry():
    """The function that builds an entry of a document's children."""
    return child


@pytest.fixture
def wire() -> ScriptedTransport:
    """The scripted transport."""
    return ScriptedTransport()


@pytest.fixture
def session(wire: ScriptedTransport) -> Iterator[object]:
    """A connection of the generated package over the scripted transport."""
    from xnat_sdk._registry import REGISTRY
    from xnat_sdk.session import XnatSession

    return XnatSession(wire, REGISTRY, "https://xnat.example.org", "reader")
