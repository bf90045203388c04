"""Tables with a type for each column: Arrow, and DataFrames of listings."""

from __future__ import annotations

import datetime
import subprocess
import sys
import tracemalloc

import pandas as pd
import pyarrow as pa
import pytest

from xnat_runtime.codec import BOOLEAN, DATE, DATETIME, DURATION, FLOAT, INTEGER, JSON, TEXT, TIME
from xnat_runtime.typed_tables import TypedRows, arrow_of, frame_of
from xnat_sdk.models import ImageScanData, MrScanData, MrSessionData, ProjectData, SubjectData

SUBJECTS = "/data/projects/P/subjects"
SCANS = "/data/experiments/E/scans"
AGE = "demographics/age"
DOB = "demographics/dob"


def subject(number: int, **cells: object) -> dict[str, object]:
    made: dict[str, object] = {
        "ID": f"X_S{number}", "project": "P", "label": f"sub-{number}", "insert_date": "2019-03-05 16:46:37.103",
        "insert_user": "reader", "URI": f"/data/subjects/X_S{number}", AGE: "", DOB: "",
    }  # fmt: skip
    return {**made, **{name.replace("__", "/"): value for name, value in cells.items()}}


@pytest.fixture
def aged(session):
    """The subjects of a project with their ages and dates of birth."""
    project = ProjectData.__xnat_from_server__(session, "/data/projects/P", {"ID": "P"}, None)
    return project.subjects.columns(SubjectData.demographics.age, SubjectData.demographics.dob)


def answered(wire, *rows: dict[str, object]) -> None:
    wire.table(SUBJECTS, list(rows))


# Listings


def test_columns_of_a_listing_have_the_types_of_the_schemas(wire, aged):
    answered(wire, subject(1, demographics__age="54", demographics__dob="1969-07-20"),
             subject(2, demographics__age="", demographics__dob=""))  # fmt: skip
    table = aged.tabulate_arrow()
    assert {name: str(table.schema.field(name).type) for name in table.column_names} == {
        "ID": "string", "project": "string", "label": "string", "insert_date": "timestamp[us]", "insert_user": "string",
        "URI": "string", AGE: "int64", DOB: "date32[day]",
    }  # fmt: skip
    assert table[AGE].to_pylist() == [54, None]
    assert table[DOB].to_pylist() == [datetime.date(1969, 7, 20), None]
    assert table["insert_date"].to_pylist()[0] == datetime.datetime(2019, 3, 5, 16, 46, 37, 103_000)
    assert len(wire.requests) == 1


def test_data_frame_of_a_listing_has_numbers_and_missing_cells(wire, aged):
    answered(wire, subject(1, demographics__age="54", demographics__dob="1969-07-20"),
             subject(2, demographics__age="", demographics__dob="", label=""))  # fmt: skip
    frame = aged.tabulate_pandas()
    assert frame[AGE].sum() == 54
    assert str(frame[AGE].dtype) == "Int64"
    assert frame[AGE].isna().tolist() == frame["label"].isna().tolist() == [False, True]
    assert frame[DOB].tolist()[0] == "1969-07-20"
    assert list(frame.columns) == aged.tabulate_arrow().column_names


def test_listing_without_rows_has_its_columns_nevertheless(wire, aged):
    answered(wire)
    table = aged.tabulate_arrow()
    assert (table.num_rows, table.schema.field(AGE).type) == (0, pa.int64())
    assert table.column_names == ["ID", "project", "label", "insert_date", "insert_user", AGE, DOB]
    assert (len(aged.tabulate_pandas()), list(aged.tabulate_pandas().columns)) == (0, table.column_names)


def test_column_with_a_cell_of_another_kind_is_text(wire, aged):
    answered(wire, subject(1, demographics__age="54"), subject(2, demographics__age="fifty-four"), subject(3))
    table = aged.tabulate_arrow()
    assert table[AGE].to_pylist() == ["54", "fifty-four", None]
    assert table.schema.field(AGE).type == pa.string()
    assert aged.tabulate_pandas()[AGE].tolist()[:2] == ["54", "fifty-four"]


def test_rows_may_be_the_same_twice_and_hold_any_text(wire, aged):
    odd = "Ünïcødé 🧠 \u202eright\n\tline\u0000"
    answered(wire, subject(1, label=odd), subject(1, label=odd), subject(2, label="007"))
    for table in (aged.tabulate_arrow(), pa.Table.from_pandas(aged.tabulate_pandas())):
        assert table["label"].to_pylist() == [odd, odd, "007"]
        assert table["ID"].to_pylist() == ["X_S1", "X_S1", "X_S2"]


