from __future__ import annotations

import datetime
import itertools

import pytest

from xnat_runtime.errors import InvalidValueError
from xnat_runtime.server_info import ServerInfo, Version, as_duration

IN_ORDER = [
    "1.6.5", "1.7", "1.7.5.4", "1.7.5.6", "1.8-SNAPSHOT", "1.8.0", "1.8.9", "1.8.9.1", "1.8.10", "1.8.11-RC2",
    "1.8.11-RC10", "1.8.11-SNAPSHOT", "1.8.11", "1.9.2", "1.9.2.1", "1.10.0",
]  # fmt: skip


def test_versions_are_ordered_by_their_numbers():
    versions = [Version.parse(text) for text in IN_ORDER]
    assert sorted({*versions}) == versions
    assert all(one < other for one, other in itertools.pairwise(versions))


@pytest.mark.parametrize(("one", "other"), [("1.8", "1.8.0"), ("1.8.0.0", "1.8"), ("1.8.1-snapshot", "1.8.1-SNAPSHOT")])
def test_versions_that_mean_the_same_are_equal(one, other):
    assert Version.parse(one) == Version.parse(other)
    assert hash(Version.parse(one)) == hash(Version.parse(other))
    assert Version.parse(one) == other


def test_versions_compare_with_texts_and_tuples():
    version = Version.parse("1.8.11-SNAPSHOT")
    assert "1.8.10" < version < "1.8.11"
    assert version >= (1, 8, 10)
    assert version < (1, 8, 11)
    assert version != "1.8.11"
    assert version != 1.8
    with pytest.raises(TypeError):
        _ = version < 1.8


def test_the_parts_of_a_version():
    version = Version.parse(" 1.8.11-SNAPSHOT\n")
    assert (version.numbers, version.qualifier, version.is_release) == ((1, 8, 11), "SNAPSHOT", False)
    assert (str(version), repr(version)) == ("1.8.11-SNAPSHOT", "Version('1.8.11-SNAPSHOT')")
    assert Version.parse("1.9.2.1").numbers == (1, 9, 2, 1)
    assert Version.parse("1.9.2.1").is_release


@pytest.mark.parametrize("text", ["", "Unknown", "latest", "-1.8", "."])
def test_what_begins_with_no_number_is_no_version(text):
    with pytest.raises(InvalidValueError, match="no version like"):
        Version.parse(text)


def test_when_a_server_was_built():
    info = ServerInfo(Version.parse("1.7.5.6"), {"timestamp": "1566342641000"})
    assert info.build_time == datetime.datetime(2019, 8, 20, 23, 10, 41, tzinfo=datetime.UTC)
    assert ServerInfo(Version.parse("1.8"), {}).build_time is None


def test_an_uptime_as_duration():
    parts = {"days": "2", "hours": "3", "minutes": "4", "seconds": "5.500"}
    assert as_duration(parts) == datetime.timedelta(days=2, hours=3, minutes=4, seconds=5.5)
    assert as_duration({"days": "x"}) == datetime.timedelta(0)
