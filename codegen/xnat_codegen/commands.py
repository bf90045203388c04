"""What each command of the command line does; imports what the extra ``codegen`` brings."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from getpass import GetPassWarning, getpass
from typing import Final, TypeAlias

import attrs

from .config import Config, make_config
from .errors import CodegenError, Level, Problem
from .explain import explain
from .fetch import SchemaServer, fetch
from .generate import build, load, load_and_pass
from .graph import graph
from .schema_diff import schema_diff, surface
from .statuses import FINE, INCOMPLETE
from .write import compare, diff, write

USER_VARIABLE: Final = "XNAT_USER"
PASSWORD_VARIABLE: Final = "XNAT_PASSWORD"  # noqa: S105  # the name of a variable
Command: TypeAlias = Callable[[argparse.Namespace], int]


def _config(options: argparse.Namespace) -> Config:
    """The options that a command has; the others keep their defaults."""
    known = vars(options)
    keys = ("schemas", "with_stock", "routes", "names", "package", "out")
    return make_config(**{key: known[key] for key in keys if key in known})


def run_generate(options: argparse.Namespace) -> int:
    """Writes the package."""
    config = _config(options)
    package = build(config)
    write(config.target, compare(config.target, package.files))
    return _report(package.problems)


def run_check(options: argparse.Namespace) -> int:
    """Tells whether the package on disk is current, with a diff."""
    config = _config(options)
    package = build(config)
    changes = compare(config.target, package.files)
    sys.stdout.writelines(diff(config.target, changes))
    status = _report(package.problems)
    return INCOMPLETE if changes else status


def run_explain(options: argparse.Namespace) -> int:
    """Prints what each pass did to a type."""
    ir, _ = load(_config(options))
    _print(explain(ir, options.type))
    return _report(ir.problems)


def run_graph(options: argparse.Namespace) -> int:
    """Prints which type extends which."""
    ir, _ = load_and_pass(_config(options))
    _print(graph(ir))
    return _report(ir.problems)


def run_diff(options: argparse.Namespace) -> int:
    """Prints what a change of schemas means for users of the package."""
    config = _config(options)
    old, _ = load_and_pass(attrs.evolve(config, schemas=(options.old,)))
    new, _ = load_and_pass(attrs.evolve(config, schemas=(options.new,)))
    _print(schema_diff(surface(old), surface(new)))
    return _report([*old.problems, *new.problems])


def run_fetch(options: argparse.Namespace) -> int:
    """Writes the schemas of a server to a folder and prints their paths."""
    user = options.user or os.environ.get(USER_VARIABLE)
    server = SchemaServer(options.url, user, _password(user))
    _print(str(path) for path in fetch(server, options.out))
    return FINE


def _password(user: str | None) -> str | None:
    if user is None:
        return None
    return os.environ.get(PASSWORD_VARIABLE) or _asked_for(user)


def _asked_for(user: str) -> str:
    """The password as typed; never where the terminal would show it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(f"Password of {user}: ")
        except (GetPassWarning, EOFError):
            message = f"there is no terminal to ask for the password of {user!r}: set {PASSWORD_VARIABLE}"
            raise CodegenError(message) from None


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


def _report(problems: Sequence[Problem]) -> int:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return INCOMPLETE if any(problem.level is Level.ERROR for problem in problems) else FINE


COMMANDS: Final[Mapping[str, Command]] = {
    "generate": run_generate,
    "check": run_check,
    "explain": run_explain,
    "graph": run_graph,
    "diff": run_diff,
    "fetch": run_fetch,
}
