"""What a notebook asks of objects before it shows them, and what that costs on a server."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_emulator import Emulator
from xnat_sdk import XnatSession, connect, open_offline
from xnat_sdk.models import MrSessionData, SubjectData
from xnat_sdk.notebook import show

# What IPython's formatters look for, in this order.
CANARY = "_ipython_canary_method_should_not_exist_"
METHODS = (
    "_ipython_display_", "_repr_mimebundle_", "_repr_html_", "_repr_markdown_", "_repr_svg_", "_repr_png_",
    "_repr_pdf_", "_repr_jpeg_", "_repr_latex_", "_repr_json_", "_repr_javascript_", "_repr_pretty_",
)  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as demo:
        yield demo


@pytest.fixture
def connection(demo: Emulator) -> Iterator[XnatSession]:
    with connect(demo.url, demo.user, demo.password) as connection:
        yield connection


def displayed(one: object) -> dict[str, object]:
    """Does what IPython does: a method counts when no attribute of any name is there, and on objects alone."""
    found = {}
    for name in METHODS:
        method = None if getattr(one, CANARY, None) is not None else getattr(one, name, None)
        if callable(method) and not inspect.isclass(one):
            found[name] = method()
    return {name: shown for name, shown in found.items() if shown is not None}


def test_only_html_is_offered_and_only_listings_and_queries_ask(connection, demo):
    project = connection.projects["sandbox"]
    subject = project.subjects["test001"]
    costs = {}
    for name, one in {
        "connection": connection,
        "object": subject,
        "listing": project.sessions.of_type(MrSessionData),
        "files": project.sessions["test001_MR"].files,
        "query": connection.query(SubjectData),
        "shown": show([subject]),
    }.items():
        before = len(demo.requests)
        assert list(displayed(one)) == ["_repr_html_"]
        assert str(displayed(one)["_repr_html_"]).startswith("<div ")
        costs[name] = len(demo.requests) - before
    assert costs == {"connection": 0, "object": 0, "listing": 1, "files": 1, "query": 2, "shown": 0}


def test_things_that_answer_to_every_name_ask_nothing_and_show_their_text(connection, demo):
    before = len(demo.requests)
    for one in (
        connection.classes,
        connection.classes.SubjectData,
        SubjectData,
        SubjectData.demographics,
        SubjectData.label,
        connection.services,
        connection.prearchive,
        connection.search,
        connection.api,
    ):
        assert displayed(one) == {}
    assert len(demo.requests) == before


def test_results_of_searches_are_shown_without_a_request(connection, demo):
    hits = connection.search(subject="Brain*", scan="T1*")
    found = connection.query(MrSessionData).view(MrSessionData.AGE).all()
    before = len(demo.requests)
    assert show(hits).html.count("<tr>") == 3
    assert "<em>hidden</em>" in show(found).html
    assert len(demo.requests) == before


@pytest.mark.parametrize("offset", [0, 2])
def test_a_query_shows_what_it_finds(connection, offset):
    query = connection.query(SubjectData).sort(SubjectData.label).limit(4, offset=offset)
    html = show(query, rows=3).html
    labels = [subject.label for subject in query]
    assert f"SubjectData found: first 3 of {len(labels)}" in html
    assert [label for label in labels if f">{label}</th>" in html] == labels[:3]


def test_selected_fields_alone_are_shown_and_judged_by_their_own_type(connection):
    query = connection.query(MrSessionData).select(MrSessionData.label, SubjectData.demographics.dob)
    html = show(query).html
    assert html.count('<th scope="col"') == 2
    assert "SubjectData.demographics.dob" in html
    assert "1980-01-31" not in html
    assert "1980-01-31" in show(query, identifying=True).html


def test_a_search_that_can_find_nothing_asks_nothing(connection, demo):
    before = len(demo.requests)
    assert "SubjectData found: 0" in show(connection.query(SubjectData, SubjectData.label.in_())).html
    assert len(demo.requests) == before


def test_the_version_is_shown_once_it_is_known(connection):
    assert "server_version" not in connection._repr_html_()
    assert connection.server_version in connection._repr_html_()
    connection.close()
    assert "(closed)" in connection._repr_html_()


def test_downloaded_folders_are_shown_like_a_server(connection, tmp_path):
    connection.projects["sandbox"].subjects["test001"].download_dir(tmp_path, manifest=True)
    with open_offline(tmp_path) as folder:
        html = folder.sessions._repr_html_()
    assert "test001_MR" in html


def test_looking_is_what_imports_the_tables():
    script = (
        "import sys, xnat_sdk\nfrom xnat_sdk.models import SubjectData\nfrom xnat_runtime import listings, queries\n"
        "print(sorted(name for name in sys.modules if 'notebook' in name or 'html_tables' in name))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
