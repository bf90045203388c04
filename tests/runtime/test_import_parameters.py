"""What imports send."""

from __future__ import annotations

import pytest

from xnat_runtime.errors import InvalidValueError
from xnat_runtime.import_parameters import ImportParameters, import_query
from xnat_runtime.multipart import FilePart, MultipartBody


def test_nothing_is_sent_that_was_not_said():
    assert import_query({}, None) == ()
    assert import_query({"ignore_unparsable": False, "quarantine": None, "commit": False}, None) == ()


def test_false_is_said_where_the_server_might_take_true():
    assert import_query({"auto_archive": False}, None) == (("auto-archive", "false"),)


def test_every_parameter_is_sent_or_used_here():
    used_here = {"content_type", "timeout", "fields", "progress"}
    for name in set(ImportParameters.__annotations__) - used_here:
        value = "append" if name == "overwrite" else True
        assert import_query({name: value}, None), name


@pytest.mark.parametrize("given", ["/archive", "archive", "/data/archive", " /archive "])
def test_destinations(given):
    assert import_query({}, given) == (("dest", "/archive"),)
    with pytest.raises(InvalidValueError):
        import_query({}, "/home")


def test_what_goes_to_the_prearchive_stays_there_unless_told_otherwise():
    place = "/prearchive/projects/P"
    assert import_query({}, place) == (("dest", place), ("auto-archive", "false"))
    assert import_query({"auto_archive": True}, place) == (("auto-archive", "true"), ("dest", place))


def test_commit_and_direct_archive():
    assert import_query({"commit": True}, None, direct_archive=True) == (
        ("Direct-Archive", "true"),
        ("action", "commit"),
    )


def test_a_form_of_several_files_and_of_values_alone():
    files = [FilePart("file", [b"ab"], 2, "a"), FilePart("file", [b"c", b"d"], 2, "b")]
    for values, parts in (((), files), ((("x", "1"),), files), ((("x", "1"), ("x", "2")), ())):
        body = MultipartBody(values, parts)
        content = b"".join(body)
        assert len(content) == body.length
        assert content.count(b"Content-Disposition") == len(values) + len(parts)
        assert content.endswith(b"--\r\n")


def test_a_form_is_as_long_as_announced_and_can_be_sent_again():
    body = MultipartBody(
        [("xnat:mrSessionData/note", "früh\nspät")], [FilePart("file", [b"12", b"3"], 3, 'a".zip', "application/zip")]
    )
    content = b"".join(body)
    assert len(content) == body.length
    assert b"".join(body) == content
    boundary = body.content_type.partition("boundary=")[2]
    assert content.decode() == (
        f'--{boundary}\r\nContent-Disposition: form-data; name="xnat:mrSessionData/note"\r\n\r\nfrüh\nspät\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a%22.zip"\r\n'
        f"Content-Type: application/zip\r\n\r\n123\r\n--{boundary}--\r\n"
    )
