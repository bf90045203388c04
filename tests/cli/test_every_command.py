"""What holds for every command: help, examples, and a test for each option."""

from __future__ import annotations

import re
import shlex

import pytest

from xnat_runtime.cli.help import root_help
from xnat_runtime.cli.options import CONNECTION

from .catalogue import NAMES, command, words_of_tests

OPTIONS = {name: annotation.__metadata__[0] for name, annotation in CONNECTION.items()}


@pytest.mark.parametrize("name", NAMES)
def test_help_tells_what_the_command_and_each_option_does(name):
    found = command(name)
    page = found.made.get_help(found.context)
    assert page.startswith(f"Usage: xnat-sdk {name}")
    assert found.made.help
    for each in found.made.params:
        assert each.hidden or each.help, f"{name}: {each.name} has no help"


@pytest.mark.parametrize("name", NAMES)
def test_examples_can_be_typed(name):
    found = command(name)
    assert found.examples
    for example in found.examples:
        typed = next(part for part in example.split(" | xnat-sdk ") if f"{part} ".startswith(f"{name} "))
        typed = re.split(r" [<>] ", typed)[0]
        words = shlex.split(typed, comments=True)[len(name.split()) :]
        found.made.make_context(name, words, parent=found.context.parent)


@pytest.mark.parametrize("name", NAMES)
def test_each_option_has_an_end_to_end_test(name):
    words = set(name.split())
    tests = [found for found in words_of_tests() if words <= found]
    untested = {
        option: spellings
        for option, spellings in command(name).own_options.items()
        if not any(found & set(spellings) for found in tests)
    }
    assert untested == {}


def test_help_of_the_program_has_every_shared_option():
    page = root_help("xnat-sdk")
    spellings = {name: (option.default, *(option.param_decls or ())) for name, option in OPTIONS.items()}
    assert [name for name, found in spellings.items() if not any(each in page for each in found)] == []
