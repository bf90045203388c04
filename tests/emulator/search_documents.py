"""Search documents for tests, and the site they look through."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

NAMESPACE = 'xmlns:xdat="http://nrg.wustl.edu/security"'
MR = "xnat:mrSessionData"
SUBJECT = "xnat:subjectData"
SCAN = "xnat:mrScanData"


def criterion(field: str, comparison: str, value: str | None, *, override: int = 0) -> str:
    text = "" if value is None else f"<xdat:value>{escaped(value)}</xdat:value>"
    return (
        f'<xdat:criteria override_value_formatting="{override}"><xdat:schema_field>{field}</xdat:schema_field>'
        f"<xdat:comparison_type>{escaped(comparison)}</xdat:comparison_type>{text}</xdat:criteria>"
    )


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def group(method: str, *inner: str) -> str:
    return f'<xdat:child_set method="{method}">{"".join(inner)}</xdat:child_set>'


def column(name: str, number: int, root: str) -> str:
    owner, _, identifier = name.rpartition(".") if "/" not in name else ("", "", name)
    return (
        f"<xdat:search_field><xdat:element_name>{owner or root}</xdat:element_name>"
        f"<xdat:field_ID>{identifier}</xdat:field_ID><xdat:sequence>{number}</xdat:sequence>"
        f"<xdat:type>string</xdat:type></xdat:search_field>"
    )


def document(root: str, columns: list[str], *where: str, attributes: str = "", sort: str = "", tail: str = "") -> str:
    fields = "".join(column(name, number, root) for number, name in enumerate(columns))
    conditions = f'<xdat:search_where method="AND">{"".join(where)}</xdat:search_where>' if where else ""
    by = f"<xdat:element_name>{root}</xdat:element_name><xdat:field_ID>{sort}</xdat:field_ID>"
    order = f"<xdat:sort_by>{by}</xdat:sort_by>"
    return (
        f"<xdat:bundle {NAMESPACE} {attributes}><xdat:root_element_name>{root}</xdat:root_element_name>"
        f"{fields}{conditions}{order if sort else ''}{tail}</xdat:bundle>"
    )


@dataclass
class Searcher:
    """Runs searches in one project."""

    client: Any  # the Client of conftest
    project: str

    @property
    def own(self) -> str:
        """The condition that keeps other tests' objects out."""
        return criterion(f"{MR}/project", "=", self.project)

    def post(self, body: str, query: str = "format=json", **options: Any) -> Any:
        return self.client.post(f"/data/search?{query}", body=body.encode(), **options)

    def result(self, body: str, query: str = "format=json") -> dict[str, Any]:
        answer = self.post(body, query)
        assert answer.status == 200, answer.data
        return json.loads(answer.data)["ResultSet"]

    def rows(self, body: str, query: str = "format=json") -> list[dict[str, str]]:
        return self.result(body, query)["Result"]

    def sessions(self, *where: str) -> set[str]:
        """Return the labels of the MR sessions that meet conditions."""
        found = self.rows(document(MR, ["LABEL"], self.own, *where))
        return {row["label"] for row in found}

    def csv(self, body: str) -> list[list[str]]:
        answer = self.post(body, "format=csv")
        assert answer.status == 200, answer.data
        return list(csv.reader(io.StringIO(answer.data.decode())))


def fill(client: Any, project: str) -> None:
    """Put four subjects with five sessions into a project; what they hold are the values of the tests."""
    made = [client.put(path).status for path in paths(f"/data/projects/{project}")]
    assert set(made) <= {200, 201}, made


def paths(project: str) -> list[str]:
    def subject(name: str, **values: str) -> str:
        return f"{project}/subjects/{name}?{urlencode(values)}"

    def session(subject: str, name: str, kind: str = MR, **values: str) -> str:
        return f"{project}/subjects/{subject}/experiments/{name}?{urlencode({'xsiType': kind, **values})}"

    def scan(subject: str, name: str, number: int, **values: str) -> str:
        return (
            f"{project}/subjects/{subject}/experiments/{name}/scans/{number}?{urlencode({'xsiType': SCAN, **values})}"
        )

    return [
        project,
        subject("frobenius", group="Frobenius", gender="female", dob="1980-05-05", handedness="left"),
        subject("symmetric", group="Symmetric", gender="male", yob="1970"),
        subject("linear", group="Special linear"),
        subject("bare"),
        session("frobenius", "heavy", date="2021-02-02", scanner="TrioTim", **{f"{MR}/dcmPatientWeight": "200.5"}),
        session("frobenius", "early", date="2018-07-07", scanner="Avanto", **{f"{MR}/dcmPatientWeight": "150"}),
        session("symmetric", "light", date="2020-03-20", **{f"{MR}/fields/field[name=Diagnosis]/field": "healthy"}),
        session("linear", "undated", note="a long, note"),
        session("linear", "tracer", kind="xnat:petSessionData", date="2019-01-01"),
        scan("frobenius", "heavy", 1, type="T1", series_description="mprage", **{f"{SCAN}/startTime": "10:10:10"}),
        scan("frobenius", "heavy", 2, type="T1", series_description="MPRAGE 2", **{f"{SCAN}/startTime": "01:23:45"}),
        scan("frobenius", "heavy", 3, type="T2", series_description="tse", quality="usable"),
        scan("symmetric", "light", 1, type="T2", **{f"{SCAN}/startTime": "20:20:20"}),
        f"{project}/subjects/frobenius/experiments/heavy/assessors/qc?xsiType=xnat:qcManualAssessorData&date=2021-03-03",
    ]
