"""The archive through fsspec: the tree, reading in place, and what else opens files by URL."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_runtime.transfers import reconnecting

fsspec = pytest.importorskip("fsspec")

TABLE = b"subject,age\nA,31\nB,45\n"
RESOURCE = "projects/sandbox/resources/TABLES/files"
SESSION = "projects/sandbox/subjects/test001/experiments/test001_MR"


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True, password="not-in-a-url") as server:
        with xnat_sdk.connect(server.url, server.user, server.password) as session:
            resource = session.projects["sandbox"].create_resource("TABLES")
            resource.upload_data(TABLE, "ages.csv")
            resource.upload_data(b"x" * 100_000, "deep/down/large.bin")
            resource.upload_data(b"odd", "deep/a b#?%41.txt")
        yield server


@pytest.fixture(scope="module")
def connection(demo) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(demo.url, demo.user, demo.password) as session:
        yield session


@pytest.fixture
def files(connection):
    return fsspec.filesystem("xnat", session=connection)


@pytest.fixture
def url(demo, monkeypatch) -> Iterator[str]:
    """The URL of the resource, in a process with a login around it."""
    monkeypatch.setenv("XNAT_USER", demo.user)
    monkeypatch.setenv("XNAT_PASS", demo.password)
    yield f"{demo.url.replace('http', 'xnat+http')}/{RESOURCE}"
    reconnecting._close_all()
    reconnecting._forget()


def test_the_tree_is_that_of_the_servers_paths(files, connection):
    imaging = connection.projects["sandbox"].sessions["test001_MR"]
    assert files.ls("", detail=False) == ["projects", "experiments"]
    assert "projects/sandbox" in files.ls("projects", detail=False)
    assert files.ls("projects/sandbox", detail=False) == ["projects/sandbox/subjects", "projects/sandbox/resources"]
    assert f"{SESSION}" in files.ls(SESSION.rpartition("/")[0], detail=False)
    assert files.ls(f"{SESSION}/scans", detail=False) == [
        f"{SESSION}/scans/{key}" for key in imaging.scans.as_mapping()
    ]
    assert files.ls(f"experiments/{imaging.id}/scans", detail=False)
    scan = imaging.scans[0]
    names = files.ls(f"{SESSION}/scans/{scan.id}/resources/DICOM/files", detail=False)
    assert [name.rpartition("/")[2] for name in names] == [file.name for file in scan.files]


def test_info_tells_size_and_md5(files):
    told = files.info(f"{RESOURCE}/ages.csv")
    assert (told["name"], told["type"], told["size"]) == (f"{RESOURCE}/ages.csv", "file", len(TABLE))
    assert len(told["md5"]) == 32
    assert files.checksum(f"{RESOURCE}/ages.csv") == told["md5"]
    assert files.isdir(f"{RESOURCE}/deep")
    assert files.isfile(f"{RESOURCE}/deep/down/large.bin")
    assert files.exists(SESSION)
    for wrong in (
        "nothing",
        "projects/nothing",
        f"{SESSION}/scans/99",
        f"{RESOURCE}/nothing",
        "projects/sandbox/files",
    ):
        assert not files.exists(wrong)
        with pytest.raises(FileNotFoundError):
            files.ls(wrong)


def test_find_glob_and_walk(files):
    assert sorted(files.find(RESOURCE)) == [
        f"{RESOURCE}/ages.csv", f"{RESOURCE}/deep/a b#?%41.txt", f"{RESOURCE}/deep/down/large.bin"
    ]  # fmt: skip
    assert files.glob(f"{RESOURCE}/*.csv") == [f"{RESOURCE}/ages.csv"]
    assert files.glob(f"{RESOURCE}/**/*.bin") == [f"{RESOURCE}/deep/down/large.bin"]
    assert len(files.glob(f"{SESSION}/scans/*/resources/DICOM/files/*.dcm")) > 1
    walked = {top: (sorted(folders), sorted(names)) for top, folders, names in files.walk(RESOURCE)}
    assert walked[RESOURCE] == (["deep"], ["ages.csv"])
    assert walked[f"{RESOURCE}/deep"] == (["down"], ["a b#?%41.txt"])


def test_reading_whole_in_parts_and_in_lines(files, tmp_path):
    path = f"{RESOURCE}/ages.csv"
    assert files.cat_file(path) == files.cat(path) == TABLE
    assert files.cat_file(path, start=8, end=11) == b"age"
    assert files.cat_file(f"{RESOURCE}/deep/a b#?%41.txt") == b"odd"
    with files.open(path) as stream:
        assert stream.readline() == b"subject,age\n"
        stream.seek(-5, 2)
        assert stream.read() == TABLE[-5:]
    with files.open(path, "r") as text:
        assert text.readlines() == TABLE.decode().splitlines(keepends=True)
    files.get(RESOURCE, str(tmp_path / "copy"), recursive=True)
    assert (tmp_path / "copy" / "deep" / "down" / "large.bin").read_bytes() == b"x" * 100_000
    with pytest.raises(IsADirectoryError):
        files.open(RESOURCE)


def test_a_table_is_asked_for_once_until_it_is_forgotten(files, demo):
    files.ls(RESOURCE)
    start = len(demo.requests)
    assert len(files.find(RESOURCE)) == 3
    assert len(demo.requests) == start
    files.invalidate_cache()
    files.ls(RESOURCE)
    assert len(demo.requests) == start + 1


def test_urls_open_wherever_fsspec_does(url, demo):
    with fsspec.open(f"{url}/ages.csv") as stream:
        assert stream.read() == TABLE
    with fsspec.open(f"{url}/ages.csv", "rt") as text:
        assert text.readline() == "subject,age\n"
    start = len(demo.requests)
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(f"{url}/ages.csv")
    assert table["age"].tolist() == [31, 45]
    logins = [r for r in demo.requests[start:] if r.path == "/data/services/auth"]
    assert logins == []  # the login of before
    files, path = fsspec.core.url_to_fs(f"{url}/ages.csv")
    assert path == f"{RESOURCE}/ages.csv"
    assert files.unstrip_protocol(path) == f"{url}/ages.csv"
    assert demo.password not in repr(pickle.dumps(files))
    assert pickle.loads(pickle.dumps(files)).cat_file(path) == TABLE


def test_https_is_the_default_and_context_paths_are_the_servers():
    from xnat_runtime.transfers.filesystem import _split

    assert _split("xnat://h.example.org/projects/P") == ("https://h.example.org", "projects/P")
    assert _split("xnat://h.example.org:8443/a/xnat/experiments/E") == ("https://h.example.org:8443/a/xnat",
                                                                         "experiments/E")  # fmt: skip
    assert _split("xnat+http://localhost:80/") == ("http://localhost:80", "")


def test_passwords_are_not_taken(demo):
    for wrong in (f"xnat://admin:{demo.password}@h.example.org/projects", f"xnat://{demo.password}@h.example.org/x"):
        with pytest.raises(xnat_sdk.InvalidValueError, match="must not hold a user") as caught:
            fsspec.open(wrong)
        assert demo.password not in str(caught.value)
    with pytest.raises(xnat_sdk.InvalidValueError, match="password= is not taken"):
        fsspec.filesystem("xnat", server=demo.url, password=demo.password)
    with pytest.raises(xnat_sdk.InvalidValueError, match="Name the server"):
        fsspec.filesystem("xnat")
    with pytest.raises(xnat_sdk.InvalidValueError, match="not followed"):
        fsspec.filesystem("xnat", server=demo.url).ls("projects/../../etc")


def test_nothing_is_written(files, demo, tmp_path):
    (tmp_path / "x").write_text("x")
    start = len(demo.requests)
    for change in (
        lambda: files.open(f"{RESOURCE}/new", "wb"),
        lambda: files.rm(f"{RESOURCE}/ages.csv"),
        lambda: files.put(str(tmp_path / "x"), f"{RESOURCE}/x"),
        lambda: files.pipe(f"{RESOURCE}/x", b"x"),
        lambda: files.mkdir("projects/NEW"),
        lambda: files.mv(f"{RESOURCE}/ages.csv", f"{RESOURCE}/b.csv"),
        lambda: files.copy(f"{RESOURCE}/ages.csv", f"{RESOURCE}/b.csv"),
        lambda: files.touch(f"{RESOURCE}/x"),
    ):
        with pytest.raises(xnat_sdk.UsageError, match="read-only"):
            change()
    assert all(r.method == "GET" for r in demo.requests[start:])


def test_a_missing_extra_is_one_line():
    program = (
        "import sys; sys.modules['fsspec'] = None\n"
        "from xnat_sdk import UsageError\n"
        "try:\n    import xnat_runtime.transfers.filesystem\n"
        "except UsageError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == 'fsspec is not installed: pip install "xnat-sdk[fsspec]"\n'
