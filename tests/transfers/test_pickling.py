"""Connections and objects on their way to another process: what travels, what never does, how they come alive."""

from __future__ import annotations

import copy
import pickle
import pickletools
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from transfers import provided_login

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Mode
from xnat_runtime import credentials
from xnat_runtime.transfers import reconnecting
from xnat_sdk.models import SubjectData


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True, password="not-to-be-pickled") as server:
        yield server


@pytest.fixture(autouse=True)
def no_login_around(monkeypatch, tmp_path):
    names = (*credentials.HOST_NAMES, *credentials.USER_NAMES, *credentials.PASSWORD_NAMES, *credentials.SESSION_NAMES)
    for name in (*names, "XNAT_READ_ONLY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    (tmp_path / "none").write_text("")
    (tmp_path / "none").chmod(0o600)


@pytest.fixture(autouse=True)
def elsewhere() -> Iterator[None]:
    yield
    reconnecting._close_all()
    reconnecting._forget()


@pytest.fixture
def connection(demo) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(demo.url, demo.user, demo.password) as session:
        yield session


def moved(data: bytes):
    """Unpickle as another process does, which does not know the connections of this one."""
    reconnecting._forget()
    return pickle.loads(data)


def logins(demo: Emulator, start: int = 0) -> int:
    return sum(r.path == "/data/services/auth" and r.method == "PUT" for r in demo.requests[start:])


def set_login(monkeypatch, demo):
    monkeypatch.setenv("XNAT_USER", demo.user)
    monkeypatch.setenv("XNAT_PASS", demo.password)


def everything_in(data: bytes) -> str:
    """The bytes, and all that they hold as pickle shows it."""
    return data.decode("latin-1") + repr([argument for _, argument, _ in pickletools.genops(data)])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_secret_is_in_the_bytes(demo, connection, protocol):
    token = connection.tokens.issue()
    imaging = connection.projects["sandbox"].sessions["test001_MR"]
    with (
        xnat_sdk.connect(demo.url, token.alias, token.secret) as by_token,
        xnat_sdk.connect(demo.url, jsession=connection.jsession) as by_session,
    ):
        items = [by_token, by_session, connection, imaging, list(imaging.scans), by_token.projects["sandbox"]]
        shown, jsession = everything_in(pickle.dumps(items, protocol)), by_token.jsession
    for secret in (demo.password, token.secret, connection.jsession, jsession):
        assert secret not in shown
    assert urlsplit(demo.url).netloc in shown


def test_a_function_that_gives_the_login_travels_by_its_name(demo, monkeypatch):
    monkeypatch.setattr(provided_login, "LOGINS", [(demo.user, demo.password)])
    with xnat_sdk.connect(demo.url, credentials=provided_login.login) as session:
        data = pickle.dumps(session)
        project = pickle.dumps(session.projects["sandbox"])
    shown = everything_in(data)
    assert "transfers.provided_login:login" in shown
    assert provided_login.SECRET not in shown
    assert demo.password not in shown
    assert moved(project).subjects["test001"].label == "test001"


def test_a_function_without_a_name_does_not_travel(demo):
    with (
        xnat_sdk.connect(demo.url, credentials=lambda _: (demo.user, demo.password)) as session,
        pytest.raises(TypeError, match="cannot be pickled unless they are a function at the top of a module"),
    ):
        pickle.dumps(session)


def test_what_may_be_a_secret_is_refused_by_name(demo):
    context = ssl.create_default_context()
    cases = {
        "headers=": {"headers": {"X-Key": "hidden"}},
        "cookies=": {"cookies": {"KEY": "hidden"}},
        "SSLContext": {"verify": context},
    }
    for named, options in cases.items():
        with (
            xnat_sdk.connect(demo.url, demo.user, demo.password, **options) as session,
            pytest.raises(TypeError, match=f"{named}.* cannot be pickled") as refused,
        ):
            pickle.dumps(session.projects["sandbox"])
        assert "hidden" not in str(refused.value)


def test_here_an_object_comes_back_to_its_own_connection(demo, connection):
    subject = connection.projects["sandbox"].subjects["test001"]
    start = len(demo.requests)
    again = pickle.loads(pickle.dumps(subject))
    assert again == subject
    assert again.session is connection
    assert copy.deepcopy(subject) == subject
    assert type(again) is SubjectData
    assert again.label == "test001"
    assert len(demo.requests) == start


def test_an_object_connects_in_another_process_when_it_is_asked_something(demo, connection, monkeypatch):
    imaging = connection.projects["sandbox"].sessions["test001_MR"]
    data = pickle.dumps(imaging)
    set_login(monkeypatch, demo)
    start = len(demo.requests)
    there = moved(data)
    assert (there.uri, there.label) == (imaging.uri, "test001_MR")
    assert len(demo.requests) == start
    assert there.scans.keys() == imaging.scans.keys()
    assert there.parent.label == "test001"
    assert there.session is not connection
    assert there.session.jsession != connection.jsession


def test_a_process_logs_in_once_for_all_that_it_gets(demo, connection, monkeypatch):
    data = [pickle.dumps(scan) for scan in connection.projects["sandbox"].sessions["test001_MR"].scans]
    set_login(monkeypatch, demo)
    reconnecting._forget()
    start = len(demo.requests)
    with ThreadPoolExecutor(8) as pool:
        there = list(pool.map(pickle.loads, data * 4))
        assert len(list(pool.map(lambda scan: len(scan.files), there))) == len(data) * 4
    assert logins(demo, start) == 1
    assert len({id(scan.session) for scan in there}) == 1
    there[0].session.close()
    assert pickle.loads(data[0]).session is not there[0].session  # closed by its user, so there is a new one
    assert len(pickle.loads(data[0]).files) > 0
    assert logins(demo, start) == 2


@pytest.mark.parametrize("name", ["XNATPY_JSESSION", "XNAT_TOKEN"])
def test_workers_share_one_login(demo, connection, monkeypatch, name):
    data = pickle.dumps(connection.projects["sandbox"])
    monkeypatch.setenv(name, connection.jsession)
    start = len(demo.requests)
    for _ in range(3):
        there = moved(data)
        assert len(there.subjects) > 0
        assert there.session.jsession == connection.jsession
        there.session.close()
    assert logins(demo, start) == 0
    assert len(connection.projects["sandbox"].subjects) > 0  # nobody has ended it


def test_without_a_login_there_is_one_clear_error(connection):
    there = moved(pickle.dumps(connection.projects["sandbox"]))
    with pytest.raises(xnat_sdk.UsageError, match=r"came from another process, and this one has no login.*XNAT_TOKEN"):
        len(there.subjects)


def test_a_refused_login_is_not_tried_again(demo, connection, monkeypatch):
    data = pickle.dumps(connection.projects["sandbox"])
    monkeypatch.setenv("XNAT_PASS", "wrong")
    there = moved(data)
    start = len(demo.requests)
    for _ in range(5):
        with pytest.raises(xnat_sdk.LoginFailedError):
            len(there.subjects)
    assert logins(demo, start) == 1
    assert len([r for r in demo.requests[start:] if r.status == 401]) <= 1


def test_a_guest_stays_a_guest(demo, monkeypatch):
    with xnat_emulator.start(mode=Mode(require_login=False)) as open_site:
        with xnat_sdk.connect(open_site.url) as session:
            data = pickle.dumps(session)
        monkeypatch.setenv("XNAT_USER", open_site.user)
        monkeypatch.setenv("XNAT_PASS", open_site.password)
        there = moved(data)
        assert there.get("/data/projects").ok
        assert there.user == "guest"
        there.close()


def test_a_document_does_not_travel(connection):
    subject = connection.projects["sandbox"].subjects["test001"]
    subject.initials = "QZ9"
    subject.refresh()
    assert subject.initials == "QZ9"
    data = pickle.dumps(subject)
    assert b"QZ9" not in data
    assert b"test001" in data
    assert pickle.loads(data).initials == "QZ9"  # loaded again


def test_the_columns_that_were_asked_for_travel(demo, connection):
    (subject,) = (
        s for s in connection.projects["sandbox"].subjects.columns(SubjectData.initials) if s.label == "test001"
    )
    again = pickle.loads(pickle.dumps(subject))
    start = len(demo.requests)
    assert again.initials == subject.initials
    assert len(demo.requests) == start


def test_files_travel_and_are_read_there(demo, connection, monkeypatch):
    file = connection.projects["sandbox"].sessions["test001_MR"].scans[0].files[0]
    set_login(monkeypatch, demo)
    there = moved(pickle.dumps(file))
    assert (there.path, there.size, there.digest) == (file.path, file.size, file.digest)
    with there.open() as stream:
        assert len(stream.read()) == file.size


def test_a_read_only_connection_stays_one(demo, monkeypatch):
    with xnat_sdk.connect(demo.url, demo.user, demo.password, read_only=True) as session:
        data = pickle.dumps(session)
    set_login(monkeypatch, demo)
    there = moved(data)
    assert there.read_only
    with pytest.raises(xnat_sdk.ReadOnlyConnectionError):
        there.delete("/data/projects/sandbox")


def test_a_shared_item_is_still_not_deleted_elsewhere(connection):
    owner = connection.projects["sandbox"]
    imaging = owner.sessions["test001_MR"]
    other = next(project for project in connection.projects if project.id != owner.id)
    imaging.share(other)
    try:
        seen = connection.projects[other.id].sessions[imaging.label]
        with pytest.raises(xnat_sdk.UsageError, match="only shared into"):
            pickle.loads(pickle.dumps(seen)).delete(remove_files=True)
    finally:
        imaging.unshare(other)


def test_a_listing_says_what_travels_instead(connection):
    scans = connection.projects["sandbox"].sessions["test001_MR"].scans
    with pytest.raises(TypeError, match=r"pickle list\(listing\)"):
        pickle.dumps(scans)
    assert pickle.loads(pickle.dumps(list(scans))) == list(scans)


def test_an_object_in_the_middle_of_an_edit_is_refused(connection):
    subject = connection.projects["sandbox"].subjects["test001"]
    with subject.edit(), pytest.raises(xnat_sdk.UsageError, match="leave the edit"):
        pickle.dumps(subject)


def test_a_connection_over_a_transport_of_its_own_is_refused():
    from xnat_sdk._registry import REGISTRY

    class Nothing:
        def send(self, *_, **__):
            raise AssertionError

        def close(self):
            """Nothing is open."""

    session = xnat_sdk.XnatSession(Nothing(), REGISTRY, "https://xnat.example.org", "reader")
    with pytest.raises(TypeError, match="transport of its own cannot be pickled"):
        pickle.dumps(session)


PROGRAM = """
import pickle, sys
with open(sys.argv[1], "rb") as stream:
    items = pickle.load(stream)
print([len(item.files) for item in items], items[0].session.user, len({id(item.session) for item in items}))
"""


def test_another_program_reads_what_was_sent_and_logs_out_at_its_end(demo, connection, tmp_path, monkeypatch):
    scans = list(connection.projects["sandbox"].sessions["test001_MR"].scans)
    path = tmp_path / "scans.pickle"
    path.write_bytes(pickle.dumps(scans))
    set_login(monkeypatch, demo)
    start = len(demo.requests)
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.split("]")[0] + "]" == str([len(scan.files) for scan in scans])
    assert done.stdout.rstrip().endswith(f"{demo.user} 1")
    asked = [(r.method, r.path.rpartition("/data")[2]) for r in demo.requests[start:]]
    assert sum(method == "DELETE" and path == "/JSESSION" for method, path in asked) == 1


def test_a_forked_process_begins_anew(connection):
    data = pickle.dumps(connection)
    before = reconnecting._sessions
    reconnecting._forget()
    assert reconnecting._sessions is not before
    assert pickle.loads(data) is not connection
