"""What a server works out in SQL for display fields (D9; schema-and-search 3.4), by the names of ``display.toml``."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import quote

from .. import permissions
from ..formats.tables import Cell
from ..store.groups import BUILT_IN
from ..store.items import Item
from ..store.node import Node
from .corpus import Corpus, day_of

Computed = Callable[[Corpus, Item, str, str], Cell]
"""Gives the value for an object; the texts are the field's argument and the value that goes with it."""


def compute(name: str) -> Computed:
    """Return what works out a content, one that gives nothing when the name is not known."""
    return _CONTENTS.get(name, _nothing)


def _nothing(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del corpus, item, argument, value
    return None


def _label(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del corpus, argument, value
    return item.label or item.id


def _label_in_project(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del corpus, argument
    return (item.label or item.id) if item.project == value else item.share_label(value)


def _projects(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    """Return the owning and the sharing projects in angle brackets, those of subjects after a comma (D8)."""
    del corpus, value
    names = [item.project, *(share.text("project") for share in item.node.children.get("sharing/share", ()))]
    return argument + ",".join(f"<{name}>" for name in names)


def _variable(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    """Return a custom variable; its name is meant in lower case."""
    del corpus, argument
    fields = item.node.children.get("fields/field", ())
    return next((node.text("field") or None for node in fields if node.text("name").lower() == value.lower()), None)


def _description(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del corpus, value
    return item.node.text("description")[: int(argument)] or None


def _demographics(item: Item | None) -> Node | None:
    found = [] if item is None else item.node.children.get("demographics", [])
    return found[0] if found else None


def _number(node: Node | None, path: str) -> float | None:
    value = None if node is None else node.values.get(path)
    return float(value) if isinstance(value, (int, float)) else None


def _birthday(node: Node | None) -> date | None:
    text = "" if node is None else node.text("dob")
    return date.fromisoformat(text) if text else None


def _birth_year(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del corpus, argument, value
    node = _demographics(item)
    day = _birthday(node)
    year = _number(node, "yob")
    if day is not None:
        return day.year
    return None if year is None else int(year)


def _years(corpus: Corpus, item: Item, *, told: bool) -> float | None:
    """Return the age at a session: its own, the subject's if that is asked for, else from the dates (D9)."""
    own = _number(item.node, "age")
    if own is not None:
        return own
    node = _demographics(corpus.subject_of(item))
    if told and (age := _number(node, "age")) is not None:
        return age
    day, birthday, year = day_of(item), _birthday(node), _number(node, "yob")
    if day is None:
        return None
    if birthday is not None:
        return float(day.year - birthday.year - ((day.month, day.day) < (birthday.month, birthday.day)))
    return None if year is None else day.year - year


def _age_floor(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del argument, value
    years = _years(corpus, item, told=True)
    return None if years is None else math.floor(years)


def _age_round(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del argument, value
    years = _years(corpus, item, told=False)
    return None if years is None else round(years, 2)


def _date_text(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del corpus, argument, value
    return item.node.text("date") or None


def _last_modified(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del corpus, argument, value
    return datetime.fromisoformat(item.modified or item.inserted)


def _scan_types(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    """Return how often a session has each type of scan, ``T1(2), T2(1)``."""
    del argument, value
    counts = Counter(scan.node.text("type") for scan in corpus.scans.get(item.row, ()))
    return ", ".join(f"{name}({counts[name]})" for name in sorted(counts) if name) or None


def _count_scans(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    """Return how many scans have a value, nothing when none has."""
    return sum(scan.node.text(argument) == value for scan in corpus.scans.get(item.row, ())) or None


def _count_scans_like(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    pattern = like(value)
    found = (scan.node.text(argument) for scan in corpus.scans.get(item.row, ()))
    return sum(pattern.fullmatch(text) is not None for text in found) or None


def _count_experiments(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    """Return how many experiments of a type a subject or a project has, nothing when it has none.

    With a value, only those that a project of this ID owns or shares are counted.
    """
    model = corpus.call.model
    if item.kind == "subject":
        found = [one for one in corpus.by_subject.get(item.id, ()) if model.extends(one.xsi_type, argument)]
    else:
        found, value = corpus.of_type(argument), item.id
    return sum(not value or one.project == value or one.share_label(value) is not None for one in found) or None


def _uri(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del argument, value
    session = corpus.session_of(item) if item.kind == "scan" else None
    if session is not None:
        return f"/data/experiments/{quote(session.id, safe='')}/scans/{quote(item.id, safe='')}"
    return f"/data/{item.kind}s/{quote(item.id, safe='')}"


def _name(node: Node) -> str | None:
    first, last = node.text("firstname"), node.text("lastname")
    return f"{first} {last}" if first and last else None


def _investigator(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    """Return first and last name; in SQL nothing is left when one is missing."""
    del corpus, value
    return next((_name(node) for node in item.node.children.get(argument or "investigator", ())), None)


def _investigators(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del corpus, argument, value
    nodes = [*item.node.children.get("PI", ()), *item.node.children.get("investigators/investigator", ())]
    return " <br/> ".join(name for node in nodes if (name := _name(node))) or None


def _accessibility(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del argument, value
    return corpus.call.archive.project_settings.accessibility(item.id)


def _accessibility_image(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    image = "globe" if _accessibility(corpus, item, argument, value) == "public" else "key"
    return f"/@WEBAPPimages/{image}.gif"


def _code(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    del value
    return corpus.call.archive.project_settings.code(item.id, argument)


def _role(corpus: Corpus, item: Item, argument: str, value: str) -> Cell:
    """Return the display name of the caller's group in a project; the value is the number of an account."""
    del argument
    user = corpus.call.archive.users.get(corpus.call.login)
    rights = permissions.access(corpus.call).projects.get(item.id)
    if user is None or str(user.number) != value or rights is None:
        return None
    return BUILT_IN.get(rights.level)


@lru_cache(maxsize=256)
def like(pattern: str) -> re.Pattern[str]:
    """Return what a pattern of SQL's LIKE means, whatever the case."""
    signs = {"%": ".*", "_": "."}
    return re.compile("".join(signs.get(sign) or re.escape(sign) for sign in pattern), re.IGNORECASE | re.DOTALL)


_CONTENTS: Mapping[str, Computed] = {
    "label": _label,
    "label_in_project": _label_in_project,
    "projects": _projects,
    "variable": _variable,
    "first_signs": _description,
    "birth_year": _birth_year,
    "age_floor": _age_floor,
    "age_round": _age_round,
    "date_text": _date_text,
    "last_modified": _last_modified,
    "scan_types": _scan_types,
    "count_scans": _count_scans,
    "count_scans_like": _count_scans_like,
    "count_experiments": _count_experiments,
    "uri": _uri,
    "investigator": _investigator,
    "investigators": _investigators,
    "accessibility": _accessibility,
    "accessibility_image": _accessibility_image,
    "project_code": _code,
    "role": _role,
}
