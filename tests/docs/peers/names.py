"""What another client really has; imported by the scripts that its own interpreter runs.

A script is given the names of a table on its standard input, as ``[[path, parameter], ...]``, and prints those that do
not exist, and the public names of the client that the table lacks.
"""

import inspect
import json
import sys


def answer(roots, classes, functions):
    """Check the names on standard input.

    Args:
        roots: First part of a path -> what it stands for, or several classes of which one has the name.
        classes: Classes whose public names a table must have.
        functions: Path -> a function whose parameters a table must have.
    """
    named = [(path, parameter) for path, parameter in json.load(sys.stdin)]
    missing = [f"{path}({parameter}=)" for path, parameter in named if not exists(roots, path, parameter)]
    further = sorted(unnamed(roots, classes, functions, named))
    arguments = {path: found for path, _ in named if (found := arguments_of(roots, path))}
    print(json.dumps({"missing": missing, "unnamed": further, "arguments": arguments}))


def split(roots, path):
    """Return the longest root that a path begins with, and the rest of the path."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        root = ".".join(parts[:length])
        if root in roots:
            return root, parts[length:]
    return "", parts


def exists(roots, path, parameter):
    root, rest = split(roots, path)
    if not root or len(rest) > 1:
        return False
    candidates = as_list(roots[root])
    if rest:
        candidates = [getattr_static(one, rest[0]) for one in candidates if has(one, rest[0])]
    return bool(candidates) and (not parameter or parameter in parameters(candidates[0]))


def arguments_of(roots, path):
    """Return the names that a function takes as keywords; [] for what is none."""
    root, rest = split(roots, path)
    found = [getattr_static(one, name) for one in as_list(roots.get(root)) for name in rest if has(one, name)]
    if len(rest) != 1 or not found or not inspect.isfunction(found[0]):
        return []
    kinds = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [one.name for one in parameters(found[0]).values() if one.kind in kinds and one.name != "self"]


def as_list(found):
    return found if isinstance(found, list) else [found]


def has(found, name):
    # Not getattr: reading a property would ask the server.
    return name in dir(found) or name in getattr(found, "__dict__", {})


def getattr_static(found, name):
    return inspect.getattr_static(found, name, None)


def parameters(function):
    return inspect.signature(function).parameters


def unnamed(roots, classes, functions, named):
    for defining in classes:
        for name in vars(defining):
            if not name.startswith("_") and not is_named(roots, defining, name, named):
                yield f"{defining.__name__}.{name}"
    for path, function in functions.items():
        for parameter in parameters(function):
            if parameter != "self" and (path, parameter) not in named:
                yield f"{path}({parameter}=)"


def is_named(roots, defining, name, named):
    """Return whether the table has the name on something that is of the class, or that the class is one of."""
    for path, _ in named:
        root, rest = split(roots, path)
        if root and rest == [name]:
            for one in as_list(roots[root]):
                kind = one if isinstance(one, type) else type(one)
                if defining in kind.__mro__ or kind in defining.__mro__:
                    return True
    return False
