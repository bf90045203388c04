"""The display fields of the shipped data: each can be read, and what it is made of exists."""

from __future__ import annotations

import tomllib

import pytest

from xnat_emulator.datamodel import display, xmlpath, xsd
from xnat_emulator.formats.columns import Columns
from xnat_emulator.formats.javahash import hashtable_order
from xnat_emulator.search.computed import compute
from xnat_emulator.search.document import read
from xnat_emulator.search.writing import write

from .conftest import ROOT
from .search_documents import MR, criterion, document, group

SCHEMAS = ROOT / "schemas"
NAMES = [row["name"] for row in tomllib.loads((SCHEMAS / "display.toml").read_text())["element"]]


@pytest.fixture(scope="module")
def model():
    return xsd.load(SCHEMAS)


@pytest.mark.parametrize("name", NAMES)
def test_paths_and_contents_exist(emulator, model, name):
    columns = Columns(emulator.site.archive)
    for field in display.element(SCHEMAS, model, name).fields:
        if field.path:
            text = field.path if ":" in field.path.partition("/")[0].partition("[")[0] else f"{name}/{field.path}"
            assert columns.knows(xmlpath.parse(text)), field
        if field.content:
            assert compute(field.content) is not compute("nothing"), field
        assert not (field.plain and field.content), field


def test_a_path_belongs_to_one_field(model):
    """A column over a path is taken for the field that shows it as it is."""
    for name in ("xnat:subjectData", MR, "xnat:ctSessionData", "xnat:mrScanData", "xnat:qcManualAssessorData"):
        plain = [
            field.path.lower() for field in display.element(SCHEMAS, model, name).fields if field.plain and field.path
        ]
        assert len(plain) == len(set(plain)), name


def test_documents_come_back_as_they_were_written(model):
    body = document(
        MR,
        ["LABEL", "SCAN_COUNT_TYPE=T1"],
        group(
            "OR", criterion(f"{MR}.DATE", ">=", "01/01/2020"), group("AND", criterion(f"{MR}/note", "LIKE", "<a&b>"))
        ),
        criterion(f"{MR}/note", "=", "'x'", override=1),
        attributes='ID="i" description="d" brief-description="b" tag="P" secure="0" allow-diff-columns="0"',
        sort="DATE",
        tail="<xdat:allowed_user><xdat:login>a</xdat:login></xdat:allowed_user>"
        "<xdat:allowed_groups><xdat:groupID>g</xdat:groupID><xdat:groupID>h</xdat:groupID></xdat:allowed_groups>",
    )
    parsed = read(body.encode())
    assert (parsed.users, parsed.groups, parsed.sort) == (("a",), ("g", "h"), (MR, "DATE"))
    assert read(write(parsed, model, "http://localhost").encode()) == parsed


def test_hash_table_order():
    """Orders seen in answers: facts of columns, metadata of searches and listings, prefixes of default searches."""
    assert hashtable_order(["element_name", "key", "xPATH", "id", "header", "type"]) == (
        *("key", "type", "xPATH", "element_name", "header", "id"),
    )
    assert hashtable_order(["totalRecords", "rootElementName"]) == ("rootElementName", "totalRecords")
    assert hashtable_order(["title", "totalRecords"]) == ("totalRecords", "title")
    prefixes = ["arc", "val", "pipe", "wrk", "scr", "xdat", "cat", "prov", "xnat", "xnat_a"]
    assert hashtable_order(sorted(prefixes, reverse=True)) == tuple(prefixes)
