"""Imports into a project of its own, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from .conftest import Client
from .imports_dicom import make, zipped

IMPORT = "/data/services/import"


@dataclass
class Importer:
    """Imports into one project.

    Attributes:
        client: Who imports.
        project: The project's ID.
    """

    client: Client
    project: str

    def send(self, files: Mapping[str, bytes] | bytes, media: str = "application/zip", **query: str) -> Any:
        """Return the answer to an import; ``handler`` stands for ``import-handler``, ``_`` in names for itself."""
        said = {"import-handler" if key == "handler" else key: value for key, value in query.items()}
        body = files if isinstance(files, bytes) else zipped(files)
        return self.client.post(f"{IMPORT}?{urlencode(said)}", body=body, headers={"Content-Type": media})

    def archived(self, files: Mapping[str, bytes], **query: str) -> str:
        """Return the address of the session that files became."""
        response = self.send(files, **{"project": self.project, **query})
        assert response.status == 200, response.data
        assert response.data.startswith(b"/data/archive/"), response.data
        return response.data.decode().strip()

    def held(self, files: Mapping[str, bytes], **query: str) -> str:
        """Return the address of a received and built session, without ``/data``."""
        response = self.send(files, **{"dest": f"/prearchive/projects/{self.project}", **query})
        assert response.status == 200, response.data
        return response.data.decode().strip().removeprefix("/data")

    def gradual(self, data: bytes | None = None, **query: str) -> Any:
        """Return the answer to one object; its destination comes from the query or the header alone."""
        said = {"handler": "gradual-DICOM", "inbody": "true", "filename": "a.dcm", **query}
        return self.send(make() if data is None else data, "application/octet-stream", **said)

    def received(self, data: bytes | None = None, **query: str) -> dict[str, str]:
        """Return the row of the session that one object went to."""
        response = self.gradual(data, **{"PROJECT_ID": self.project, **query})
        assert response.status == 200, response.data
        return self.row(response.data.decode().strip())

    def row(self, address: str) -> dict[str, str]:
        """Return the row of a received session."""
        path = address.removeprefix("/data")
        rows = json.loads(self.client.get(f"/data/prearchive/projects/{path.split('/')[3]}").data)
        return next(row for row in rows["ResultSet"]["Result"] if row["url"] == path)

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the project."""
        found = json.loads(self.client.get(f"/data/prearchive/projects/{self.project}").data)["ResultSet"]["Result"]
        return [row for row in found if row["project"] == self.project]

    def archive(self, *sources: str, **query: str) -> Any:
        """Return the answer of the archive service."""
        pairs = [*(("src", source) for source in sources), *query.items()]
        return self.client.post(f"/data/services/archive?{urlencode(pairs)}")

    def document(self, source: str) -> str:
        """Return the document of a received session."""
        response = self.client.get(f"/data{source}?format=xml")
        assert response.status == 200, response.data
        return response.data.decode()

    def scans(self, address: str) -> list[dict[str, str]]:
        """Return the scans of an archived session."""
        return self.client.rows(f"{address}/scans")

    def scan(self, address: str, identifier: str = "1") -> dict[str, Any]:
        """Return the fields of a scan."""
        return self.client.fields(f"{address}/scans/{quote(identifier)}")

    def files(self, address: str, scan: str = "1") -> list[str]:
        """Return resource and name of every file of a scan."""
        rows = self.client.rows(f"{address}/scans/{quote(scan)}/files")
        return sorted(f"{row['collection']}/{row['Name']}" for row in rows)

    def put(self, tail: str, body: str = "") -> None:
        """Change a setting of the project."""
        response = self.client.put(f"/data/projects/{self.project}/{tail}", body=body.encode())
        assert response.status in {200, 201}, response.data
