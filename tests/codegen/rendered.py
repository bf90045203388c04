"""Pages of the data dictionary as a reader sees them: rendered to HTML, and read back from that."""

from __future__ import annotations

from html.parser import HTMLParser

import markdown

# Those of the docs site, and others that sites have and that would take more characters for markup.
EXTENSIONS = [
    "abbr",
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "pymdownx.caret",
    "pymdownx.details",
    "pymdownx.emoji",
    "pymdownx.inlinehilite",
    "pymdownx.keys",
    "pymdownx.magiclink",
    "pymdownx.mark",
    "pymdownx.snippets",
    "pymdownx.superfences",
    "pymdownx.tilde",
    "tables",
    "toc",
]


class Page(HTMLParser):
    """One page.

    Attributes:
        text: Everything that is read, without the tables.
        rows: The rows of all tables as their cells, line breaks kept.
        fields: The cells of a row by the anchor in it.
    """

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = markdown.markdown(_without_front_matter(source), extensions=EXTENSIONS)
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.images: list[str] = []
        self.tags: set[str] = set()
        self.headings: list[str] = []
        self.rows: list[list[str]] = []
        self.fields: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self._cell: list[str] | None = None
        self._heading = False
        self.feed(self.html)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def table(self, first_column: str) -> list[list[str]]:
        """Returns the rows of the table whose first column is called so, [] when there is none."""
        heads = [number for number, row in enumerate(self.rows) if row[0] == first_column]
        if not heads:
            return []
        width = len(self.rows[heads[0]])
        body = self.rows[heads[0] + 1 :]
        end = next((number for number, row in enumerate(body) if len(row) != width or row[0] in HEADS), len(body))
        return body[:end]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        known = dict(attrs)
        anchor = known.get("id")
        if anchor:
            self.anchors.append(anchor)
        if tag == "a" and "href" in known:
            self.links.append(str(known["href"]))
        if tag == "img":
            self.images.append(str(known["src"]))
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self._cell = []
        if tag == "br" and self._cell is not None:
            self._cell.append("\n")
        if tag == "a" and anchor and self._cell is not None:
            self.fields[anchor] = self.rows[-1]
        if tag in {"h1", "h2", "h3"}:
            self._heading = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self._cell is not None:
            self.rows[-1].append("".join(self._cell).strip())
            self._cell = None
        if tag in {"h1", "h2", "h3"}:
            self._heading = False

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
        else:
            self.texts.append(data)
        if self._heading:
            self.headings[-1] += data


HEADS = {"Field, type", "Listing, items", "Search field", "Short name", "Class, type", "Field"}


def _without_front_matter(source: str) -> str:
    """Returns the page as mkdocs hands it on: what stands between the first two lines of hyphens is data."""
    start, data, text = source.split("---\n", 2)
    assert start == ""
    assert data
    return text
