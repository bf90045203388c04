"""Items made on another server from the documents of this one, each exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from ..documents import ItemNode, read_item, read_table
from ..errors import ConflictError, NotFoundError, UnexpectedAnswerError
from ..paths import segment
from .copy_documents import ItemDocument
from .copy_state import CopyState

if TYPE_CHECKING:
    from ..session import BaseSession

_XML: Final = {"Content-Type": "text/xml"}


def read_document(session: BaseSession, uri: str) -> ItemDocument:
    """Return the document of an item: one request."""
    query = {"format": "xml", "concealHiddenFields": "true"}
    return ItemDocument(session.get(uri, query=query).text, uri)


@attrs.frozen
class Making:
    """Makes items on the target.

    Attributes:
        target: The connection that is written.
        project: ID of the project there.
        state: What was made already.
    """

    target: BaseSession
    project: str
    state: CopyState

    @property
    def base(self) -> str:
        """Path of the project."""
        return f"/data/projects/{segment(self.project)}"

    def make_project(self, key: str, body: bytes) -> str:
        """Make the project."""
        return self.state.once(key, lambda: self._post("/data/projects", body), lambda: self._found(self.base, "ID"))

    def make_subject(self, key: str, label: str, body: bytes) -> str:
        """Make a subject and return its ID."""
        uri = f"{self.base}/subjects"
        return self.state.once(
            key, lambda: self._post(uri, body), lambda: self._found(f"{uri}/{segment(label)}", "label", label)
        )

    def make_experiment(self, key: str, subject: str, label: str, xsi_type: str, body: bytes) -> str:
        """Make an experiment of a subject and return its ID."""
        uri = f"{self.base}/subjects/{segment(subject)}/experiments"
        there = f"{self.base}/experiments/{segment(label)}"
        return self.state.once(key, lambda: self._post(uri, body), lambda: self._found(there, "label", label, xsi_type))

    def make_assessor(self, key: str, session: str, label: str, xsi_type: str, body: bytes) -> str:
        """Make an assessor of an imaging session and return its ID."""
        uri = f"/data/experiments/{segment(session)}/assessors"
        return self.state.once(
            key, lambda: self._post(uri, body), lambda: self._found(f"{uri}/{segment(label)}", "label", label, xsi_type)
        )

    def scans(self, session: str) -> set[str]:
        """Return the IDs of the scans of an imaging session, by its path."""
        uri = f"{session}/scans"
        return {str(row.get("ID")) for row in read_table(self.target.get_json(uri), uri)}

    def make_scan(self, key: str, session: str, scan: str, body: bytes) -> None:
        """Make a scan of an imaging session, by its path."""
        uri = f"{session}/scans"
        self.state.once(key, lambda: self._post(uri, body), lambda: scan if scan in self.scans(session) else None)

    def document(self, uri: str) -> ItemNode | None:
        """Return the document of an item of the target, None when there is none."""
        try:
            return read_item(self.target.get_json(uri), uri)
        except NotFoundError:
            return None

    def share(self, key: str, uri: str, project: str, label: str) -> None:
        """Show an item in another project, too.

        Raises:
            ResponseError: The server refused.
        """
        query = {"label": label} if label else {}

        def send() -> str:
            self.target.put(f"{uri}/projects/{segment(project)}", query=query)
            return project

        def look() -> str | None:
            found = self.document(uri)
            shares = found.children("sharing/share") if found is not None else []
            return project if any(each.fields.get("project") == project for each in shares) else None

        self.state.once(key, send, look)

    def _post(self, uri: str, body: bytes) -> str:
        answer = self.target.post(uri, data=body, headers=_XML).text.strip()
        identity = answer.partition("?")[0].rpartition("/")[2]
        if not identity:
            msg = "the server created the item but did not name it"
            raise UnexpectedAnswerError(msg, method="POST", url=uri)
        return identity

    def _found(self, uri: str, name: str, value: str = "", xsi_type: str = "") -> str | None:
        """Return the ID of an item that is there and is what was going to be made."""
        found = self.document(uri)
        if found is None or str(found.fields.get(name, "")) != (value or self.project):
            return None
        if xsi_type and found.xsi_type != xsi_type:
            told = f"it is of type {found.xsi_type} on the target, {xsi_type} was to be made"
            raise ConflictError("GET", uri, 409, told)
        return str(found.fields.get("ID", "")) or None
