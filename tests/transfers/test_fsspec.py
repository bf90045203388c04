"""The archive through fsspec: the tree, reading in place, and what else opens files by URL."""

from __future__ import annotations

import gc
import io
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


@pytest.fixture
def fresh(connection) -> Iterator[str]:
    """The files of a resource of its own, with one file."""
    project = connection.projects["sandbox"]
    resource = project.create_resource("NEW")
    resource.upload_data(b"first", "there.txt")
    yield "projects/sandbox/resources/NEW/files"
    resource.delete(remove_files=True)


def test_new_files_are_written(files, fresh, tmp_path):
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "a b#.txt").write_bytes(b"one")
    (tmp_path / "data" / "deep" / "two.bin").write_bytes(b"2" * 100_000)
    files.pipe(f"{fresh}/piped.bin", b"piped")
    files.pipe({f"{fresh}/p/1": b"1", f"{fresh}/p/2": b"22"})
    files.put(str(tmp_path / "data"), f"{fresh}/put", recursive=True)
    files.put_file(str(tmp_path / "data" / "a b#.txt"), f"{fresh}/alone.txt")
    with files.open(f"{fresh}/opened.bin", "wb") as stream:
        assert stream.write(b"opened ") == 7
        stream.write(b"and closed")
        assert stream.tell() == 17
    with files.open(f"{fresh}/lines.txt", "xt") as text:
        text.write("a\nb\n")
    files.touch(f"{fresh}/empty")
    files.touch(f"{fresh}/there.txt", truncate=False)
    files.makedirs(f"{fresh}/put/deep", exist_ok=True)
    found = {path.removeprefix(f"{fresh}/"): files.cat_file(path) for path in files.find(fresh)}
    assert found == {
        "there.txt": b"first", "piped.bin": b"piped", "p/1": b"1", "p/2": b"22", "put/a b#.txt": b"one",
        "put/deep/two.bin": b"2" * 100_000, "alone.txt": b"one", "opened.bin": b"opened and closed",
        "lines.txt": b"a\nb\n", "empty": b"",
    }  # fmt: skip


def test_what_is_there_is_kept(files, fresh, demo, tmp_path):
    (tmp_path / "x").write_text("x")
    there = f"{fresh}/there.txt"
    for change in (
        lambda: files.open(there, "wb"),
        lambda: files.open(there, "xb"),
        lambda: files.open(there, "w"),
        lambda: files.put(str(tmp_path / "x"), there),
        lambda: files.pipe(there, b"x"),
        lambda: files.touch(there),
    ):
        with pytest.raises(FileExistsError, match="overwrite=True"):
            change()
    for change in (
        lambda: files.rm(there),
        lambda: files.rm(fresh, recursive=True),
        lambda: files.pipe_file(there, b"x", mode="overwrite"),
        lambda: files.mv(there, f"{fresh}/b.csv"),
        lambda: files.copy(there, f"{fresh}/b.csv"),
        lambda: files.rmdir(fresh),
    ):
        with pytest.raises(xnat_sdk.UsageError):
            change()
    files.invalidate_cache()
    assert {path: files.cat_file(path) for path in files.find(fresh)} == {there: b"first"}


def test_a_file_that_came_to_be_meanwhile_is_kept(files, fresh, connection):
    stream = files.open(f"{fresh}/late.txt", "wb")
    stream.write(b"mine")
    connection.projects["sandbox"].resources["NEW"].upload_data(b"theirs", "late.txt")
    with pytest.raises(FileExistsError):
        stream.close()
    files.invalidate_cache()
    assert files.cat_file(f"{fresh}/late.txt") == b"theirs"


def test_files_are_replaced_and_deleted_where_that_is_wanted(connection, fresh):
    files = fsspec.filesystem("xnat", session=connection, overwrite=True)
    there = f"{fresh}/there.txt"
    files.pipe(there, b"second")
    assert files.cat_file(there) == b"second"
    with files.open(there, "w") as text:
        text.write("third")
    assert files.cat_file(there) == b"third"
    with pytest.raises(FileExistsError):
        files.open(there, "xb")
    files.pipe(f"{fresh}/deep/a", b"a")
    with pytest.raises(IsADirectoryError):
        files.rm(f"{fresh}/deep")
    files.rm(f"{fresh}/deep", recursive=True)
    assert files.find(fresh) == [there]
    with pytest.raises(xnat_sdk.InvalidValueError, match="files are in resources"):
        files.rm("projects/sandbox", recursive=True)
    with pytest.raises(xnat_sdk.InvalidValueError, match="files are in resources"):
        files.rm(f"{SESSION}/scans", recursive=True)
    assert files.exists(there)
    files.rm(there)
    assert not files.exists(there)