def test_ten_thousand_rows_are_all_there(wire, aged):
    answered(wire, *(subject(number, demographics__age=str(number)) for number in range(10_000)))
    table = aged.tabulate_arrow()
    assert table.num_rows == len(aged) == 10_000
    assert table[AGE].to_pylist() == list(range(10_000))
    assert table["label"].to_pylist() == [f"sub-{number}" for number in range(10_000)]
    assert table[AGE].num_chunks == 1
    assert aged.tabulate_pandas()[AGE].tolist() == list(range(10_000))


def test_columns_are_built_one_after_the_other():
    """More columns need no more Python objects at a time."""
    rows = [{name: f"{name}{number}" for name in "abcdefgh"} for number in range(10_000)]

    def peak(names: str) -> int:
        tracemalloc.start()
        try:
            arrow_of(TypedRows(list(names), rows, {}))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak("a")  # what pyarrow loads at its first use
    assert peak("abcdefgh") < 2.5 * peak("a")


def test_narrowed_listing_knows_the_fields_of_its_type(wire, session):
    experiment = MrSessionData.__xnat_from_server__(session, "/data/experiments/E", {"ID": "E"}, None)
    row = {"xsiType": "xnat:mrScanData", "xnat_imagescandata_id": "1", "ID": "4", "frames": "24", "quality": "usable"}
    wire.table(SCANS, [{**row, "parameters/tr": "2000.5"}])
    narrowed = experiment.scans.of_type(MrScanData).columns(MrScanData.frames, MrScanData.parameters.tr)
    table = narrowed.tabulate_arrow()
    assert (table["frames"].to_pylist(), table["parameters/tr"].to_pylist()) == ([24], [2000.5])
    assert table["ID"].to_pylist() == ["4"]


def test_only_some_rows_may_have_a_column(wire, session):
    experiment = MrSessionData.__xnat_from_server__(session, "/data/experiments/E", {"ID": "E"}, None)
    wire.table(
        SCANS, [{"ID": "1", "xsiType": "xnat:mrScanData"}, {"ID": "2", "xsiType": "xnat:ctScanData", "note": "x"}]
    )
    assert experiment.scans.of_type(ImageScanData).tabulate_arrow()["note"].to_pylist() == [None, "x"]


# Cells

KINDS = [
    (TEXT, ["a", ""], pa.string(), ["a", None]),
    (INTEGER, ["1", 2, "3.0", ""], pa.int64(), [1, 2, 3, None]),
    (FLOAT, ["1", 2.5, "-INF", None], pa.float64(), [1.0, 2.5, float("-inf"), None]),
    (BOOLEAN, ["true", "0", 1, ""], pa.bool_(), [True, False, True, None]),
    (DATE, ["2020-02-29", ""], pa.date32(), [datetime.date(2020, 2, 29), None]),
    (TIME, ["09:12:06.5", ""], pa.time64("us"), [datetime.time(9, 12, 6, 500_000), None]),
    (DATETIME, ["2020-02-29 09:12:06.0", ""], pa.timestamp("us"), [datetime.datetime(2020, 2, 29, 9, 12, 6), None]),
    (DURATION, ["P1DT2H", ""], pa.string(), ["PT93600S", None]),
    (JSON, ['{"a": [1]}', ""], pa.string(), ['{"a": [1]}', None]),
]


@pytest.mark.parametrize(("codec", "cells", "kind", "expected"), KINDS, ids=lambda value: getattr(value, "name", None))
def test_types_of_cells(codec, cells, kind, expected):
    table = arrow_of(TypedRows(["x"], [{"x": cell} for cell in cells], {"x": codec}))
    assert (table.schema.field("x").type, table["x"].to_pylist()) == (kind, expected)
    table.validate(full=True)
    frame = frame_of(TypedRows(["x"], [{"x": cell} for cell in cells], {"x": codec}))
    assert frame["x"].isna().tolist() == [value is None for value in expected]


@pytest.mark.parametrize(
    ("codec", "cells"),
    [
        (INTEGER, ["1", "many"]),
        (INTEGER, ["1", "1.5"]),
        (INTEGER, [1, 2**70]),
        (FLOAT, ["1,5"]),
        (DATE, ["2020-13-01"]),
        (DATETIME, ["yesterday"]),
        (BOOLEAN, ["perhaps"]),
        (TEXT, [3, True, "x", None]),
    ],
)
def test_cells_that_do_not_fit_make_text(codec, cells):
    table = arrow_of(TypedRows(["x"], [{"x": cell} for cell in cells], {"x": codec}))
    assert table.schema.field("x").type == pa.string()
    assert table["x"].to_pylist() == [TEXT.decode(cell) for cell in cells]


