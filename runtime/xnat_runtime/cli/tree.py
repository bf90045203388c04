"""``tree``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..errors import InvalidValueError
from ..sizes import size_text
from .cells import shown
from .context import Run
from .declare import command
from .output import plural

if TYPE_CHECKING:
    from .branches import Branch

_UNICODE: Final = ("├── ", "└── ", "│   ", "    ")
_ASCII: Final = ("|-- ", "`-- ", "|   ", "    ")
_DEPTH: Final = typer.Option("--depth", "-d", help="Levels below the path; all by default.", min=1, metavar="N")


@command(
    examples=("tree sandbox", "tree sandbox --depth 2", "tree --depth 1", "tree sandbox/sessions/test001_MR --files")
)
def tree(
    run: Run,
    path: Annotated[
        str, typer.Argument(help="Where it begins; nothing for the site, with --depth.", metavar="PATH")
    ] = "",
    depth: Annotated[int | None, _DEPTH] = None,
    files: Annotated[bool, typer.Option("--files", help="Show files too: a request more for each session.")] = False,
) -> None:
    """Show what is below a path as a tree, with numbers and sizes of files.

    A project takes one request for each level, however many sessions it has.
    """
    from .growing import branch_at  # noqa: PLC0415 - imports the runtime
    from .places import explained  # noqa: PLC0415 - as above

    if not path.strip("/") and depth is None:
        msg = "a tree of the whole site needs --depth, such as --depth 2; or name a path"
        raise InvalidValueError(msg)
    with explained(run.connection, path):
        found = branch_at(run.connection, path, depth, files=files)
    match run.settings.format:
        case "json":
            run.out.record(found.as_dict())
        case "table":
            sys.stdout.writelines(f"{line}\n" for line in _drawn(found))
            run.out.say(_counted(found))
        case "paths":
            sys.stdout.writelines(f"{each.uri}\n" for _, each in found.walk() if each.uri)
        case _:
            run.out.rows(_rows(found), ["depth", "kind", "name", "title", "file_count", "file_size", "uri"])


def _rows(found: Branch) -> Iterator[dict[str, object]]:
    for depth, each in found.walk():
        yield {
            "depth": depth, "kind": each.kind, "name": each.name, "title": each.title, "file_count": each.file_count,
            "file_size": each.file_size, "uri": each.uri,
        }  # fmt: skip


def _drawn(found: Branch) -> Iterator[str]:
    yield _told(found)
    yield from _below(found, "", _UNICODE if _can_draw() else _ASCII)


def _below(found: Branch, indent: str, signs: tuple[str, str, str, str]) -> Iterator[str]:
    middle, last, bar, gap = signs
    for number, each in enumerate(found.branches, 1):
        is_last = number == len(found.branches)
        yield f"{indent}{last if is_last else middle}{_told(each)}"
        yield from _below(each, indent + (gap if is_last else bar), signs)


def _told(each: Branch) -> str:
    words = [shown("", each.name)]
    if each.title and each.title != each.name:
        words.append(shown("", each.title))
    facts: list[str] = []
    if each.file_count is not None and each.kind != "file":
        facts.append(f"{each.file_count:,} {'file' if each.file_count == 1 else 'files'}")
    if each.file_size is not None:
        facts.append(size_text(each.file_size))
    return "  ".join([*words, *([f"({', '.join(facts)})"] if facts else [])])


def _counted(found: Branch) -> str:
    kinds: dict[str, int] = {}
    for depth, each in found.walk():
        if depth:
            kinds[each.kind] = kinds.get(each.kind, 0) + 1
    return ", ".join(f"{count:,} {kind if count == 1 else plural(kind)}" for kind, count in kinds.items()) or "nothing"


def _can_draw() -> bool:
    try:
        "├└│─".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
