"""The commands of a client's own command line: arguments are its module and the name of its group in there."""

import importlib
import json
import sys

import click


def commands(group, words):
    """Yield the words of each command that does something, and the options that it takes."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group) and found.list_commands(context):
            yield from commands(found, [*words, name])
        else:
            options = [each for one in found.params for each in [*one.opts, *one.secondary_opts]]
            yield " ".join([*words, name]), sorted(each for each in options if each.startswith("-"))


module, name = sys.argv[1:]
print(json.dumps(dict(commands(getattr(importlib.import_module(module), name), []))))
