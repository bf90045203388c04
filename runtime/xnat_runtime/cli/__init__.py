"""The command line of a generated package: ``xnat-sdk``, or the one of a site's own package."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..registry import Registry
    from ..session import BaseSession

__all__ = ["Site", "run"]


class Site(NamedTuple):
    """A generated package, as its command line sees it.

    Attributes:
        program: Name of the command, such as ``xnat-sdk``.
        package: Name of the package, such as ``xnat_sdk``.
        load: Returns its session class and its registry; called when a server is needed, not for ``--help``.
    """

    program: str
    package: str
    load: Callable[[], tuple[type[BaseSession], Registry]]


def run(site: Site, arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status; `xnat_runtime.cli.statuses` lists them.

    Args:
        site: The package.
        arguments: The command's words, ``sys.argv`` without the program by default.
    """
    missing = [name for name in ("typer", "rich") if find_spec(name) is None]
    if missing:
        sys.stderr.write(f'error: {missing[0]} is not installed: pip install "xnat-sdk[cli]"\n')
        return 2
    from .app import main  # noqa: PLC0415 - imports typer

    return main(site, list(sys.argv[1:] if arguments is None else arguments))
