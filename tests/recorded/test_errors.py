"""Recorded error pages (D22): byte for byte, with the status they came with."""

from __future__ import annotations

from .replays import replays
from .states import put, put_project, put_session, put_subject


def page(answer) -> str:
    assert answer.headers["Content-Type"] == "text/html"
    return answer.data.decode().rstrip("\n")


@replays("error-417-need-put-contents.html", "own-error-417.html")
def test_experiment_without_type_and_body(client, sample, name):
    """All but the newline at its end, which the recording had lost."""
    answer = client.put(f"{put_subject(client, 'HOME', 'S1', 'subject')}/experiments/new")
    assert answer.status == 417
    assert page(answer) == sample(name).rstrip("\n")


@replays("error-409-already-assigned.html", "own-error-409.html")
def test_share_that_is_there_already(client, sample, name):
    """Which project the text names is open (D23): the emulator names the one that was asked for."""
    target = sample(name).partition("project:")[2].partition("<")[0]
    put_project(client, target)
    session = put_session(client, put_subject(client, "HOME", "S1", "subject"), "xnat:mrSessionData", "E1", "session")
    put(client, f"{session}/projects/{target}")
    answer = client.put(f"{session}/projects/{target}")
    assert answer.status == 409
    assert page(answer) == sample(name).rstrip("\n")
    assert client.get(f"/data/projects/{target}/experiments/session").status == 200, "the share was made"
