"""How faults are spelled on the command line, and what is said about wrong ones."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xnat_emulator import Fault, faults
from xnat_emulator.faults import read_fault


@pytest.mark.parametrize("wrong", [{"nth": 0}, {"count": 0}, {"every": -1}])
def test_numbers_of_a_fault_are_checked(wrong):
    with pytest.raises(ValueError, match=r"of a fault is a whole number of \d or more, not"):
        Fault(faults.Drop(), **wrong)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("drop", Fault(faults.Drop())),
        (
            "drop:after=1000,reset=true,method=GET,path=*/files*,nth=2,count=1",
            Fault(faults.Drop(1000, reset=True), method="GET", path="*/files*", nth=2, count=1),
        ),
        ("lose-reply:how=reset", Fault(faults.LoseReply("reset"))),
        ("stall:seconds=0.5", Fault(faults.Stall(0.5))),
        ("trickle:rate=10,every=3", Fault(faults.Trickle(10), every=3)),
        ("unavailable:retry_after=30", Fault(faults.Unavailable("30"))),
        ("expired-session:nth=11,count=1", Fault(faults.ExpiredSession(), nth=11, count=1)),
        ("redirect:to=http://h:1,status=307", Fault(faults.Redirect("http://h:1", 307))),
        ("hostile-members:names=../a|/b", Fault(faults.HostileMembers(("../a", "/b")))),
        ("import-race:answer=mixed", Fault(faults.ImportRace("mixed"))),
    ],
)
def test_faults_are_spelled_by_name_and_keys(text, fault):
    assert read_fault(text) == fault


@pytest.mark.parametrize("name", faults.NAMES)
def test_every_fault_can_be_named_alone(name):
    assert read_fault(name) == Fault(faults.NAMES[name]())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("drp", "'drp' is no fault: take one of drop, lose-reply"),
        ("drop:before=1", "'before=1' of the fault drop is no key=value with a key of after, reset, method"),
        ("drop:after", "no key=value"),
        ("drop:after=x", "after of the fault drop is no whole number: 'x'"),
        ("drop:reset=yes", "reset of the fault drop is neither true nor false: 'yes'"),
        ("stall:seconds=x", "seconds of the fault stall is no number: 'x'"),
        ("lose-reply:how=x", "how of the fault lose-reply is none of 504, reset, close: 'x'"),
        ("drop:nth=0", "nth of a fault is a whole number of 1 or more, not 0"),
    ],
)
def test_wrong_spellings_say_what_would_be_right(text, reason):
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        read_fault(text)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xnat_emulator", *arguments], capture_output=True, text=True, timeout=30, check=False
    )


def test_command_lists_the_faults():
    done = run("faults")
    assert done.returncode == 0
    for name in faults.NAMES:
        assert f"\n{name}\n    " in done.stdout
    assert "keys: after=0, reset=false" in done.stdout


def test_command_refuses_an_unknown_fault():
    done = run("serve", "--port", "0", "--fault", "nothing")
    assert done.returncode == 2
    assert "'nothing' is no fault: take one of" in done.stderr
