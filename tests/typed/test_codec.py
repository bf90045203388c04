"""Every simple type of the schemas, in every spelling that servers were seen to send."""

from __future__ import annotations

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xnat_runtime.codec import BOOLEAN, DATE, DATETIME, DURATION, FLOAT, INTEGER, JSON, TEXT, TIME, URI, Duration

CODECS = [BOOLEAN, DATE, DATETIME, DURATION, FLOAT, INTEGER, JSON, TEXT, TIME, URI]


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_cell_is_no_value(codec, nothing):
    assert codec.decode(nothing) is None


@pytest.mark.parametrize(
    ("codec", "raw", "value"),
    [
        (TEXT, "a b", "a b"),
        (TEXT, 3, "3"),
        (TEXT, 3.0, "3"),
        (TEXT, True, "true"),
        (URI, "/data/x", "/data/x"),
        (INTEGER, "42", 42),
        (INTEGER, 42, 42),
        (INTEGER, "42.0", 42),
        (INTEGER, " 7 ", 7),
        (INTEGER, "12345678901234567890", 12345678901234567890),
        (FLOAT, 8800, 8800.0),
        (FLOAT, "958.58", 958.58),
        (FLOAT, "INF", math.inf),
        (BOOLEAN, "true", True),
        (BOOLEAN, "1", True),
        (BOOLEAN, 1, True),
        (BOOLEAN, "False", False),
        (BOOLEAN, "0", False),
        (BOOLEAN, True, True),
        (DATE, "2006-12-14", datetime.date(2006, 12, 14)),
        (DATE, "2006-12-14 00:00:00.0", datetime.date(2006, 12, 14)),
        (DATE, datetime.datetime(2006, 12, 14, 1), datetime.date(2006, 12, 14)),
        (TIME, "09:12:06", datetime.time(9, 12, 6)),
        (TIME, "09:12:06.250", datetime.time(9, 12, 6, 250_000)),
        (TIME, "2006-12-14 09:12:06.0", datetime.time(9, 12, 6)),
        (DATETIME, "2021-12-21 14:54:42.62", datetime.datetime(2021, 12, 21, 14, 54, 42, 620_000)),
        (DATETIME, "2021-12-21 14:54:42.225298", datetime.datetime(2021, 12, 21, 14, 54, 42, 225_298)),
        (DATETIME, "2021-12-21T14:54:42", datetime.datetime(2021, 12, 21, 14, 54, 42)),
        (DURATION, "PT1H30M", Duration(0, 5400)),
        (DURATION, "P1Y2M3DT4.5S", Duration(14, 3 * 86400 + 4.5)),
        (DURATION, "-P1D", Duration(0, -86400)),
        (JSON, '{"a": [1, null]}', {"a": [1, None]}),
        (JSON, {"a": 1}, {"a": 1}),
    ],
)
def test_decodes_what_servers_send(codec, raw, value):
    assert codec.decode(raw) == value


def test_a_utc_date_time_keeps_its_zone():
    assert DATETIME.decode("2021-12-21T14:54:42Z").utcoffset() == datetime.timedelta(0)


def test_not_a_number_is_read_as_such():
    assert math.isnan(FLOAT.decode("NaN"))


@pytest.mark.parametrize(
    ("codec", "raw"),
    [(INTEGER, "7.5"), (INTEGER, "many"), (FLOAT, "x"), (BOOLEAN, "maybe"), (DATE, "14.12.2006"), (TIME, "noon"),
     (DATETIME, "yesterday"), (DURATION, "P"), (DURATION, "soon"), (JSON, "{")],
)  # fmt: skip
def test_refuses_what_is_of_another_type(codec, raw):
    with pytest.raises(ValueError):  # noqa: PT011  # the field adds the message
        codec.decode(raw)


@pytest.mark.parametrize(
    ("codec", "good", "bad"),
    [
        (TEXT, "a", 1),
        (INTEGER, 1, True),
        (INTEGER, 1, 1.5),
        (FLOAT, 1, "1"),
        (BOOLEAN, True, 1),
        (DATE, datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1)),
        (DATETIME, datetime.datetime(2020, 1, 1), datetime.date(2020, 1, 1)),
        (TIME, datetime.time(1), "01:00"),
        (DURATION, Duration(1), datetime.timedelta(1)),
    ],
)
def test_accepts_only_values_of_its_type(codec, good, bad):
    assert codec.accepts(good)
    assert not codec.accepts(bad)


@given(st.dates())
def test_dates_round_trip(value):
    assert DATE.decode(DATE.encode(value)) == value


@given(st.datetimes())
def test_date_times_round_trip(value):
    assert DATETIME.decode(DATETIME.encode(value)) == value


@given(st.times())
def test_times_round_trip(value):
    assert TIME.decode(TIME.encode(value)) == value


@given(st.floats(allow_nan=False))
def test_numbers_round_trip(value):
    assert FLOAT.decode(FLOAT.encode(value)) == value


@given(st.integers())
def test_integers_round_trip(value):
    assert INTEGER.decode(INTEGER.encode(value)) == value


@given(st.booleans())
def test_booleans_round_trip(value):
    assert BOOLEAN.decode(BOOLEAN.encode(value)) is value


@given(st.builds(Duration, st.integers(0, 10_000), st.integers(0, 10**6).map(float)))
def test_durations_round_trip(value):
    assert DURATION.decode(DURATION.encode(value)) == value


def test_a_duration_with_months_has_no_timedelta():
    assert Duration(0, 60).to_timedelta() == datetime.timedelta(minutes=1)
    assert Duration.from_timedelta(datetime.timedelta(hours=1)) == Duration(0, 3600)
    with pytest.raises(ValueError, match="no fixed length"):
        Duration(1).to_timedelta()


def test_messages_name_the_python_type_that_is_wanted():
    assert [codec.wanted for codec in (DATETIME, DURATION, FLOAT)] == [
        "date-time (datetime)",
        "duration (Duration)",
        "number (float or int)",
    ]


def test_numbers_are_written_without_an_exponent():
    assert [FLOAT.encode(value) for value in (1e-7, -2.5e22, 1.5, math.inf)] == [
        "0.0000001",
        "-25000000000000000000000",
        "1.5",
        "INF",
    ]
