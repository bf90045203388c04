"""What ``download`` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Paths: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH", help="What to download, one or more; - for paths on standard input.", show_default=False
    ),
]
To: TypeAlias = Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Folder to write to; made when missing.")]
Layout: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--layout",
        metavar="NAME",
        show_default=False,
        help="xnat (the server's tree), flat, or a template such as {subject}/{session}/{scan}-{type}/{file}.",
    ),
]
Zip: TypeAlias = Annotated[
    Path | None, typer.Option("--zip", metavar="FILE", help="Write one item as a zip file.", show_default=False)
]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Replace files that have other bytes.")]
Include: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="KIND=PATTERN",
        show_default=False,
        help="Only what fits: scan=T1* (type or ID), resource=DICOM or file=*.dcm; may be repeated.",
    ),
]
Exclude: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="KIND=PATTERN", help="All but what fits; may be repeated.", show_default=False),
]
Project: TypeAlias = Annotated[
    str | None, typer.Option("--project", metavar="PATTERN", help="Projects by ID or name.", show_default=False)
]
Subject: TypeAlias = Annotated[
    str | None, typer.Option("--subject", metavar="PATTERN", help="Subjects by label or ID.", show_default=False)
]
Experiment: TypeAlias = Annotated[
    str | None,
    typer.Option("--experiment", "--session", metavar="PATTERN", help="Sessions by label or ID.", show_default=False),
]
Scan: TypeAlias = Annotated[
    str | None, typer.Option("--scan", metavar="PATTERN", help="Scans by type.", show_default=False)
]
Resource: TypeAlias = Annotated[
    str | None, typer.Option("--resource", metavar="PATTERN", help="Resources by label.", show_default=False)
]
Level: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--level",
        metavar="LEVEL",
        show_default=False,
        help="What the patterns choose: project, subject, experiment or scan, or resources of one (scan_resource); "
        "by default the lowest that has a pattern.",
    ),
]
Regex: TypeAlias = Annotated[bool, typer.Option("--regex", help="These patterns are regular expressions.")]
Workers: TypeAlias = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Connections at a time.")]
NoCheck: TypeAlias = Annotated[
    bool, typer.Option("--no-check", help="Compare nothing with the server: a request less for each item.")
]
NoManifest: TypeAlias = Annotated[bool, typer.Option("--no-manifest", help="Write no manifest.json.")]
