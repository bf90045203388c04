"""Small TOML files come back as they were written."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xnat_runtime.cli.toml_file import Tables, read_tables, write_tables
from xnat_runtime.errors import InvalidValueError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = TEXTS | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
TABLE = st.dictionaries(TEXTS, SCALARS, max_size=4)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=TABLE, tables=st.dictionaries(TEXTS, TABLE, max_size=3))
def test_what_is_written_is_read_again(tmp_path, values, tables):
    path = tmp_path / "settings" / "kept.toml"
    kept = Tables({name: value for name, value in values.items() if name != "group"}, tables)
    write_tables(path, "group", kept, "title")
    assert read_tables(path, "group") == kept
    assert tomllib.loads(path.read_text(encoding="utf-8")).get("group", {}) == tables
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == ["kept.toml"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[group]\na = 1", "a value where a table is expected"),
        ("group = 1", "a value where a table is expected"),
        ("[group.a]\nb = [1]", "'b' is no text, number, true or false"),
        ("[group.a]\nb = s3cr3t", "not written as TOML is, line 2"),
    ],
)
def test_other_files_are_refused_and_not_quoted(tmp_path, text, told):
    path = tmp_path / "kept.toml"
    path.write_text(text)
    with pytest.raises(InvalidValueError, match=told) as caught:
        read_tables(path, "group")
    assert "s3cr3t" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidValueError, match="cannot be written"):
        write_tables(tmp_path / "file" / "kept.toml", "group", Tables(), "title")
