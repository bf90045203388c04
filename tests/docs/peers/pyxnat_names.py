"""The names of pyxnat: arguments are server, user and password; see names.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pyxnat
from names import answer
from pyxnat.core import array, attributes, errors, jsonutil, manage, pipelines, provenance, resources, search, users
from pyxnat.core import help as inspecting
from pyxnat.core import select as selecting

ELEMENTS = [
    found for found in vars(resources).values() if isinstance(found, type) and issubclass(found, resources.EObject)
]
COLLECTIONS = [
    found for found in vars(resources).values() if isinstance(found, type) and issubclass(found, resources.CObject)
]
CLASSES = [
    *ELEMENTS,
    *COLLECTIONS,
    pyxnat.Interface,
    attributes.EAttrs,
    search.SearchManager,
    search.Search,
    manage.GlobalManager,
    manage.SchemaManager,
    manage.PreArchive,
    inspecting.Inspector,
    users.Users,
    selecting.Select,
    array.ArrayData,
    jsonutil.JsonTable,
    provenance.Provenance,
    pipelines.Pipelines,
]


class Errors:
    """Stands for the module of errors, so that each of them is a public name."""


for name, found in vars(errors).items():
    if isinstance(found, type) and issubclass(found, Exception):
        setattr(Errors, name, found)


def roots(interface):
    project = interface.select.project("sandbox")
    return {
        "Interface": pyxnat.Interface,
        "interface": interface,
        "select": interface.select,
        "element": resources.EObject,
        "collection": resources.CObject,
        "project": project,
        "projects": resources.Projects,
        "subject": resources.Subject,
        "subjects": resources.Subjects,
        "experiment": resources.Experiment,
        "experiments": resources.Experiments,
        "assessor": resources.Assessor,
        "assessors": resources.Assessors,
        "reconstruction": resources.Reconstruction,
        "reconstructions": resources.Reconstructions,
        "scan": resources.Scan,
        "scans": resources.Scans,
        "resource": resources.Resource,
        "resources": [resources.Resources, resources.In_Resources, resources.Out_Resources],
        "file": resources.File,
        "attrs": project.attrs,
        "provenance": provenance.Provenance,
        "pipelines": project.pipelines,
        "search": search.Search,
        "table": jsonutil.JsonTable,
        "array": interface.array,
        "inspect": interface.inspect,
        "manage": interface.manage,
        "manage.users": interface.manage.users,
        "manage.search": interface.manage.search,
        "manage.schemas": interface.manage.schemas,
        "manage.prearchive": manage.PreArchive,
        "errors": Errors,
    }


if __name__ == "__main__":
    server, user, password = sys.argv[1:]
    with pyxnat.Interface(server=server, user=user, password=password) as interface:
        answer(roots(interface), [*CLASSES, Errors], {"Interface": pyxnat.Interface.__init__})
