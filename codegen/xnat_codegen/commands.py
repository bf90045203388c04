"""What each command of the command line does; imports what the extra ``codegen`` brings."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from .config import Config, make_config, schema_folder
from .dictionary.folder import write_dictionary
from .dictionary.pages import dictionary
from .differences.change import Verdict, overall
from .differences.compare import changes_between, side_of
from .differences.report import as_json, as_text
from .errors import CodegenError, Level, Problem
from .explain import explain
from .fetch import SchemaServer, base_url, fetch
from .generate import build, check_package_name, load, load_and_pass, stock_display_types
from .graph.forest import forest
from .graph.mermaid import mermaid
from .graph.model import around, whole
from .graph.star import star
from .graph.svg import svg
from .ir import Ir
from .login import LoginOptions, find_login, find_server
from .opener import NetworkOptions, open_network
from .project import project_of, write_project
from .statuses import ADDITIVE, BREAKING, FINE, INCOMPLETE
from .write import compare, diff, replace_file, write

VERDICT_STATUSES: Final = {Verdict.COMPATIBLE: FINE, Verdict.ADDITIVE: ADDITIVE, Verdict.BREAKING: BREAKING}
Command: TypeAlias = Callable[[argparse.Namespace], int]


def _config(options: argparse.Namespace) -> Config:
    """The options that a command has; the others keep their defaults."""
    known = vars(options)
    keys = ("schemas", "with_stock", "routes", "names", "package", "out", "project", "swagger")
    return make_config(**{key: known[key] for key in keys if key in known})


def run_generate(options: argparse.Namespace) -> int:
    """Writes the package."""
    config = _config(options)
    package = build(config)
    project = project_of(config)
    write(config.target, compare(config.target, package.files))
    write_project(config.out, project.changes)
    return _report([*package.problems, *project.problems])


def run_check(options: argparse.Namespace) -> int:
    """Tells whether the package on disk is current, with a diff."""
    config = _config(options)
    package = build(config)
    project = project_of(config)
    changes = compare(config.target, package.files)
    sys.stdout.writelines(diff(config.target, changes))
    sys.stdout.writelines(diff(config.out, project.changes))
    status = _report([*package.problems, *project.problems])
    return INCOMPLETE if changes or project.changes else status


def run_explain(options: argparse.Namespace) -> int:
    """Prints what each pass did to a type."""
    ir, _ = load(_config(options))
    _print(explain(ir, options.type))
    return _report(ir.problems)


def run_graph(options: argparse.Namespace) -> int:
    """Draws the data types, or those around one."""
    if options.type and options.namespace:
        raise CodegenError("give --type or --namespace, not both")
    ir, _ = load_and_pass(_config(options))
    graph = around(ir, options.type) if options.type else whole(ir, options.namespace)
    if not graph.nodes:
        raise CodegenError(f"no data type has the prefix {options.namespace!r}; there are {_prefixes(ir)}")
    lines = mermaid(graph) if options.format == "mermaid" else svg(star(graph) if options.type else forest(graph))
    if options.out is None:
        _print(lines)
    else:
        replace_file(options.out, "".join(f"{line}\n" for line in lines).encode())
    return _report(ir.problems)


def run_dictionary(options: argparse.Namespace) -> int:
    """Writes the data dictionary."""
    config = _config(options)
    check_package_name(config.package)
    ir, _ = load_and_pass(config)
    write_dictionary(config.out, dictionary(ir, config.package, config.templates, options.link_end))
    return _report(ir.problems)


def _prefixes(ir: Ir) -> str:
    return ", ".join(sorted(ir.namespaces.values()))


def run_diff(options: argparse.Namespace) -> int:
    """Prints what a change of schemas means for users of the package; the exit status is the verdict."""
    config = _config(options)
    old, _ = load(attrs.evolve(config, schemas=(schema_folder(options.old),)))
    new, _ = load(attrs.evolve(config, schemas=(schema_folder(options.new),)))
    changes = changes_between(side_of(old), side_of(new), options.namespace)
    _print([as_json(changes)] if options.json else as_text(changes))
    status = _report([*old.problems, *new.problems])
    return VERDICT_STATUSES[overall(changes)] if status == FINE else status


def run_fetch(options: argparse.Namespace) -> int:
    """Writes what a server says of its data types and its API to a folder, and prints the paths."""
    url = find_server(options.url, os.environ)
    network = NetworkOptions(options.verify, options.ca, options.client_certificate, options.proxy)
    login = find_login(base_url(url), _login_options(options), os.environ)
    server = SchemaServer(url, login, open_network(network))
    fetched = fetch(server, options.out, stock_display_types())
    _print(str(path) for path in fetched.paths)
    for missing in fetched.missing:
        sys.stderr.write(f"note: the server offers {missing}\n")
    for stray in fetched.strays:
        sys.stderr.write(f"warning: {stray}: is not on the server, and is generated from nevertheless: delete it\n")
    return FINE


def _login_options(options: argparse.Namespace) -> LoginOptions:
    return LoginOptions(options.user, options.netrc_file, options.allow_unsafe_netrc, options.auth_provider)


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
    "dictionary": run_dictionary,
    "diff": run_diff,
    "fetch": run_fetch,
}
