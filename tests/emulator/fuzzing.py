"""Requests that no client should send, as hypothesis strategies."""

from __future__ import annotations

import gzip
import tomllib
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from hypothesis import strategies as st

from xnat_emulator.build import dicom_files, dicom_zip
from xnat_emulator.locate import find_schemas
from xnat_emulator.routes import ROUTES

from .fuzz_bodies import ARCHIVES, SEARCH, bodies, tar_of, zip_of
from .fuzz_words import HEADERS, HOSTILE, KEYS, LIKELY, METHODS, NAMES, TYPES, VALUES


@dataclass(frozen=True)
class Case:
    """One request; the path holds its query."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Way:
    """One path that can be hit: its methods and the query parameters a server reads there."""

    template: str
    methods: tuple[str, ...]
    keys: tuple[str, ...] = ()


@cache
def ways() -> tuple[Way, ...]:
    rows = tomllib.loads((find_schemas() / "routes.toml").read_text(encoding="utf-8"))["route"]
    found = {row["path"]: Way(row["path"], tuple(row["methods"]), tuple(row.get("query", ()))) for row in rows}
    for route in ROUTES:
        found.setdefault(route.template, Way(route.template, tuple(route.methods)))
    return tuple(found[template] for template in sorted(found))


def segments() -> st.SearchStrategy[str]:
    odd = st.text(max_size=12).map(lambda text: quote(text, safe="", errors="replace"))
    return st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(HOSTILE), odd)


@st.composite
def paths(draw: st.DrawFn, way: Way) -> str:
    filled = []
    for part in way.template.split("/"):
        likely = LIKELY.get(part.strip("{}"), "{E}")
        filled.append(part if "{" not in part else likely if draw(st.integers(0, 3)) else draw(segments()))
    filled += draw(st.lists(segments(), max_size=3 if draw(st.integers(0, 3)) == 0 else 0))
    path = "/".join(filled)
    if path.startswith("/data") and draw(st.integers(0, 9)) == 0:
        path = path.replace(
            "/data", draw(st.sampled_from(("/data/archive", "/REST", "//data", "/data/.", "/data/.."))), 1
        )
    return path + draw(st.sampled_from(("",) * 6 + ("/", "//", "/%2e%2e")))


@st.composite
def queries(draw: st.DrawFn, own: tuple[str, ...] = ()) -> str:
    key = st.one_of(st.sampled_from(KEYS), st.sampled_from(own or KEYS))
    value = st.one_of(st.sampled_from(VALUES), st.text(max_size=10))
    pairs = draw(st.lists(st.tuples(key, value), max_size=4))
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='{}', errors='replace')}" for name, text in pairs)


# --- what is nearly right ---

_SUBJECT = (
    b'<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    b'label="S" project="{P}"><xnat:demographics xsi:type="xnat:demographicData"><xnat:dob>1980-01-01</xnat:dob>'
    b'<xnat:gender>male</xnat:gender></xnat:demographics><xnat:fields><xnat:field name="a">b</xnat:field></xnat:fields>'
    b"</xnat:Subject>"
)
_SESSION = (
    b'<xnat:MRSession xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    b'label="E" project="{P}"><xnat:date>2020-01-01</xnat:date><xnat:scans><xnat:scan ID="7" type="T1" '
    b'xsi:type="xnat:mrScanData"><xnat:quality>usable</xnat:quality><xnat:parameters><xnat:voxelRes units="mm" x="1" '
    b'y="1" z="1"/><xnat:tr>2.5</xnat:tr></xnat:parameters></xnat:scan></xnat:scans></xnat:MRSession>'
)
_QUERY = SEARCH % (
    *(b"xnat:subjectData", b"xnat:subjectData", b"SUBJECT_LABEL", b"OR", b"xnat:subjectData/label", b"LIKE", b"%S%"),
)
_USER = b'{"username": "u1", "password": "Secret.1", "firstName": "a", "lastName": "b", "email": "u1@localhost"}'
_IMPORT = "/data/services/import?import-handler="
_NEAR = "/data/projects/{P}/subjects/{S}"


@cache
def samples() -> tuple[tuple[str, str, str, bytes], ...]:
    """Return method, path, content type and body of requests that would succeed."""
    images = dicom_zip(project="{P}", subject="S", session="N", scans=1)
    return (
        ("POST", f"{_IMPORT}DICOM-zip&project={{P}}", "application/zip", images),
        (
            "POST",
            f"{_IMPORT}SI&dest=/archive/projects/{{P}}/subjects/S/experiments/N&overwrite=delete",
            "application/zip",
            images,
        ),
        ("POST", f"{_IMPORT}gradual-DICOM&project={{P}}&inbody=true", "application/dicom", dicom_files()[0].data),
        ("POST", f"{_IMPORT}XAR", "application/zip", zip_of(("session.xml",), _SESSION)),
        ("PUT", _NEAR, "text/xml", _SUBJECT),
        ("POST", "/data/projects/{P}/subjects", "text/xml", _SUBJECT),
        ("PUT", f"{_NEAR}/experiments/E", "text/xml", _SESSION),
        ("PUT", f"{_NEAR}/experiments/new", "text/xml", _SESSION),
        ("POST", f"{_NEAR}/experiments", "text/xml", _SESSION),
        ("POST", "/data/search?format=json", "text/xml", _QUERY),
        ("PUT", "/data/search/saved/one", "text/xml", _QUERY),
        ("PUT", "/data/projects/{P}/resources/N/files/up.zip?extract=true", "application/zip", ARCHIVES[0]),
        (
            "PUT",
            "/data/projects/{P}/resources/N/files/up.tar.gz?extract=true",
            "application/x-gzip",
            gzip.compress(tar_of(("a", "b/c"))),
        ),
        ("PUT", f"{_NEAR}/resources/N/files/x.txt?inbody=true&overwrite=true", "text/plain", b"text"),
        ("POST", "/xapi/users", "application/json", _USER),
        ("PUT", "/data/projects/{P}/config/tool/path?inbody=true", "text/plain", b"{}"),
        ("PUT", "/data/projects/{P}/protocols/x?dataType=xnat:subjectData", "text/xml", _SUBJECT),
    )


@st.composite
def spoilt(draw: st.DrawFn, data: bytes) -> bytes:
    """Return data with a few bytes changed, cut out or put in."""
    for _ in range(draw(st.integers(0, 3))):
        position = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from((0, 1, 1, 4, 50, 10_000)))
        data = data[:position] + draw(st.binary(max_size=4)) + data[position + length :]
    return data


@st.composite
def near_misses(draw: st.DrawFn) -> Case:
    method, path, kind, body = draw(st.sampled_from(samples()))
    query = draw(queries()) if draw(st.booleans()) else ""
    body = draw(spoilt(body))
    return Case(
        method, path + (f"{'&' if '?' in path else '?'}{query}" if query else ""), (("Content-Type", kind),), body
    )


@st.composite
def far_misses(draw: st.DrawFn) -> Case:
    way = draw(st.sampled_from(ways()))
    method = draw(st.sampled_from(way.methods * 4 + METHODS))
    query = draw(queries(way.keys))
    body = draw(bodies()) if method in {"PUT", "POST", "PATCH", "DELETE"} else b""
    kind = draw(st.sampled_from(TYPES))
    headers = [("Content-Type", kind)] if kind else []
    if draw(st.integers(0, 7)) == 0:
        headers.append(draw(st.sampled_from(HEADERS)))
    return Case(method, draw(paths(way)) + (f"?{query}" if query else ""), tuple(headers), body)


def cases() -> st.SearchStrategy[Case]:
    return st.one_of(far_misses(), far_misses(), near_misses())
