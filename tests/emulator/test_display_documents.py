"""Display documents of plugins: fields and versions of their types, beside those of the stock types."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator.datamodel.display import documented, element
from xnat_emulator.datamodel.xsd import load

ROOT = Path(__file__).resolve().parents[2]
READING = "neurolab:tumourReadingData"


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "schemas"
    shutil.copytree(ROOT / "schemas", folder, ignore=shutil.ignore_patterns("display.toml"))
    shutil.copytree(ROOT / "tests" / "own_site" / "plugin", folder, dirs_exist_ok=True)
    return folder


def test_fields_are_those_of_the_document(schemas):
    found = element(schemas, load(schemas), READING)
    assert [field.id for field in found.fields if field.searchable] == ["LABEL", "PROJECT", "READER", "GRADE"]
    grade, modality, volume = (found.by_id[name] for name in ("GRADE", "MODALITY", "VOLUME_TEXT"))
    assert (grade.path, grade.datatype, grade.title, grade.plain) == ("whoGrade", "integer", "WHO grade", True)
    assert modality.path == "xnat:mrSessionData/modality"
    assert (volume.path, volume.plain, volume.datatype) == ("", False, "string")
    assert found.by_path["whograde"] is grade
    assert found.versions == {"listing": ("LABEL", "GRADE")}


def test_stock_types_keep_their_fields_in_a_folder_without_display_fields(schemas):
    assert documented(schemas, "xnat:mrSessionData")
    assert not documented(schemas, "neurolab:moodFormData")
    assert "DATE" in element(schemas, load(schemas), "xnat:mrSessionData").by_id


def test_document_that_is_no_xml_is_named_at_the_start(schemas, tmp_path):
    folder = tmp_path / "schemas"
    shutil.copytree(schemas, folder)
    path = folder / "neurolab" / "display" / "broken_display.xml"
    path.write_text("<Displays")
    with pytest.raises(ValueError, match=r"broken_display\.xml is no XML document"):
        xnat_emulator.start(schemas=folder)


def test_search_lists_the_fields_of_the_plugin(schemas, client):
    with xnat_emulator.start(schemas=schemas) as server:
        caller = type(client)(server, {"Authorization": "Basic YWRtaW46YWRtaW4="})
        rows = caller.get(f"/data/search/elements/{READING}?format=json").json()["ResultSet"]["Result"]
    own = {row["FIELD_ID"]: row for row in rows if row["SRC"] == "0"}
    assert list(own) == ["LABEL", "PROJECT", "READER", "GRADE"]
    assert own["GRADE"]["SUMMARY"] == f"{READING}/whoGrade"
    assert own["GRADE"]["TYPE"] == "integer"
