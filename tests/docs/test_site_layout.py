"""Every page of the docs site fits into a window of 400 and of 1280 pixels, as Chromium lays it out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .browser import Measured, chromium, measure

BROWSER = chromium()
MEASURED = 12
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


def chosen(site: Path) -> list[Path]:
    """Returns the pages to measure: all but most of the data dictionary's, which one template makes.

    Of those, the longest and some of the others; all with XNAT_EVERY_PAGE=1, as `make docs` has it.
    """
    pages = sorted(site.rglob("*.html"))
    if os.environ.get("XNAT_EVERY_PAGE"):
        return pages
    types = [page for page in pages if page.parent.name == "dictionary" and "-" in page.stem]
    longest = sorted(types, key=lambda page: page.stat().st_size)[-MEASURED:]
    left_out = {*types} - {*longest, *types[:: len(types) // MEASURED]}
    return [page for page in pages if page not in left_out]


def test_no_page_scrolls_sideways(site: Path, tmp_path: Path):
    assert BROWSER is not None
    pages = chosen(site)
    found = measure(BROWSER, site, tmp_path, pages)
    assert {(one.page, one.width) for one in found} == {
        (f"/{page.relative_to(site).as_posix()}", width) for page in pages for width in (400, 1280)
    }
    assert [one for one in found if one.over > 0 or one.out] == []


def test_what_is_too_wide_is_found(tmp_path: Path):
    assert BROWSER is not None
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "wide.html").write_text("<body><pre style='width: 600px; margin: 0'>long</pre>", encoding="utf-8")
    (folder / "boxed.html").write_text(
        "<body><div style='overflow-x: auto'><pre style='width: 2000px; margin: 0'>long</pre></div>", encoding="utf-8"
    )
    pages = sorted(folder.iterdir())
    found = {(one.page, one.width): one for one in measure(BROWSER, folder, tmp_path / "profile", pages)}
    sticking = found["/wide.html", 400]
    assert (sticking.over > 0, len(sticking.out)) == (True, 1)
    fine = [found[key] for key in found if key != ("/wide.html", 400)]
    assert fine == [Measured(one.page, one.width, 0, []) for one in fine]
