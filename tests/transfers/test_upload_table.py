"""What a resource holds, and whether it is what was sent."""

from __future__ import annotations

import pytest

from xnat_runtime.errors import DigestMismatchError, IncompleteTransferError, NotFoundError, PermissionDeniedError
from xnat_runtime.transfers.upload_table import KeptFile, SentFile, compared, is_kept, kept_files
from xnat_runtime.transport import JsonValue

FILES = "/data/experiments/E/resources/R/files"
MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def table(*rows: dict[str, JsonValue]) -> JsonValue:
    return {"ResultSet": {"Result": list(rows), "title": "Files"}}


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/data/experiments/E/resources/7/files/a b#?%.txt", "a b#?%.txt"),
        ("/experiments/E/scans/1/resources/7/files/sub/x", "sub/x"),
        ("/data/projects/resources/resources/7/files/x", "x"),
        ("/projects/P/resources/7/files/resources/1/files/x", "resources/1/files/x"),
    ],
)
def test_paths_are_what_follows_the_resource(uri: str, path: str):
    kept = kept_files(lambda _: table({"URI": uri, "Name": "n", "Size": "3", "digest": MD5.upper()}), FILES)
    assert kept == {path: KeptFile(3, MD5)}


@pytest.mark.parametrize(("size", "digest"), [("0", ""), ("", None), (None, "none"), ("many", " ")])
def test_a_table_may_tell_nothing(size: JsonValue, digest: JsonValue):
    row: dict[str, JsonValue] = {"Name": "n", "Size": size, "digest": digest}
    assert kept_files(lambda _: table(row), FILES) == {"n": KeptFile(None, None)}


def test_a_resource_that_is_not_there_holds_nothing_and_refusals_are_errors():
    def missing(path: str) -> JsonValue:
        raise NotFoundError("GET", path, 404)

    def refused(path: str) -> JsonValue:
        raise PermissionDeniedError("GET", path, 403)

    assert kept_files(missing, FILES) == {}
    with pytest.raises(PermissionDeniedError):
        kept_files(refused, FILES)


def test_what_was_sent_is_compared_with_all_that_is_told():
    sent = SentFile(3, MD5)
    assert compared("a", sent, KeptFile(3, MD5), None) == "md5"
    assert compared("a", sent, KeptFile(3, None), None) == "size"
    assert compared("a", SentFile(3, None), KeptFile(3, MD5), None) == "size"
    assert compared("a", sent, KeptFile(None, None), None) == "unverified"
    with pytest.raises(DigestMismatchError, match="catalog says 0000"):
        compared("a", sent, KeptFile(3, "0" * 32), None)
    with pytest.raises(IncompleteTransferError, match="catalog says 4"):
        compared("a", sent, KeptFile(4, None), None)
    with pytest.raises(IncompleteTransferError, match="kept nothing"):
        compared("a", sent, None, None)


def test_a_size_that_was_there_before_shows_nothing():
    before = KeptFile(3, None)
    assert compared("a", SentFile(3, MD5), before, before) == "unverified"
    assert not is_kept("a", SentFile(3, MD5), before, before)
    assert is_kept("a", SentFile(3, MD5), KeptFile(3, MD5), before)
    assert is_kept("a", SentFile(3, MD5), KeptFile(3, None), None)
    assert not is_kept("a", SentFile(3, MD5), None, None)