def test_data_frame_keeps_numbers_of_more_than_64_bits_as_text():
    assert frame_of(TypedRows(["x"], [{"x": 2**70}, {"x": 1}], {"x": INTEGER}))["x"].tolist() == [str(2**70), "1"]


def test_table_of_nothing():
    assert arrow_of(TypedRows([], [], {})).num_rows == 0
    assert frame_of(TypedRows([], [], {})).empty


# Searches


def described(rows, **types: str):
    columns = [{"key": key, "type": kind} for key, kind in types.items()]
    return {"ResultSet": {"Result": rows, "Columns": columns, "totalRecords": str(len(rows))}}


def test_columns_of_a_query_have_the_types_of_their_fields(wire, session):
    row = {"label": "one", "date": "2020-05-14", "age": "50.0", "time": "10:00:00", "quarantine_status": "active"}
    wire.answer("POST", "/data/search", described([row], label="string", time="string"))
    found = session.query(MrSessionData).view(MrSessionData.label, MrSessionData.date, MrSessionData.AGE)
    table = found.tabulate_arrow()
    assert table.column_names == list(row)
    assert table["date"].to_pylist() == [datetime.date(2020, 5, 14)]
    assert table["age"].to_pylist() == [50.0]
    assert table["quarantine_status"].to_pylist() == ["active"]
    assert len(wire.requests) == 1


def test_answer_tells_the_types_of_other_columns(wire, session):
    row = {"x": "1", "y": "2020-05-14 10:00:00.0", "z": "true", "n": "2.5", "odd": "1", "wrong": "x"}
    answer = described([row], x="integer", y="timestamp", z="boolean", n="float", odd="what", wrong="integer")
    wire.answer("POST", "/data/search", answer)
    kinds = ["int64", "timestamp[us]", "bool", "double", "string", "string"]
    assert [str(kind) for kind in session.query(MrSessionData).tabulate_arrow().schema.types] == kinds
    wire.answer("GET", "/data/search/saved/@xnat:mrSessionData/results", answer)
    assert [str(kind) for kind in session.saved_searches.default(MrSessionData).tabulate_arrow().schema.types] == kinds


def test_query_without_rows_has_the_columns_that_the_answer_describes(wire, session):
    wire.answer("POST", "/data/search", described([], label="string", date="date"))
    table = session.query(MrSessionData).tabulate_arrow()
    assert (table.num_rows, [str(kind) for kind in table.schema.types]) == (0, ["string", "date32[day]"])


def test_query_that_is_decided_here_has_the_same_types(wire, session):
    rows = [{"label": name, "date": day} for name, day in (("b", "2020-05-14"), ("a", ""), ("c", "2019-01-01"))]
    wire.answer("POST", "/data/search", described(rows, label="string", date="date"))
    table = (
        session.query(MrSessionData).view(MrSessionData.label, MrSessionData.date).limit(2, offset=1).tabulate_arrow()
    )
    assert (table["label"].to_pylist(), table["date"].to_pylist()) == (["a", "c"], [None, datetime.date(2019, 1, 1)])


def test_arrow_of_a_query_has_the_rows_of_its_other_tables(wire, session):
    rows = [{"label": name, "date": ""} for name in ("x", "x", "ü,\"'")]
    wire.answer("POST", "/data/search", described(rows, label="string", date="date"))
    query = session.query(MrSessionData).view(MrSessionData.label).filter(MrSessionData.label.like("%"))
    assert query.tabulate_arrow()["label"].to_pylist() == [row["label"] for row in rows]


def test_without_pyarrow_one_line_says_what_to_install():
    script = """
import sys
sys.modules["pyarrow"] = None
from xnat_runtime.errors import UsageError
from xnat_runtime.typed_tables import TypedRows, arrow_of
try:
    arrow_of(TypedRows([], [], {}))
except UsageError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == 'pyarrow is not installed: pip install "xnat-sdk[arrow]"\n'


def test_frames_and_tables_agree(wire, aged):
    answered(wire, *(subject(number, demographics__age=str(number)) for number in range(3)))
    arrow: pd.DataFrame = aged.tabulate_arrow().to_pandas()
    frame = aged.tabulate_pandas()
    assert arrow["label"].tolist() == frame["label"].tolist()
    assert arrow[AGE].tolist() == frame[AGE].tolist()
