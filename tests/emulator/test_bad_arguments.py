"""What users of the package get wrong: one line that names the thing and what would be right."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

import xnat_emulator
from xnat_emulator import Fault, Mode, Slow, build, faults


@pytest.mark.parametrize(
    ("given", "error", "line"),
    [
        ({"port": 99_999}, ValueError, "port is a whole number from 0 to 65535, not 99999"),
        ({"port": "80"}, ValueError, "port is a whole number from 0 to 65535, not '80'"),
        ({"latency_ms": -1}, ValueError, "latency_ms is a whole number of 0 or more, not -1"),
        ({"user": "a:b"}, ValueError, "user is a login without blank, colon and slash"),
        ({"user": "guest"}, ValueError, "not the site's own 'guest'"),
        ({"password": ""}, ValueError, "password is a text that is not empty"),
        ({"mode": "1.9"}, TypeError, 'mode is of class Mode, such as Mode(version="1.9")'),
        ({"faults": Fault(faults.Drop())}, TypeError, "faults is a list of faults, such as [Fault(faults.Drop())]"),
        ({"faults": [faults.Drop()]}, TypeError, "a fault is of class Fault, such as Fault(faults.Drop())"),
        ({"host": "nosuch.invalid"}, OSError, "Cannot listen on nosuch.invalid:0"),
        ({"schemas": "nosuch"}, OSError, "No <dir>/<file>.xsd below nosuch: name a folder that holds xnat/xnat.xsd"),
    ],
)
def test_start_refuses(given, error, line):
    with pytest.raises(error) as caught:
        xnat_emulator.start(**given)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_start_refuses_a_file_as_data_and_schemas_that_are_none(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError, match="The archive is kept in a folder, and this is a file"):
        xnat_emulator.start(data=tmp_path / "file")
    (tmp_path / "site").mkdir()
    document = tmp_path / "site" / "site.xsd"
    document.write_text("<not")
    with pytest.raises(ValueError, match=r"site\.xsd is no XML document"):
        xnat_emulator.start(schemas=tmp_path)
    document.write_text('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>')
    with pytest.raises(OSError, match=r"do not declare xnat:projectData: xnat/xnat\.xsd is missing"):
        xnat_emulator.start(schemas=tmp_path)


@pytest.mark.parametrize(
    ("make", "error", "line"),
    [
        (lambda: Mode(version="1.8.10"), ValueError, "take one of 1.7, 1.8, 1.9"),
        (lambda: Mode(sessions_per_user=0), ValueError, "sessions_per_user of a Mode is a whole number of 1 or more"),
        (lambda: Mode(slow=True), TypeError, "slow of a Mode is of class Slow, such as Slow(request_ms=50)"),
        (lambda: Slow(request_ms=-1), ValueError, "request_ms of Slow is a whole number of 0 or more, not -1"),
        (lambda: Fault(faults.Drop), TypeError, "effect of a fault is of class Effect, such as faults.Drop()"),
        (lambda: Fault(faults.Drop(), method="put"), ValueError, "method of a fault is text such as 'PUT'"),
        (lambda: Fault(faults.Drop(), method="HEAD"), ValueError, "GET means HEAD too"),
        (lambda: Fault(faults.Drop(), method=["PUT"]), TypeError, "method of a fault is of class str"),
        (lambda: Fault(faults.Drop(), path="data"), ValueError, "path of a fault begins with / or *"),
        (lambda: Fault(faults.Drop(), count=3, every=2), ValueError, "count of a fault is a whole number from 1 to 2"),
        (lambda: faults.Drop(after=-1), ValueError, "after of Drop is a whole number of 0 or more"),
        (lambda: faults.LoseReply("x"), ValueError, "how of LoseReply is one of 504, reset, close"),
        (lambda: faults.Stall(seconds=-1), ValueError, "seconds of Stall is a number of 0 or more"),
        (lambda: faults.Trickle(rate=0), ValueError, "rate of Trickle is a whole number of 1 or more"),
        (lambda: faults.Unavailable(status=200), ValueError, "status of Unavailable is a whole number from 400 to 599"),
        (lambda: faults.Unavailable(retry_after="1\r\n2"), ValueError, "retry_after of Unavailable is printable"),
        (lambda: faults.Redirect(to="other"), ValueError, "to of Redirect is scheme and host"),
        (lambda: faults.Redirect(status=200), ValueError, "status of Redirect is one of 301, 302"),
        (lambda: faults.TruncatedZip(keep=2), ValueError, "keep of TruncatedZip is a number from 0 to 1"),
        (lambda: faults.HostileLabels("../x"), ValueError, "names of HostileLabels is a tuple of texts"),
        (lambda: faults.HostileMembers(()), ValueError, "names of HostileMembers is a tuple of texts"),
        (lambda: faults.WrongLength(0), ValueError, "by of WrongLength is a number of bytes, more or less than 0"),
        (lambda: faults.ImportRace("x"), ValueError, "answer of ImportRace is one of transient, permanent, mixed"),
        (lambda: build.dicom_zip("US"), ValueError, "take one of MR, CT, PT"),
        (lambda: build.dicom_zip(scans="T1"), TypeError, "a list of series descriptions, such as ['T1']"),
        (lambda: build.dicom_zip(slices=0), ValueError, "slices is a whole number of 1 or more"),
        (lambda: build.dicom_zip(header={"Nothing": "x"}), ValueError, "'Nothing' is no keyword of DICOM"),
    ],
)
def test_modes_faults_and_images_refuse(make, error, line):
    with pytest.raises(error) as caught:
        make()
    assert line in str(caught.value)


@pytest.fixture(scope="module")
def server():
    with xnat_emulator.start() as running:
        subject = running.build.project("P").subject("S")
        subject.ct_session("E").resource("R", {"a": b"a"})
        yield running


@pytest.mark.parametrize(
    ("make", "error", "line"),
    [
        (lambda t: t.build.project("a b"), ValueError, "ID of a project is letters, digits, _ and -, not 'a b'"),
        (lambda t: t.build.project("P"), ValueError, "There is a project 'P' already"),
        (
            lambda t: t.build.project("Q", accessibility="open"),
            ValueError,
            "accessibility is one of private, protected",
        ),
        (lambda t: t.build.project("Q", {"x": "1"}), ValueError, "xnat:projectData has no field 'x'"),
        (lambda t: t.project.subject("S"), ValueError, "Project 'P' has this label already: 'S'"),
        (lambda t: t.project.subject("a/b"), ValueError, "label of a subject is printable text without a slash"),
        (
            lambda t: t.project.subject("T", {"age": "old"}),
            ValueError,
            "field 'age' of xnat:subjectData takes no value",
        ),
        (lambda t: t.project.subject("T", {"age": 5}), TypeError, "field 'age' is of class str"),
        (
            lambda t: t.project.subject("T", {"label": "x"}),
            ValueError,
            "field 'label' follows from how the object is made",
        ),
        (lambda t: t.project.subject("T").mr_session(""), ValueError, "label of a session is printable text"),
        (lambda t: t.project.subject("U").mr_session("E"), ValueError, "Project 'P' has this label already: 'E'"),
        (lambda t: t.project.resource("", {}), ValueError, "label of a resource is printable text"),
        (lambda t: t.project.resource("R", {"../a": b""}), ValueError, "path of a file is relative and stays inside"),
        (lambda t: t.project.resource("R", {"a": "text"}), TypeError, "contents of 'a' is of class bytes"),
        (
            lambda t: t.project.member("nobody"),
            ValueError,
            "There is no account 'nobody': make it with build.user('nobody')",
        ),
        (lambda t: t.project.member("admin", "boss"), ValueError, "role is one of owner, member, collaborator"),
        (lambda t: t.build.user("admin"), ValueError, "There is an account 'admin' already"),
        (lambda t: t.build.user("a b"), ValueError, "user is a login without blank"),
    ],
)
def test_builders_refuse_and_leave_nothing_behind(server, make, error, line):
    if server.site.archive.items.by_id("project", "P2") is None:
        server.build.project("P2")
    items = server.site.archive.items
    project = build.BuiltProject("P", "P", "/data/projects/P", server.build._source, items.by_id("project", "P"))
    with pytest.raises(error) as caught:
        make(SimpleNamespace(build=server.build, project=project))
    assert line in str(caught.value)
    assert [item.id for item in items.all("project")] == ["P", "P2"]
    assert {item.node.text("label") for item in items.all("subject")} <= {"S", "T", "U"}


def test_closed_server_says_so():
    server = xnat_emulator.start()
    server.close()
    for use in (server.reset, server.collect, lambda: server.build):
        with pytest.raises(RuntimeError, match=r"is closed: start\(\) another one"):
            use()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "xnat-emulator: the following arguments are required: COMMAND (see xnat-emulator --help)"),
        (["serve", "--port", "x"], "argument --port: 'x' is no whole number from 0 to 65535 (see xnat-emulator serve"),
        (["serve", "--session-limit", "0"], "'0' is no whole number from 1 to 1000000"),
        (["serve", "--fault", "trickle:rate=0"], "argument --fault: rate of Trickle is a whole number of 1 or more"),
        (["serve", "--slow", "x"], "argument --slow: 'x' is no key=number with a key of request_ms, archive_ms"),
        (["serve", "--user", "a:b"], "xnat-emulator: user is a login without blank, colon and slash"),
    ],
)
def test_command_says_one_line(arguments, line):
    command = [sys.executable, "-m", "xnat_emulator", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in {1, 2}
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


def test_command_tells_its_version():
    command = [sys.executable, "-m", "xnat_emulator", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("xnat-emulator ")
