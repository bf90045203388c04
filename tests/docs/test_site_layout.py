"""Every page of the docs site fits into a window of 400 and of 1280 pixels, as Chromium lays it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from .browser import Measured, chromium, measure

BROWSER = chromium()
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


def test_no_page_scrolls_sideways(site: Path, tmp_path: Path):
    assert BROWSER is not None
    found = measure(BROWSER, site, tmp_path)
    assert {(one.page, one.width) for one in found} == {
        (f"/{page.relative_to(site).as_posix()}", width) for page in site.rglob("*.html") for width in (400, 1280)
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
    found = {(one.page, one.width): one for one in measure(BROWSER, folder, tmp_path / "profile")}
    sticking = found["/wide.html", 400]
    assert (sticking.over > 0, len(sticking.out)) == (True, 1)
    fine = [found[key] for key in found if key != ("/wide.html", 400)]
    assert fine == [Measured(one.page, one.width, 0, []) for one in fine]