def test_files_are_written_into_resources_alone(files, demo):
    start = len(demo.requests)
    for wrong in ("projects/NEW", f"{SESSION}/scans/1", RESOURCE, "projects/sandbox/resources/TABLES"):
        with pytest.raises(xnat_sdk.InvalidValueError, match="files are in resources"):
            files.pipe(wrong, b"x")
    with pytest.raises(FileNotFoundError, match="resources/NONE"):
        files.pipe("projects/sandbox/resources/NONE/files/x", b"x")
    for wrong in ("projects/NEW", "projects/sandbox/resources/NONE/files/folder"):
        with pytest.raises((xnat_sdk.InvalidValueError, FileNotFoundError)):
            files.mkdir(wrong)
    for mode in ("ab", "r+b"):
        with pytest.raises(xnat_sdk.InvalidValueError, match="whole files"):
            files.open(f"{RESOURCE}/ages.csv", mode)
    assert all(r.method == "GET" for r in demo.requests[start:])


def failing(opened) -> None:
    with opened as stream:
        stream.write("half" if isinstance(stream, io.TextIOBase) else b"half")
        raise RuntimeError("no more")


def test_what_was_not_written_to_its_end_is_not_sent(files, fresh, url, demo):
    start = len(demo.requests)
    by_url = url.replace(RESOURCE, f"{fresh}/half")
    for opened in (
        lambda: files.open(f"{fresh}/half", "wb"),
        lambda: files.open(f"{fresh}/half", "w"),
        lambda: fsspec.open(by_url, "wb"),
        lambda: fsspec.open(by_url, "wt"),
        lambda: fsspec.open(by_url, "wb", compression="gzip"),
    ):
        with pytest.raises(RuntimeError, match="no more"):
            failing(opened())
    forgotten = files.open(f"{fresh}/half", "wb")
    forgotten.write(b"half")
    del forgotten
    gc.collect()
    assert [r.path for r in demo.requests[start:] if r.method in {"PUT", "POST"} and "/files/" in r.path] == []


def in_transaction(files, path: str) -> None:
    with files.transaction:
        with files.open(path, "wb") as stream:
            stream.write(b"out")
        raise RuntimeError("no more")


def test_a_file_written_while_an_error_is_handled_is_sent(files, fresh):
    try:
        raise RuntimeError("something else")
    except RuntimeError:
        with files.open(f"{fresh}/report.txt", "w") as text:
            text.write("it failed")
    assert files.cat_file(f"{fresh}/report.txt") == b"it failed"


def test_a_transaction_sends_at_its_end_or_not_at_all(files, fresh):
    with files.transaction:
        with files.open(f"{fresh}/in", "wb") as stream:
            stream.write(b"in")
        assert not files.exists(f"{fresh}/in")
    assert files.cat_file(f"{fresh}/in") == b"in"
    with pytest.raises(RuntimeError, match="no more"):
        in_transaction(files, f"{fresh}/out")
    assert not files.exists(f"{fresh}/out")


def test_pandas_writes_by_url(url, fresh):
    pandas = pytest.importorskip("pandas")
    place = url.replace(RESOURCE, f"{fresh}/table.csv")
    pandas.DataFrame({"a": [1, 2]}).to_csv(place, index=False)
    assert pandas.read_csv(place)["a"].tolist() == [1, 2]
    with pytest.raises(FileExistsError):
        pandas.DataFrame({"a": [3]}).to_csv(place, index=False)
    pandas.DataFrame({"a": [3]}).to_csv(place, index=False, storage_options={"overwrite": True})
    assert pandas.read_csv(place)["a"].tolist() == [3]


def test_a_read_only_connection_writes_nothing(demo, fresh):
    with xnat_sdk.connect(demo.url, demo.user, demo.password, read_only=True) as session:
        files = fsspec.filesystem("xnat", session=session)
        with pytest.raises(xnat_sdk.ReadOnlyConnectionError):
            files.pipe(f"{fresh}/x", b"x")


def test_a_missing_extra_is_one_line():
    program = (
        "import sys; sys.modules['fsspec'] = None\n"
        "from xnat_sdk import UsageError\n"
        "try:\n    import xnat_runtime.transfers.filesystem\n"
        "except UsageError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == 'fsspec is not installed: pip install "xnat-sdk[fsspec]"\n'
