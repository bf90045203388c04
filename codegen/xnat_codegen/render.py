"""Prints the render model with the templates."""

from __future__ import annotations

from pathlib import Path

import jinja2

from .view.views import PackageView, ProjectView

FILES = {
    "__init__.py": "init.py.j2",
    "session.py": "session.py.j2",
    "classes.py": "classes.py.j2",
    "exceptions.py": "exceptions.py.j2",
    "search.py": "search.py.j2",
    "levels.py": "levels.py.j2",
    "notebook.py": "notebook.py.j2",
    "progress.py": "progress.py.j2",
    "transfers.py": "transfers.py.j2",
    "listings.py": "listings.py.j2",
    "routes.py": "routes.py.j2",
    "_registry.py": "registry.py.j2",
    "_build_info.py": "build_info.py.j2",
    "pytest_plugin.py": "pytest_plugin.py.j2",
    "__main__.py": "main.py.j2",
    "models/__init__.py": "models.py.j2",
}
"""File of the package -> its template; each data type has a file besides."""


def render(package: PackageView, templates: Path) -> dict[str, str]:
    """Returns the text of every file of the package, by its path below the package's folder."""
    environment = make_environment(templates)
    files = {path: environment.get_template(name).render(package=package) for path, name in FILES.items()}
    template = environment.get_template("module.py.j2")
    for module in package.modules:
        files[f"models/{module.name}.py"] = template.render(package=package, module=module)
    return files | _render_api(package, environment)


def _render_api(package: PackageView, environment: jinja2.Environment) -> dict[str, str]:
    """Returns the files of the low-level API; a catalogue without routes has none."""
    if not package.api.areas:
        return {}
    names = {"api/__init__.py": "api.py.j2", "api/records.py": "records.py.j2"}
    files = {
        path: environment.get_template(name).render(package=package, module=package.api) for path, name in names.items()
    }
    template = environment.get_template("area.py.j2")
    for area in package.api.areas:
        files[f"api/{area.name}.py"] = template.render(package=package, module=area)
    return files


def render_project(project: ProjectView, templates: Path) -> str:
    """Returns the text of a package's ``pyproject.toml``."""
    return make_environment(templates).get_template("pyproject.toml.j2").render(project=project)


def make_environment(templates: Path) -> jinja2.Environment:
    """Returns what prints templates: as they stand, with an error for a name that is not there."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # the output is Python, or Markdown that was escaped before
    )
