"""Layouts of downloaded files: templates, what they refuse, and names that every system can hold."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_runtime.documents import read_table
from xnat_runtime.errors import InvalidValueError, UnsafeNameError
from xnat_runtime.names import is_reserved
from xnat_runtime.transfers.download import Connection, Download, scan_folders_of
from xnat_runtime.transfers.layouts import Layout, Origin, as_layout
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.places import Places
from xnat_runtime.transfers.plan import Source, units_of
from xnat_runtime.transfers.plan import listed as rows_of
from xnat_runtime.transfers.spelling import original_part, parts_of, spelled

TEMPLATE = "{subject}/{session}/{scan}-{type}/{file}"
ORIGIN = Origin("P", "S", "E", {"1": "T1/a b", "1-2": "", "3": ""})
IMAGE = "E/scans/1-T1_a_b/resources/DICOM/files/x/a.dcm"


def path_of(template: str, name: str, origin: Origin = ORIGIN, missing: str = "none") -> str:
    layout = Layout(template, missing=missing)
    return Places(Path("/t"), layout.name_of(origin)).place(name).relative_to("/t").as_posix()


# --- templates ---


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("xnat", IMAGE),
        ("{tree}", IMAGE),
        ("flat", "a.dcm"),
        (TEMPLATE, "S/E/1-T1%2Fa b/x/a.dcm"),
        ("{file}", "x/a.dcm"),
        ("{project}_{resource}/{name}", "P_DICOM/a.dcm"),
        ("all/{scan}/{name}", "all/1/a.dcm"),
        ("{scan}-{name}", "1-a.dcm"),
        ("{{{scan}}}/{name}", "{1}/a.dcm"),
        ("{session}:{scan}/{name}", "E%3A1/a.dcm"),
        ("{subject}/{tree}", f"S/{IMAGE}"),
    ],
)
def test_a_template_gives_the_path(template: str, path: str):
    assert path_of(template, IMAGE) == path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("E/resources/NOTES/files/n.txt", "S/E/none-none/n.txt"),
        ("E/scans/3/resources/R/files/n.txt", "S/E/3-none/n.txt"),
        ("E/scans/1-2/resources/R/files/n.txt", "S/E/1-2-none/n.txt"),
        ("E/scans/4-new_one/resources/R/files/n.txt", "S/E/4-new_one/n.txt"),
        ("A/out/resources/R/files/n.txt", "S/E/none-none/n.txt"),
        ("E/odd/n.txt", "S/E/none-none/odd/n.txt"),
        ("n.txt", "S/E/none-none/n.txt"),
    ],
)
def test_what_an_item_does_not_have_is_said(name: str, path: str):
    assert path_of(TEMPLATE, name) == path
    assert path_of("{subject}/{name}", name, Origin(), "unknown") == "unknown/n.txt"


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{subjekt}/{file}", r"has no field \{subjekt\}. Its fields are \{project\}"),
        ("{}/{file}", r"has no field \{\}"),
        ("{scan.id}/{file}", r"has no field \{scan\.id\}"),
        ("{scan:03}/{file}", "formats"),
        ("{scan!r}/{file}", "formats"),
        ("{file", "cannot be read"),
        ("file}", "cannot be read"),
        ("a/b", "must name the file"),
        ("{file}/{scan}", "must name the file"),
        ("", "must name the file"),
        ("../{file}", "leave the folder"),
        ("{subject}/../{file}", "leave the folder"),
        ("/{file}", "leave the folder"),
        ("C:/{file}", "leave the folder"),
        ("{subject}\\{file}", "leave the folder"),
        ("a//{name}", "leave the folder"),
        ("a\0b/{name}", "leave the folder"),
    ],
)
def test_a_template_that_cannot_work_is_refused_at_once(template: str, problem: str):
    with pytest.raises(InvalidValueError, match=problem):
        Layout(template)


@pytest.mark.parametrize("missing", ["", "..", "a\0b"])
def test_a_text_for_missing_values_that_cannot_work_is_refused(missing: str):
    with pytest.raises(InvalidValueError):
        Layout("{scan}/{file}", missing=missing)


def test_layouts_are_values():
    layout = Layout(TEMPLATE)
    assert layout == as_layout(TEMPLATE) == pickle.loads(pickle.dumps(layout))
    assert as_layout(layout) is layout
    assert layout.fields == {"subject", "session", "scan", "type", "file"}
    assert (as_layout(None).is_tree, as_layout("xnat").is_tree, as_layout("flat").is_tree) == (True, True, False)
    assert repr(layout) == f"<Layout {TEMPLATE}>"
    with pytest.raises(InvalidValueError):
        as_layout("")


@pytest.mark.parametrize("label", ["..", ".", "a\0b", "\ud800"])
def test_values_that_would_leave_the_folder_are_refused(label: str):
    with pytest.raises(UnsafeNameError):
        path_of("{subject}/{name}", IMAGE, Origin(subject=label))


def test_values_never_make_folders_of_their_own():
    assert path_of("{subject}/{name}", IMAGE, Origin(subject="../../x")) == "..%2F..%2Fx/a.dcm"
    assert path_of("{subject}/{name}", IMAGE, Origin(subject="C:\\x")) == "C%3A%5Cx/a.dcm"


def test_files_that_meet_are_refused(tmp_path: Path):
    places = Places(tmp_path, Layout("flat").name_of(ORIGIN))
    places.place(IMAGE)
    with pytest.raises(UnsafeNameError, match="choose a layout that tells them apart"):
        places.place("E/scans/3/resources/DICOM/files/A.dcm")


def test_items_of_one_download_have_layouts_of_their_own_and_never_meet(tmp_path: Path):
    layout = Layout("{session}/{name}")
    first = Places(tmp_path, layout.name_of(Origin(session="E1")))
    second = first.through(layout.name_of(Origin(session="E2")))
    third = first.through(layout.name_of(Origin(session="e1")))
    assert first.place(IMAGE) == tmp_path / "E1" / "a.dcm"
    assert second.reserve(IMAGE) == second.place(IMAGE) == tmp_path / "E2" / "a.dcm"
    with pytest.raises(UnsafeNameError):
        third.place(IMAGE)


def test_places_given_in_a_failed_attempt_are_free_again(tmp_path: Path):
    places = Places(tmp_path)
    places.place("S/a")
    held = places.reserve("S/held")

    def attempt() -> None:
        with places.retractable():
            places.place("S/b")
            places.place("S/held")
            with places.retractable():
                places.place("S/inner")
            raise OSError("full")

    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            attempt()
    assert places.place("S/held") == held
    assert [places.place(name).name for name in ("S/b", "S/inner")] == ["b", "inner"]
    with pytest.raises(UnsafeNameError):
        places.place("S/a")


# --- names ---


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("S/scan 10:20.txt", "S/scan 10%3A20.txt"),
        ("S/aux", "S/%61ux"),
        ("S/Con.tar.gz", "S/%43on.tar.gz"),
        ("S/report.", "S/report%2E"),
        ("S/blank ", "S/blank%20"),
        ("S/line\nbreak", "S/line%0Abreak"),
        ("S/what?<*>|", "S/what%3F%3C%2A%3E%7C"),
        ("S/...", "S/..%2E"),
        ("S/100%25.dcm", "S/100%25.dcm"),
        ("S/a%3Ab", "S/a%253Ab"),
        ("S/%41.dcm", "S/%41.dcm"),
        ("S/latin-\udce9", "S/latin-%E9"),
        ("S/größe.nii", "S/größe.nii"),
        ("manifest.json", "%6Danifest.json"),
        ("S/manifest.json", "S/manifest.json"),
        (".xnat-transfer.jsonl", "%2Exnat-transfer.jsonl"),
        ("S/.xnat-00.part", "S/%2Exnat-00.part"),
    ],
)
def test_names_are_written_so_that_every_system_holds_them(name: str, written: str, tmp_path: Path):
    parts = spelled(parts_of(name))
    assert "/".join(parts) == written
    assert "/".join(original_part(part, is_top=len(parts) == 1) for part in parts) == name


HARD = st.text(st.sampled_from("%2e3AaF:. /\\con1\n\udce9é\u0301~*?"), min_size=1, max_size=12)


@given(st.one_of(HARD, st.text(min_size=1, max_size=40)), st.booleans())
def test_every_part_that_is_written_can_be_read_back(part: str, is_top: bool):
    parts = (part,) if is_top else ("S", part)
    try:
        *_, written = spelled(parts)
    except UnsafeNameError:
        assert part in {".", ".."} or "\0" in part or part.encode("utf-8", "replace") != part.encode("utf-8", "ignore")
        return
    assert original_part(written, is_top=is_top) == part
    assert not set(written) & set('<>:"|?*/\\\n')
    assert written[-1] not in ". "
    assert not is_reserved(written)
    assert len(written.encode()) <= 255


@given(HARD, HARD)
def test_two_names_are_never_written_as_one(first: str, second: str):
    try:
        assert (spelled((first,)) == spelled((second,))) == (first == second)
    except UnsafeNameError:
        return


@pytest.mark.parametrize(
    ("first", "second"),
    [("S/a\u200bb", "S/ab"), ("S/\u212b", "S/\u00e5"), ("S/\u03a3", "S/\u03c2"), ("S/K", "S/\u212a")],
)
def test_names_that_only_look_different_to_some_systems_are_refused(first: str, second: str, tmp_path: Path):
    places = Places(tmp_path)
    places.place(first)
    with pytest.raises(UnsafeNameError):
        places.place(second)


# --- with a server ---


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as found:
        subject = found.build.project("P").subject("S")
        imaging = subject.mr_session("E", scans=["localizer", "T1 a/b"], slices=3)
        imaging.scans[0].resource("NOTES", {"10:20?.txt": b"odd", "aux.txt": b"device"})
        yield found


@pytest.mark.parametrize("template", [TEMPLATE, "{scan}-{resource}-{name}", "xnat"])
def test_archives_and_single_files_lead_to_the_same_paths(server: Emulator, tmp_path: Path, template: str):
    with xnat_sdk.connect(server.url, server.user, server.password) as connection:
        scans = "/data/projects/P/subjects/S/experiments/E/scans"
        table = read_table(connection.get_json(scans), scans)
        source = Source(f"{scans}/ALL/files", "E", scans[: -len("/scans")], lambda: scan_folders_of(table))
        origin = Origin("P", "S", "E", {str(row["ID"]): str(row["type"]) for row in table})
        name_of = Layout(template).name_of(origin)
        asked = Connection(connection.send, connection.get_json, connection.server)
        for strategy in ("archive", "files"):
            options = TransferOptions(strategy=strategy)  # type: ignore[arg-type]
            report = Download(asked, tmp_path / strategy, name_of=name_of, options=options).run([source])
            assert len(report.moved) == 8
        archive, files = (
            {path.relative_to(tmp_path / way).as_posix() for path in (tmp_path / way).rglob("*") if path.is_file()}
            for way in ("archive", "files")
        )
        assert archive == files
        units = units_of(source, rows_of(connection.get_json(source.files), source.files))
        places = Places(tmp_path / "files", name_of)
        assert {places.place(unit.name) for unit in units} == {tmp_path / "files" / path for path in files}
        assert any(path.endswith("10%3A20%3F.txt") for path in files)
