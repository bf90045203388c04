"""What a built page of the docs site holds: its anchors, its links, and what a browser loads for it."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

# Element -> attributes with the address of something that a browser loads by itself.
LOADED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "image": ("href", "xlink:href"),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}


class Link(NamedTuple):
    """A link of a page that stays on the site."""

    page: str
    href: str
    target: Path
    anchor: str


class Markup(HTMLParser):
    """The parts of one page, in the order in which they stand."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.classes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        self.classes |= set(found.get("class", "").split())
        self.loaded += [found[name] for name in LOADED.get(tag, ()) if name in found]
        if tag == "a" and "href" in found:
            self.links.append(found["href"])


def pages_of(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


@cache
def markup_of(page: Path) -> Markup:
    return Markup(page.read_text(encoding="utf-8"))


def is_foreign(address: str) -> bool:
    """Whether an address is on another host; ``data:`` is none."""
    return bool(urlsplit(address).netloc)


def links_of(site: Path, page: Path) -> list[Link]:
    """Return the links that stay on the site; an address that begins with a slash is below the site's root."""
    found = []
    for href in markup_of(page).links:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            continue
        path = unquote(parts.path)
        target = page if not path else site / path.lstrip("/") if path.startswith("/") else page.parent / path
        target = target / "index.html" if target.is_dir() else target
        found.append(Link(page.relative_to(site).as_posix(), href, target.resolve(), unquote(parts.fragment)))
    return found
