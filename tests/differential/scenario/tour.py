"""How the steps are written: what each has at hand, and how it tells what it saw.

Run by the interpreter of each client: the standard library only.
"""

import builtins
import hashlib
import zipfile
from pathlib import Path
from types import SimpleNamespace

STEPS = {}
"""Name of a step -> function, in the order they are done."""

TUTORIAL = {}
"""Name of a step -> step of the tutorial that it belongs to, from 1 to 16."""


def step(tutorial):
    """Take a function as a step; ``tutorial`` is the number of the tutorial's step that it is part of."""

    def add(function):
        STEPS[function.__name__] = function
        TUTORIAL[function.__name__] = tutorial
        return function

    return add


class Tour(SimpleNamespace):
    """What the steps have at hand: ``xnat`` (the client), ``connection``, and what earlier steps left here."""

    def login(self, **options):
        """Return another connection of the administrator."""
        return self.xnat.connect(self.url, user=self.user, password=self.password, **options)

    def fresh(self, *found):
        """Make these objects and listings read from the server again, the way the client offers it."""
        self.forget(*found)
        for one in () if self.is_xnatpy else found:
            one.refresh()

    def forget(self, *found):
        """Make xnatpy forget what it has read, these objects above all; the SDK asks for each listing anyway."""
        if self.is_xnatpy:
            self.connection.clearcache()
            for one in found:
                one.clearcache()

    def refusal(self, call, *names):
        """Return the first of these names of exceptions, Python's own or the client's, that fits what a call raises."""
        kinds = {name: getattr(builtins, name, None) or getattr(self.xnat.exceptions, name) for name in names}
        try:
            call()
        except tuple(kinds.values()) as error:
            return next(name for name, kind in kinds.items() if isinstance(error, kind))
        return "accepted"

    def folder(self, name):
        """Return a new folder to write to."""
        made = self.work / name
        made.mkdir()
        return made


def md5(data):
    """Return the MD5 of bytes, as hex digits."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def zipped(path):
    """Return name -> MD5 of the members of a zip archive."""
    with zipfile.ZipFile(path) as archive:
        return {name: md5(archive.read(name)) for name in sorted(archive.namelist())}


def tree(folder):
    """Return path -> MD5 of every file below a folder."""
    found = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): md5(path.read_bytes()) for path in found}


def described(objects):
    """Return the class, ID and label of objects."""
    return [[type(one).__name__, one.id, one.label] for one in objects]
