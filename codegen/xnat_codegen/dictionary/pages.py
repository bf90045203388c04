"""All files of a dictionary."""

from __future__ import annotations

from pathlib import Path

from ..ir import Ir
from ..render import make_environment
from .folder import MARK
from .overview import index, letters
from .places import FIELDS, INDEX, Places
from .type_page import Dictionary, drawn, picture_of, type_page


def dictionary(ir: Ir, package: str, templates: Path, link_end: str) -> dict[str, str]:
    """Returns the text of every file by its name: an index, the fields from A to Z, a page and a picture for each type.

    Args:
        ir: The model after all passes.
        package: Import name of the package whose classes are named.
        templates: Folder of the templates.
        link_end: What addresses of pages end with in pictures, such as ``.html``.
    """
    places = Places(ir)
    book = Dictionary(ir, places, package, link_end)
    environment = make_environment(templates)
    files = {
        INDEX: environment.get_template("dictionary_index.md.j2").render(mark=MARK, index=index(ir, places)),
        FIELDS: environment.get_template("dictionary_fields.md.j2").render(mark=MARK, letters=letters(ir, places)),
    }
    template = environment.get_template("dictionary_type.md.j2")
    for cls in ir.classes.values():
        picture = picture_of(cls, book)
        name = places.name(cls)
        files[f"{name}.md"] = template.render(mark=MARK, page=type_page(cls, book, picture))
        files[f"{name}.svg"] = "".join(f"{line}\n" for line in (f"<!-- {MARK} -->", *drawn(picture, book)))
    return files
