"""The built docs site: no warning, every page, links that lead somewhere, and nothing from other hosts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

import xnat_emulator
import xnat_sdk
from xnat_sdk import notebook, progress, search, transfers

from .markup import Markup, is_foreign, links_of, markup_of, pages_of
from .pages import ROOT, blocks

LOADED_BY_STYLES = re.compile(r"""(?:url\(|@import)\s*["']?([^"')]+)""")
MARKDOWN_LINK = re.compile(r"\]\(docs/([\w/-]+)\.md(?:#([\w-]+))?\)")
# What a page of the reference is not needed for: values whose meaning is their name.
SELF_EVIDENT = {"xnat_sdk.__version__", "xnat_emulator.build"}


def public_names() -> set[str]:
    modules = [xnat_sdk, notebook, transfers, progress, xnat_emulator]
    named = {f"{module.__name__}.{name}" for module in modules for name in module.__all__}
    return named | {f"{search.__name__}.{name}" for name in ("and_", "or_", "display_field")}


def test_every_page_of_docs_is_built(site: Path):
    sources = [path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")]
    sources = [path for path in sources if path.parts[0] != "dictionary"]
    sources.append(Path("dictionary", "index.html"))
    assert [path.as_posix() for path in sources if not (site / path).exists()] == []


def test_every_link_leads_to_a_page_and_an_anchor_of_it(site: Path):
    links = [link for page in pages_of(site) for link in links_of(site, page)]
    assert len(links) > 1000
    missing = {(link.page, link.href) for link in links if not link.target.exists()}
    lost = {
        (link.page, link.href)
        for link in links
        if link.anchor and link.target.suffix == ".html" and link.target.exists()
        if link.anchor not in markup_of(link.target).anchors and link.anchor != "__skip"
    }
    assert missing | lost == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_anchors_in_links_from_the_root_are_there(site: Path, name: str):
    links = MARKDOWN_LINK.findall((ROOT / name).read_text(encoding="utf-8"))
    lost = [(page, anchor) for page, anchor in links if anchor not in markup_of(site / f"{page}.html").anchors | {""}]
    assert lost == []


def test_pages_and_styles_load_nothing_from_other_hosts(site: Path):
    loaded = [(page.name, address) for page in pages_of(site) for address in markup_of(page).loaded]
    for sheet in site.rglob("*.css"):
        loaded += [(sheet.name, address) for address in LOADED_BY_STYLES.findall(sheet.read_text(encoding="utf-8"))]
    assert len(loaded) > 100
    assert [(name, address) for name, address in loaded if is_foreign(address)] == []


def test_no_page_has_a_diagram_that_the_theme_would_draw_with_a_script_of_another_host(site: Path):
    assert [page.name for page in pages_of(site) if "mermaid" in markup_of(page).classes] == []


def test_no_page_shows_a_fence_that_was_not_understood(site: Path):
    assert [page.name for page in pages_of(site) if "<p>```" in page.read_text(encoding="utf-8")] == []


def test_the_search_knows_every_page(site: Path):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    known = {unquote(entry["location"].partition("#")[0]) or "index.html" for entry in index["docs"]}
    assert {page.relative_to(site).as_posix() for page in pages_of(site)} - known == {"404.html"}


def test_the_reference_has_every_public_name(site: Path):
    anchors = {anchor for page in (site / "reference").glob("*.html") for anchor in markup_of(page).anchors}
    assert public_names() - anchors - SELF_EVIDENT == set()


def test_what_the_tests_do_not_run_holds_no_code_to_run():
    others = [*(ROOT / "docs").glob("*/**/*.md")]
    assert others
    code = [(page.name, block.line) for page in others for block in blocks(page) if block.language in {"python", "sh"}]
    assert code == []


def test_what_a_page_loads_is_found():
    page = Markup(
        '<script src="https://a.example/x.js"></script><img src="y.png"><link href="//b.example/z.css">'
        '<a href="https://c.example" id="here">there</a><p class="mermaid big" src="no"></p>'
    )
    assert [address for address in page.loaded if is_foreign(address)] == [
        "https://a.example/x.js",
        "//b.example/z.css",
    ]
    assert (page.links, page.anchors, page.classes) == (["https://c.example"], {"here"}, {"mermaid", "big"})
