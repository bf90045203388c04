"""The commands as the program has them: names, options, examples."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import typer

from xnat_runtime.cli.app import _program
from xnat_runtime.cli.commands import SECTIONS
from xnat_runtime.cli.options import CHANGES, CONNECTION, ROWS
from xnat_sdk.__main__ import SITE

NAMES = [name for commands in SECTIONS.values() for name in commands]
HERE = Path(__file__).parent


class Command(NamedTuple):
    """A command and its context, as typer makes them."""

    name: str
    made: Any
    context: Any

    @property
    def options(self) -> dict[str, list[str]]:
        """Parameter -> its spellings, of options alone."""
        return {
            each.name: [*each.opts, *each.secondary_opts]
            for each in self.made.params
            if each.param_type_name == "option"
        }

    @property
    def own_options(self) -> dict[str, list[str]]:
        """Those that are not shared with other commands."""
        shared = {*CONNECTION, *ROWS, *CHANGES}
        return {name: spellings for name, spellings in self.options.items() if name not in shared}

    @property
    def examples(self) -> tuple[str, ...]:
        return getattr(self.made.callback, "examples", ())


@cache
def command(name: str) -> Command:
    made: Any = typer.main.get_command(_program(SITE))
    context = made.context_class(made, info_name=SITE.program, obj={"site": SITE})
    for word in name.split():
        made = made.get_command(context, word)
        context = made.context_class(made, info_name=word, parent=context)
    return Command(name, made, context)


@cache
def words_of_tests() -> list[frozenset[str]]:
    """Returns the texts of each test function: its own, those of its decorators, and those it may take from around."""
    found = []
    for file in sorted(HERE.glob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        around = _texts([node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)])
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found.append(frozenset(_words(_texts([node]) | _used(node, tree) | around)))
    return found


def _used(node: ast.FunctionDef, tree: ast.Module) -> set[str]:
    """Returns the texts of the functions of the file that a function calls."""
    called = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return _texts([each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name in called])


def _texts(nodes: list[Any]) -> set[str]:
    return {
        each.value
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def _words(texts: set[str]) -> set[str]:
    return {word.partition("=")[0] if word.startswith("--") else word for text in texts for word in text.split()}
