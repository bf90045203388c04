"""Write docs/cli-reference.md: the help of every command, as the command line itself tells it.

Usage: cli_reference.py [--check] (from the repository's root). With --check nothing is written; the status is 1 when
the page is not current.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

from xnat_runtime.cli import run
from xnat_runtime.cli.commands import SECTIONS
from xnat_runtime.cli.statuses import MEANINGS
from xnat_sdk.__main__ import SITE

PAGE = Path("docs/cli-reference.md")
HEAD = """\
# Command line reference

Written by `make generate` from what the program says of itself. [The command line](cli.md) shows it at work.

"""
STATUSES = """\
## Exit statuses

| Status | Meaning |
|--------|---------|
"""


def told(*words: str) -> str:
    """Return what a command prints."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        run(SITE, list(words))
    return shown.getvalue().strip()


def page() -> str:
    """Return the page."""
    parts = [HEAD, STATUSES]
    parts += [f"| {status} | {meaning} |\n" for status, meaning in MEANINGS.items()]
    parts.append(f"\n## {SITE.program}\n\n```text\n{told('--help')}\n```\n")
    for commands in SECTIONS.values():
        parts += [f"\n## {name}\n\n```text\n{told(*name.split(), '--help')}\n```\n" for name in commands]
    return "".join(parts)


def main() -> int:
    """Write the page, or compare it, and return the exit status."""
    os.environ.update(COLUMNS="90", NO_COLOR="1")
    today = page()
    is_current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == today
    if "--check" in sys.argv[1:]:
        return 0 if is_current else int(bool(sys.stderr.write(f"{PAGE} is not current: make generate\n")))
    PAGE.write_text(today, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
