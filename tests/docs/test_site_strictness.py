"""What must stop the build of the docs site does stop it, with the settings of mkdocs.yml."""

from __future__ import annotations

from pathlib import Path

import pytest

from .building import mkdocs
from .pages import ROOT

SETTINGS = f"""
INHERIT: {ROOT / "mkdocs.yml"}
docs_dir: docs
site_dir: site
plugins: [search]
extra_css: []
nav: [index.md, other.md]
"""
SOUND = "# A\n\n## B\n\n[here](#b), [there](other.md#d)\n"


def build(folder: Path, page: str, **others: str) -> str:
    (folder / "docs").mkdir()
    (folder / "mkdocs.yml").write_text(SETTINGS, encoding="utf-8")
    for name, text in {"index": page, "other": "# C\n\n## D\n", **others}.items():
        (folder / "docs" / f"{name}.md").write_text(text, encoding="utf-8")
    done = mkdocs(folder)
    assert ("WARNING" in done.stdout) == (done.returncode != 0), done.stdout
    return done.stdout if done.returncode else ""


def test_a_sound_site_is_built(tmp_path: Path):
    assert build(tmp_path, SOUND) == ""


def test_a_page_that_is_not_in_the_navigation_stops_the_build(tmp_path: Path):
    assert "lost.md" in build(tmp_path, SOUND, lost="# Lost\n")


@pytest.mark.parametrize("link", ["no.md", "other.md#no", "#no", "/other.md", "../outside.md"])
def test_a_link_to_nowhere_stops_the_build(tmp_path: Path, link: str):
    assert link in build(tmp_path, f"# A\n\n[away]({link})\n")
