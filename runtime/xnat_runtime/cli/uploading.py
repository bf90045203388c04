"""``upload``."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import typer

from .context import Run
from .declare import command

_Words: TypeAlias = Annotated[
    list[str], typer.Argument(metavar="FILE", help="Files and folders; the last word is the resource that takes them.")
]
_IfExists: TypeAlias = Annotated[
    Literal["error", "skip", "skip-if-same", "overwrite"],
    typer.Option("--if-exists", help="What becomes of files whose names are taken there."),
]
_Method: TypeAlias = Annotated[
    Literal["auto", "tar", "tgz", "zip", "per-file"],
    typer.Option("--method", help="How files travel; auto sends many small ones together."),
]
_Names: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--names", metavar="NAMES", help="Names that the files get there, comma between them.", show_default=False
    ),
]
_Content: TypeAlias = Annotated[
    str | None, typer.Option("--content", metavar="TEXT", help="What the files are, such as T1.", show_default=False)
]
_Format: TypeAlias = Annotated[
    str | None, typer.Option("--format", metavar="TEXT", help="Their format, such as NIFTI.", show_default=False)
]
_Tags: TypeAlias = Annotated[
    str | None, typer.Option("--tags", metavar="TAGS", help="Their tags, comma between them.", show_default=False)
]
_Extract: TypeAlias = Annotated[
    bool, typer.Option("--extract", help="Have the server unpack the files, which are archives.")
]
_Links: TypeAlias = Annotated[
    Literal["files", "follow", "skip", "error"],
    typer.Option("--links", help="Links to files are followed, links to folders too, none is, or one is an error."),
]
_Workers: TypeAlias = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Connections at a time.")]


@command(
    changes=True,
    examples=(
        "upload results sandbox/test001/test001_MR/resources/RESULTS",
        "upload t1.nii.gz t1.json sandbox/test001/test001_MR/2/NIFTI --format NIFTI",
        "upload results sandbox/test001/test001_MR/resources/RESULTS --if-exists skip-if-same --dry-run",
    ),
)
def upload(  # noqa: PLR0917 - a parameter an option
    run: Run,
    words: _Words,
    if_exists: _IfExists = "error",
    method: _Method = "auto",
    names: _Names = None,
    content: _Content = None,
    format_: _Format = None,
    tags: _Tags = None,
    extract: _Extract = False,
    links: _Links = "files",
    workers: _Workers = 4,
) -> None:
    """Upload files and folders into a resource, which is made when it is missing.

    Of a folder, what is in it is sent, with its folders. RESOURCE is project/subject/session/resources/LABEL or
    project/subject/session/scan/LABEL; folders below the resource may follow.
    """
    from .upload_work import Work, carry_out  # noqa: PLC0415 - --help needs none

    facts = {"content": content, "format": format_, "tags": tags}
    work = Work(
        tuple(words[:-1]), words[-1], if_exists, method, links, workers, names,
        {name: text for name, text in facts.items() if text is not None}, is_extracted=extract,
    )  # fmt: skip
    carry_out(run, work)
